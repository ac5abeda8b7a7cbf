//! Sums of calls by hour and by day, and how the journal's applier adds to them: the only place
//! that writes these tables.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use sqlx::QueryBuilder;
use tollgate_types::environment::Environment;
use tollgate_types::time::Timestamp;

use crate::db::{Tx, in_tx};
use crate::{Result, quota};

/// Rows per statement. Each statement goes to the database's thread and back, which costs more than
/// a row.
const ROWS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageKey {
    pub org_id: Arc<str>,
    pub environment: Environment,
    pub hour: i64,
    pub product: Arc<str>,
    pub operation: Arc<str>,
    pub key_id: Arc<str>,
    pub status: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageSum {
    pub calls: i64,
    pub units: i64,
    /// Calls that were billed at least one unit.
    pub billed_calls: i64,
    pub billed_units: i64,
    /// 10^-9 of the currency's minor unit.
    pub price_nano: i64,
    pub latency_us: i64,
    pub request_bytes: i64,
    pub response_bytes: i64,
}

impl AddAssign for UsageSum {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.units = self.units.saturating_add(other.units);
        self.billed_calls += other.billed_calls;
        self.billed_units = self.billed_units.saturating_add(other.billed_units);
        self.price_nano = self.price_nano.saturating_add(other.price_nano).min(quota::MAX_SPENT);
        self.latency_us = self.latency_us.saturating_add(other.latency_us);
        self.request_bytes = self.request_bytes.saturating_add(other.request_bytes);
        self.response_bytes = self.response_bytes.saturating_add(other.response_bytes);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LatencyKey {
    pub org_id: Arc<str>,
    pub environment: Environment,
    pub hour: i64,
    pub bucket: i64,
}

/// Adds the sums of a batch of calls.
pub async fn add(
    tx: &mut Tx,
    usage: &BTreeMap<UsageKey, UsageSum>,
    latency: &BTreeMap<LatencyKey, i64>,
) -> Result<()> {
    add_hours(tx, usage).await?;
    add_days(tx, usage).await?;
    add_latency(tx, latency).await
}

async fn add_hours(tx: &mut Tx, usage: &BTreeMap<UsageKey, UsageSum>) -> Result<()> {
    let sums: Vec<_> = usage.iter().collect();
    for sums in sums.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into usage_hourly as u (org_id, environment, hour, product, operation, key_id, status,
                 calls, units, billed_units, latency_us, request_bytes, response_bytes) ",
            );
            insert.push_values(sums, |mut row, (key, sum)| {
                row.push_bind(Arc::clone(&key.org_id))
                    .push_bind(key.environment.as_str())
                    .push_bind(key.hour)
                    .push_bind(Arc::clone(&key.product))
                    .push_bind(Arc::clone(&key.operation))
                    .push_bind(Arc::clone(&key.key_id))
                    .push_bind(key.status)
                    .push_bind(sum.calls)
                    .push_bind(sum.units)
                    .push_bind(sum.billed_units)
                    .push_bind(sum.latency_us)
                    .push_bind(sum.request_bytes)
                    .push_bind(sum.response_bytes);
            });
            insert.push(
                " on conflict (org_id, environment, hour, product, operation, key_id, status) do update set
                 calls = u.calls + excluded.calls, units = u.units + excluded.units, billed_units = u.billed_units + excluded.billed_units,
                 latency_us = u.latency_us + excluded.latency_us, request_bytes = u.request_bytes + excluded.request_bytes,
                 response_bytes = u.response_bytes + excluded.response_bytes",
            );
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Organisation, environment, day, product, operation and key: in the same order on all instances.
type DayKey<'a> = (&'a Arc<str>, &'static str, i64, &'a Arc<str>, &'a Arc<str>, &'a Arc<str>);

#[derive(Default)]
struct DaySum {
    calls: i64,
    errors: i64,
    units: i64,
    billed_calls: i64,
    billed_units: i64,
}

/// Writes the daily sums of [`add_hours`].
async fn add_days(tx: &mut Tx, usage: &BTreeMap<UsageKey, UsageSum>) -> Result<()> {
    let mut days: BTreeMap<DayKey<'_>, DaySum> = BTreeMap::new();
    for (key, sum) in usage {
        let day = Timestamp(key.hour).start_of_day().0;
        let sums = days
            .entry((
                &key.org_id,
                key.environment.as_str(),
                day,
                &key.product,
                &key.operation,
                &key.key_id,
            ))
            .or_default();
        sums.calls += sum.calls;
        sums.errors += if key.status >= 400 { sum.calls } else { 0 };
        sums.units = sums.units.saturating_add(sum.units);
        sums.billed_calls += sum.billed_calls;
        sums.billed_units = sums.billed_units.saturating_add(sum.billed_units);
    }
    let days: Vec<_> = days.into_iter().collect();
    for days in days.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into usage_daily as u (org_id, environment, day, product, operation, key_id,
                 calls, errors, units, billed_calls, billed_units) ",
            );
            insert.push_values(
                days,
                |mut row, ((org, environment, day, product, operation, key), sum)| {
                    row.push_bind(Arc::clone(org))
                        .push_bind(*environment)
                        .push_bind(*day)
                        .push_bind(Arc::clone(product))
                        .push_bind(Arc::clone(operation))
                        .push_bind(Arc::clone(key))
                        .push_bind(sum.calls)
                        .push_bind(sum.errors)
                        .push_bind(sum.units)
                        .push_bind(sum.billed_calls)
                        .push_bind(sum.billed_units);
                },
            );
            insert.push(
                " on conflict (org_id, environment, day, product, operation, key_id) do update set calls = u.calls + excluded.calls,
                 errors = u.errors + excluded.errors, units = u.units + excluded.units,
                 billed_calls = u.billed_calls + excluded.billed_calls, billed_units = u.billed_units + excluded.billed_units",
            );
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

async fn add_latency(tx: &mut Tx, latency: &BTreeMap<LatencyKey, i64>) -> Result<()> {
    let counts: Vec<_> = latency.iter().collect();
    for counts in counts.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into latency_hourly as l (org_id, environment, hour, bucket, calls) ",
            );
            insert.push_values(counts, |mut row, (key, calls)| {
                row.push_bind(Arc::clone(&key.org_id))
                    .push_bind(key.environment.as_str())
                    .push_bind(key.hour)
                    .push_bind(key.bucket)
                    .push_bind(**calls);
            });
            insert.push(" on conflict (org_id, environment, hour, bucket) do update set calls = l.calls + excluded.calls");
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
