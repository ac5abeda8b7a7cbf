//! Deliveries and their attempts.

use sqlx::{query, query_as};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::webhooks::MAX_ATTEMPTS;
use crate::types::delivery::{Attempt, Delivery, DeliveryState};
use crate::types::environment::Environment;
use crate::types::id::{DeliveryId, EventId, OrgId};
use crate::types::time::Timestamp;

/// Attempts that are read of one delivery: more than can be made.
const READ_ATTEMPTS: i64 = 400;

#[derive(sqlx::FromRow)]
pub struct DeliveryRow {
    pub id: String,
    pub environment: String,
    pub endpoint_id: String,
    pub event_id: String,
    pub event_type: String,
    pub state: String,
    pub attempts: i64,
    pub next_attempt_at: Option<i64>,
    pub last_status: Option<i64>,
    pub last_error: String,
    pub last_attempt_at: Option<i64>,
    pub created_at: i64,
}

fn status(number: Option<i64>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}

impl DeliveryRow {
    pub fn view(self) -> Result<Delivery> {
        Ok(Delivery {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            environment: self.environment.parse().map_err(anyhow::Error::from)?,
            endpoint_id: self.endpoint_id.parse().map_err(anyhow::Error::from)?,
            event_id: self.event_id.parse().map_err(anyhow::Error::from)?,
            event_type: self.event_type,
            state: DeliveryState::parse(&self.state).unwrap_or(DeliveryState::Pending),
            attempts: u32::try_from(self.attempts).map_err(anyhow::Error::from)?,
            next_attempt_at: self.next_attempt_at.map(Timestamp),
            last_status: status(self.last_status),
            last_error: self.last_error,
            last_attempt_at: self.last_attempt_at.map(Timestamp),
            created_at: Timestamp(self.created_at),
        })
    }
}

/// What a new delivery consists of.
pub struct New<'a> {
    pub id: &'a DeliveryId,
    pub org: &'a OrgId,
    pub environment: &'a str,
    pub endpoint: &'a str,
    pub event: &'a EventId,
    pub event_type: &'a str,
    /// None while the endpoint is disabled.
    pub due_at: Option<Timestamp>,
}

const INSERT: &str = "
    insert into webhook_deliveries
    (id, org_id, environment, endpoint_id, event_id, event_type, state, attempts, step, next_attempt_at, claims, last_error, created_at)
    values ($1, $2, $3, $4, $5, $6, 'pending', 0, 0, $7, 0, '', $8)
    on conflict (endpoint_id, event_id) do nothing";

/// False if there is a delivery of this event to this endpoint already.
pub async fn insert(tx: &mut Tx, new: &New<'_>, now: Timestamp) -> Result<bool> {
    let inserted = in_tx!(tx, |c| query(INSERT)
        .bind(new.id.as_str())
        .bind(new.org.as_str())
        .bind(new.environment)
        .bind(new.endpoint)
        .bind(new.event.as_str())
        .bind(new.event_type)
        .bind(new.due_at.map(|at| at.0))
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Filters that all must hold; none filter nothing.
#[derive(Default)]
pub struct Wanted<'a> {
    pub endpoint: Option<&'a str>,
    pub state: Option<&'a str>,
    pub event_type: Option<&'a str>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

const LIST: &str = "
    select * from webhook_deliveries where org_id = $1 and environment = $2
    and (cast($3 as text) is null or endpoint_id = $3) and (cast($4 as text) is null or state = $4)
    and (cast($5 as text) is null or event_type = $5) and (cast($10 as text) is null or substr(event_type, 1, length($10)) = $10)
    and (cast($6 as bigint) is null or created_at >= $6) and (cast($7 as bigint) is null or created_at < $7)
    and (cast($8 as text) is null or id < $8)
    order by id desc limit $9";

pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    wanted: &Wanted<'_>,
    before: Option<&DeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryRow>> {
    // Of a pattern, the part that is meant literally.
    let beginning = wanted.event_type.and_then(|pattern| pattern.strip_suffix('*'));
    Ok(on!(db, |c| query_as(LIST)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(wanted.endpoint)
        .bind(wanted.state)
        .bind(wanted.event_type.filter(|_| beginning.is_none()))
        .bind(wanted.since.map(|at| at.0))
        .bind(wanted.until.map(|at| at.0))
        .bind(before.map(DeliveryId::as_str))
        .bind(limit)
        .bind(beginning)
        .fetch_all(c)
        .await)?)
}

pub async fn of_event(db: &Db, org: &OrgId, event: &str, limit: i64) -> Result<Vec<DeliveryRow>> {
    Ok(on!(db, |c| query_as("select * from webhook_deliveries where event_id = $1 and org_id = $2 order by id limit $3")
        .bind(event)
        .bind(org.as_str())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const FIND: &str = "
    select d.*, e.environment as event_environment, e.data_json, e.created_at as event_created_at
    from webhook_deliveries d join events e on e.id = d.event_id
    where d.org_id = $1 and d.environment = $2 and d.id = $3";

/// A delivery with what its body is made of.
#[derive(sqlx::FromRow)]
pub struct WithEvent {
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    pub event_environment: String,
    pub data_json: String,
    pub event_created_at: i64,
}

pub async fn find(db: &Db, org: &OrgId, environment: Environment, id: &DeliveryId) -> Result<Option<WithEvent>> {
    Ok(on!(db, |c| query_as(FIND).bind(org.as_str()).bind(environment.as_str()).bind(id.as_str()).fetch_optional(c).await)?)
}

type AttemptRow = (String, i64, i64, Option<i64>, String, String);

const ATTEMPTS: &str = "
    select id, started_at, latency_ms, status, error, answer from webhook_attempts where delivery_id = $1 order by started_at, id limit $2";

/// The first one first.
pub async fn attempts(db: &Db, delivery: &str) -> Result<Vec<Attempt>> {
    let rows: Vec<AttemptRow> = on!(db, |c| query_as(ATTEMPTS).bind(delivery).bind(READ_ATTEMPTS).fetch_all(c).await)?;
    let attempt = |(id, started_at, latency_ms, number, error, answer): AttemptRow| {
        Ok(Attempt {
            id: id.parse().map_err(anyhow::Error::from)?,
            started_at: Timestamp(started_at),
            latency_ms: latency_ms.max(0).unsigned_abs(),
            status: status(number),
            error,
            answer,
        })
    };
    rows.into_iter().map(attempt).collect()
}

const REQUEUE: &str = "
    update webhook_deliveries set state = 'pending', step = 0, next_attempt_at = $4, claims = claims + 1
    where endpoint_id = $1 and event_id = $2 and state in ('failed', $3) and attempts < $5 returning id";

/// Begins the schedule of a delivery again, if it failed or, where `with_delivered`, succeeded. What is pending stays.
pub async fn requeue(tx: &mut Tx, endpoint: &str, event: &EventId, with_delivered: bool, due_at: Option<Timestamp>) -> Result<bool> {
    let also = if with_delivered { "delivered" } else { "failed" };
    let row: Option<(String,)> = in_tx!(tx, |c| query_as(REQUEUE)
        .bind(endpoint)
        .bind(event.as_str())
        .bind(also)
        .bind(due_at.map(|at| at.0))
        .bind(i64::from(MAX_ATTEMPTS))
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

/// Makes a delivery due at once, whatever its state, with a new schedule.
pub async fn retry(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query(
        "update webhook_deliveries set state = 'pending', step = 0, next_attempt_at = $2, claims = claims + 1 where id = $1"
    )
    .bind(id)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Holds back what is pending at an endpoint that was disabled.
pub async fn hold(tx: &mut Tx, endpoint: &str) -> Result<()> {
    in_tx!(tx, |c| query("update webhook_deliveries set next_attempt_at = null where endpoint_id = $1 and next_attempt_at is not null")
        .bind(endpoint)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Makes due what was held back.
pub async fn resume(tx: &mut Tx, endpoint: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "update webhook_deliveries set next_attempt_at = $2, step = 0 where endpoint_id = $1 and state = 'pending' and next_attempt_at is null"
    )
    .bind(endpoint)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

const HEALTH: &str = "
    select count(*), coalesce(sum(case when status between 200 and 299 then 1 else 0 end), 0) from webhook_attempts
    where endpoint_id = $1 and started_at >= $2";

/// Attempts since, and those of them that were answered 2xx.
pub async fn health(db: &Db, endpoint: &str, since: Timestamp) -> Result<(i64, i64)> {
    Ok(on!(db, |c| query_as(HEALTH).bind(endpoint).bind(since.0).fetch_one(c).await)?)
}
