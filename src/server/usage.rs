//! Usage by the hour: what the journal's applier summed up, read for people and programs.

mod store;

use std::collections::BTreeMap;

use super::access::{Operator, Permit, ReadUsage};
use super::db::Db;
use super::{Result, keys, quota};
use crate::types::billing::{KeyUnits, OperationSpend};
use crate::types::environment::Environment;
use crate::types::id::KeyId;
use crate::types::time::{DAY, HOUR, Timestamp};
use crate::types::usage::{MonthUsage, OperationUsage, Overview, UsagePoint};

/// Keys in the report of a month.
const MAX_KEYS: i64 = 1_000;
const MAX_OPERATIONS: i64 = 200;
const MAX_CALLERS: i64 = 20_000;

pub use store::CallerRow as Caller;

/// Usage of every hour from `from` (the start of an hour) until before `to`, the quiet ones too.
pub async fn by_hour(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<UsagePoint>> {
    let points = store::usage_by_hour(db, &permit.org, environment, from, to).await?;
    let found: BTreeMap<Timestamp, UsagePoint> = points.into_iter().map(|point| (point.hour, point)).collect();
    let hours = (0..).map(|i| from.plus(i * HOUR)).take_while(|hour| *hour < to);
    Ok(hours.map(|hour| found.get(&hour).copied().unwrap_or(UsagePoint { hour, calls: 0, errors: 0, units: 0, billed_units: 0 })).collect())
}

/// Product and operation of whatever was called with a key, refused calls included, from the hour of `since` on.
pub async fn operations_of_key(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    key: &KeyId,
    since: Timestamp,
) -> Result<Vec<(String, String)>> {
    store::operations_of_key(db, &permit.org, environment, key, since.hour()).await
}

/// Which keys called which operations of a product, from the hour of `since` on: 20,000 pairs of them at most.
pub async fn callers(db: &Db, _: &Operator, product: &str, since: Timestamp) -> Result<Vec<Caller>> {
    store::callers(db, product, since.hour(), MAX_CALLERS).await
}

/// The calendar month that begins at `month`, by operation and by key, against the organisation's plan.
pub async fn by_month(db: &Db, permit: &Permit<ReadUsage>, environment: Environment, month: Timestamp) -> Result<MonthUsage> {
    let (from, to) = (month, month.next_month());
    let by_operation = store::usage_by_operation(db, &permit.org, environment, from, to).await?;
    let by_key = store::usage_by_key(db, &permit.org, environment, from, to, MAX_KEYS).await?;
    let sum = |field: fn(&OperationUsage) -> i64| by_operation.iter().map(field).sum::<i64>().unsigned_abs();
    Ok(MonthUsage {
        month,
        calls: sum(|operation| operation.calls),
        units: sum(|operation| operation.units),
        billed_units: sum(|operation| operation.billed_units),
        quota: match environment {
            Environment::Live => Some(quota::of_month(db, &permit.org, month).await?),
            Environment::Sandbox => None,
        },
        by_operation,
        by_key,
    })
}

/// What was billed for each operation of a product, the most used first.
pub async fn of_product(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OperationSpend>> {
    let rows = store::billed_by_operation(db, &permit.org, environment, product, (from, to), MAX_OPERATIONS).await?;
    let spend = |(operation, calls, units): (String, i64, i64)| OperationSpend {
        operation,
        calls: calls.unsigned_abs(),
        units: units.unsigned_abs(),
    };
    Ok(rows.into_iter().map(spend).collect())
}

/// What was billed for each key's calls of an operation, the most used first.
pub async fn of_operation(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    (product, operation): (&str, &str),
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<KeyUnits>> {
    let rows = store::billed_by_key(db, &permit.org, environment, (product, operation), (from, to), MAX_KEYS).await?;
    let read = |(id, name, prefix, calls, units): (String, String, String, i64, i64)| {
        let key_id = id.parse().map_err(anyhow::Error::from)?;
        Ok(KeyUnits { key_id, name, prefix, calls: calls.unsigned_abs(), units: units.unsigned_abs() })
    };
    rows.into_iter().map(read).collect()
}

/// The last 24 hours, the present one included.
pub async fn overview(db: &Db, permit: &Permit<ReadUsage>, environment: Environment, now: Timestamp) -> Result<Overview> {
    let from = now.hour().plus(-DAY + HOUR);
    let points = by_hour(db, permit, environment, from, now.plus(1)).await?;
    let buckets = store::latency_buckets(db, &permit.org, environment, from).await?;
    let active_keys = keys::count_active(db, &permit.org, environment, now).await?;
    Ok(Overview {
        calls: points.iter().map(|point| point.calls).sum(),
        errors: points.iter().map(|point| point.errors).sum(),
        billed_units: points.iter().map(|point| point.billed_units).sum(),
        p95_us: percentile(&buckets, 95),
        points,
        active_keys: active_keys.unsigned_abs(),
    })
}

/// The upper edge, in microseconds, of the bucket that the percentile lies in.
fn percentile(buckets: &[(i64, i64)], percent: i64) -> Option<u64> {
    let calls: i64 = buckets.iter().map(|(_, calls)| calls).sum();
    let wanted = (calls * percent + 99) / 100;
    let mut below = 0;
    let found = buckets.iter().find(|(_, calls)| {
        below += calls;
        below >= wanted
    });
    found.filter(|_| calls > 0).map(|(bucket, _)| ((*bucket + 1) as f64 / 4.0).exp2().round() as u64)
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
