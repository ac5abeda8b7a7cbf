//! Plans, who is on which, and what that allows. The subscription row is the truth of access: who has
//! none is on the product's default plan. A plan never changes: a new version is a new plan, and
//! subscribers of the old one keep it until they are moved.

mod built_in;
mod form;
mod limits;
mod provided;
mod store;
mod subscribe;
mod terms;

use serde_json::json;

use super::access::Actor;
use super::db::{Change, Db, Tx};
use super::{Error, Result, audit, random};
use crate::types::code::Code;
use crate::types::error::FieldError;
use crate::types::id::{OrgId, PlanId};
use crate::types::money::{Currency, MAX_AMOUNT, Prices};
use crate::types::plan::{Plan, PlanRate};
use crate::types::time::Timestamp;

pub use built_in::provide;
pub use form::PlanForm;
pub use limits::{OrgLimits, set_org_limits, set_spend_cap, set_spend_cap_as_member};
pub use provided::{Held, Provided, Settled, charged, charged_ids, held, held_there, plan_periods, set_next_plan, settle};
pub use subscribe::{set_plan, switch};
pub use terms::{Terms, terms, terms_in, to_call};

/// The longest trial that Stripe takes.
const MAX_TRIAL_DAYS: u32 = 730;
/// Plans of one product, with all their versions.
const MAX_PLANS: usize = 1_000;

/// What is asked for when a plan is made.
#[derive(Clone, Debug)]
pub struct NewPlan {
    pub product: String,
    pub name: String,
    pub is_default: bool,
    pub is_public: bool,
    pub offered_to: Option<OrgId>,
    pub trial_days: u32,
    pub currency: Currency,
    pub monthly_price: u64,
    pub included_units: u64,
    pub is_hard: bool,
    pub prices: Prices,
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

impl NewPlan {
    fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        let length = self.name.trim().chars().count();
        if !(1..=40).contains(&length) || self.name.chars().any(char::is_control) {
            errors.push(FieldError::new("name", "invalid_length", "Give the plan a name of 1 to 40 visible characters."));
        }
        if self.monthly_price > MAX_AMOUNT || self.included_units > MAX_AMOUNT {
            errors.push(FieldError::new("monthly_price", "out_of_range", format!("Prices and units may be {MAX_AMOUNT} at most.")));
        }
        if self.trial_days > MAX_TRIAL_DAYS {
            errors.push(FieldError::new("trial_days", "out_of_range", format!("A trial may have {MAX_TRIAL_DAYS} days at most.")));
        }
        if self.prices.cost(self.included_units) != self.prices.cost(0) {
            errors.push(FieldError::new("prices", "invalid_value", "The included units must cost nothing."));
        }
        if self.is_hard && self.prices.are_paid() {
            errors.push(FieldError::new("prices", "invalid_value", "A plan that stops at its included units has nothing to charge for."));
        }
        for (field, rate) in [("key_rate", self.key_rate), ("org_rate", self.org_rate)] {
            if rate.is_some_and(|rate| !rate.is_right()) {
                errors.push(FieldError::new(field, "out_of_range", "A rate has 1 to 1000000000 calls in 1 to 86400 seconds."));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::fields(errors)) }
    }
}

/// Makes a plan; under a name that exists, its next version, which takes the old one's place in what is
/// offered. Who subscribed to the old one keeps it.
///
/// # Errors
/// `validation_failed` for wrong values; `conflict` where there are too many plans.
pub async fn create(db: &Db, new: NewPlan, actor: &Actor, now: Timestamp) -> Result<Plan> {
    let mut tx = db.begin().await?;
    let plan = create_in(&mut tx, new, actor, now).await?;
    tx.commit().await?;
    Ok(plan)
}

async fn create_in(tx: &mut Tx, new: NewPlan, actor: &Actor, now: Timestamp) -> Result<Plan> {
    new.check()?;
    let others = store::list_in(tx, &new.product).await?;
    if others.len() >= MAX_PLANS {
        return Err(Error::new(Code::Conflict, format!("A product has at most {MAX_PLANS} plans, with all their versions.")));
    }
    let name = new.name.trim().to_owned();
    let previous = others.iter().filter(|plan| plan.name == name).max_by_key(|plan| plan.version);
    let plan = Plan {
        id: random::id(),
        version: previous.map_or(1, |plan| plan.version + 1),
        is_default: new.is_default || previous.is_some_and(|plan| plan.is_default),
        product: new.product,
        name,
        is_public: new.is_public,
        offered_to: new.offered_to,
        trial_days: new.trial_days,
        currency: new.currency,
        monthly_price: new.monthly_price,
        included_units: new.included_units,
        is_hard: new.is_hard,
        prices: new.prices,
        key_rate: new.key_rate,
        org_rate: new.org_rate,
        created_at: now,
        archived_at: None,
    };
    if plan.is_default {
        store::clear_default(tx, &plan.product).await?;
        // Whoever has no subscription is on it from now on.
        tx.announce(Change::Everything);
    }
    if let Some(previous) = previous.filter(|plan| plan.archived_at.is_none()) {
        store::archive(tx, &previous.id, now).await?;
    }
    store::insert(tx, &plan).await?;
    audit::record(tx, None, actor, "plan.created", plan.id.as_str(), None, Some(serde_json::to_value(&plan)?), now).await?;
    Ok(plan)
}

/// Offers a plan no more. Its subscribers keep it.
///
/// # Errors
/// `not_found`; `conflict` for the default plan.
pub async fn archive(db: &Db, id: &PlanId, actor: &Actor, now: Timestamp) -> Result<Plan> {
    let mut tx = db.begin().await?;
    let mut plan = store::find_in(&mut tx, id).await?.ok_or_else(|| Error::not_found("plan"))?;
    if plan.is_default {
        return Err(Error::new(Code::Conflict, "This is the default plan. Make another one the default first."));
    }
    if plan.archived_at.is_none() {
        plan.archived_at = Some(now);
        store::archive(&mut tx, id, now).await?;
        let after = json!({ "archived_at": now });
        audit::record(&mut tx, None, actor, "plan.archived", id.as_str(), None, Some(after), now).await?;
    }
    tx.commit().await?;
    Ok(plan)
}

/// All plans of a product, the cheapest first; archived ones at the end.
pub async fn list(db: &Db, product: &str) -> Result<Vec<Plan>> {
    store::list(db, product).await
}

/// What this organisation may switch to.
pub async fn offers_to(db: &Db, org: &OrgId, product: &str) -> Result<Vec<Plan>> {
    let mut plans = store::list(db, product).await?;
    plans.retain(|plan| plan.is_offered_to(org));
    Ok(plans)
}

/// What anybody may switch to.
pub async fn offers(db: &Db, product: &str) -> Result<Vec<Plan>> {
    let mut plans = store::list(db, product).await?;
    plans.retain(is_open);
    Ok(plans)
}

/// The same of all products, the cheapest first.
pub async fn all_offers(db: &Db) -> Result<Vec<Plan>> {
    let mut plans = store::all(db).await?;
    plans.retain(is_open);
    plans.sort_by_key(|plan| (plan.monthly_price, plan.included_units));
    Ok(plans)
}

fn is_open(plan: &Plan) -> bool {
    plan.is_public && plan.archived_at.is_none()
}

/// The plan that an organisation is on, by its subscription or by default, and its own limits.
pub async fn current(db: &Db, org: &OrgId, product: &str) -> Result<(Plan, OrgLimits)> {
    let found = store::of_org(db, org, product).await?.ok_or_else(|| Error::not_found("plan"))?;
    Ok((found.plan, found.own))
}

/// All plans that are offered or subscribed to, of all products: those that a payment provider must know.
pub async fn all(db: &Db) -> Result<Vec<Plan>> {
    store::all(db).await
}

/// The plan with this id, archived or not.
pub async fn by_id(db: &Db, id: &PlanId) -> Result<Option<Plan>> {
    store::by_id(db, id).await
}

/// The plan with this id or, among those that are offered, with this name.
pub async fn find(db: &Db, product: &str, id_or_name: &str) -> Result<Plan> {
    let plans = store::list(db, product).await?;
    let by_id = plans.iter().find(|plan| plan.id.as_str() == id_or_name);
    let by_name = || plans.iter().find(|plan| plan.archived_at.is_none() && plan.name.eq_ignore_ascii_case(id_or_name));
    by_id.or_else(by_name).cloned().ok_or_else(|| Error::not_found("plan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> NewPlan {
        NewPlan {
            product: "platform".into(),
            name: "Growth".into(),
            is_default: false,
            is_public: true,
            offered_to: None,
            trial_days: 0,
            currency: "usd".parse().unwrap(),
            monthly_price: 2900,
            included_units: 100,
            is_hard: false,
            prices: Prices::after(100, "0.2".parse().unwrap()),
            key_rate: None,
            org_rate: None,
        }
    }

    #[test]
    fn included_units_must_be_free_and_a_hard_plan_charges_for_none() {
        assert!(plan().check().is_ok());
        for bad in [
            NewPlan { included_units: 101, ..plan() },
            NewPlan { is_hard: true, ..plan() },
            NewPlan { name: " ".into(), ..plan() },
            NewPlan { trial_days: MAX_TRIAL_DAYS + 1, ..plan() },
            NewPlan { monthly_price: u64::MAX, ..plan() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
