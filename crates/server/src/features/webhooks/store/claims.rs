//! Due deliveries, their claims and outcomes.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::delivery::DeliveryState;
use tollgate_types::id::AttemptId;
use tollgate_types::time::Timestamp;

use super::endpoints::{EndpointRow, endpoint};
use crate::Result;
use crate::db::{Db, Tx, TxInner, in_tx, on};

/// A claimed delivery, with its event.
#[derive(Debug, sqlx::FromRow)]
pub struct ClaimedRow {
    pub id: String,
    pub event_id: String,
    pub event_type: String,
    pub claims: i64,
    pub step: i64,
    /// The environment of the event, which may have none.
    pub event_environment: String,
    pub data_json: String,
    pub event_created_at: i64,
}

// Skips from one endpoint with due deliveries to the next, so that a backlog of one costs the
// others nothing.
const DUE: &str = concat!(
    "with recursive busy (id) as (
        select min(endpoint_id) from webhook_deliveries where next_attempt_at is not null and endpoint_id > $2
        union all
        select (select min(d.endpoint_id) from webhook_deliveries d where d.next_attempt_at is not null and d.endpoint_id > busy.id)
        from busy where busy.id is not null
    )
    select ",
    endpoint!("e"),
    " from busy join webhook_endpoints e on e.id = busy.id
    where e.state = 'active' and e.next_slot_us <= $4
    and exists (select 1 from webhook_deliveries d where d.endpoint_id = e.id and d.next_attempt_at <= $1)
    order by e.id limit $3"
);

/// At most `limit` active endpoints after `after` that have something due, and a slot before
/// `slot_us`.
pub async fn due(
    db: &Db,
    now: Timestamp,
    after: &str,
    limit: i64,
    slot_us: i64,
) -> Result<Vec<EndpointRow>> {
    Ok(on!(db, |c| query_as(DUE)
        .bind(now.0)
        .bind(after)
        .bind(limit)
        .bind(slot_us)
        .fetch_all(c)
        .await)?)
}

/// Locks an endpoint with a rate, and returns the rate and the next free slot.
pub async fn lock_slots(tx: &mut Tx, endpoint: &str) -> Result<Option<(Option<i64>, i64)>> {
    Ok(in_tx!(tx, |c| {
        query_as("update webhook_endpoints set next_slot_us = next_slot_us where id = $1 returning rate, next_slot_us")
        .bind(endpoint)
        .fetch_optional(c)
        .await
    })?)
}

pub async fn set_next_slot(tx: &mut Tx, endpoint: &str, next_slot_us: i64) -> Result<()> {
    in_tx!(tx, |c| query("update webhook_endpoints set next_slot_us = $2 where id = $1")
        .bind(endpoint)
        .bind(next_slot_us)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "update webhook_deliveries set next_attempt_at = $3, claims = claims + 1
            where id in (
                select id from webhook_deliveries where endpoint_id = $1 and next_attempt_at <= $2 order by next_attempt_at, id limit $4 ",
            $lock,
            ")
            returning id, event_id, event_type, claims, step,
            (select e.environment from events e where e.id = webhook_deliveries.event_id) as event_environment,
            (select e.data_json from events e where e.id = webhook_deliveries.event_id) as data_json,
            (select e.created_at from events e where e.id = webhook_deliveries.event_id) as event_created_at"
        )
    };
}

// The embedded database has one writer, so nobody else can claim what this transaction reads.
const CLAIM_SQLITE: &str = claim!("");
const CLAIM_POSTGRES: &str = claim!("for update skip locked");

/// Claims at most `limit` due deliveries of an endpoint until `lease_until`; no other instance
/// takes them meanwhile.
pub async fn claim(
    tx: &mut Tx,
    endpoint: &str,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<ClaimedRow>> {
    let sql = match &tx.inner {
        TxInner::Sqlite(_) => CLAIM_SQLITE,
        TxInner::Postgres(_) => CLAIM_POSTGRES,
    };
    Ok(in_tx!(tx, |c| query_as(sql)
        .bind(endpoint)
        .bind(now.0)
        .bind(lease_until.0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Releases a claim, because nothing was sent.
pub async fn release(tx: &mut Tx, id: &str, claims: i64, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "update webhook_deliveries set next_attempt_at = $3 where id = $1 and claims = $2 and next_attempt_at is not null"
    )
    .bind(id)
    .bind(claims)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The outcome of one attempt.
pub struct Outcome<'a> {
    pub delivery: &'a str,
    pub endpoint: &'a str,
    pub claims: i64,
    pub state: DeliveryState,
    pub step: i64,
    pub next_attempt_at: Option<Timestamp>,
    pub attempt: &'a AttemptId,
    pub started_at: Timestamp,
    pub latency_ms: i64,
    pub status: Option<u16>,
    pub error: &'a str,
    pub answer: &'a str,
}

const FINISH: &str = "
    update webhook_deliveries set state = $3, step = $4, next_attempt_at = $5, attempts = attempts + 1, last_status = $6, last_error = $7,
    last_attempt_at = $8 where id = $1 and claims = $2 returning id";

// Another instance took it over, because this lease had expired: its outcome counts, but the
// attempt was made.
const ADD_ATTEMPT: &str =
    "update webhook_deliveries set attempts = attempts + 1 where id = $1 returning id";

const INSERT_ATTEMPT: &str = "
    insert into webhook_attempts (id, delivery_id, endpoint_id, started_at, latency_ms, status, error, answer)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Records the outcome of an attempt.
pub async fn finish(tx: &mut Tx, outcome: &Outcome<'_>) -> Result<()> {
    let status = outcome.status.map(i64::from);
    let mut known: Option<String> = in_tx!(tx, |c| query_scalar(FINISH)
        .bind(outcome.delivery)
        .bind(outcome.claims)
        .bind(outcome.state.as_str())
        .bind(outcome.step)
        .bind(outcome.next_attempt_at.map(|at| at.0))
        .bind(status)
        .bind(outcome.error)
        .bind(outcome.started_at.0)
        .fetch_optional(c)
        .await)?;
    if known.is_none() {
        known = in_tx!(tx, |c| query_scalar(ADD_ATTEMPT)
            .bind(outcome.delivery)
            .fetch_optional(c)
            .await)?;
    }
    // The endpoint was deleted meanwhile, and all of its deliveries.
    if known.is_none() {
        return Ok(());
    }
    in_tx!(tx, |c| query(INSERT_ATTEMPT)
        .bind(outcome.attempt.as_str())
        .bind(outcome.delivery)
        .bind(outcome.endpoint)
        .bind(outcome.started_at.0)
        .bind(outcome.latency_ms)
        .bind(status)
        .bind(outcome.error)
        .bind(outcome.answer)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
