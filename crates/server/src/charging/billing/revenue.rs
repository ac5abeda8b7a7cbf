//! The portal's revenue, and the revenue under other plans.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tollgate_types::billing::{
    FailedPayment, PriceDraft, PriceTrial, Revenue, RevenueRow, RevenueSum, Simulated,
};
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::money::{Currency, Prices};
use tollgate_types::page::Page;
use tollgate_types::plan::PlanForm;
use tollgate_types::time::{MINUTE, Timestamp};

use super::Billing;
use super::invoices::Books;
use super::statement::{self, Used};
use super::store::{ledger, revenue as store};
use crate::access::Operator;
use crate::db::{Db, OPERATORS};
use crate::plans;
use crate::{Error, Result};

/// Organisations and products per page.
const ROWS: i64 = 100;
/// Totals of up to this many are calculated while the caller waits; more are calculated in the
/// background.
const AT_ONCE: usize = 1_000;
/// Organisations per query.
const READ: i64 = 500;
const FAILED: i64 = 100;
/// How long cached totals are valid.
const FRESH: i64 = 10 * MINUTE;
/// The number of months in the cache.
const MONTHS: usize = 24;

/// Cached totals of months with too many payers to wait for.
#[derive(Default)]
pub struct Sums {
    known: Mutex<BTreeMap<Timestamp, Known>>,
    /// One calculation at a time.
    is_busy: AtomicBool,
}

struct Known {
    at: Timestamp,
    sums: Vec<RevenueSum>,
}

/// A month's prices and overage by organisation and product, after `cursor`; the totals of all; and
/// the failed payments.
///
/// # Errors
/// `validation_failed` for an invalid cursor.
pub async fn revenue(
    billing: &Billing<'_>,
    _: &Operator,
    month: Timestamp,
    cursor: &str,
) -> Result<Revenue> {
    let month = month.month();
    let _place = billing.db.scan(OPERATORS).await?;
    let (rows, next) =
        page(&billing.db, &mut Books::default(), month, read_cursor(cursor)?, ROWS).await?;
    let (sums, summed_at) = sums(billing, month).await?;
    let mut failed = store::failed(&billing.db, FAILED + 1).await?;
    let has_more_failed = i64::try_from(failed.len()).is_ok_and(|found| found > FAILED);
    failed.truncate(usize::try_from(FAILED).unwrap_or(0));
    Ok(Revenue {
        month,
        sums,
        summed_at,
        rows,
        next_cursor: next.map(|(org, product)| format!("{org}:{product}")),
        failed,
        has_more_failed,
    })
}

/// Organisation and product, as in [`Revenue`].
pub(super) fn read_cursor(text: &str) -> Result<(String, String)> {
    match text.split_once(':') {
        _ if text.is_empty() => Ok((String::new(), String::new())),
        Some((org, product)) if org.parse::<OrgId>().is_ok() => {
            Ok((org.to_owned(), product.to_owned()))
        }
        _ => Err(Error::field(
            "cursor",
            "invalid_value",
            "`cursor` must be the `next_cursor` of the previous page.",
        )),
    }
}

/// Rows of the next `limit` pairs after `after`: fewer, if some had no plan. With the pair to
/// continue after.
async fn page(
    db: &Db,
    books: &mut Books,
    month: Timestamp,
    after: (String, String),
    limit: i64,
) -> Result<(Vec<RevenueRow>, Option<(String, String)>)> {
    let (from, to) = (month, month.next_month());
    let found = ledger::debtors(db, from, to, (&after.0, &after.1), limit).await?;
    let pairs: Vec<(&str, &str)> =
        found.debtors.iter().map(|one| (one.org_id.as_str(), one.product.as_str())).collect();
    // Plan periods, by organisation and product.
    let mut periods: HashMap<_, Vec<_>> = HashMap::new();
    for (org, product, at, plan) in plans::plan_periods_of(db, &pairs, to).await? {
        periods.entry((org, product)).or_default().push((at, plan));
    }
    let units = ledger::units_of(db, &found.debtors, from, to).await?;
    let mut units: HashMap<(String, String), u64> = units
        .into_iter()
        .map(|(org, product, units)| ((org, product), units.unsigned_abs()))
        .collect();
    let mut rows = Vec::new();
    for debtor in found.debtors {
        let pair = (debtor.org_id, debtor.product);
        let stretches = books
            .stretches(db, &pair.1, periods.remove(&pair).unwrap_or_default(), (from, to))
            .await?;
        // The last plan that was active in the month.
        let Some(plan) = stretches.last().map(|stretch| stretch.plan.clone()) else { continue };
        let all = units.remove(&pair).unwrap_or(0);
        let used = match (stretches.as_slice(), pair.0.parse::<OrgId>()) {
            // A single plan prices the total, whenever the usage happened.
            ([_], _) | (_, Err(_)) => vec![Used { hour: from.0, units: all, amount_nano: 0 }],
            (_, Ok(org)) => super::invoices::used(db, &org, &pair.1, (from, to)).await?,
        };
        let lines = statement::month(&stretches, &used, (from, to));
        let overage: i64 =
            lines.iter().filter(|line| line.units.is_some()).map(|line| line.amount).sum();
        rows.push(RevenueRow {
            org_name: debtor.org_name,
            org_id: pair.0,
            product: pair.1,
            plan: plan.name,
            currency: plan.currency,
            monthly_price: plan.monthly_price,
            units: all,
            overage: overage.unsigned_abs(),
        });
    }
    Ok((rows, found.next))
}

/// Totals of a month, by currency and product, and when they were calculated; `None` for the time
/// if they only cover the first [`AT_ONCE`], because all are still being calculated.
async fn sums(
    billing: &Billing<'_>,
    month: Timestamp,
) -> Result<(Vec<RevenueSum>, Option<Timestamp>)> {
    let now = billing.clock.now();
    if let Some(known) =
        billing.revenue.known.lock().get(&month).filter(|known| now.0 - known.at.0 < FRESH)
    {
        return Ok((known.sums.clone(), Some(known.at)));
    }
    let (sums, is_all) = sum_up(&billing.db, month, AT_ONCE).await?;
    if is_all {
        return Ok((sums, Some(now)));
    }
    if !billing.revenue.is_busy.swap(true, Ordering::AcqRel) {
        let (db, clock, revenue) =
            (billing.db.clone(), billing.clock.clone(), Arc::clone(billing.revenue));
        tokio::spawn(async move {
            match sum_up(&db, month, usize::MAX).await {
                Ok((sums, _)) => {
                    let mut known = revenue.known.lock();
                    known.insert(month, Known { at: clock.now(), sums });
                    while known.len() > MONTHS {
                        known.pop_first();
                    }
                }
                Err(cause) => tracing::warn!(%cause, "cannot calculate a month's revenue"),
            }
            revenue.is_busy.store(false, Ordering::Release);
        });
    }
    // Older totals are better than partial ones.
    match billing.revenue.known.lock().get(&month) {
        Some(known) => Ok((known.sums.clone(), Some(known.at))),
        None => Ok((sums, None)),
    }
}

/// The totals of at least `most` pairs, if there are so many, and whether those are all.
async fn sum_up(db: &Db, month: Timestamp, most: usize) -> Result<(Vec<RevenueSum>, bool)> {
    let mut sums: BTreeMap<(Currency, String), RevenueSum> = BTreeMap::new();
    let (mut books, mut after, mut seen) = (Books::default(), (String::new(), String::new()), 0);
    let is_all = loop {
        let (rows, next) = page(db, &mut books, month, after, READ).await?;
        seen += rows.len();
        for row in rows {
            let sum = sums
                .entry((row.currency, row.product.clone()))
                .or_insert_with(|| RevenueSum::none(row.currency, row.product.clone()));
            sum.add(&row);
        }
        match next {
            None => break true,
            Some(_) if seen >= most => break false,
            Some(next) => after = next,
        }
    };
    Ok((sums.into_values().collect(), is_all))
}

/// Organisations per page of [`simulate`].
const SIMULATED: i64 = 500;

/// What a month's usage of a plan's product would have cost with another price, included units and
/// prices: for each organisation on the plan, before and after. A page covers the next
/// organisations after `cursor`.
pub async fn simulate(
    db: &Db,
    _: &Operator,
    plan: &PlanId,
    (monthly_price, prices): (u64, &Prices),
    month: Timestamp,
    cursor: &str,
) -> Result<Page<Simulated>> {
    let plan = plans::by_id(db, plan).await?;
    let Some(plan) = plan else { return Err(Error::not_found("plan")) };
    let _place = db.scan(OPERATORS).await?;
    let (rows, next) =
        page(db, &mut Books::default(), month.month(), read_cursor(cursor)?, SIMULATED).await?;
    let of_plan =
        rows.into_iter().filter(|row| row.product == plan.product && row.plan == plan.name);
    let data = of_plan.map(|now| {
        let charged: u64 = prices.charges(now.units).iter().map(|charge| charge.amount).sum();
        Simulated { now, draft_total: monthly_price.saturating_add(charged) }
    });
    Ok(Page {
        data: data.collect(),
        next_cursor: next.map(|(org, product)| format!("{org}:{product}")),
    })
}

/// [`simulate`] for a form; its errors are returned together with the available plans.
pub async fn try_price(
    db: &Db,
    operator: &Operator,
    draft: PriceDraft,
    now: Timestamp,
) -> Result<PriceTrial<Error>> {
    let before = now.month().plus(-1).month();
    let month = if draft.month.trim().is_empty() {
        Ok(before)
    } else {
        self::month(draft.month.trim(), now)
    };
    let (plans, shown) = (plans::all(db).await?, month.as_ref().copied().unwrap_or(before));
    let Ok(plan) = draft.plan.parse::<PlanId>() else {
        return Ok(PriceTrial { plans, month: shown, outcome: None });
    };
    // Amounts are in the currency of the plan.
    let currency = plans
        .iter()
        .find(|known| known.id == plan)
        .map_or_else(String::new, |known| known.currency.as_str().to_owned());
    let form = PlanForm {
        currency,
        price: draft.price,
        included: draft.included,
        overage: draft.overage,
        ..PlanForm::default()
    };
    let outcome = match (month, form.read().map_err(Error::fields)) {
        (Ok(month), Ok(terms)) => {
            simulate(
                db,
                operator,
                &plan,
                (terms.monthly_price, &terms.prices()),
                month,
                &draft.cursor,
            )
            .await
        }
        (_, Err(error)) | (Err(error), _) => Err(error),
    };
    Ok(PriceTrial { plans, month: shown, outcome: Some(outcome) })
}

/// The calendar month of a text such as `2026-11`; the current one if it is empty.
///
/// # Errors
/// `validation_failed` for any other text.
pub fn month(text: &str, now: Timestamp) -> Result<Timestamp> {
    if text.is_empty() {
        return Ok(now.month());
    }
    Timestamp::parse_month(text)
        .ok_or_else(|| Error::field("month", "invalid_format", "Write a month such as 2026-11."))
}

/// A failed payment, for [`Revenue`].
pub(super) fn failed(
    org_name: String,
    number: String,
    currency: &str,
    total: i64,
    at: i64,
) -> Result<FailedPayment> {
    Ok(FailedPayment {
        org_name,
        number,
        currency: Currency::stored(currency).map_err(anyhow::Error::from)?,
        total,
        at: Timestamp(at),
    })
}
