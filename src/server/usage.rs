//! Usage and request logs: what the journal's applier wrote, read for people and programs.

mod callers;
mod store;

use std::collections::BTreeMap;

pub use callers::callers;

use super::access::{Permit, ReadLogs, ReadUsage};
use super::db::Db;
use super::{Error, Result, keys, random};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, RequestId};
use crate::types::log::{LogFilter, RequestLog};
use crate::types::page::Page;
use crate::types::time::{DAY, HOUR, Timestamp};
use crate::types::usage::{Overview, UsagePoint};

/// Answered calls, newest first.
///
/// # Errors
/// `validation_failed` for a status filter that is none.
pub async fn list_logs(
    db: &Db,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    filter: &LogFilter,
    cursor: Option<&RequestId>,
    limit: i64,
) -> Result<Page<RequestLog>> {
    let statuses = statuses(&filter.status)?;
    // PostgreSQL takes no U+0000, and no stored text has one.
    if [&filter.operation, &filter.key_id, &filter.method, &filter.path].iter().any(|text| text.contains('\0')) {
        return Ok(Page { data: Vec::new(), next_cursor: None });
    }
    let logs = store::list_logs(db, &permit.org, environment, filter, statuses, cursor, limit + 1).await?;
    Ok(Page::from_rows(logs, limit, |log| log.id.clone()))
}

pub async fn get_log(db: &Db, permit: &Permit<ReadLogs>, id: &RequestId) -> Result<RequestLog> {
    let found = store::find_log(db, &permit.org, permit.environment, id).await?;
    found.ok_or_else(|| Error::not_found("request"))
}

/// The range of statuses that `4xx` or `429` stands for; all, if empty.
fn statuses(text: &str) -> Result<(i64, i64)> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_suffix("xx").unwrap_or(&text);
    match (digits.parse::<i64>(), digits.len()) {
        _ if text.is_empty() => Ok((0, 999)),
        (Ok(class @ 1..=5), 1) if text.len() == 3 => Ok((class * 100, class * 100 + 99)),
        (Ok(status @ 100..=599), 3) => Ok((status, status)),
        _ => Err(Error::field("status", "invalid_format", "A status is a number such as 429, or a class such as 4xx.")),
    }
}

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

/// Deletes request logs from before `before`, by organisation and some at a time, so that others can write
/// in between. Request ids sort by time, so this needs no look at what stays.
pub async fn prune_logs(db: &Db, before: Timestamp) -> Result<u64> {
    let cutoff: RequestId = random::first_id(RequestId::PREFIX, before);
    let (mut deleted, mut org) = (0, String::new());
    while let Some(next) = store::next_org_with_logs(db, &org).await? {
        org = next;
        loop {
            let mut tx = db.begin().await?;
            let some = store::delete_logs(&mut tx, &org, &cutoff).await?;
            tx.commit().await?;
            deleted += some;
            if some == 0 {
                break;
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_filter_is_a_number_a_class_or_nothing() {
        assert_eq!(statuses("").unwrap(), (0, 999));
        assert_eq!(statuses("4xx").unwrap(), (400, 499));
        assert_eq!(statuses("429").unwrap(), (429, 429));
        for bad in ["4x", "xx", "abc", "42", "9xx", "4290"] {
            assert!(statuses(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_95th_percentile_is_the_bucket_that_95_of_100_calls_reach() {
        assert_eq!(percentile(&[], 95), None);
        assert_eq!(percentile(&[(40, 95), (60, 5)], 95), Some(1218));
        assert_eq!(percentile(&[(40, 94), (60, 6)], 95), Some(38968));
    }
}
