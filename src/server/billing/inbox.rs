//! What Stripe tells: taken in fast and once by its id, applied later by fetching the object that it is about. So the
//! same message twice, old ones, and any order all end in what is true there now.

use std::collections::BTreeMap;

use futures::StreamExt;
use serde::Deserialize;
use stripe_billing::invoice::RetrieveInvoice;
use stripe_billing::subscription::RetrieveSubscription;
use stripe_checkout::checkout_session::RetrieveCheckoutSession;

use super::answers::{Invoice, Session, Subscription};
use super::client::Stripe;
use super::store::{checkouts, inbox, objects as known};
use super::{invoices, objects, signature};
use crate::server::db::Db;
use crate::server::plans::{self, Provided, Settled};
use crate::server::{App, Error, Result};
use crate::types::billing::SubscriptionState;
use crate::types::code::Code;
use crate::types::id::OrgId;
use crate::types::plan::Plan;
use crate::types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// Messages looked at together.
const BATCH: i64 = 200;
/// Objects fetched at the same time.
const AT_ONCE: usize = 8;
/// The longest pause between two attempts.
const MAX_PAUSE: i64 = 5 * MINUTE;
/// Attempts after which somebody should look.
const ALARM_AFTER: i64 = 8;
/// Messages are kept so long. An older one that comes again is fetched again, which changes nothing.
const KEEP: i64 = 90 * DAY;
/// How often a subscription is fetched anew because somebody else wrote it meanwhile.
const ROUNDS: usize = 5;
/// How often what may have changed unheard is fetched: Stripe gives a message up after three days.
const POLL_CHECKOUTS: i64 = 2 * MINUTE;
const POLL_SUBSCRIPTIONS: i64 = HOUR;
const POLLED: i64 = 1_000;

#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: MessageData,
}

#[derive(Deserialize)]
struct MessageData {
    object: Option<MessageObject>,
}

#[derive(Deserialize)]
struct MessageObject {
    id: Option<String>,
}

impl Message {
    /// The object to fetch; none for what does not concern us.
    fn object(&self) -> &str {
        let concerns = ["checkout.session.", "customer.subscription.", "invoice."].iter().any(|kind| self.kind.starts_with(kind));
        let id = self.data.object.as_ref().and_then(|object| object.id.as_deref()).unwrap_or_default();
        if concerns && ["cs_", "sub_", "in_"].iter().any(|kind| id.starts_with(kind)) { id } else { "" }
    }
}

/// Takes a message in, if Stripe signed it lately.
///
/// # Errors
/// `not_found` without Stripe; `invalid_request` for a wrong signature or what is no message; `unavailable` while the
/// database is away, so that Stripe sends it again.
pub async fn receive(app: &App, header: &str, body: &[u8], now: Timestamp) -> Result<()> {
    let secret = app.biller.stripe().and_then(|stripe| stripe.webhook_secret.as_ref()).ok_or_else(|| Error::not_found("webhook"))?;
    signature::verify(header, body, secret.expose(), now).map_err(|bad| Error::new(Code::InvalidRequest, bad.to_string()))?;
    let is_no_message = || Error::new(Code::InvalidRequest, "The body is no event of Stripe's.");
    let message: Message = serde_json::from_slice(body).map_err(|_| is_no_message())?;
    let text = std::str::from_utf8(body).map_err(|_| is_no_message())?;
    inbox::insert(&app.db, &message.id, &message.kind, message.object(), text, now).await?;
    app.told.notify_one();
    Ok(())
}

/// Applies what is due; how many objects that were. One instance at a time does it: see [`super::hold`].
pub async fn apply_due(app: &App, now: Timestamp) -> Result<usize> {
    let Some(stripe) = app.biller.stripe() else { return Ok(0) };
    let mut due: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for row in inbox::due(&app.db, now, BATCH).await? {
        due.entry(row.object_id).or_default().push((row.event_id, row.attempts));
    }
    let count = due.len();
    let applied = futures::stream::iter(due).map(|(object, events)| apply(app, stripe, object, events, now)).buffer_unordered(AT_ONCE);
    applied.collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<()>>>()?;
    Ok(count)
}

async fn apply(app: &App, stripe: &Stripe, object: String, events: Vec<(String, i64)>, now: Timestamp) -> Result<()> {
    match fetch(app, stripe, &object, now).await {
        Ok(()) => {
            for (event, _) in &events {
                inbox::applied(&app.db, event, now).await?;
            }
        }
        Err(cause) => {
            for (event, attempts) in &events {
                let pause = (SECOND << (*attempts).clamp(0, 16)).min(MAX_PAUSE);
                inbox::failed(&app.db, event, &cause.to_string(), now.plus(pause)).await?;
                if *attempts == ALARM_AFTER {
                    tracing::error!(event, object, %cause, "what the payment provider told cannot be applied; trying on");
                }
            }
            tracing::warn!(object, %cause, "cannot apply what the payment provider told yet");
        }
    }
    Ok(())
}

async fn fetch(app: &App, stripe: &Stripe, object: &str, now: Timestamp) -> Result<()> {
    match object.split_once('_') {
        Some(("sub", _)) => refresh(app, stripe, object, now).await,
        Some(("in", _)) => match stripe.get::<Invoice>(&RetrieveInvoice::new(object)).await {
            Ok(invoice) => {
                invoices::save(app, &invoice, now).await?;
                match invoice.subscription() {
                    Some(subscription) => refresh(app, stripe, subscription, now).await,
                    None => Ok(()),
                }
            }
            Err(fault) if fault.is_not_found() => Ok(()),
            Err(fault) => Err(fault.into()),
        },
        _ => is_paid(app, stripe, object, now).await.map(drop),
    }
}

/// Whether a visit to the payment page ended with a payment. Then what was bought is written before the visit is over:
/// who could begin another one between the two would pay twice.
pub(super) async fn is_paid(app: &App, stripe: &Stripe, session: &str, now: Timestamp) -> Result<bool> {
    let there: Session = match stripe.get(&RetrieveCheckoutSession::new(session)).await {
        Ok(there) => there,
        Err(fault) if fault.is_not_found() => return Ok(false),
        Err(fault) => return Err(fault.into()),
    };
    match there.status.as_deref() {
        Some("complete") => {
            if let Some(subscription) = &there.subscription {
                refresh(app, stripe, subscription, now).await?;
            }
            checkouts::end_session(&app.db, &there.id, "done").await?;
            Ok(true)
        }
        Some("expired") => checkouts::end_session(&app.db, &there.id, "over").await.map(|()| false),
        _ => Ok(false),
    }
}

/// Writes what a subscription is at Stripe now, and its latest invoice.
pub(super) async fn refresh(app: &App, stripe: &Stripe, id: &str, now: Timestamp) -> Result<()> {
    for _ in 0..ROUNDS {
        let seen = plans::held_there(&app.db, id).await?;
        let request = RetrieveSubscription::new(id).expand(vec!["latest_invoice".to_owned()]);
        let there: Subscription = match stripe.get(&request).await {
            Ok(there) => there,
            Err(fault) if fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault.into()),
        };
        // Others may be sold by the same account.
        let Some((org, plan)) = ours(app, &there).await? else { return Ok(()) };
        let mut provided = read(&there, app.config.billing.grace());
        // A later unpaid invoice does not begin the days of grace anew.
        let earlier = seen.as_ref().and_then(|held| held.provided.as_ref()?.blocked_at);
        provided.blocked_at = provided.blocked_at.map(|blocked| earlier.map_or(blocked, |earlier| blocked.min(earlier)));
        let mut tx = app.db.begin().await?;
        match plans::settle(&mut tx, (&org, &plan), seen.as_ref(), &provided, there.schedule.is_some(), now).await? {
            Settled::Done => {}
            Settled::Other if provided.state.is_in_force() => {
                tracing::error!(subscription = id, %org, "an organisation has two paid subscriptions to one product; cancel this one at Stripe");
            }
            Settled::Other => {}
            Settled::Stale => continue,
        }
        tx.commit().await?;
        return match there.latest_invoice() {
            Some(invoice) => invoices::save(app, &invoice, now).await,
            None => Ok(()),
        };
    }
    Err(anyhow::anyhow!("a subscription changed whenever it was fetched").into())
}

/// Whose subscription it is, and to which plan.
async fn ours(app: &App, there: &Subscription) -> Result<Option<(OrgId, Plan)>> {
    let mut found = None;
    for item in &there.items.data {
        let by_price = known::plan_of_price(&app.db, &item.price.id).await?.map(|(plan, _)| plan);
        found = found.or(by_price).or_else(|| item.price.metadata.get(objects::PLAN).cloned());
    }
    let Some(plan) = found else { return Ok(None) };
    let plan = plans::by_id(&app.db, &plan.parse().map_err(anyhow::Error::from)?).await?;
    let by_customer = match &there.customer {
        Some(customer) => known::org_of_customer(&app.db, customer).await?,
        None => None,
    };
    let org = by_customer.or_else(|| there.metadata.get(objects::ORG).cloned());
    let Some((org, plan)) = org.zip(plan) else { return Ok(None) };
    Ok(Some((org.parse().map_err(anyhow::Error::from)?, plan)))
}

fn read(there: &Subscription, grace: i64) -> Provided {
    let state = match there.status.as_str() {
        "trialing" => SubscriptionState::Trialing,
        "active" => SubscriptionState::Active,
        "past_due" | "unpaid" | "paused" => SubscriptionState::PastDue,
        "incomplete" => SubscriptionState::Incomplete,
        _ => SubscriptionState::Canceled,
    };
    let since = Timestamp::from(there.latest_invoice_at().unwrap_or(there.created));
    // Who has given up collecting waits no longer.
    let grace = if there.status == "past_due" { grace } else { 0 };
    let item = there.items.data.first();
    let period_end = item.and_then(|item| item.current_period_end).map(Timestamp::from);
    Provided {
        stripe_id: there.id.clone(),
        state,
        created_at: there.created.into(),
        started_at: there.start_date.into(),
        ended_at: there.ended_at.map(Timestamp::from),
        period_start: item.and_then(|item| item.current_period_start).map(Timestamp::from),
        period_end,
        trial_ends_at: there.trial_end.map(Timestamp::from).filter(|_| state == SubscriptionState::Trialing),
        ends_at: there.cancel_at.map(Timestamp::from).or(period_end.filter(|_| there.cancel_at_period_end)),
        blocked_at: (state == SubscriptionState::PastDue).then(|| since.plus(grace)),
    }
}

/// Has everything fetched that may have changed without our hearing of it.
pub async fn poll(app: &App, now: Timestamp) -> Result<()> {
    if app.biller.stripe().is_none() {
        return Ok(());
    }
    for session in checkouts::open_sessions(&app.db, POLLED).await? {
        inbox::poll(&app.db, &session, now.0 / POLL_CHECKOUTS, now).await?;
    }
    for subscription in plans::charged_ids(&app.db, POLLED).await? {
        inbox::poll(&app.db, &subscription, now.0 / POLL_SUBSCRIPTIONS, now).await?;
    }
    Ok(())
}

/// Deletes messages that are old.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    inbox::delete_before(db, now.plus(-KEEP), now.plus(-DAY)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_that_concern_plans_and_money_are_fetched() {
        let object = |kind: &str, id: &str| {
            let text = format!(r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{{"id":"{id}"}}}}}}"#);
            serde_json::from_str::<Message>(&text).unwrap().object().to_owned()
        };
        assert_eq!(object("customer.subscription.updated", "sub_1"), "sub_1");
        assert_eq!(object("invoice.paid", "in_1"), "in_1");
        assert_eq!(object("checkout.session.completed", "cs_test_1"), "cs_test_1");
        assert_eq!(object("customer.updated", "cus_1"), "");
        assert_eq!(object("invoice.upcoming", ""), "");
        assert_eq!(object("charge.failed", "ch_1"), "");
    }
}
