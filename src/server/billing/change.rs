//! Changes of a subscription that Stripe has: to a dearer plan at once, with a share of the month charged and given
//! back; to a cheaper one, or none, when the period ends.

use std::collections::HashMap;

use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails, CreatePreviewInvoiceSubscriptionDetailsItems,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior,
};
use stripe_billing::subscription::{
    RetrieveSubscription, UpdateSubscription, UpdateSubscriptionItems, UpdateSubscriptionProrationBehavior,
};
use stripe_billing::subscription_schedule::{
    CreateSubscriptionSchedule, ReleaseSubscriptionSchedule, UpdateSubscriptionSchedule, UpdateSubscriptionSchedulePhases,
    UpdateSubscriptionSchedulePhasesDuration, UpdateSubscriptionSchedulePhasesDurationInterval, UpdateSubscriptionSchedulePhasesEndDate,
    UpdateSubscriptionSchedulePhasesItems, UpdateSubscriptionSchedulePhasesProrationBehavior, UpdateSubscriptionSchedulePhasesStartDate,
};
use stripe_shared::SubscriptionScheduleEndBehavior;

use super::answers::{Invoice, Schedule, Subscription};
use super::checkout::{Chosen, begins_on_trial, kind, metadata, offered};
use super::client::Stripe;
use super::sync::Sold;
use super::{inbox, objects, statement, sync};
use crate::server::access::{ManagePlan, Permit};
use crate::server::plans::{self, Held};
use crate::server::{App, Error, Result};
use crate::types::billing::{ChangeKind, ChangePreview, InvoiceLine};
use crate::types::id::PlanId;
use crate::types::plan::Plan;
use crate::types::time::{SECOND, Timestamp};

/// What choosing a plan would do and cost.
pub async fn preview(app: &App, permit: &Permit<ManagePlan>, id: &PlanId, now: Timestamp) -> Result<ChangePreview> {
    let plan = offered(app, permit, id).await?;
    let held = plans::held(&app.db, &permit.org, &plan.product).await?;
    let kind = kind(app, &plan, held.as_ref()).await?;
    // Whole seconds, in which Stripe reckons.
    let at = Timestamp(now.0 / SECOND * SECOND);
    let charged = held.as_ref().filter(|held| held.is_charged()).and_then(|held| held.provided.as_ref());
    let (lines, holds_from) = match (kind, app.biller.stripe(), charged) {
        (ChangeKind::AtPeriodEnd, _, charged) => (Vec::new(), charged.and_then(|held| held.period_end).unwrap_or_else(|| now.next_month())),
        (ChangeKind::AtOnce, Some(stripe), Some(held)) => (prorations(app, stripe, &held.stripe_id, &plan, at, now).await?, at),
        (ChangeKind::Checkout, ..) if begins_on_trial(app, permit, &plan, now).await? => (Vec::new(), at),
        (ChangeKind::Checkout, ..) => (statement::switch_lines(None, &plan, at), at),
        (ChangeKind::AtOnce, ..) => {
            let present = plans::current(&app.db, &permit.org, &plan.product).await.ok().map(|(present, _)| present);
            (statement::switch_lines(present.as_ref(), &plan, at), at)
        }
    };
    Ok(ChangePreview { total: lines.iter().map(|line| line.amount).sum(), plan, kind, holds_from, lines, at })
}

/// What Stripe would charge and give back for the rest of the period.
async fn prorations(app: &App, stripe: &Stripe, id: &str, plan: &Plan, at: Timestamp, now: Timestamp) -> Result<Vec<InvoiceLine>> {
    let sold = sync::provide(&app.db, stripe, plan, now).await?;
    let there: Subscription = stripe.get(&RetrieveSubscription::new(id)).await?;
    let mut details = CreatePreviewInvoiceSubscriptionDetails::new();
    details.proration_behavior = Some(CreatePreviewInvoiceSubscriptionDetailsProrationBehavior::CreateProrations);
    details.proration_date = Some(at.0 / SECOND);
    let items = swap(&there, &sold).into_iter().map(|item| CreatePreviewInvoiceSubscriptionDetailsItems {
        id: item.id,
        price: item.price,
        deleted: item.deleted,
        ..CreatePreviewInvoiceSubscriptionDetailsItems::new()
    });
    details.items = Some(items.collect());
    let request = CreatePreviewInvoice::new().subscription(id).subscription_details(details);
    // A preview changes nothing, but is a POST: its key only must not be another's.
    let key = objects::fingerprint(&["preview", id, plan.id.as_str(), &at.to_string(), &now.to_string()]);
    let invoice: Invoice = stripe.post(&request, &key).await?;
    Ok(invoice.lines.data.iter().filter(|line| line.is_proration()).map(|line| statement::line(line, false)).collect())
}

/// One item of a subscription, as it is to be.
struct Swapped {
    id: Option<String>,
    price: Option<String>,
    deleted: Option<bool>,
}

fn swap(there: &Subscription, sold: &Sold) -> Vec<Swapped> {
    let item = |is_metered| there.items.data.iter().find(|item| item.price.is_metered() == is_metered).map(|item| item.id.clone());
    let month = Swapped { id: item(false), price: Some(sold.month.clone()), deleted: None };
    let units = match (item(true), sold.units.clone()) {
        (None, None) => None,
        (id, Some(price)) => Some(Swapped { id, price: Some(price), deleted: None }),
        (id, None) => Some(Swapped { id, price: None, deleted: Some(true) }),
    };
    std::iter::once(month).chain(units).collect()
}

/// Carries a change out.
pub(super) async fn change(
    app: &App,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    held: &Held,
    plan: &Plan,
    (kind, at): (ChangeKind, Option<Timestamp>),
    now: Timestamp,
) -> Result<Chosen> {
    let id = held.stripe_id().ok_or_else(|| Error::not_found("subscription"))?;
    if plan.id == held.plan_id {
        undo(app, stripe, permit, held, &plan.product, now).await?;
    } else if kind == ChangeKind::AtOnce {
        let sold = sync::provide(&app.db, stripe, plan, now).await?;
        let there = released(stripe, id, now).await?;
        let items: Vec<UpdateSubscriptionItems> = swap(&there, &sold)
            .into_iter()
            .map(|item| UpdateSubscriptionItems { id: item.id, price: item.price, deleted: item.deleted, ..UpdateSubscriptionItems::new() })
            .collect();
        let at = at.unwrap_or(now).0 / SECOND;
        let request = UpdateSubscription::new(id)
            .items(items)
            .metadata(metadata(permit, plan))
            .cancel_at_period_end(false)
            .proration_behavior(UpdateSubscriptionProrationBehavior::CreateProrations)
            .proration_date(at);
        stripe.post::<Subscription>(&request, &objects::fingerprint(&["change", id, plan.id.as_str(), &at.to_string()])).await?;
    } else if plan.is_paid() {
        at_period_end(app, stripe, permit, id, plan, now).await?;
        plans::set_next_plan(&app.db, &permit.org, &plan.product, Some(&plan.id)).await?;
    } else {
        set_cancel(stripe, id, true, now).await?;
    }
    inbox::refresh(app, stripe, id, now).await?;
    Ok(Chosen::Done)
}

/// Ends the subscription with its period; then the default plan holds.
///
/// # Errors
/// `not_found` where Stripe has none.
pub async fn cancel(app: &App, permit: &Permit<ManagePlan>, product: &str, now: Timestamp) -> Result<()> {
    let (stripe, held) = charged(app, permit, product).await?;
    let id = held.stripe_id().unwrap_or_default();
    set_cancel(stripe, id, true, now).await?;
    plans::set_next_plan(&app.db, &permit.org, product, None).await?;
    inbox::refresh(app, stripe, id, now).await
}

/// Lets the subscription go on as it is: nothing changes when its period ends.
///
/// # Errors
/// `not_found` where Stripe has none.
pub async fn resume(app: &App, permit: &Permit<ManagePlan>, product: &str, now: Timestamp) -> Result<()> {
    let (stripe, held) = charged(app, permit, product).await?;
    undo(app, stripe, permit, &held, product, now).await?;
    inbox::refresh(app, stripe, held.stripe_id().unwrap_or_default(), now).await
}

async fn charged<'a>(app: &'a App, permit: &Permit<ManagePlan>, product: &str) -> Result<(&'a Stripe, Held)> {
    let held = plans::held(&app.db, &permit.org, product).await?.filter(Held::is_charged);
    app.biller.stripe().zip(held).ok_or_else(|| Error::not_found("subscription"))
}

async fn undo(app: &App, stripe: &Stripe, permit: &Permit<ManagePlan>, held: &Held, product: &str, now: Timestamp) -> Result<()> {
    set_cancel(stripe, held.stripe_id().unwrap_or_default(), false, now).await?;
    plans::set_next_plan(&app.db, &permit.org, product, None).await
}

async fn set_cancel(stripe: &Stripe, id: &str, cancels: bool, now: Timestamp) -> Result<()> {
    let there = released(stripe, id, now).await?;
    if there.cancel_at_period_end != cancels {
        let request = UpdateSubscription::new(id).cancel_at_period_end(cancels);
        stripe.post::<Subscription>(&request, &objects::fingerprint(&["cancel", id, &cancels.to_string(), &now.to_string()])).await?;
    }
    Ok(())
}

/// The subscription, without a schedule that would change it.
async fn released(stripe: &Stripe, id: &str, now: Timestamp) -> Result<Subscription> {
    let there: Subscription = stripe.get(&RetrieveSubscription::new(id)).await?;
    if let Some(schedule) = &there.schedule {
        let key = objects::fingerprint(&["release", schedule, &now.to_string()]);
        stripe.post::<super::answers::Made>(&ReleaseSubscriptionSchedule::new(schedule.as_str()), &key).await?;
    }
    Ok(there)
}

/// Has the plan take over at the period's end, by a schedule of Stripe's: its portal changes no metered subscription.
async fn at_period_end(app: &App, stripe: &Stripe, permit: &Permit<ManagePlan>, id: &str, plan: &Plan, now: Timestamp) -> Result<()> {
    let sold = sync::provide(&app.db, stripe, plan, now).await?;
    let there = released(stripe, id, now).await?;
    let key = objects::fingerprint(&["schedule", id, plan.id.as_str(), &now.to_string()]);
    let made: Schedule = stripe.post(&CreateSubscriptionSchedule::new().from_subscription(id), &key).await?;
    let phase = made.phases.first().ok_or_else(|| anyhow::anyhow!("Stripe gave a schedule without a phase"))?;
    let item = |price: &str, is_metered: bool| UpdateSubscriptionSchedulePhasesItems {
        price: Some(price.to_owned()),
        quantity: (!is_metered).then_some(1),
        ..UpdateSubscriptionSchedulePhasesItems::new()
    };
    let present: Vec<_> = there.items.data.iter().map(|found| item(&found.price.id, found.price.is_metered())).collect();
    let mut first = UpdateSubscriptionSchedulePhases::new(present);
    first.start_date = Some(UpdateSubscriptionSchedulePhasesStartDate::Timestamp(phase.start_date.0));
    first.end_date = Some(UpdateSubscriptionSchedulePhasesEndDate::Timestamp(phase.end_date.0));
    let next: Vec<_> = std::iter::once(item(&sold.month, false)).chain(sold.units.iter().map(|price| item(price, true))).collect();
    let mut second = UpdateSubscriptionSchedulePhases::new(next);
    let mut duration = UpdateSubscriptionSchedulePhasesDuration::new(UpdateSubscriptionSchedulePhasesDurationInterval::Month);
    duration.interval_count = Some(1);
    second.duration = Some(duration);
    second.proration_behavior = Some(UpdateSubscriptionSchedulePhasesProrationBehavior::None);
    let names: HashMap<String, String> = metadata(permit, plan);
    second.metadata = Some(names);
    let request = UpdateSubscriptionSchedule::new(made.id.as_str())
        .end_behavior(SubscriptionScheduleEndBehavior::Release)
        .phases(vec![first, second]);
    stripe.post::<super::answers::Made>(&request, &format!("{key}.phases")).await?;
    Ok(())
}
