//! Choosing a plan: without a payment provider it takes effect immediately. Otherwise the first
//! paid plan is paid for on Stripe's page, once per attempt, and later choices change the existing
//! subscription.

use std::collections::HashMap;

use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    ExpireCheckoutSession,
};
use stripe_shared::CheckoutSessionMode;
use tollgate_types::billing::ChangeKind;
use tollgate_types::code::Code;
use tollgate_types::id::{CheckoutId, PlanId};
use tollgate_types::plan::Plan;
use tollgate_types::time::{HOUR, MINUTE, SECOND, Timestamp};

use super::Billing;
use super::client::{Fault, Stripe};
use super::store::checkouts::{self, Checkout};
use super::stripe_objects::{PortalSession, Session};
use super::{change, customer, inbox, objects, sync};
use crate::access::{ManagePlan, Permit};
use crate::plans::{self, Held};
use crate::{Error, Result, random, usage_limits};

/// How long a payment page stays open: Stripe requires at least half an hour.
const OPEN_FOR: i64 = HOUR;
/// The age from which a page is not shown again, because it might expire while it is filled in.
pub const SHOWN_FOR: i64 = 25 * MINUTE;

/// The next step after a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing: the plan is active, now or from the end of the period on.
    Done,
    /// A visit to this page.
    Redirect(String),
}

/// Like [`choose`], but a plan that makes live calls fail is taken only if `is_confirmed`.
///
/// # Errors
/// `validation_failed` of the field `confirm`, with the consequence.
pub async fn choose_knowingly(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    id: &PlanId,
    at: Option<Timestamp>,
    is_confirmed: bool,
    now: Timestamp,
) -> Result<Chosen> {
    if !is_confirmed {
        let plan = offered(billing, permit, id).await?;
        let held = plans::held(&billing.db, &permit.org, &plan.product).await?;
        let from = match kind(billing, &plan, held.as_ref()).await? {
            ChangeKind::AtPeriodEnd => Some(change::period_end(held.as_ref(), now)),
            ChangeKind::AtOnce | ChangeKind::Checkout => None,
        };
        if let Some(consequence) =
            usage_limits::of_change(&billing.db, &permit.org, &plan, from, now).await?
        {
            return Err(Error::unconfirmed(consequence.sentence()));
        }
    }
    choose(billing, permit, id, at, now).await
}

/// Chooses a plan that is offered to the organisation. `at` is the time of the preview.
pub async fn choose(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    id: &PlanId,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Chosen> {
    let Some(stripe) = billing.biller.stripe() else {
        plans::switch(&billing.db, permit, id, now).await?;
        return Ok(Chosen::Done);
    };
    let plan = offered(billing, permit, id).await?;
    plans::check_currency(&billing.db, &permit.org, &plan, now).await?;
    let held = plans::held(&billing.db, &permit.org, &plan.product).await?;
    match (kind(billing, &plan, held.as_ref()).await?, held) {
        (ChangeKind::Checkout, _) => {
            Ok(Chosen::Redirect(check_out(billing, stripe, permit, &plan, now).await?))
        }
        (kind, Some(held)) if held.is_charged() => {
            change::change(billing, stripe, permit, &held, &plan, (kind, at), now).await
        }
        _ => {
            plans::switch(&billing.db, permit, id, now).await?;
            Ok(Chosen::Done)
        }
    }
}

/// The plan, if members of the organisation may choose it.
pub(super) async fn offered(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    id: &PlanId,
) -> Result<Plan> {
    let plan = plans::by_id(&billing.db, id).await?.filter(|plan| plan.is_offered_to(&permit.org));
    let plan = plan.ok_or_else(|| Error::not_found("plan"))?;
    plans::check_sold(&billing.db, &plan.product).await?;
    Ok(plan)
}

pub(super) async fn kind(
    billing: &Billing<'_>,
    plan: &Plan,
    held: Option<&Held>,
) -> Result<ChangeKind> {
    let Some(held) = held.filter(|held| held.is_charged()) else {
        let is_to_pay = plan.is_paid() && billing.biller.stripe().is_some();
        return Ok(if is_to_pay { ChangeKind::Checkout } else { ChangeKind::AtOnce });
    };
    let present =
        plans::by_id(&billing.db, &held.plan_id).await?.ok_or_else(|| Error::not_found("plan"))?;
    let is_up = plan.is_paid() && plan.monthly_price >= present.monthly_price;
    Ok(if is_up { ChangeKind::AtOnce } else { ChangeKind::AtPeriodEnd })
}

/// Whether a subscription to the plan would start with a trial: for organisations that never had a
/// paid plan of the product.
pub(super) async fn begins_on_trial(
    billing: &Billing<'_>,
    permit: &Permit<ManagePlan>,
    plan: &Plan,
    now: Timestamp,
) -> Result<bool> {
    if plan.trial_days == 0 {
        return Ok(false);
    }
    for (_, id) in plans::plan_periods(&billing.db, &permit.org, &plan.product, now).await? {
        let Some(id) = id else { continue };
        if plans::by_id(&billing.db, &id.parse().map_err(anyhow::Error::from)?)
            .await?
            .is_some_and(|plan| plan.is_paid())
        {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn check_out(
    billing: &Billing<'_>,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    plan: &Plan,
    now: Timestamp,
) -> Result<String> {
    let sold = sync::provide(&billing.db, stripe, plan, now).await?;
    let customer = customer::provide(&billing.db, stripe, &permit.org, now).await?;
    let attempt = open(billing, stripe, permit, plan, now).await?;
    if let Some(url) = attempt.url {
        return Ok(url);
    }
    let line = |price: String, quantity| CreateCheckoutSessionLineItems {
        price: Some(price),
        quantity,
        ..CreateCheckoutSessionLineItems::new()
    };
    let mut lines = vec![line(sold.month, Some(1))];
    lines.extend(sold.units.map(|price| line(price, None)));
    let mut terms = CreateCheckoutSessionSubscriptionData::new();
    terms.metadata = Some(metadata(permit, plan));
    // Periods are calendar months, like quotas, so that both count the same units. A trial has its
    // own length.
    if begins_on_trial(billing, permit, plan, now).await? {
        terms.trial_period_days = Some(plan.trial_days);
    } else {
        terms.billing_cycle_anchor = Some(Timestamp(attempt.created_at).next_month().0 / SECOND);
    }
    let page = format!("{}/dashboard/billing?product={}", billing.config.base_url(), plan.product);
    let request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Subscription)
        .customer(customer)
        .client_reference_id(permit.org.as_str())
        .line_items(lines)
        .subscription_data(terms)
        .metadata(metadata(permit, plan))
        .success_url(format!("{page}&checkout=done"))
        .cancel_url(page)
        .expires_at(attempt.expires_at / SECOND);
    let made: Result<Session, Fault> =
        stripe.post(&request, &format!("{}.{}", attempt.id, attempt.round)).await;
    if let Err(Fault::Failed(_)) = &made {
        checkouts::next_round(&billing.db, &attempt.id).await?;
    }
    let made = made?;
    let url =
        made.url.ok_or_else(|| anyhow::anyhow!("Stripe returned a session without a page"))?;
    checkouts::set_session(&billing.db, &attempt.id, &made.id, &url).await?;
    Ok(url)
}

pub(super) fn metadata(permit: &Permit<ManagePlan>, plan: &Plan) -> HashMap<String, String> {
    HashMap::from([
        (objects::ORG.to_owned(), permit.org.to_string()),
        (objects::API.to_owned(), plan.product.clone()),
        (objects::PLAN.to_owned(), plan.id.to_string()),
    ])
}

/// The only open attempt: the existing one, if it is for this plan, otherwise a new one after the
/// other was ended.
async fn open(
    billing: &Billing<'_>,
    stripe: &Stripe,
    permit: &Permit<ManagePlan>,
    plan: &Plan,
    now: Timestamp,
) -> Result<Checkout> {
    if let Some(old) = checkouts::open(&billing.db, &permit.org, &plan.product).await? {
        if old.plan_id == plan.id.as_str() && now.0 - old.created_at < SHOWN_FOR {
            return Ok(old);
        }
        if let Some(session) = &old.session_id {
            let ended: Result<Session, Fault> = stripe
                .post(
                    &ExpireCheckoutSession::new(session.as_str()),
                    &format!("{}.end.{}", old.id, old.round),
                )
                .await;
            match ended {
                Ok(_) => {}
                // A session that cannot be expired has ended: by timeout, or with a payment that
                // has not been reported yet.
                Err(Fault::Refused { .. })
                    if inbox::is_paid(billing, stripe, session, now).await? =>
                {
                    let detail = "Your organisation has just paid for a plan. See the Billing page, and change the plan there.";
                    return Err(Error::new(Code::Conflict, detail));
                }
                Err(Fault::Refused { .. }) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        checkouts::end(&billing.db, &old.id, "over").await?;
    }
    let id: CheckoutId = random::id();
    let new = Checkout {
        id: id.to_string(),
        plan_id: plan.id.to_string(),
        round: 0,
        session_id: None,
        url: None,
        created_at: now.0,
        expires_at: now.plus(OPEN_FOR).0,
    };
    if checkouts::insert(&billing.db, &permit.org, &plan.product, &new).await? {
        return Ok(new);
    }
    Err(Error::new(
        Code::Conflict,
        "Another member of your organisation is choosing a plan at the moment. Try again shortly.",
    ))
}

/// Stripe's page for cards, invoices and the subscription.
///
/// # Errors
/// `not_found` without a payment provider, or for an organisation that has never been a customer.
pub async fn portal(billing: &Billing<'_>, permit: &Permit<ManagePlan>) -> Result<String> {
    let stripe = billing.biller.stripe().ok_or_else(|| Error::not_found("customer portal"))?;
    let known = super::store::objects::customer(&billing.db, &permit.org).await?;
    let customer = known.ok_or_else(|| Error::not_found("customer portal"))?;
    let back = format!("{}/dashboard/billing", billing.config.base_url());
    let request = CreateBillingPortalSession::new().customer(customer).return_url(back);
    let made: PortalSession = stripe.post(&request, &random::token()).await?;
    Ok(made.url)
}
