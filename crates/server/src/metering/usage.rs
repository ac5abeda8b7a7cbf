//! Usage per hour: the totals of the journal's applier, for people and programs.

mod store;
mod totals;

use std::collections::{BTreeMap, HashSet};

use tollgate_types::billing::{KeyUnits, OperationSpend};
use tollgate_types::bounds::{BILLED_KEYS, BILLED_OPERATIONS};
use tollgate_types::environment::Environment;
use tollgate_types::id::KeyId;
use tollgate_types::time::{DAY, HOUR, Timestamp};
use tollgate_types::usage::{MonthUsage, OperationUsage, Overview, QuotaUsage, UsagePoint};

use crate::Result;
use crate::access::{Operator, Permit, ReadUsage};
use crate::db::Db;

/// Keys in the report of a month.
const MAX_KEYS: i64 = 1_000;

/// Usage of a longer period occupies a slot for scans.
const FEW_HOURS: i64 = 2 * DAY;

pub use store::CallerRow as Caller;
pub use totals::{LatencyKey, UsageKey, UsageSum, add};

/// Usage of every hour from `from` (the start of an hour) until before `to`, including hours
/// without calls.
pub async fn by_hour(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<UsagePoint>> {
    let _place =
        if to.0 - from.0 > FEW_HOURS { Some(db.scan(permit.org.as_str()).await?) } else { None };
    let points = store::usage_by_hour(db, &permit.org, environment, from, to).await?;
    let found: BTreeMap<Timestamp, UsagePoint> =
        points.into_iter().map(|point| (point.hour, point)).collect();
    let hours = (0..).map(|i| from.plus(i * HOUR)).take_while(|hour| *hour < to);
    Ok(hours
        .map(|hour| {
            found.get(&hour).copied().unwrap_or(UsagePoint {
                hour,
                calls: 0,
                errors: 0,
                units: 0,
                billed_units: 0,
            })
        })
        .collect())
}

/// Products and operations that were called with a key, including refused calls, from the hour of
/// `since` on.
pub async fn operations_of_key(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    key: &KeyId,
    since: Timestamp,
) -> Result<Vec<(String, String)>> {
    store::operations_of_key(db, &permit.org, environment, key, since.hour()).await
}

/// Calls with a key in the current and the previous hour, including refused calls, and the start of
/// that period.
pub async fn recent_calls(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    key: &KeyId,
    now: Timestamp,
) -> Result<(u64, Timestamp)> {
    let since = now.plus(-HOUR).hour();
    Ok((store::calls_of_key(db, &permit.org, environment, key, since).await?, since))
}

/// Keys of one organisation that are listed per operation. An organisation can only exceed this by
/// rotating keys.
const MAX_CALLERS: i64 = 1_000;

/// Keys that called certain operations of a product, of some organisations.
pub struct Callers {
    /// By organisation and key.
    pub callers: Vec<Caller>,
    /// The organisation to continue after, if more follow.
    pub next: Option<String>,
}

/// Keys that called any of `operations` since the day of `since`, of the next `orgs` organisations
/// after the id `after`. Without operations, all operations of the product count.
pub async fn callers(
    db: &Db,
    _: &Operator,
    product: &str,
    operations: Option<&HashSet<&str>>,
    since: Timestamp,
    (after, orgs): (&str, usize),
) -> Result<Callers> {
    let operations: Vec<String> = match operations {
        Some(named) => named.iter().map(|id| (*id).to_owned()).collect(),
        None => store::operations(db, product).await?,
    };
    let mut called: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let one_more = i64::try_from(orgs).unwrap_or(i64::MAX).saturating_add(1);
    for operation in &operations {
        for org in store::calling_orgs(db, product, operation, after, since, one_more).await? {
            called.entry(org).or_default().push(operation);
        }
        // Organisations after the page are not needed of the next operation either.
        while called.len() > orgs + 1 {
            called.pop_last();
        }
    }
    let has_more = called.len() > orgs;
    if has_more {
        called.pop_last();
    }
    let next = called.last_key_value().filter(|_| has_more).map(|(org, _)| org.clone());
    let mut callers = Vec::new();
    for (org, operations) in called {
        let begin = callers.len();
        for operation in operations {
            callers.extend(store::callers(db, product, operation, &org, since, MAX_CALLERS).await?);
        }
        callers[begin..].sort_by(|a: &Caller, b: &Caller| {
            (&a.key_id, &a.operation).cmp(&(&b.key_id, &b.operation))
        });
    }
    Ok(Callers { callers, next })
}

/// The calendar month that starts at `month`, by operation and by key: of one product or, without
/// `product`, of each product.
pub async fn by_month(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    product: Option<&str>,
    month: Timestamp,
    quota: Option<QuotaUsage>,
) -> Result<MonthUsage> {
    let range = (month, month.next_month());
    let _place = db.scan(permit.org.as_str()).await?;
    let by_operation =
        store::usage_by_operation(db, &permit.org, environment, product, range).await?;
    let mut by_key =
        store::usage_by_key(db, &permit.org, environment, product, range, MAX_KEYS + 1).await?;
    let has_more_keys = i64::try_from(by_key.len()).is_ok_and(|keys| keys > MAX_KEYS);
    by_key.truncate(usize::try_from(MAX_KEYS).unwrap_or(0));
    let sum = |field: fn(&OperationUsage) -> i64| {
        by_operation.iter().map(field).sum::<i64>().unsigned_abs()
    };
    Ok(MonthUsage {
        month,
        product: product.map(str::to_owned),
        calls: sum(|operation| operation.calls),
        units: sum(|operation| operation.units),
        billed_units: sum(|operation| operation.billed_units),
        quota,
        by_operation,
        by_key,
        has_more_keys,
    })
}

/// Billed usage per operation of a product, most used first.
pub async fn of_product(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OperationSpend>> {
    let rows = store::billed_by_operation(
        db,
        &permit.org,
        environment,
        product,
        (from, to),
        BILLED_OPERATIONS as i64,
    )
    .await?;
    let spend = |(operation, calls, units): (String, i64, i64)| OperationSpend {
        operation,
        calls: calls.unsigned_abs(),
        units: units.unsigned_abs(),
    };
    Ok(rows.into_iter().map(spend).collect())
}

/// Billed usage per key of an operation, most used first.
pub async fn of_operation(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    (product, operation): (&str, &str),
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<KeyUnits>> {
    let rows = store::billed_by_key(
        db,
        &permit.org,
        environment,
        (product, operation),
        (from, to),
        BILLED_KEYS as i64,
    )
    .await?;
    let read = |(id, name, prefix, calls, units): (String, String, String, i64, i64)| {
        let key_id = id.parse().map_err(anyhow::Error::from)?;
        Ok(KeyUnits {
            key_id,
            name,
            prefix,
            calls: calls.unsigned_abs(),
            units: units.unsigned_abs(),
        })
    };
    rows.into_iter().map(read).collect()
}

/// The last 24 hours, including the current one.
pub async fn overview(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    active_keys: u64,
    now: Timestamp,
) -> Result<Overview> {
    let from = now.hour().plus(-DAY + HOUR);
    let points = by_hour(db, permit, environment, from, now.plus(1)).await?;
    let buckets = store::latency_buckets(db, &permit.org, environment, from).await?;
    Ok(Overview {
        calls: points.iter().map(|point| point.calls).sum(),
        errors: points.iter().map(|point| point.errors).sum(),
        billed_units: points.iter().map(|point| point.billed_units).sum(),
        p95_us: percentile(&buckets, 95),
        points,
        active_keys,
    })
}

/// The upper bound, in microseconds, of the bucket with the percentile.
fn percentile(buckets: &[(i64, i64)], percent: i64) -> Option<u64> {
    let calls: i64 = buckets.iter().map(|(_, calls)| calls).sum();
    let wanted = (calls * percent + 99) / 100;
    let mut below = 0;
    let found = buckets.iter().find(|(_, calls)| {
        below += calls;
        below >= wanted
    });
    found
        .filter(|_| calls > 0)
        .map(|(bucket, _)| ((*bucket + 1) as f64 / 4.0).exp2().round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_percentile_is_the_bucket_that_95_of_100_calls_reach() {
        assert_eq!(percentile(&[], 95), None);
        assert_eq!(percentile(&[(40, 95), (60, 5)], 95), Some(1218));
        assert_eq!(percentile(&[(40, 94), (60, 6)], 95), Some(38968));
    }
}
