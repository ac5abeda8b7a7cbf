//! Events from Stripe: stored quickly, once per id, and applied later by fetching the object that
//! they are about. So repeated, old and unordered events all end in the current state at Stripe.

use std::collections::BTreeMap;

use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use stripe_billing::invoice::RetrieveInvoice;
use stripe_billing::subscription::RetrieveSubscription;
use stripe_checkout::checkout_session::RetrieveCheckoutSession;
use tollgate_types::billing::SubscriptionState;
use tollgate_types::code::Code;
use tollgate_types::id::OrgId;
use tollgate_types::plan::Plan;
use tollgate_types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

use super::Billing;
use super::client::Stripe;
use super::store::{checkouts, inbox, objects as known};
use super::stripe_objects::{Invoice, Session, Subscription};
use super::{invoices, objects, signature};
use crate::db::Db;
use crate::plans::{self, Provided, Reconciled};
use crate::{Error, Result};

/// Events per batch.
const BATCH: i64 = 200;
/// Objects that are fetched concurrently.
const AT_ONCE: usize = 8;
/// The longest pause between two attempts.
const MAX_PAUSE: i64 = 5 * MINUTE;
/// Attempts after which an operator should look.
const ALARM_AFTER: i64 = 8;
/// How long events are kept. An older one that is sent again is fetched again, which changes
/// nothing.
const KEEP: i64 = 90 * DAY;
/// How often a subscription is fetched again because it was written concurrently.
const ROUNDS: usize = 5;
/// How often objects that may have changed unnoticed are fetched: Stripe stops sending an event
/// after three days.
const POLL_CHECKOUTS: i64 = 2 * MINUTE;
const POLL_SUBSCRIPTIONS: i64 = HOUR;
/// Objects per transaction.
const POLLED: i64 = 200;

/// An event with its object in `data` or, in API v2, a thin event that names it in
/// `related_object`, if it is about one (docs.stripe.com/event-destinations). Other fields are
/// ignored, so that new ones cause no errors.
#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// Seconds since 1970; RFC 3339 in a thin event.
    #[serde(default)]
    created: Value,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    related_object: Value,
}

impl Message {
    /// The stored part of it: nothing that names a person. The rest is fetched from Stripe.
    fn kept(&self) -> String {
        json!({ "id": self.id, "type": self.kind, "created": self.created, "object": self.object_id() }).to_string()
    }

    fn object_id(&self) -> Option<&str> {
        self.data["object"]["id"].as_str().or_else(|| self.related_object["id"].as_str())
    }

    /// The object to fetch; `None` for an irrelevant event.
    fn object(&self) -> &str {
        // Thin events about objects of API v1 have the same types, with a prefix.
        let kind = self.kind.strip_prefix("v1.").unwrap_or(&self.kind);
        let concerns = ["checkout.session.", "customer.subscription.", "invoice."]
            .iter()
            .any(|begin| kind.starts_with(begin));
        let id = self.object_id().unwrap_or_default();
        if concerns && ["cs_", "sub_", "in_"].iter().any(|kind| id.starts_with(kind)) {
            id
        } else {
            ""
        }
    }
}

/// Stores an event, if Stripe has signed it recently.
///
/// # Errors
/// `not_found` without Stripe; `invalid_request` for a wrong signature or a body that is not an
/// event; `unavailable` while the database is unavailable, so that Stripe sends it again.
pub async fn receive(
    billing: &Billing<'_>,
    header: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<()> {
    let secret = billing
        .biller
        .stripe()
        .and_then(|stripe| stripe.webhook_secret.as_ref())
        .ok_or_else(|| Error::not_found("webhook"))?;
    signature::verify(header, body, secret.expose(), now)
        .map_err(|bad| Error::new(Code::InvalidRequest, bad.to_string()))?;
    let is_no_message = || Error::new(Code::InvalidRequest, "The body is not a Stripe event.");
    let message: Message = serde_json::from_slice(body).map_err(|_| is_no_message())?;
    inbox::insert(&billing.db, &message.id, &message.kind, message.object(), &message.kept(), now)
        .await?;
    billing.payment_events.notify_one();
    Ok(())
}

/// Applies the events that are due; returns the number of objects. One instance at a time: see
/// [`super::hold`].
pub async fn apply_due(billing: &Billing<'_>, now: Timestamp) -> Result<usize> {
    let Some(stripe) = billing.biller.stripe() else { return Ok(0) };
    let mut due: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for row in inbox::due(&billing.db, now, BATCH).await? {
        due.entry(row.object_id).or_default().push((row.event_id, row.attempts));
    }
    let count = due.len();
    let applied = futures::stream::iter(due)
        .map(|(object, events)| apply(billing, stripe, object, events, now))
        .buffer_unordered(AT_ONCE);
    applied.collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<()>>>()?;
    Ok(count)
}

async fn apply(
    billing: &Billing<'_>,
    stripe: &Stripe,
    object: String,
    events: Vec<(String, i64)>,
    now: Timestamp,
) -> Result<()> {
    match fetch(billing, stripe, &object, now).await {
        Ok(()) => {
            for (event, _) in &events {
                inbox::applied(&billing.db, event, now).await?;
            }
        }
        Err(cause) => {
            for (event, attempts) in &events {
                let pause = (SECOND << (*attempts).clamp(0, 16)).min(MAX_PAUSE);
                inbox::failed(&billing.db, event, &cause.to_string(), now.plus(pause)).await?;
                if *attempts == ALARM_AFTER {
                    tracing::error!(event, object, %cause, "an event of the payment provider cannot be applied; it will be tried again");
                }
            }
            tracing::warn!(object, %cause, "cannot apply an event of the payment provider yet");
        }
    }
    Ok(())
}

async fn fetch(billing: &Billing<'_>, stripe: &Stripe, object: &str, now: Timestamp) -> Result<()> {
    match object.split_once('_') {
        Some(("sub", _)) => refresh(billing, stripe, object, now).await,
        Some(("in", _)) => match stripe.get::<Invoice>(&RetrieveInvoice::new(object)).await {
            Ok(invoice) => {
                invoices::save(billing, &invoice, now).await?;
                match invoice.subscription() {
                    Some(subscription) => refresh(billing, stripe, subscription, now).await,
                    None => Ok(()),
                }
            }
            Err(fault) if fault.is_not_found() => Ok(()),
            Err(fault) => Err(fault.into()),
        },
        _ => is_paid(billing, stripe, object, now).await.map(drop),
    }
}

/// Whether a visit to the payment page ended with a payment. If so, the subscription is written
/// before the visit ends: otherwise a second visit in between could pay twice.
pub(super) async fn is_paid(
    billing: &Billing<'_>,
    stripe: &Stripe,
    session: &str,
    now: Timestamp,
) -> Result<bool> {
    let there: Session = match stripe.get(&RetrieveCheckoutSession::new(session)).await {
        Ok(there) => there,
        Err(fault) if fault.is_not_found() => return Ok(false),
        Err(fault) => return Err(fault.into()),
    };
    match there.status.as_deref() {
        Some("complete") => {
            if let Some(subscription) = &there.subscription {
                refresh(billing, stripe, subscription, now).await?;
            }
            checkouts::end_session(&billing.db, &there.id, "done").await?;
            Ok(true)
        }
        Some("expired") => {
            checkouts::end_session(&billing.db, &there.id, "over").await.map(|()| false)
        }
        _ => Ok(false),
    }
}

/// Writes the current state of a subscription at Stripe, and its latest invoice.
pub(super) async fn refresh(
    billing: &Billing<'_>,
    stripe: &Stripe,
    id: &str,
    now: Timestamp,
) -> Result<()> {
    for _ in 0..ROUNDS {
        let seen = plans::held_there(&billing.db, id).await?;
        let request = RetrieveSubscription::new(id).expand(vec!["latest_invoice".to_owned()]);
        let there: Subscription = match stripe.get(&request).await {
            Ok(there) => there,
            Err(fault) if fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault.into()),
        };
        // The same Stripe account may sell other things.
        let Some((org, plan)) = ours(billing, &there).await? else { return Ok(()) };
        let mut provided = read(&there, billing.config.billing.grace());
        // A later unpaid invoice does not restart the grace period.
        let earlier = seen.as_ref().and_then(|held| held.provided.as_ref()?.blocked_at);
        provided.blocked_at = provided
            .blocked_at
            .map(|blocked| earlier.map_or(blocked, |earlier| blocked.min(earlier)));
        let mut tx = billing.db.begin().await?;
        match plans::reconcile(
            &mut tx,
            (&org, &plan),
            seen.as_ref(),
            &provided,
            there.schedule.is_some(),
            now,
        )
        .await?
        {
            Reconciled::Done => {}
            Reconciled::Other if provided.state.is_in_force() => {
                tracing::error!(subscription = id, %org, "an organisation has two paid subscriptions to one product; cancel this one at Stripe");
            }
            Reconciled::Other => {}
            Reconciled::Stale => continue,
        }
        tx.commit().await?;
        return match there.latest_invoice() {
            Some(invoice) => invoices::save(billing, &invoice, now).await,
            None => Ok(()),
        };
    }
    Err(anyhow::anyhow!("a subscription changed each time it was fetched").into())
}

/// The organisation and plan of the subscription.
async fn ours(billing: &Billing<'_>, there: &Subscription) -> Result<Option<(OrgId, Plan)>> {
    let mut found = None;
    for item in &there.items.data {
        let by_price =
            known::plan_of_price(&billing.db, &item.price.id).await?.map(|(plan, _)| plan);
        found = found.or(by_price).or_else(|| item.price.metadata.get(objects::PLAN).cloned());
    }
    let Some(plan) = found else { return Ok(None) };
    let plan = plans::by_id(&billing.db, &plan.parse().map_err(anyhow::Error::from)?).await?;
    let by_customer = match &there.customer {
        Some(customer) => known::org_of_customer(&billing.db, customer).await?,
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
    // Once Stripe has stopped collecting, there is no grace period.
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
        trial_ends_at: there
            .trial_end
            .map(Timestamp::from)
            .filter(|_| state == SubscriptionState::Trialing),
        ends_at: there
            .cancel_at
            .map(Timestamp::from)
            .or(period_end.filter(|_| there.cancel_at_period_end)),
        blocked_at: (state == SubscriptionState::PastDue).then(|| since.plus(grace)),
    }
}

/// Schedules everything to be fetched that may have changed unnoticed: once per round of two
/// minutes or an hour.
pub async fn poll(billing: &Billing<'_>, now: Timestamp) -> Result<()> {
    if billing.biller.stripe().is_none() {
        return Ok(());
    }
    let (mut after, round) = ((String::new(), String::new()), now.0 / POLL_CHECKOUTS);
    loop {
        let page = checkouts::open_sessions(&billing.db, (&after.0, &after.1), POLLED).await?;
        let Some((org, product, _)) = page.last() else { break };
        after = (org.clone(), product.clone());
        let sessions: Vec<String> = page.into_iter().map(|(.., session)| session).collect();
        inbox::poll(&billing.db, &sessions, round, now).await?;
    }
    let (mut after, round) = (String::new(), now.0 / POLL_SUBSCRIPTIONS);
    loop {
        let page = plans::charged_ids(&billing.db, &after, POLLED).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(last);
        inbox::poll(&billing.db, &page, round, now).await?;
    }
}

/// Deletes old events.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    inbox::OLD.delete(db, now.plus(-KEEP).0).await?;
    inbox::OLD_POLLS.delete(db, now.plus(-DAY).0).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_names_a_person_is_kept_of_a_message() {
        let text = r#"{"id":"evt_1","type":"invoice.paid","created":1700000000,"data":{"object":{"id":"in_1","customer_name":"Ada Lovelace",
            "customer_email":"ada@example.com","customer_address":{"line1":"12 St James's Square"}},"previous_attributes":{"name":"Ada"}}}"#;
        let kept = serde_json::from_str::<Message>(text).unwrap().kept();
        assert_eq!(
            kept,
            r#"{"id":"evt_1","type":"invoice.paid","created":1700000000,"object":"in_1"}"#
        );
    }

    #[test]
    fn only_objects_that_concern_plans_and_money_are_fetched() {
        let object = |kind: &str, id: &str| {
            let text =
                format!(r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{{"id":"{id}"}}}}}}"#);
            serde_json::from_str::<Message>(&text).unwrap().object().to_owned()
        };
        assert_eq!(object("customer.subscription.updated", "sub_1"), "sub_1");
        assert_eq!(object("invoice.paid", "in_1"), "in_1");
        assert_eq!(object("checkout.session.completed", "cs_test_1"), "cs_test_1");
        assert_eq!(object("customer.updated", "cus_1"), "");
        assert_eq!(object("invoice.upcoming", ""), "");
        assert_eq!(object("charge.failed", "ch_1"), "");
    }

    #[test]
    fn thin_events_name_their_object_or_none() {
        let object =
            |text: &str| serde_json::from_str::<Message>(text).unwrap().object().to_owned();
        for about_nothing in [
            r#"{"id":"evt_1","object":"v2.core.event","type":"v2.core.event_destination.ping"}"#,
            r#"{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","data":{"reason":{}},"related_object":{"id":"mtr_1"}}"#,
            r#"{"id":"evt_1","object":"v2.core.event","type":"invoice.paid","data":null,"related_object":null}"#,
            r#"{"id":"evt_1","type":"invoice.paid","data":[]}"#,
            r#"{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":7}}}"#,
        ] {
            assert_eq!(object(about_nothing), "", "{about_nothing}");
        }
        let thin = r#"{"id":"evt_1","object":"v2.core.event","type":"v1.customer.subscription.updated","related_object":{"id":"sub_1","type":"subscription"}}"#;
        assert_eq!(object(thin), "sub_1");
    }
}
