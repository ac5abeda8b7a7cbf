//! Usage reports for Stripe. A row is created in the transaction that takes its units out of the
//! ledger (transactional outbox). Its identifier is accepted by Stripe only once, so it can be sent
//! again whenever the outcome is unknown. Late records create another row for the same hour.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::StreamExt;
use stripe_billing::billing_meter_event::CreateBillingMeterEvent;
use tollgate_types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

use super::Billing;
use super::client::{Fault, Stripe, jittered};
use super::store::ledger::{self, OpenHour};
use super::store::outbox::{self, Row};
use super::{objects, store};
use crate::{Result, plans};

/// How long after the end of an hour its records are still included in its first row.
const REPORT_DELAY: i64 = MINUTE;
/// Subscriptions per batch.
const PAGE: i64 = 500;
/// Rows per batch; customers are processed concurrently, one call at a time each. With the duration
/// of a call this is far below 1,000 per second.
const BATCH: i64 = 500;
const AT_ONCE: usize = 8;
/// Stripe may forget an identifier after a day: from then on it is unknown whether it was accepted.
const GIVE_UP: i64 = 23 * HOUR;
/// Stripe accepts nothing older, minus an hour for the transfer.
const OLDEST: i64 = 35 * DAY - HOUR;
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// Creates rows for past hours of subscriptions that Stripe bills. Returns their number.
pub async fn fill(billing: &Billing<'_>, now: Timestamp) -> Result<usize> {
    if billing.biller.stripe().is_none() {
        return Ok(0);
    }
    let (mut made, mut after) = (0, (String::new(), String::new()));
    loop {
        let page = plans::charged(&billing.db, (&after.0, &after.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(made) };
        after = (last.org_id.clone(), last.product.clone());
        for charged in &page {
            let started = Timestamp(charged.started_at);
            let end =
                charged.ended_at.unwrap_or(i64::MAX).min(now.plus(-HOUR - REPORT_DELAY + 1).0);
            // A month counts completely, also before the subscription's first day, like the quota.
            let open = ledger::open(
                &billing.db,
                &charged.org_id,
                &charged.product,
                started.month(),
                Timestamp(end),
            )
            .await?;
            if open.is_empty()
                || store::objects::find(&billing.db, objects::METER, &charged.product)
                    .await?
                    .is_none()
            {
                continue;
            }
            let Ok(org) = charged.org_id.parse() else { continue };
            let Some(customer) = store::objects::customer(&billing.db, &org).await? else {
                continue;
            };
            for hour in open {
                let row = Row {
                    identifier: identifier(&charged.org_id, &charged.product, &hour),
                    org_id: charged.org_id.clone(),
                    product: charged.product.clone(),
                    hour: hour.hour,
                    customer: customer.clone(),
                    event_name: objects::event_name(&charged.product),
                    units: hour.units - hour.reported,
                    occurred_at: hour.hour.max(started.0),
                    created_at: now.0,
                    attempts: 0,
                    first_attempt_at: None,
                };
                let mut tx = billing.db.begin().await?;
                if ledger::report(&mut tx, &charged.org_id, &charged.product, &hour).await? {
                    outbox::insert(&mut tx, &row).await?;
                    tx.commit().await?;
                    made += 1;
                }
            }
        }
    }
}

/// At most 100 characters, as Stripe requires.
fn identifier(org: &str, product: &str, hour: &OpenHour) -> String {
    let product = &objects::fingerprint(&[product])[..16];
    format!("tg_{org}_{product}_{}_{}", hour.hour / HOUR, hour.reports)
}

/// Sends the rows that are due: customers concurrently, and each customer's rows in order. Returns
/// the number sent.
pub async fn send_due(billing: &Billing<'_>, now: Timestamp) -> Result<usize> {
    let Some(stripe) = billing.biller.stripe() else { return Ok(0) };
    let mut by_customer: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in outbox::due(&billing.db, now, BATCH).await? {
        by_customer.entry(row.customer.clone()).or_default().push(row);
    }
    let sent = futures::stream::iter(by_customer.into_values())
        .map(|rows| send_all(billing, stripe, rows, now))
        .buffer_unordered(AT_ONCE);
    let sent = sent.collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<usize>>>()?;
    Ok(sent.into_iter().sum())
}

/// Stops at the first failure: the customer's other rows wait.
async fn send_all(
    billing: &Billing<'_>,
    stripe: &Stripe,
    rows: Vec<Row>,
    now: Timestamp,
) -> Result<usize> {
    let mut sent = 0;
    for row in rows {
        if let Some(reason) = hopeless(&row, now) {
            alarm(billing, &row, reason, now).await?;
            continue;
        }
        // Recorded first: a crash in between counts as an attempt.
        let pause = Duration::from_secs(1 << row.attempts.clamp(0, 10)).min(MAX_PAUSE);
        let again = now.plus(i64::try_from(jittered(pause).as_millis()).unwrap_or(MINUTE));
        outbox::attempted(&billing.db, &row.identifier, now, again).await?;
        let payload = HashMap::from([
            (objects::CUSTOMER_KEY.to_owned(), row.customer.clone()),
            (objects::VALUE_KEY.to_owned(), row.units.to_string()),
        ]);
        let request = CreateBillingMeterEvent::new(row.event_name.as_str(), payload)
            .identifier(row.identifier.as_str())
            .timestamp(row.occurred_at / SECOND);
        // Another key on each attempt: under the same one, Stripe repeats its failures. The
        // identifier prevents double counting.
        let response = stripe
            .once::<serde_json::Value>(
                &request,
                Some(&format!("{}.{}", row.identifier, row.attempts)),
            )
            .await;
        match response {
            // Accepted, even if the response could not be read, or at an earlier attempt whose
            // response was lost.
            Ok(_) | Err(Fault::Shape(_)) => outbox::sent(&billing.db, &row.identifier, now).await?,
            Err(fault) if fault.is_taken() => {
                outbox::sent(&billing.db, &row.identifier, now).await?
            }
            Err(fault) if fault.is_passing() => {
                outbox::failed(&billing.db, &row.identifier, &fault.to_string()).await?;
                return Ok(sent);
            }
            Err(fault) => {
                alarm(billing, &row, &fault.to_string(), now).await?;
                continue;
            }
        }
        sent += 1;
    }
    Ok(sent)
}

fn hopeless(row: &Row, now: Timestamp) -> Option<&'static str> {
    if now.0 - row.occurred_at > OLDEST {
        return Some("it is older than Stripe accepts");
    }
    let is_forgotten = row.first_attempt_at.is_some_and(|first| now.0 - first > GIVE_UP);
    is_forgotten.then_some(
        "it could not be sent within a day, and it is unknown whether an attempt was accepted",
    )
}

async fn alarm(billing: &Billing<'_>, row: &Row, reason: &str, now: Timestamp) -> Result<()> {
    tracing::error!(
        identifier = row.identifier,
        units = row.units,
        reason,
        "usage was not reported to the payment provider: compare the day on the drift page"
    );
    outbox::alarmed(&billing.db, &row.identifier, reason, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_fits_and_differs_for_each_hour_product_and_late_row() {
        let hour = |hour, reports| OpenHour { hour, units: 1, reported: 0, reports };
        let org = "org_01h2xcejqtf2nbrexx3vqjhp41";
        let long = "p".repeat(200);
        let all = [
            identifier(org, &long, &hour(1_790_000_000_000, 0)),
            identifier(org, &long, &hour(1_790_000_000_000, 1)),
            identifier(org, &long, &hour(1_790_000_000_000 + HOUR, 0)),
            identifier(org, "shop", &hour(1_790_000_000_000, 0)),
        ];
        assert!(all.iter().all(|text| text.len() <= 100));
        assert!((1..all.len()).all(|i| !all[..i].contains(&all[i])));
    }
}
