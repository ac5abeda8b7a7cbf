//! Subscribing an organisation to a plan. It applies from the next call on, on all instances.

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::plan::Plan;
use tollgate_types::time::Timestamp;

use super::store;
use crate::access::{Actor, ManagePlan, Permit};
use crate::db::{Change, Db};
use crate::webhooks::events::{self, About};
use crate::{Error, Result, audit, quota};

/// Subscribes the organisation to any plan, for operators.
///
/// # Errors
/// `not_found`; `conflict` for an archived plan.
pub async fn set_plan(
    db: &Db,
    permit: &Permit<ManagePlan>,
    plan: &PlanId,
    now: Timestamp,
) -> Result<Plan> {
    subscribe(db, permit, plan, |_| true, now).await
}

/// Changes to a plan that is offered to the organisation. Without a payment provider it takes
/// effect immediately.
///
/// # Errors
/// `not_found`, also for a plan that is not offered; `conflict` for an archived one.
pub async fn switch(
    db: &Db,
    permit: &Permit<ManagePlan>,
    plan: &PlanId,
    now: Timestamp,
) -> Result<Plan> {
    subscribe(
        db,
        permit,
        plan,
        |plan| plan.is_public || plan.offered_to.as_ref() == Some(&permit.org),
        now,
    )
    .await
}

/// Ends a subscription without a payment provider, because its product is retired. Idempotent.
pub async fn end_subscription(db: &Db, org: &OrgId, product: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = store::of_org_in(&mut tx, org, product).await?.map(|before| before.plan);
    if store::subscriptions::end(&mut tx, org, product, now).await?
        && let Some(plan) = before
    {
        store::note_period(&mut tx, org, product, None, now).await?;
        let (old, new) = (
            json!({ "product": product, "plan_id": plan.id }),
            json!({ "product": product, "state": "canceled" }),
        );
        audit::record(
            &mut tx,
            Some(org),
            &Actor::portal(),
            "subscription.changed",
            org.as_str(),
            Some(old),
            Some(new),
            now,
        )
        .await?;
        let data = json!({ "product": product, "plan": plan.name, "plan_id": plan.id, "version": plan.version, "state": "canceled" });
        let about = About { org, environment: Some(Environment::Live), request_id: "" };
        events::record(&mut tx, about, EventType::SubscriptionUpdated, &data, now).await?;
        tx.announce(Change::Org(org.as_str().to_owned()));
    }
    tx.commit().await
}

async fn subscribe(
    db: &Db,
    permit: &Permit<ManagePlan>,
    id: &PlanId,
    may: impl FnOnce(&Plan) -> bool,
    now: Timestamp,
) -> Result<Plan> {
    if let Some(plan) = store::by_id(db, id).await? {
        super::check_currency(db, &permit.org, &plan, now).await?;
        check_sold(db, &plan.product).await?;
    }
    let mut tx = db.begin().await?;
    let plan =
        store::find_in(&mut tx, id).await?.filter(may).ok_or_else(|| Error::not_found("plan"))?;
    // `None` if the product has no default plan.
    let before =
        store::of_org_in(&mut tx, &permit.org, &plan.product).await?.map(|before| before.plan);
    if before.is_none() && !store::org_exists(&mut tx, &permit.org).await? {
        return Err(Error::not_found("organisation"));
    }
    // A subscription that the provider bills has priority: its next report would undo this change.
    if store::subscriptions::held_in(&mut tx, &permit.org, &plan.product)
        .await?
        .is_some_and(|held| held.is_charged())
    {
        let detail = "Stripe bills this subscription. Change or cancel it on the Billing page.";
        return Err(Error::new(Code::Conflict, detail));
    }
    let is_new = store::subscribe(&mut tx, &permit.org, &plan, now).await?;
    if plan.archived_at.is_some() && before.as_ref().is_none_or(|before| before.id != plan.id) {
        return Err(Error::new(
            Code::Conflict,
            "This plan is archived and can no longer be chosen. Choose another plan.",
        ));
    }
    if is_new {
        store::note_period(&mut tx, &permit.org, &plan.product, Some(&plan.id), now).await?;
        let summary =
            |plan: &Plan| json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id });
        let org = permit.org.as_str();
        audit::record(
            &mut tx,
            Some(&permit.org),
            &permit.actor,
            "subscription.changed",
            org,
            before.as_ref().map(summary),
            Some(summary(&plan)),
            now,
        )
        .await?;
        let data = json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id, "version": plan.version, "state": "active" });
        events::record(
            &mut tx,
            About::act(permit, Environment::Live),
            EventType::SubscriptionUpdated,
            &data,
            now,
        )
        .await?;
        quota::check_soon(&mut tx, &permit.org, &plan.product, now).await?;
        tx.announce(Change::Org(org.to_owned()));
    }
    tx.commit().await?;
    Ok(plan)
}

/// # Errors
/// `conflict` for a new subscription to a product with a retirement date.
pub async fn check_sold(db: &Db, id: &str) -> Result<()> {
    let Some(at) = store::retires_at(db, id).await? else { return Ok(()) };
    Err(Error::new(
        Code::Conflict,
        format!("{id} will be retired on {}, so new subscriptions are not possible.", at.day()),
    ))
}
