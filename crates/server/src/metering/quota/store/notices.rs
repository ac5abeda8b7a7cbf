//! SQL of checks for refusals, and of notices of refusals and thresholds.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

/// An organisation and product whose live calls may be refused from `due_at` on.
#[derive(sqlx::FromRow)]
pub struct Check {
    pub org_id: String,
    /// Empty: all products.
    pub product: String,
    pub due_at: i64,
}

/// Schedules a check; the earlier of two times stays.
pub async fn insert_check(tx: &mut Tx, org: &OrgId, product: &str, due: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into refusal_checks as r (org_id, product, due_at) values ($1, $2, $3)
         on conflict (org_id, product) do update set due_at =
         case when r.due_at < excluded.due_at then r.due_at else excluded.due_at end"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(due.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Schedules a check of every organisation that has this many units of a product in a month.
pub async fn insert_checks_above(
    tx: &mut Tx,
    product: &str,
    month: Timestamp,
    units: u64,
    due: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "insert into refusal_checks (org_id, product, due_at)
             select org_id, product, cast($4 as bigint) from quota_counters where product = $1
             and month = $2 and units >= $3
             on conflict (org_id, product) do nothing",
        )
        .bind(product)
        .bind(month.0)
        .bind(units.cast_signed())
        .bind(due.0)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub async fn due_checks(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Check>> {
    Ok(on!(db, |c| {
        query_as(
            "select org_id, product, due_at from refusal_checks where due_at <= $1
             order by due_at limit $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(c)
        .await
    })?)
}

/// Deletes a check, unless it was rescheduled.
pub async fn delete_check(tx: &mut Tx, check: &Check) -> Result<()> {
    in_tx!(tx, |c| query(
        "delete from refusal_checks where org_id = $1 and product = $2 and due_at = $3"
    )
    .bind(&check.org_id)
    .bind(&check.product)
    .bind(check.due_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Records that an organisation is notified of a refusal. False if it already was.
pub async fn note_refusal(
    tx: &mut Tx,
    org: &OrgId,
    cause: &str,
    product: &str,
    period: Timestamp,
    bound: i64,
    now: Timestamp,
) -> Result<bool> {
    let noted = in_tx!(tx, |c| {
        query(
            "insert into refusals_told (org_id, cause, product, period, bound, told_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (org_id, cause, product, period, bound) do nothing",
        )
        .bind(org.as_str())
        .bind(cause)
        .bind(product)
        .bind(period.0)
        .bind(bound)
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(noted == 1)
}

/// Whether the organisation was notified of this refusal.
pub async fn is_refusal_noted(
    tx: &mut Tx,
    org: &OrgId,
    cause: &str,
    product: &str,
    period: Timestamp,
    bound: i64,
) -> Result<bool> {
    let count: i64 = in_tx!(tx, |c| {
        query_scalar(
            "select count(*) from refusals_told where org_id = $1 and cause = $2 and product = $3
             and period = $4 and bound = $5",
        )
        .bind(org.as_str())
        .bind(cause)
        .bind(product)
        .bind(period.0)
        .bind(bound)
        .fetch_one(c)
        .await
    })?;
    Ok(count > 0)
}

/// Records of refusals from before a time.
pub const OLD_REFUSALS: Expired = Expired {
    any: "select org_id from refusals_told where told_at < $1 limit 1",
    delete: "delete from refusals_told where (org_id, cause, product, period, bound) in
        (select org_id, cause, product, period, bound from refusals_told
        where told_at < $1 order by told_at limit $2)",
    chunk: CHUNK,
};

/// A quota or cap in one month, with thresholds.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub org: &'a OrgId,
    /// `quota:PRODUCT`, `spend_cap`, or the id of the key whose spending counts.
    pub name: &'a str,
    pub month: Timestamp,
    pub bound: i64,
}

/// Thresholds that were already notified.
pub async fn notified_percents(tx: &mut Tx, subject: Subject<'_>) -> Result<Vec<i64>> {
    Ok(in_tx!(tx, |c| {
        query_scalar(
            "select percent from threshold_notices where org_id = $1 and subject = $2
             and month = $3 and bound = $4",
        )
        .bind(subject.org.as_str())
        .bind(subject.name)
        .bind(subject.month.0)
        .bind(subject.bound)
        .fetch_all(c)
        .await
    })?)
}

/// Records that a threshold is notified. False if it already was.
pub async fn note(tx: &mut Tx, subject: Subject<'_>, percent: i64, now: Timestamp) -> Result<bool> {
    let noted = in_tx!(tx, |c| {
        query(
            "insert into threshold_notices (org_id, subject, month, bound, percent, created_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (org_id, subject, month, bound, percent) do nothing",
        )
        .bind(subject.org.as_str())
        .bind(subject.name)
        .bind(subject.month.0)
        .bind(subject.bound)
        .bind(percent)
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(noted == 1)
}

/// Records of thresholds from before a time.
pub const OLD_NOTICES: Expired = Expired {
    any: "select org_id from threshold_notices where created_at < $1 limit 1",
    delete: "delete from threshold_notices where (org_id, subject, month, bound, percent) in
        (select org_id, subject, month, bound, percent from threshold_notices
        where created_at < $1 order by created_at limit $2)",
    chunk: CHUNK,
};
