//! Changes of a subscription at Stripe: to a more expensive plan immediately, with proration; to a
//! cheaper one, or none, at the end of the period.

use std::collections::HashMap;

use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails,
    CreatePreviewInvoiceSubscriptionDetailsItems,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior,
};
use stripe_billing::subscription::{
    RetrieveSubscription, UpdateSubscription, UpdateSubscriptionItems,
    UpdateSubscriptionProrationBehavior,
};
use stripe_billing::subscription_schedule::{
    CreateSubscriptionSchedule, ReleaseSubscriptionSchedule, UpdateSubscriptionSchedule,
    UpdateSubscriptionSchedulePhases, UpdateSubscriptionSchedulePhasesDuration,
    UpdateSubscriptionSchedulePhasesDurationInterval, UpdateSubscriptionSchedulePhasesEndDate,
    UpdateSubscriptionSchedulePhasesItems, UpdateSubscriptionSchedulePhasesProrationBehavior,
    UpdateSubscriptionSchedulePhasesStartDate,
};
use stripe_shared::SubscriptionScheduleEndBehavior;
use tollgate_types::billing::{ChangeKind, ChangePreview, InvoiceLine};
use tollgate_types::id::PlanId;
use tollgate_types::plan::Plan;
use tollgate_types::time::{SECOND, Timestamp};

use super::Billing;
use super::checkout::{Chosen, begins_on_trial, kind, metadata, offered};
use super::client::Stripe;
use super::stripe_objects::{Invoice, Schedule, Subscription};
use super::sync::Sold;
use super::{inbox, objects, statement, sync};
use crate::access::{ManagePlan, Permit};
use crate::plans::{self, Held};
use crate::{Error, Result, usage_limits};

/// The effect and cost of choosing a plan.
pub async fn preview(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    id: &PlanId,
    now: Timestamp,
) -> Result<ChangePreview> {
    let plan = offered(billing, permit, id).await?;
    plans::check_currency(&billing.db, &permit.org, &plan, now).await?;
    let held = plans::held(&billing.db, &permit.org, &plan.product).await?;
    let kind = kind(billing, &plan, held.as_ref()).await?;
    // Stripe calculates in whole seconds.
    let at = Timestamp(now.0 / SECOND * SECOND);
    let charged =
        held.as_ref().filter(|held| held.is_charged()).and_then(|held| held.provided.as_ref());
    let (lines, holds_from) = match (kind, billing.biller.stripe(), charged) {
        (ChangeKind::AtPeriodEnd, ..) => (Vec::new(), period_end(held.as_ref(), now)),
        (ChangeKind::AtOnce, Some(stripe), Some(held)) => {
            (prorations(billing, stripe, &held.stripe_id, &plan, at, now).await?, at)
        }
        (ChangeKind::Checkout, ..) if begins_on_trial(billing, permit, &plan, now).await? => {
            (Vec::new(), at)
        }
        (ChangeKind::Checkout, ..) => (statement::switch_lines(None, &plan, at), at),
        (ChangeKind::AtOnce, ..) => {
            let present = plans::current(&billing.db, &permit.org, &plan.product)
                .await
                .ok()
                .map(|(present, _)| present);
            (statement::switch_lines(present.as_ref(), &plan, at), at)
        }
    };
    let from = (kind == ChangeKind::AtPeriodEnd).then_some(holds_from);
    let consequence = usage_limits::of_change(&billing.db, &permit.org, &plan, from, now).await?;
    Ok(ChangePreview {
        total: lines.iter().map(|line| line.amount).sum(),
        plan,
        kind,
        holds_from,
        lines,
        at,
        consequence,
    })
}

/// When the current period ends, and a cheaper plan takes over.
pub(super) fn period_end(held: Option<&Held>, now: Timestamp) -> Timestamp {
    let provided = held.filter(|held| held.is_charged()).and_then(|held| held.provided.as_ref());
    provided.and_then(|provided| provided.period_end).unwrap_or_else(|| now.next_month())
}

/// Stripe's charges and credits for the rest of the period.
async fn prorations(
    billing: &Billing<'_>,
    stripe: &Stripe,
    id: &str,
    plan: &Plan,
    at: Timestamp,
    now: Timestamp,
) -> Result<Vec<InvoiceLine>> {
    let sold = sync::provide(&billing.db, stripe, plan, now).await?;
    let there: Subscription = stripe.get(&RetrieveSubscription::new(id)).await?;
    let mut details = CreatePreviewInvoiceSubscriptionDetails::new();
    details.proration_behavior =
        Some(CreatePreviewInvoiceSubscriptionDetailsProrationBehavior::CreateProrations);
    details.proration_date = Some(at.0 / SECOND);
    let items =
        swap(&there, &sold).into_iter().map(|item| CreatePreviewInvoiceSubscriptionDetailsItems {
            id: item.id,
            price: item.price,
            deleted: item.deleted,
            ..CreatePreviewInvoiceSubscriptionDetailsItems::new()
        });
    details.items = Some(items.collect());
    let request = CreatePreviewInvoice::new().subscription(id).subscription_details(details);
    // A preview changes nothing, but is a POST: it only needs a unique key.
    let key =
        objects::fingerprint(&["preview", id, plan.id.as_str(), &at.to_string(), &now.to_string()]);
    let invoice: Invoice = stripe.post(&request, &key).await?;
    let prorations = invoice.lines.data.iter().filter(|line| line.is_proration());
    Ok(prorations.map(|line| statement::line(line, plan.currency, false)).collect())
}

/// One item of the changed subscription.
struct Swapped {
    id: Option<String>,
    price: Option<String>,
    deleted: Option<bool>,
}

fn swap(there: &Subscription, sold: &Sold) -> Vec<Swapped> {
    let item = |is_metered| {
        there
            .items
            .data
            .iter()
            .find(|item| item.price.is_metered() == is_metered)
            .map(|item| item.id.clone())
    };
    let month = Swapped { id: item(false), price: Some(sold.month.clone()), deleted: None };
    let units = match (item(true), sold.units.clone()) {
        (None, None) => None,
        (id, Some(price)) => Some(Swapped { id, price: Some(price), deleted: None }),
        (id, None) => Some(Swapped { id, price: None, deleted: Some(true) }),
    };
    std::iter::once(month).chain(units).collect()
}

/// Carries out a change.
pub(super) async fn change(
    billing: &Billing<'_>,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    held: &Held,
    plan: &Plan,
    (kind, at): (ChangeKind, Option<Timestamp>),
    now: Timestamp,
) -> Result<Chosen> {
    let id = held.stripe_id().ok_or_else(|| Error::not_found("subscription"))?;
    if plan.id == held.plan_id {
        undo(billing, stripe, permit, held, &plan.product, now).await?;
    } else if kind == ChangeKind::AtOnce {
        let sold = sync::provide(&billing.db, stripe, plan, now).await?;
        let there = released(stripe, id, now).await?;
        let items: Vec<UpdateSubscriptionItems> = swap(&there, &sold)
            .into_iter()
            .map(|item| UpdateSubscriptionItems {
                id: item.id,
                price: item.price,
                deleted: item.deleted,
                ..UpdateSubscriptionItems::new()
            })
            .collect();
        let at = at.unwrap_or(now).0 / SECOND;
        let request = UpdateSubscription::new(id)
            .items(items)
            .metadata(metadata(permit, plan))
            .cancel_at_period_end(false)
            .proration_behavior(UpdateSubscriptionProrationBehavior::CreateProrations)
            .proration_date(at);
        stripe
            .post::<Subscription>(
                &request,
                &objects::fingerprint(&["change", id, plan.id.as_str(), &at.to_string()]),
            )
            .await?;
    } else if plan.is_paid() {
        at_period_end(billing, stripe, permit, id, plan, now).await?;
        plans::set_next_plan(&billing.db, &permit.org, &plan.product, Some(&plan.id)).await?;
    } else {
        set_cancel(stripe, id, true, now).await?;
    }
    inbox::refresh(billing, stripe, id, now).await?;
    Ok(Chosen::Done)
}

/// Ends the subscription at the end of its period; then the default plan applies.
///
/// # Errors
/// `not_found` if Stripe has no subscription.
pub async fn cancel(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    product: &str,
    now: Timestamp,
) -> Result<()> {
    let (stripe, held) = charged(billing, permit, product).await?;
    let id = held.stripe_id().unwrap_or_default();
    set_cancel(stripe, id, true, now).await?;
    plans::set_next_plan(&billing.db, &permit.org, product, None).await?;
    inbox::refresh(billing, stripe, id, now).await
}

/// Continues the subscription: nothing changes at the end of its period.
///
/// # Errors
/// `not_found` if Stripe has no subscription.
pub async fn resume(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    product: &str,
    now: Timestamp,
) -> Result<()> {
    let (stripe, held) = charged(billing, permit, product).await?;
    undo(billing, stripe, permit, &held, product, now).await?;
    inbox::refresh(billing, stripe, held.stripe_id().unwrap_or_default(), now).await
}

async fn charged<'a>(
    billing: &Billing<'a>,
    permit: &Permit<ManagePlan>,
    product: &str,
) -> Result<(&'a Stripe, Held)> {
    let held = plans::held(&billing.db, &permit.org, product).await?.filter(Held::is_charged);
    billing.biller.stripe().zip(held).ok_or_else(|| Error::not_found("subscription"))
}

async fn undo(
    billing: &Billing<'_>,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    held: &Held,
    product: &str,
    now: Timestamp,
) -> Result<()> {
    set_cancel(stripe, held.stripe_id().unwrap_or_default(), false, now).await?;
    plans::set_next_plan(&billing.db, &permit.org, product, None).await
}

async fn set_cancel(stripe: &Stripe, id: &str, cancels: bool, now: Timestamp) -> Result<()> {
    let there = released(stripe, id, now).await?;
    if there.cancel_at_period_end != cancels {
        let request = UpdateSubscription::new(id).cancel_at_period_end(cancels);
        stripe
            .post::<Subscription>(
                &request,
                &objects::fingerprint(&["cancel", id, &cancels.to_string(), &now.to_string()]),
            )
            .await?;
    }
    Ok(())
}

/// The subscription, without a schedule that would change it.
pub(super) async fn released(stripe: &Stripe, id: &str, now: Timestamp) -> Result<Subscription> {
    let there: Subscription = stripe.get(&RetrieveSubscription::new(id)).await?;
    if let Some(schedule) = &there.schedule {
        let key = objects::fingerprint(&["release", schedule, &now.to_string()]);
        stripe
            .post::<super::stripe_objects::Made>(
                &ReleaseSubscriptionSchedule::new(schedule.as_str()),
                &key,
            )
            .await?;
    }
    Ok(there)
}

/// Changes the plan at the period's end with a Stripe schedule: Stripe's portal cannot change
/// metered subscriptions.
async fn at_period_end(
    billing: &Billing<'_>,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    id: &str,
    plan: &Plan,
    now: Timestamp,
) -> Result<()> {
    let sold = sync::provide(&billing.db, stripe, plan, now).await?;
    let there = released(stripe, id, now).await?;
    let key = objects::fingerprint(&["schedule", id, plan.id.as_str(), &now.to_string()]);
    let made: Schedule =
        stripe.post(&CreateSubscriptionSchedule::new().from_subscription(id), &key).await?;
    let phase = made
        .phases
        .first()
        .ok_or_else(|| anyhow::anyhow!("Stripe returned a schedule without a phase"))?;
    let item = |price: &str, is_metered: bool| UpdateSubscriptionSchedulePhasesItems {
        price: Some(price.to_owned()),
        quantity: (!is_metered).then_some(1),
        ..UpdateSubscriptionSchedulePhasesItems::new()
    };
    let present: Vec<_> = there
        .items
        .data
        .iter()
        .map(|found| item(&found.price.id, found.price.is_metered()))
        .collect();
    let mut first = UpdateSubscriptionSchedulePhases::new(present);
    first.start_date =
        Some(UpdateSubscriptionSchedulePhasesStartDate::Timestamp(phase.start_date.0));
    first.end_date = Some(UpdateSubscriptionSchedulePhasesEndDate::Timestamp(phase.end_date.0));
    let next: Vec<_> = std::iter::once(item(&sold.month, false))
        .chain(sold.units.iter().map(|price| item(price, true)))
        .collect();
    let mut second = UpdateSubscriptionSchedulePhases::new(next);
    let mut duration = UpdateSubscriptionSchedulePhasesDuration::new(
        UpdateSubscriptionSchedulePhasesDurationInterval::Month,
    );
    duration.interval_count = Some(1);
    second.duration = Some(duration);
    second.proration_behavior = Some(UpdateSubscriptionSchedulePhasesProrationBehavior::None);
    let names: HashMap<String, String> = metadata(permit, plan);
    second.metadata = Some(names);
    let request = UpdateSubscriptionSchedule::new(made.id.as_str())
        .end_behavior(SubscriptionScheduleEndBehavior::Release)
        .phases(vec![first, second]);
    stripe.post::<super::stripe_objects::Made>(&request, &format!("{key}.phases")).await?;
    Ok(())
}
