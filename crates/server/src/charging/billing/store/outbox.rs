//! SQL of usage reports for Stripe.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(Clone, sqlx::FromRow)]
pub struct Row {
    pub identifier: String,
    pub org_id: String,
    pub product: String,
    pub hour: i64,
    pub customer: String,
    pub event_name: String,
    pub units: i64,
    pub occurred_at: i64,
    pub created_at: i64,
    pub attempts: i64,
    pub first_attempt_at: Option<i64>,
}

pub async fn insert(tx: &mut Tx, row: &Row) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "insert into meter_outbox (identifier, org_id, product, hour, customer, event_name, units, occurred_at, created_at, attempts,
         next_attempt_at, fault) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $9, '')"
    )
    .bind(&row.identifier)
    .bind(&row.org_id)
    .bind(&row.product)
    .bind(row.hour)
    .bind(&row.customer)
    .bind(&row.event_name)
    .bind(row.units)
    .bind(row.occurred_at)
    .bind(row.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Row>> {
    Ok(on!(db, |c| {
        query_as(
        "select identifier, org_id, product, hour, customer, event_name, units, occurred_at, created_at, attempts, first_attempt_at
         from meter_outbox where sent_at is null and alarmed_at is null and next_attempt_at <= $1 order by hour, identifier limit $2"
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

pub async fn attempted(db: &Db, identifier: &str, now: Timestamp, again: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query(
        "update meter_outbox set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $2), next_attempt_at = $3
         where identifier = $1"
    )
    .bind(identifier)
    .bind(now.0)
    .bind(again.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    tx.commit().await
}

pub async fn sent(db: &Db, identifier: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query(
        "update meter_outbox set sent_at = $2, fault = '' where identifier = $1"
    )
    .bind(identifier)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop))?;
    tx.commit().await
}

pub async fn failed(db: &Db, identifier: &str, fault: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update meter_outbox set fault = $2 where identifier = $1")
        .bind(identifier)
        .bind(fault)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

pub async fn alarmed(db: &Db, identifier: &str, fault: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query(
        "update meter_outbox set alarmed_at = $2, fault = $3 where identifier = $1"
    )
    .bind(identifier)
    .bind(now.0)
    .bind(fault)
    .execute(c)
    .await
    .map(drop))?;
    tx.commit().await
}

pub async fn count_alarms(db: &Db) -> Result<u64> {
    let count: i64 = on!(db, |c| query_scalar(
        "select count(*) from meter_outbox where alarmed_at is not null"
    )
    .fetch_one(c)
    .await)?;
    Ok(count.unsigned_abs())
}

/// Units by the day that they count for: its start, all of them, and those not sent.
pub async fn by_day(
    db: &Db,
    org: &str,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(i64, i64, i64)>> {
    Ok(on!(db, |c| {
        query_as(
        "select occurred_at / 86400000 * 86400000 as day, cast(sum(units) as bigint),
         cast(sum(case when sent_at is null then units else 0 end) as bigint) from meter_outbox
         where org_id = $1 and product = $2 and occurred_at >= $3 and occurred_at < $4 group by 1 order by 1"
    )
    .bind(org)
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?)
}
