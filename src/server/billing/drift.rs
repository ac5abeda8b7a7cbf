//! Where Stripe and we differ: in what plans are called and cost there, and in how many units each day had.

use stripe_billing::billing_meter::RetrieveBillingMeter;
use stripe_billing::billing_meter_event_summary::{ListIdBillingMeterEventSummary, ListIdBillingMeterEventSummaryValueGroupingWindow};
use stripe_product::price::RetrievePrice;
use stripe_product::product::RetrieveProduct;

use super::answers::{Found, Made, Meter, Price, Summary};
use super::client::{Fault, Stripe};
use super::objects as named;
use super::objects::{METER, PRICE_MONTH, PRICE_UNITS};
use super::store::{ledger, objects as known, outbox};
use crate::server::access::Operator;
use crate::server::{App, Result, plans};
use crate::types::billing::{Drift, DriftDay, ObjectDrift};
use crate::types::time::{DAY, SECOND, Timestamp};

/// Objects that are compared.
const OBJECTS: i64 = 1_000;
/// Subscriptions whose days are compared, and how many days.
const SUBSCRIPTIONS: i64 = 200;
const DAYS: i64 = 35;

/// All that differs, and the days that do not. Empty without a payment provider.
pub async fn drift(app: &App, operator: &Operator, now: Timestamp) -> Result<Drift> {
    Ok(Drift {
        objects: objects(app, operator).await?,
        days: usage(app, operator, now.plus(-DAYS * DAY), now).await?,
        alarms: outbox::count_alarms(&app.db).await?,
    })
}

/// Plans and meters whose twins at Stripe are gone, ended, or of another plan.
async fn objects(app: &App, _: &Operator) -> Result<Vec<ObjectDrift>> {
    let Some(stripe) = app.biller.stripe() else { return Ok(Vec::new()) };
    let mut drifts = Vec::new();
    for row in known::list(&app.db, OBJECTS).await? {
        let drift = match row.kind.as_str() {
            METER => compare(stripe.get::<Meter>(&RetrieveBillingMeter::new(row.stripe_id.as_str())).await, |meter| {
                (meter.status != "active").then(|| "it is not active".to_owned())
            })?,
            PRICE_MONTH | PRICE_UNITS => {
                let plan = plans::by_id(&app.db, &row.subject.parse().map_err(anyhow::Error::from)?).await?;
                let is_made_of_it = plan.is_some_and(|plan| named::plan_fingerprint(&plan) == row.fingerprint);
                compare(stripe.get::<Price>(&RetrievePrice::new(row.stripe_id.as_str())).await, |price| {
                    let is_another = price.metadata.get(named::PLAN).is_some_and(|plan| *plan != row.subject);
                    match (price.active, is_another || !is_made_of_it) {
                        (false, _) => Some("it is archived".to_owned()),
                        (true, true) => Some("it is another plan's".to_owned()),
                        (true, false) => None,
                    }
                })?
            }
            _ => compare(stripe.get::<Made>(&RetrieveProduct::new(row.stripe_id.as_str())).await, |_| None)?,
        };
        if let Some(drift) = drift {
            drifts.push(ObjectDrift { kind: row.kind, subject: row.subject, stripe_id: row.stripe_id, drift });
        }
    }
    Ok(drifts)
}

fn compare<T>(found: Result<T, Fault>, differs: impl FnOnce(&T) -> Option<String>) -> Result<Option<String>> {
    match found {
        Ok(found) => Ok(differs(&found)),
        Err(fault) if fault.is_not_found() => Ok(Some("it is not there".to_owned())),
        Err(fault) => Err(fault.into()),
    }
}

/// Units of each day from the day of `from` on, ours and Stripe's. Days in which neither has any are left out.
async fn usage(app: &App, _: &Operator, from: Timestamp, now: Timestamp) -> Result<Vec<DriftDay>> {
    let Some(stripe) = app.biller.stripe() else { return Ok(Vec::new()) };
    let day = |at: Timestamp| Timestamp(at.0.div_euclid(DAY) * DAY);
    let (from, to) = (day(from), day(now).plus(DAY));
    let mut days = Vec::new();
    for charged in plans::charged(&app.db, ("", ""), SUBSCRIPTIONS).await? {
        let (org, product) = (charged.org_id.as_str(), charged.product.as_str());
        let mut ours: std::collections::BTreeMap<i64, (i64, i64, u64)> = std::collections::BTreeMap::new();
        for (day, units, waiting) in outbox::by_day(&app.db, org, product, from, to).await? {
            let entry = ours.entry(day).or_default();
            (entry.0, entry.1) = (entry.0 + units, entry.1 + waiting);
        }
        // Nobody reports what was used before the month that it began in.
        let first = from.max(Timestamp(charged.started_at).month());
        for (day, units) in ledger::waiting_by_day(&app.db, org, product, first, to).await? {
            let entry = ours.entry(day.max(charged.started_at.div_euclid(DAY) * DAY)).or_default();
            (entry.0, entry.1) = (entry.0 + units, entry.1 + units);
        }
        for (day, units) in theirs(app, stripe, org, product, (from, to)).await? {
            ours.entry(day).or_default().2 += units;
        }
        days.extend(ours.into_iter().map(|(day, (ledger, waiting, provider))| DriftDay {
            org: org.to_owned(),
            product: product.to_owned(),
            day: Timestamp(day),
            ledger: ledger.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
            provider,
        }));
    }
    Ok(days)
}

async fn theirs(app: &App, stripe: &Stripe, org: &str, product: &str, (from, to): (Timestamp, Timestamp)) -> Result<Vec<(i64, u64)>> {
    let Ok(org) = org.parse() else { return Ok(Vec::new()) };
    let (meter, customer) = (known::find(&app.db, METER, product).await?, known::customer(&app.db, &org).await?);
    let Some((meter, customer)) = meter.zip(customer) else { return Ok(Vec::new()) };
    // Days of a month and a bit: one page.
    let request = ListIdBillingMeterEventSummary::new(meter.as_str(), customer, to.0 / SECOND, from.0 / SECOND)
        .value_grouping_window(ListIdBillingMeterEventSummaryValueGroupingWindow::Day)
        .limit(100);
    let page: Found<Summary> = stripe.get(&request).await?;
    Ok(page.data.iter().filter_map(|day| Some((Timestamp::from(day.start_time).0, whole(&day.aggregated_value)?))).collect())
}

/// A whole number that is written like any other: `12.0`.
fn whole(number: &serde_json::Number) -> Option<u64> {
    number.to_string().split('.').next()?.parse().ok()
}
