//! Reconciliation with Stripe: the plans and prices there, and the daily units.

use stripe_billing::billing_meter::RetrieveBillingMeter;
use stripe_billing::billing_meter_event_summary::{
    ListIdBillingMeterEventSummary, ListIdBillingMeterEventSummaryValueGroupingWindow,
};
use stripe_product::price::RetrievePrice;
use stripe_product::product::RetrieveProduct;
use tollgate_types::billing::{Drift, DriftDay, ObjectDrift};
use tollgate_types::time::{DAY, SECOND, Timestamp};

use super::Billing;
use super::client::{Fault, Stripe};
use super::objects as named;
use super::objects::{METER, PRICE_MONTH, PRICE_UNITS};
use super::store::{ledger, objects as known, outbox};
use super::stripe_objects::{Found, Made, Meter, Price, Summary};
use crate::access::Operator;
use crate::{Result, plans};

/// Objects per batch.
const OBJECTS: i64 = 500;
/// Subscriptions per page, and days per subscription.
const SUBSCRIPTIONS: i64 = 200;
const DAYS: i64 = 35;

/// All differences, and the days without differences, of the subscriptions after `cursor`. Empty
/// without a payment provider.
///
/// # Errors
/// `validation_failed` for an invalid cursor.
pub async fn drift(
    billing: &Billing<'_>,
    operator: &Operator,
    cursor: &str,
    now: Timestamp,
) -> Result<Drift> {
    let after = super::revenue::read_cursor(cursor)?;
    let (days, next_cursor) =
        usage(billing, operator, (&after.0, &after.1), now.plus(-DAYS * DAY), now).await?;
    Ok(Drift {
        objects: objects(billing, operator).await?,
        days,
        next_cursor,
        alarms: outbox::count_alarms(&billing.db).await?,
    })
}

/// Plans and meters whose objects at Stripe are missing, inactive, or belong to another plan.
async fn objects(billing: &Billing<'_>, _: &Operator) -> Result<Vec<ObjectDrift>> {
    let Some(stripe) = billing.biller.stripe() else { return Ok(Vec::new()) };
    let (mut drifts, mut rows) = (Vec::new(), Vec::<known::ObjectRow>::new());
    loop {
        let after = rows.last().map_or(("", ""), |row| (row.kind.as_str(), row.subject.as_str()));
        let page = known::list(&billing.db, after, OBJECTS).await?;
        if page.is_empty() {
            break;
        }
        rows.extend(page);
    }
    for row in rows {
        let drift = match row.kind.as_str() {
            METER => compare(
                stripe.get::<Meter>(&RetrieveBillingMeter::new(row.stripe_id.as_str())).await,
                |meter| (meter.status != "active").then(|| "it is not active".to_owned()),
            )?,
            PRICE_MONTH | PRICE_UNITS => {
                let plan =
                    plans::by_id(&billing.db, &row.subject.parse().map_err(anyhow::Error::from)?)
                        .await?;
                let is_made_of_it =
                    plan.is_some_and(|plan| named::plan_fingerprint(&plan) == row.fingerprint);
                compare(
                    stripe.get::<Price>(&RetrievePrice::new(row.stripe_id.as_str())).await,
                    |price| {
                        let is_another = price
                            .metadata
                            .get(named::PLAN)
                            .is_some_and(|plan| *plan != row.subject);
                        match (price.active, is_another || !is_made_of_it) {
                            (false, _) => Some("it is archived".to_owned()),
                            (true, true) => Some("it belongs to another plan".to_owned()),
                            (true, false) => None,
                        }
                    },
                )?
            }
            _ => compare(
                stripe.get::<Made>(&RetrieveProduct::new(row.stripe_id.as_str())).await,
                |_| None,
            )?,
        };
        if let Some(drift) = drift {
            drifts.push(ObjectDrift {
                kind: row.kind,
                subject: row.subject,
                stripe_id: row.stripe_id,
                drift,
            });
        }
    }
    Ok(drifts)
}

fn compare<T>(
    found: Result<T, Fault>,
    differs: impl FnOnce(&T) -> Option<String>,
) -> Result<Option<String>> {
    match found {
        Ok(found) => Ok(differs(&found)),
        Err(fault) if fault.is_not_found() => Ok(Some("it does not exist".to_owned())),
        Err(fault) => Err(fault.for_operators()),
    }
}

/// Daily units from the day of `from` on, in the ledger and at Stripe, without days on which both
/// are zero. With the cursor of the next page.
async fn usage(
    billing: &Billing<'_>,
    _: &Operator,
    after: (&str, &str),
    from: Timestamp,
    now: Timestamp,
) -> Result<(Vec<DriftDay>, Option<String>)> {
    let Some(stripe) = billing.biller.stripe() else { return Ok((Vec::new(), None)) };
    let day = |at: Timestamp| Timestamp(at.0.div_euclid(DAY) * DAY);
    let (from, to) = (day(from), day(now).plus(DAY));
    let mut days = Vec::new();
    let page = plans::charged(&billing.db, after, SUBSCRIPTIONS).await?;
    let is_full = i64::try_from(page.len()).is_ok_and(|found| found == SUBSCRIPTIONS);
    let next =
        page.last().filter(|_| is_full).map(|last| format!("{}:{}", last.org_id, last.product));
    for charged in page {
        let (org, product) = (charged.org_id.as_str(), charged.product.as_str());
        let mut ours: std::collections::BTreeMap<i64, (i64, i64, u64)> =
            std::collections::BTreeMap::new();
        for (day, units, waiting) in outbox::by_day(&billing.db, org, product, from, to).await? {
            let entry = ours.entry(day).or_default();
            (entry.0, entry.1) = (entry.0 + units, entry.1 + waiting);
        }
        // Usage before the month in which the subscription started is not reported.
        let first = from.max(Timestamp(charged.started_at).month());
        for (day, units) in ledger::waiting_by_day(&billing.db, org, product, first, to).await? {
            let entry = ours.entry(day.max(charged.started_at.div_euclid(DAY) * DAY)).or_default();
            (entry.0, entry.1) = (entry.0 + units, entry.1 + units);
        }
        for (day, units) in theirs(billing, stripe, org, product, (from, to)).await? {
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
    Ok((days, next))
}

async fn theirs(
    billing: &Billing<'_>,
    stripe: &Stripe,
    org: &str,
    product: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(i64, u64)>> {
    let Ok(org) = org.parse() else { return Ok(Vec::new()) };
    let (meter, customer) = (
        known::find(&billing.db, METER, product).await?,
        known::customer(&billing.db, &org).await?,
    );
    let Some((meter, customer)) = meter.zip(customer) else { return Ok(Vec::new()) };
    // Days of a month and a bit: one page.
    let request = ListIdBillingMeterEventSummary::new(
        meter.as_str(),
        customer,
        to.0 / SECOND,
        from.0 / SECOND,
    )
    .value_grouping_window(ListIdBillingMeterEventSummaryValueGroupingWindow::Day)
    .limit(100);
    let page: Found<Summary> = stripe.get(&request).await.map_err(Fault::for_operators)?;
    Ok(page
        .data
        .iter()
        .filter_map(|day| Some((Timestamp::from(day.start_time).0, whole(&day.aggregated_value)?)))
        .collect())
}

/// A whole number that is serialised as a decimal: `12.0`.
fn whole(number: &serde_json::Number) -> Option<u64> {
    number.to_string().split('.').next()?.parse().ok()
}
