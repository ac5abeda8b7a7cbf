//! Plans, subscriptions, and what they allow. The subscription row decides access: without one, the
//! product's default plan applies. A plan never changes: a new version is a new plan, and
//! subscribers of the old version keep it until they change.
//!
//! The units of a free plan apply once per owner: the first organisation that a person creates has
//! them, and their other organisations are on the same plan without units (`orgs.free_with`) until
//! they choose a paid plan. This is decided when an organisation is created, under its owner's
//! lock, so that nothing later takes units from an organisation that has them.

mod built_in;
mod currency;
mod limits;
mod provided;
mod store;
mod subscribe;
mod terms;

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::number::plural;
use tollgate_types::plan::{NewPlan, Plan};
use tollgate_types::time::Timestamp;

use crate::access::Operator;
use crate::db::{Change, Db, Tx};
use crate::{Error, Result, audit, quota, random};

pub use built_in::provide;
pub use currency::{billing_currency, check_currency};
pub use limits::{OrgLimits, read_cap, set_org_limits, set_spend_cap};
pub use provided::{
    Held, Provided, Reconciled, charged, charged_ids, held, held_there, plan_periods,
    plan_periods_of, reconcile, set_next_plan,
};
pub use store::subscriptions::{Subscriber, subscribers};
pub use store::{Bounded, bounded, bounded_in, own_limits};
pub use subscribe::{check_sold, end_subscription, set_plan, switch};
pub use terms::{Terms, in_force, in_force_in, terms, terms_in, to_call};

/// The maximum number of plans of one product, counting all versions.
const MAX_PLANS: usize = 1_000;

/// Whether the current plan with this name has exactly these terms.
fn is_the_same(new: &NewPlan, plan: &Plan) -> bool {
    let Plan { id, version, is_default, created_at, .. } = plan.clone();
    let next = new.clone().version(id, version, created_at);
    *plan == Plan { is_default: next.is_default || is_default, ..next }
}

/// Creates a plan or, under an existing name, its next version, which replaces the old one in the
/// offer. Subscribers of the old version keep it.
///
/// # Errors
/// `validation_failed` for invalid values; `conflict` if there are too many plans.
pub async fn create(db: &Db, new: NewPlan, operator: &Operator, now: Timestamp) -> Result<Plan> {
    Ok(create_once(db, new, operator, now).await?.0)
}

/// Like [`create`]; also returns whether the plan is new: the same name with the same terms changes
/// nothing.
pub async fn create_once(
    db: &Db,
    new: NewPlan,
    operator: &Operator,
    now: Timestamp,
) -> Result<(Plan, bool)> {
    let mut tx = db.begin().await?;
    let created = create_in(&mut tx, new, operator, now).await?;
    tx.commit().await?;
    Ok(created)
}

/// Checks what a new default plan would break: it applies to all organisations without a
/// subscription immediately.
///
/// # Errors
/// `validation_failed` of the field `confirm`, if live calls of an organisation would be refused.
pub async fn check_default(db: &Db, new: &NewPlan, now: Timestamp) -> Result<()> {
    let name = new.name.trim();
    let others = store::list(db, &new.product).await?;
    let previous = others.iter().filter(|plan| plan.name == name).max_by_key(|plan| plan.version);
    let is_default = new.is_default || previous.is_some_and(|plan| plan.is_default);
    if !is_default || !new.is_hard() || previous.is_some_and(|plan| is_the_same(new, plan)) {
        return Ok(());
    }
    let refused =
        store::count_default_users(db, &new.product, now.month(), new.included_units).await?;
    if refused == 0 {
        return Ok(());
    }
    let orgs = plural(refused, "organisation has", "organisations have");
    Err(Error::unconfirmed(format!(
        "{orgs} no subscription and used {} or more this month. {name} becomes their plan immediately and stops there: their live calls will be refused with 429 until {} (UTC).",
        plural(new.included_units, "unit", "units"),
        now.next_month().day()
    )))
}

async fn create_in(
    tx: &mut Tx,
    new: NewPlan,
    operator: &Operator,
    now: Timestamp,
) -> Result<(Plan, bool)> {
    new.check().map_err(Error::fields)?;
    // Two concurrent plans with the same name would both become its next version.
    tx.take_turn(&format!("plans of {}", new.product)).await?;
    let others = store::list_in(tx, &new.product).await?;
    if others.len() >= MAX_PLANS {
        return Err(Error::new(
            Code::Conflict,
            format!("A product may have at most {MAX_PLANS} plans, counting all versions."),
        ));
    }
    let name = new.name.trim().to_owned();
    let previous = others.iter().filter(|plan| plan.name == name).max_by_key(|plan| plan.version);
    if let Some(same) = previous.filter(|plan| is_the_same(&new, plan)) {
        return Ok((same.clone(), false));
    }
    let version = previous.map_or(1, |plan| plan.version + 1);
    let mut plan = new.version(random::id(), version, now);
    plan.is_default |= previous.is_some_and(|plan| plan.is_default);
    if plan.is_default {
        store::clear_default(tx, &plan.product).await?;
        // Applies to all organisations without a subscription from now on.
        tx.announce(Change::Everything);
    }
    if let Some(previous) = previous.filter(|plan| plan.archived_at.is_none()) {
        store::archive(tx, &previous.id, now).await?;
    }
    store::insert(tx, &plan).await?;
    if plan.is_default && plan.is_hard {
        quota::check_users_of(tx, &plan.product, plan.included_units, now).await?;
    }
    audit::record(
        tx,
        None,
        &operator.actor,
        "plan.created",
        plan.id.as_str(),
        None,
        Some(serde_json::to_value(&plan)?),
        now,
    )
    .await?;
    Ok((plan, true))
}

/// Archives a plan. Its subscribers keep it.
///
/// # Errors
/// `not_found`; `conflict` for the default plan.
pub async fn archive(db: &Db, id: &PlanId, operator: &Operator, now: Timestamp) -> Result<Plan> {
    let mut tx = db.begin().await?;
    let mut plan = store::find_in(&mut tx, id).await?.ok_or_else(|| Error::not_found("plan"))?;
    if plan.is_default {
        return Err(Error::new(
            Code::Conflict,
            "This is the default plan. Make another plan the default first.",
        ));
    }
    if plan.archived_at.is_none() {
        plan.archived_at = Some(now);
        store::archive(&mut tx, id, now).await?;
        let after = json!({ "archived_at": now });
        audit::record(
            &mut tx,
            None,
            &operator.actor,
            "plan.archived",
            id.as_str(),
            None,
            Some(after),
            now,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(plan)
}

/// All plans of a product, cheapest first, archived plans last.
pub async fn list(db: &Db, product: &str) -> Result<Vec<Plan>> {
    store::list(db, product).await
}

/// The plans that this organisation may choose.
pub async fn offers_to(db: &Db, org: &OrgId, product: &str) -> Result<Vec<Plan>> {
    let mut plans = store::list(db, product).await?;
    plans.retain(|plan| plan.is_offered_to(org));
    Ok(plans)
}

/// The plans that every organisation may choose.
pub async fn offers(db: &Db, product: &str) -> Result<Vec<Plan>> {
    let mut plans = store::list(db, product).await?;
    plans.retain(is_open);
    Ok(plans)
}

/// The same for all products, cheapest first.
pub async fn all_offers(db: &Db) -> Result<Vec<Plan>> {
    let mut plans = store::all(db).await?;
    plans.retain(is_open);
    plans.sort_by_key(|plan| (plan.monthly_price, plan.included_units));
    Ok(plans)
}

fn is_open(plan: &Plan) -> bool {
    plan.is_public && plan.archived_at.is_none()
}

/// The plan of an organisation, by subscription or by default, and its own limits.
pub async fn current(db: &Db, org: &OrgId, product: &str) -> Result<(Plan, OrgLimits)> {
    let found = store::of_org(db, org, product).await?.ok_or_else(|| Error::not_found("plan"))?;
    Ok((found.plan, found.own))
}

/// All offered or subscribed plans of all products, which the payment provider must have.
pub async fn all(db: &Db) -> Result<Vec<Plan>> {
    store::all(db).await
}

/// The plan with this id, archived or not.
pub async fn by_id(db: &Db, id: &PlanId) -> Result<Option<Plan>> {
    store::by_id(db, id).await
}

/// The plan with this id or, among the offered plans, with this name.
pub async fn find(db: &Db, product: &str, id_or_name: &str) -> Result<Plan> {
    let plans = store::list(db, product).await?;
    let by_id = plans.iter().find(|plan| plan.id.as_str() == id_or_name);
    let by_name = || {
        plans
            .iter()
            .find(|plan| plan.archived_at.is_none() && plan.name.eq_ignore_ascii_case(id_or_name))
    };
    by_id.or_else(by_name).cloned().ok_or_else(|| Error::not_found("plan"))
}
