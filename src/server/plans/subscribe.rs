//! Putting an organisation on a plan. It holds from the next call on, on every instance.

use serde_json::json;

use super::store;
use crate::server::access::{ManagePlan, Permit};
use crate::server::db::{Change, Db};
use crate::server::events::{self, About};
use crate::server::{Error, Result, audit};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::PlanId;
use crate::types::plan::Plan;
use crate::types::time::Timestamp;

/// Puts the organisation on any plan, as the operator may.
///
/// # Errors
/// `not_found`; `conflict` for a plan that is archived.
pub async fn set_plan(db: &Db, permit: &Permit<ManagePlan>, plan: &PlanId, now: Timestamp) -> Result<Plan> {
    subscribe(db, permit, plan, |_| true, now).await
}

/// Switches to a plan that is offered to the organisation. Without a payment provider it holds at once.
///
/// # Errors
/// `not_found`, also for a plan that is not offered; `conflict` for one that is archived.
pub async fn switch(db: &Db, permit: &Permit<ManagePlan>, plan: &PlanId, now: Timestamp) -> Result<Plan> {
    subscribe(db, permit, plan, |plan| plan.is_public || plan.offered_to.as_ref() == Some(&permit.org), now).await
}

async fn subscribe(db: &Db, permit: &Permit<ManagePlan>, id: &PlanId, may: impl FnOnce(&Plan) -> bool, now: Timestamp) -> Result<Plan> {
    let mut tx = db.begin().await?;
    let plan = store::find_in(&mut tx, id).await?.filter(may).ok_or_else(|| Error::not_found("plan"))?;
    // None where the product has no default plan.
    let before = store::of_org_in(&mut tx, &permit.org, &plan.product).await?.map(|before| before.plan);
    if before.is_none() && !store::org_exists(&mut tx, &permit.org).await? {
        return Err(Error::not_found("organisation"));
    }
    // What is paid for is what holds: else the next word of the payment provider would undo this.
    if store::subscriptions::held_in(&mut tx, &permit.org, &plan.product).await?.is_some_and(|held| held.is_charged()) {
        let detail = "Stripe collects for this subscription: it is changed on the Billing page, or cancelled there first.";
        return Err(Error::new(Code::Conflict, detail));
    }
    let is_new = store::subscribe(&mut tx, &permit.org, &plan, now).await?;
    if plan.archived_at.is_some() && before.as_ref().is_none_or(|before| before.id != plan.id) {
        return Err(Error::new(Code::Conflict, "This plan is archived: nobody can subscribe to it any more."));
    }
    if is_new {
        store::note_period(&mut tx, &permit.org, &plan.product, Some(&plan.id), now).await?;
        let told = |plan: &Plan| json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id });
        let org = permit.org.as_str();
        audit::record(
            &mut tx,
            Some(&permit.org),
            &permit.actor,
            "subscription.changed",
            org,
            before.as_ref().map(told),
            Some(told(&plan)),
            now,
        )
        .await?;
        let data = json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id, "version": plan.version, "state": "active" });
        events::record(&mut tx, About::act(permit, Environment::Live), EventType::SubscriptionUpdated, &data, now).await?;
        tx.announce(Change::Org(org.to_owned()));
    }
    tx.commit().await?;
    Ok(plan)
}
