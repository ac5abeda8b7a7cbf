//! Choosing a plan: without a payment provider it holds at once; else the first one that costs anything is paid for on
//! Stripe's page, once for each attempt, and later ones change the subscription that is there.

use std::collections::HashMap;

use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData, ExpireCheckoutSession,
};
use stripe_shared::CheckoutSessionMode;

use super::answers::{PortalSession, Session};
use super::client::{Fault, Stripe};
use super::store::checkouts::{self, Checkout};
use super::{change, customer, inbox, objects, sync};
use crate::server::access::{ManagePlan, Permit};
use crate::server::plans::{self, Held};
use crate::server::{App, Error, Result, random, session};
use crate::types::billing::ChangeKind;
use crate::types::code::Code;
use crate::types::id::{CheckoutId, PlanId};
use crate::types::plan::Plan;
use crate::types::time::{HOUR, MINUTE, SECOND, Timestamp};

/// How long a visit to the payment page may take: Stripe wants half an hour at least.
const OPEN_FOR: i64 = HOUR;
/// A page that was made so long ago is not shown again, because it might end while it is filled in.
const SHOWN_FOR: i64 = 25 * MINUTE;

/// What comes after a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing: it holds, now or from the period's end on.
    Done,
    /// A visit to this page.
    Redirect(String),
}

/// Chooses a plan that is offered to the organisation. `at` is the moment that a preview was reckoned for.
pub async fn choose(app: &App, permit: &Permit<ManagePlan>, id: &PlanId, at: Option<Timestamp>, now: Timestamp) -> Result<Chosen> {
    let Some(stripe) = app.biller.stripe() else {
        plans::switch(&app.db, permit, id, now).await?;
        return Ok(Chosen::Done);
    };
    let plan = offered(app, permit, id).await?;
    let held = plans::held(&app.db, &permit.org, &plan.product).await?;
    match (kind(app, &plan, held.as_ref()).await?, held) {
        (ChangeKind::Checkout, _) => Ok(Chosen::Redirect(check_out(app, stripe, permit, &plan, now).await?)),
        (kind, Some(held)) if held.is_charged() => change::change(app, stripe, permit, &held, &plan, (kind, at), now).await,
        _ => {
            plans::switch(&app.db, permit, id, now).await?;
            Ok(Chosen::Done)
        }
    }
}

/// The plan, if members of the organisation may choose it.
pub(super) async fn offered(app: &App, permit: &Permit<ManagePlan>, id: &PlanId) -> Result<Plan> {
    let plan = plans::by_id(&app.db, id).await?.filter(|plan| plan.is_offered_to(&permit.org));
    plan.ok_or_else(|| Error::not_found("plan"))
}

pub(super) async fn kind(app: &App, plan: &Plan, held: Option<&Held>) -> Result<ChangeKind> {
    let Some(held) = held.filter(|held| held.is_charged()) else {
        let is_to_pay = plan.is_paid() && app.biller.stripe().is_some();
        return Ok(if is_to_pay { ChangeKind::Checkout } else { ChangeKind::AtOnce });
    };
    let present = plans::by_id(&app.db, &held.plan_id).await?.ok_or_else(|| Error::not_found("plan"))?;
    let is_up = plan.is_paid() && plan.monthly_price >= present.monthly_price;
    Ok(if is_up { ChangeKind::AtOnce } else { ChangeKind::AtPeriodEnd })
}

/// Whether a subscription to the plan would begin with a trial: for who never had a paid plan of the product.
pub(super) async fn begins_on_trial(app: &App, permit: &Permit<ManagePlan>, plan: &Plan, now: Timestamp) -> Result<bool> {
    if plan.trial_days == 0 {
        return Ok(false);
    }
    for (_, id) in plans::plan_periods(&app.db, &permit.org, &plan.product, now).await? {
        let Some(id) = id else { continue };
        if plans::by_id(&app.db, &id.parse().map_err(anyhow::Error::from)?).await?.is_some_and(|plan| plan.is_paid()) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn check_out(app: &App, stripe: &Stripe, permit: &Permit<ManagePlan>, plan: &Plan, now: Timestamp) -> Result<String> {
    let sold = sync::provide(&app.db, stripe, plan, now).await?;
    let customer = customer::provide(&app.db, stripe, &permit.org, now).await?;
    let attempt = open(app, stripe, permit, plan, now).await?;
    if let Some(url) = attempt.url {
        return Ok(url);
    }
    let line =
        |price: String, quantity| CreateCheckoutSessionLineItems { price: Some(price), quantity, ..CreateCheckoutSessionLineItems::new() };
    let mut lines = vec![line(sold.month, Some(1))];
    lines.extend(sold.units.map(|price| line(price, None)));
    let mut terms = CreateCheckoutSessionSubscriptionData::new();
    terms.metadata = Some(metadata(permit, plan));
    // Months are the calendar's, as quotas are, so that both count the same units. A trial has a length of its own.
    if begins_on_trial(app, permit, plan, now).await? {
        terms.trial_period_days = Some(plan.trial_days);
    } else {
        terms.billing_cycle_anchor = Some(Timestamp(attempt.created_at).next_month().0 / SECOND);
    }
    let page = format!("{}/dashboard/billing?product={}", app.config.base_url(), plan.product);
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
    let made: Result<Session, Fault> = stripe.post(&request, &format!("{}.{}", attempt.id, attempt.round)).await;
    if let Err(Fault::Failed(_)) = &made {
        checkouts::next_round(&app.db, &attempt.id).await?;
    }
    let made = made?;
    let url = made.url.ok_or_else(|| anyhow::anyhow!("Stripe gave a session without a page"))?;
    checkouts::set_session(&app.db, &attempt.id, &made.id, &url).await?;
    Ok(url)
}

pub(super) fn metadata(permit: &Permit<ManagePlan>, plan: &Plan) -> HashMap<String, String> {
    HashMap::from([
        (objects::ORG.to_owned(), permit.org.to_string()),
        (objects::API.to_owned(), plan.product.clone()),
        (objects::PLAN.to_owned(), plan.id.to_string()),
    ])
}

/// The one attempt that is open: that which is, if it is for this plan, else a new one, after the other was ended.
async fn open(app: &App, stripe: &Stripe, permit: &Permit<ManagePlan>, plan: &Plan, now: Timestamp) -> Result<Checkout> {
    if let Some(old) = checkouts::open(&app.db, &permit.org, &plan.product).await? {
        if old.plan_id == plan.id.as_str() && now.0 - old.created_at < SHOWN_FOR {
            return Ok(old);
        }
        if let Some(session) = &old.session_id {
            let ended: Result<Session, Fault> =
                stripe.post(&ExpireCheckoutSession::new(session.as_str()), &format!("{}.end.{}", old.id, old.round)).await;
            match ended {
                Ok(_) => {}
                // What cannot be ended has ended: by itself, or with a payment that nobody has told of yet.
                Err(Fault::Refused { .. }) if inbox::is_paid(app, stripe, session, now).await? => {
                    let detail = "Your organisation has just paid for a plan. Look at it on the Billing page, and change it there.";
                    return Err(Error::new(Code::Conflict, detail));
                }
                Err(Fault::Refused { .. }) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        checkouts::end(&app.db, &old.id, "over").await?;
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
    if checkouts::insert(&app.db, &permit.org, &plan.product, &new).await? {
        return Ok(new);
    }
    Err(Error::new(Code::Conflict, "Somebody of your organisation is choosing a plan at this moment. Try again shortly."))
}

/// A page of Stripe's where cards, invoices and the subscription are managed.
///
/// # Errors
/// `not_found` without a payment provider, or for who has never been a customer.
pub async fn portal(app: &App, permit: &Permit<ManagePlan>) -> Result<String> {
    let stripe = app.biller.stripe().ok_or_else(|| Error::not_found("customer portal"))?;
    let known = super::store::objects::customer(&app.db, &permit.org).await?;
    let customer = known.ok_or_else(|| Error::not_found("customer portal"))?;
    let back = format!("{}/dashboard/billing", app.config.base_url());
    let request = CreateBillingPortalSession::new().customer(customer).return_url(back);
    let made: PortalSession = stripe.post(&request, &random::token()).await?;
    Ok(made.url)
}

/// [`choose`] by whoever is signed in, who is sent on to the payment page where there is one.
pub async fn choose_as_member(id: &PlanId, at: &str) -> Result<()> {
    let (app, permit) = session::permit::<ManagePlan>().await?;
    let now = app.clock.now();
    // What was shown long ago, or is none of our times, is reckoned anew.
    let at = at.parse::<Timestamp>().ok().filter(|at| (now.plus(-SHOWN_FOR)..=now).contains(at));
    match choose(&app, &permit, id, at, now).await? {
        Chosen::Redirect(url) => session::send_to(&url),
        // What was previewed is done: the page without it.
        Chosen::Done => {
            let product = plans::by_id(&app.db, id).await?.map(|plan| plan.product).unwrap_or_default();
            session::go_to(&format!("/dashboard/billing?product={product}"));
        }
    }
    Ok(())
}

/// Sends whoever is signed in on to the [`portal`].
pub async fn open_portal_as_member() -> Result<()> {
    let (app, permit) = session::permit::<ManagePlan>().await?;
    session::send_to(&portal(&app, &permit).await?);
    Ok(())
}
