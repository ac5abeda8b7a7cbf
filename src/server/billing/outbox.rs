//! Usage on its way to Stripe. A row is made in the transaction that takes its units out of the ledger; it is sent under
//! an identifier that Stripe takes once, so that it may be sent again whenever nobody knows how that went. Records that
//! come late make another row for the same hour.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::StreamExt;
use stripe_billing::billing_meter_event::CreateBillingMeterEvent;

use super::client::{Fault, Stripe, jittered};
use super::store::ledger::{self, OpenHour};
use super::store::outbox::{self, Row};
use super::{objects, store};
use crate::server::{App, Result, plans};
use crate::types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// How long after its end an hour's records may come and still be in its first row.
const SETTLES: i64 = MINUTE;
/// Subscriptions looked at together.
const PAGE: i64 = 500;
/// Rows sent together; customers at the same time, one call each. With a call's time that is far below 1,000 a second.
const BATCH: i64 = 500;
const AT_ONCE: usize = 8;
/// Stripe may have forgotten an identifier after a day: then nobody can tell whether it was taken.
const GIVE_UP: i64 = 23 * HOUR;
/// Stripe takes nothing older, less an hour for the way.
const OLDEST: i64 = 35 * DAY - HOUR;
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// Makes rows of the hours that are over, of subscriptions that Stripe collects for. How many.
pub async fn fill(app: &App, now: Timestamp) -> Result<usize> {
    if app.biller.stripe().is_none() {
        return Ok(0);
    }
    let (mut made, mut after) = (0, (String::new(), String::new()));
    loop {
        let page = plans::charged(&app.db, (&after.0, &after.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(made) };
        after = (last.org_id.clone(), last.product.clone());
        for charged in &page {
            let started = Timestamp(charged.started_at);
            let end = charged.ended_at.unwrap_or(i64::MAX).min(now.plus(-HOUR - SETTLES + 1).0);
            // A month counts whole, also before the subscription's first day: so does the quota.
            let open = ledger::open(&app.db, &charged.org_id, &charged.product, started.month(), Timestamp(end)).await?;
            if open.is_empty() || store::objects::find(&app.db, objects::METER, &charged.product).await?.is_none() {
                continue;
            }
            let Ok(org) = charged.org_id.parse() else { continue };
            let Some(customer) = store::objects::customer(&app.db, &org).await? else { continue };
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
                let mut tx = app.db.begin().await?;
                if ledger::report(&mut tx, &charged.org_id, &charged.product, &hour).await? {
                    outbox::insert(&mut tx, &row).await?;
                    tx.commit().await?;
                    made += 1;
                }
            }
        }
    }
}

/// At most 100 characters, as Stripe wants.
fn identifier(org: &str, product: &str, hour: &OpenHour) -> String {
    let product = &objects::fingerprint(&[product])[..16];
    format!("tg_{org}_{product}_{}_{}", hour.hour / HOUR, hour.reports)
}

/// Sends what is due: customer by customer at the same time, and one after the other for each. How many were sent.
pub async fn send_due(app: &App, now: Timestamp) -> Result<usize> {
    let Some(stripe) = app.biller.stripe() else { return Ok(0) };
    let mut by_customer: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in outbox::due(&app.db, now, BATCH).await? {
        by_customer.entry(row.customer.clone()).or_default().push(row);
    }
    let sent = futures::stream::iter(by_customer.into_values()).map(|rows| send_all(app, stripe, rows, now)).buffer_unordered(AT_ONCE);
    let sent = sent.collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<usize>>>()?;
    Ok(sent.into_iter().sum())
}

/// Ends with the first that fails: the others of the customer wait for it.
async fn send_all(app: &App, stripe: &Stripe, rows: Vec<Row>, now: Timestamp) -> Result<usize> {
    let mut sent = 0;
    for row in rows {
        if let Some(reason) = hopeless(&row, now) {
            alarm(app, &row, reason, now).await?;
            continue;
        }
        // Noted before: who dies meanwhile has tried.
        let pause = Duration::from_secs(1 << row.attempts.clamp(0, 10)).min(MAX_PAUSE);
        let again = now.plus(i64::try_from(jittered(pause).as_millis()).unwrap_or(MINUTE));
        outbox::attempted(&app.db, &row.identifier, now, again).await?;
        let payload = HashMap::from([
            (objects::CUSTOMER_KEY.to_owned(), row.customer.clone()),
            (objects::VALUE_KEY.to_owned(), row.units.to_string()),
        ]);
        let request = CreateBillingMeterEvent::new(row.event_name.as_str(), payload)
            .identifier(row.identifier.as_str())
            .timestamp(row.occurred_at / SECOND);
        // Another key on each attempt: under the same one Stripe repeats its failures. The identifier sees to once.
        let answer = stripe.once::<serde_json::Value>(&request, Some(&format!("{}.{}", row.identifier, row.attempts))).await;
        match answer {
            // Taken, also if the answer could not be read; or taken at an attempt whose answer was lost.
            Ok(_) | Err(Fault::Shape(_)) => outbox::sent(&app.db, &row.identifier, now).await?,
            Err(fault) if fault.is_taken() => outbox::sent(&app.db, &row.identifier, now).await?,
            Err(fault) if fault.is_passing() => {
                outbox::failed(&app.db, &row.identifier, &fault.to_string()).await?;
                return Ok(sent);
            }
            Err(fault) => {
                alarm(app, &row, &fault.to_string(), now).await?;
                continue;
            }
        }
        sent += 1;
    }
    Ok(sent)
}

fn hopeless(row: &Row, now: Timestamp) -> Option<&'static str> {
    if now.0 - row.occurred_at > OLDEST {
        return Some("it is older than Stripe takes");
    }
    let is_forgotten = row.first_attempt_at.is_some_and(|first| now.0 - first > GIVE_UP);
    is_forgotten.then_some("it could not be sent within a day, and nobody knows whether an attempt was taken")
}

async fn alarm(app: &App, row: &Row, reason: &str, now: Timestamp) -> Result<()> {
    tracing::error!(
        identifier = row.identifier,
        units = row.units,
        reason,
        "usage was not reported to the payment provider: compare the day on the drift page"
    );
    outbox::alarmed(&app.db, &row.identifier, reason, now).await
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
