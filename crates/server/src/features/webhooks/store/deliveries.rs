//! Deliveries and their attempts.

use sqlx::{QueryBuilder, query, query_as};
use tollgate_types::delivery::{Attempt, Delivery, DeliveryState};
use tollgate_types::environment::Environment;
use tollgate_types::id::{DeliveryId, EventId, OrgId};
use tollgate_types::time::{MINUTE, Timestamp};

use super::endpoints;
use crate::db::{Db, Tx, in_tx, on};
use crate::webhooks::schedule::MAX_ATTEMPTS;
use crate::{Result, random};

/// Attempts per delivery that are read: more than can be made.
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

/// The fields of a new delivery.
pub struct New<'a> {
    pub id: &'a DeliveryId,
    pub org: &'a OrgId,
    pub environment: &'a str,
    pub endpoint: &'a str,
    pub event: &'a EventId,
    pub event_type: &'a str,
    /// `None` while the endpoint is disabled.
    pub due_at: Option<Timestamp>,
}

const INSERT: &str = "
    insert into webhook_deliveries
    (id, org_id, environment, endpoint_id, event_id, event_type, state, attempts, step, next_attempt_at, claims, last_error, created_at)
    values ($1, $2, $3, $4, $5, $6, 'pending', 0, 0, $7, 0, '', $8)
    on conflict (endpoint_id, event_id) do nothing";

/// False if there already is a delivery of this event to this endpoint.
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

/// Filters that all must match; `None` matches everything.
#[derive(Default)]
pub struct Wanted<'a> {
    pub endpoint: Option<&'a str>,
    pub state: Option<&'a str>,
    pub event_type: Option<&'a str>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Wanted<'_> {
    /// Whether an index leads to exactly the matching rows.
    const fn is_led_by_index(&self, is_led_by_type: bool, beginning: Option<&str>) -> bool {
        let has_time = self.since.is_some() || self.until.is_some();
        !has_time && beginning.is_none() && (self.event_type.is_none() || is_led_by_type)
    }
}

/// The columns that are read.
macro_rules! delivery {
    ($of:literal) => {
        $crate::db::columns!($of: id, environment, endpoint_id, event_id, event_type, state, attempts,
            next_attempt_at, last_status, last_error, last_attempt_at, created_at)
    };
}

/// Deliveries that are searched for one page if no index covers the filters.
const LOOKED_AT: i64 = 5_000;

const COLUMNS: &str = delivery!("webhook_deliveries");

/// Deliveries that match all filters, newest first. An index finds those of an endpoint, a state or
/// a type; other conditions are checked one by one, for at most [`LOOKED_AT`] rows: then, the
/// second value says where to continue the search.
pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    wanted: &Wanted<'_>,
    before: Option<&DeliveryId>,
    limit: i64,
) -> Result<(Vec<DeliveryRow>, Option<DeliveryId>)> {
    // The literal part of a pattern.
    let beginning = wanted.event_type.and_then(|pattern| pattern.strip_suffix('*'));
    let exact = wanted.event_type.filter(|_| beginning.is_none());
    let is_led_by_type = exact.is_some() && wanted.endpoint.is_none() && wanted.state.is_none();
    // No delivery is created earlier than the time in its id, except for the duration of its
    // transaction.
    let latest: Option<DeliveryId> = wanted.until.map(|until| random::first_id(until.plus(MINUTE)));
    let before = before.into_iter().chain(&latest).min().map(DeliveryId::as_str);
    if let Some(endpoint) = wanted.endpoint
        && !endpoints::exists(db, org, environment, endpoint).await?
    {
        return Ok((Vec::new(), None));
    }
    let deleted = endpoints::deleted_of(db, org).await?;
    let is_led = wanted.is_led_by_index(is_led_by_type, beginning) && deleted.is_empty();
    let looked_at = if is_led { limit } else { LOOKED_AT };
    let _place = if is_led { None } else { Some(db.scan(org.as_str()).await?) };
    let ids: Vec<Seen> = on!(db, |c| {
        let mut select = QueryBuilder::new(
            "select id, event_type, endpoint_id, created_at from webhook_deliveries where ",
        );
        match wanted.endpoint {
            Some(endpoint) => select.push("endpoint_id = ").push_bind(endpoint.to_owned()),
            None => select
                .push("org_id = ")
                .push_bind(org.as_str().to_owned())
                .push(" and environment = ")
                .push_bind(environment.as_str()),
        };
        if let Some(state) = wanted.state {
            select.push(" and state = ").push_bind(state.to_owned());
        }
        if let Some(kind) = exact.filter(|_| is_led_by_type) {
            select.push(" and event_type = ").push_bind(kind.to_owned());
        }
        if let Some(before) = before {
            select.push(" and id < ").push_bind(before.to_owned());
        }
        select.push(" order by id desc limit ").push_bind(looked_at);
        select.build_query_as().persistent(false).fetch_all(c).await
    })?;
    let is_all = i64::try_from(ids.len()).is_ok_and(|seen| seen < looked_at) || looked_at == limit;
    // The search also ends at deliveries created before the start of the filter.
    let is_over =
        |seen: &Seen| wanted.since.is_some_and(|since| seen.created_at < since.plus(-MINUTE).0);
    let last = ids
        .last()
        .filter(|seen| !is_all && !is_over(seen))
        .map(|seen| seen.id.parse())
        .transpose()
        .map_err(anyhow::Error::from)?;
    let fits = |seen: &Seen| {
        !deleted.contains(&seen.endpoint_id)
            && beginning.is_none_or(|beginning| seen.event_type.starts_with(beginning))
            && exact.is_none_or(|kind| seen.event_type == kind)
            && wanted.since.is_none_or(|since| seen.created_at >= since.0)
            && wanted.until.is_none_or(|until| seen.created_at < until.0)
    };
    let ids: Vec<String> = ids
        .into_iter()
        .filter(fits)
        .map(|seen| seen.id)
        .take(usize::try_from(limit).unwrap_or(0))
        .collect();
    if ids.is_empty() {
        return Ok((Vec::new(), last));
    }
    let rows = on!(db, |c| {
        let mut select = QueryBuilder::new("select ");
        select
            .push(COLUMNS)
            .push(" from webhook_deliveries where org_id = ")
            .push_bind(org.as_str().to_owned());
        select.push(" and environment = ").push_bind(environment.as_str()).push(" and id in (");
        let mut list = select.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        select.push(") order by id desc").build_query_as().persistent(false).fetch_all(c).await
    })?;
    Ok((rows, last))
}

/// The fields that filters check.
#[derive(sqlx::FromRow)]
struct Seen {
    id: String,
    event_type: String,
    endpoint_id: String,
    created_at: i64,
}

const OF_EVENT: &str = concat!(
    "select ",
    delivery!("d"),
    " from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.event_id = $1 and d.org_id = $2 and e.state <> 'deleted' order by d.id limit $3"
);

pub async fn of_event(db: &Db, org: &OrgId, event: &str, limit: i64) -> Result<Vec<DeliveryRow>> {
    Ok(on!(db, |c| query_as(OF_EVENT)
        .bind(event)
        .bind(org.as_str())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const FIND: &str = concat!(
    "select ",
    delivery!("d"),
    ", e.environment as event_environment, e.data_json, e.request_id, e.created_at as event_created_at
    from webhook_deliveries d join events e on e.id = d.event_id join webhook_endpoints p on p.id = d.endpoint_id
    where d.org_id = $1 and d.environment = $2 and d.id = $3 and p.state <> 'deleted'"
);

/// A delivery with the data of its body.
#[derive(sqlx::FromRow)]
pub struct WithEvent {
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    pub event_environment: String,
    pub data_json: String,
    pub request_id: String,
    pub event_created_at: i64,
}

pub async fn find(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    id: &DeliveryId,
) -> Result<Option<WithEvent>> {
    Ok(on!(db, |c| query_as(FIND)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(id.as_str())
        .fetch_optional(c)
        .await)?)
}

type AttemptRow = (String, i64, i64, Option<i64>, String, String);

const ATTEMPTS: &str = "
    select id, started_at, latency_ms, status, error, answer from webhook_attempts where delivery_id = $1 order by started_at, id limit $2";

/// Oldest first.
pub async fn attempts(db: &Db, delivery: &str) -> Result<Vec<Attempt>> {
    let rows: Vec<AttemptRow> =
        on!(db, |c| query_as(ATTEMPTS).bind(delivery).bind(READ_ATTEMPTS).fetch_all(c).await)?;
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

/// Restarts the schedule of a delivery, if it failed or, with `with_delivered`, succeeded. A
/// pending one is not changed.
pub async fn requeue(
    tx: &mut Tx,
    endpoint: &str,
    event: &EventId,
    with_delivered: bool,
    due_at: Option<Timestamp>,
) -> Result<bool> {
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

/// Makes a delivery due immediately, in any state, with a new schedule.
pub async fn retry(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "update webhook_deliveries set state = 'pending', step = 0, next_attempt_at = $2, claims = claims + 1 where id = $1"
    )
    .bind(id)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

const HOLD: &str = "
    update webhook_deliveries set next_attempt_at = null where id in
    (select id from webhook_deliveries where endpoint_id = $1 and next_attempt_at is not null order by next_attempt_at, id limit $2)";

/// Holds at most `limit` pending deliveries of a disabled or deleted endpoint; returns how many.
pub async fn hold(tx: &mut Tx, endpoint: &str, limit: i64) -> Result<u64> {
    Ok(in_tx!(tx, |c| query(HOLD)
        .bind(endpoint)
        .bind(limit)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

const RESUME: &str = "
    update webhook_deliveries set next_attempt_at = $2, step = 0 where id in
    (select id from webhook_deliveries where endpoint_id = $1 and state = 'pending' and next_attempt_at is null order by id limit $3)";

/// Makes at most `limit` held deliveries due; returns how many.
pub async fn resume(tx: &mut Tx, endpoint: &str, now: Timestamp, limit: i64) -> Result<u64> {
    Ok(in_tx!(tx, |c| query(RESUME)
        .bind(endpoint)
        .bind(now.0)
        .bind(limit)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

const DELETE_SOME: &str = "
    delete from webhook_deliveries where id in (select id from webhook_deliveries where endpoint_id = $1 order by id limit $2)";

/// Deletes at most `limit` deliveries of an endpoint with their attempts; returns how many.
pub async fn delete_some(tx: &mut Tx, endpoint: &str, limit: i64) -> Result<u64> {
    Ok(in_tx!(tx, |c| query(DELETE_SOME)
        .bind(endpoint)
        .bind(limit)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

const HEALTH: &str = "
    select count(*), coalesce(sum(case when status between 200 and 299 then 1 else 0 end), 0) from webhook_attempts
    where endpoint_id = $1 and started_at >= $2";

/// Attempts since a time, and those with a 2xx response.
pub async fn health(db: &Db, endpoint: &str, since: Timestamp) -> Result<(i64, i64)> {
    Ok(on!(db, |c| query_as(HEALTH).bind(endpoint).bind(since.0).fetch_one(c).await)?)
}
