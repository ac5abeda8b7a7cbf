//! All SQL of events.

use sqlx::{query, query_as};

use super::{About, Told};
use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::environment::Environment;
use crate::types::event::Event;
use crate::types::id::{EventId, OrgId, RequestId};
use crate::types::time::Timestamp;

pub async fn insert(tx: &mut Tx, id: &EventId, about: About<'_>, kind: &str, data_json: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into events (id, org_id, environment, type, data_json, request_id, created_at) values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(id.as_str())
    .bind(about.org.as_str())
    .bind(about.environment.map_or("", Environment::as_str))
    .bind(kind)
    .bind(data_json)
    .bind(about.request_id)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type Row = (String, String, String, String, String, i64);

fn event((id, kind, environment, data_json, request_id, at): Row) -> Result<Event> {
    read(&id.parse().map_err(anyhow::Error::from)?, kind, &environment, &data_json, request_id, Timestamp(at))
}

/// An event as it is shown.
pub fn read(id: &EventId, kind: String, environment: &str, data_json: &str, request_id: String, created_at: Timestamp) -> Result<Event> {
    let environment = match environment {
        "" => None,
        text => Some(text.parse().map_err(anyhow::Error::from)?),
    };
    Ok(Event { id: id.clone(), kind, environment, data: serde_json::from_str(data_json)?, request_id, created_at })
}

const LIST: &str = "
    select id, type, environment, data_json, request_id, created_at from events
    where org_id = $1 and environment in ($2, '') and (cast($3 as text) is null or type = $3)
    and (cast($6 as text) is null or substr(type, 1, length($6)) = $6) and (cast($4 as text) is null or id < $4)
    order by id desc limit $5";

/// The events of one environment, with those that belong to none.
pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    kind: Option<&str>,
    before: Option<&EventId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let beginning = kind.and_then(|kind| kind.strip_suffix('*'));
    let rows: Vec<Row> = on!(db, |c| query_as(LIST)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(kind.filter(|_| beginning.is_none()))
        .bind(before.map(EventId::as_str))
        .bind(limit)
        .bind(beginning)
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(event).collect()
}

const FIND: &str = "
    select id, type, environment, data_json, request_id, created_at from events
    where org_id = $1 and environment in ($2, '') and id = $3";

pub async fn find(db: &Db, org: &OrgId, environment: Environment, id: &EventId) -> Result<Option<Event>> {
    let row: Option<Row> =
        on!(db, |c| query_as(FIND).bind(org.as_str()).bind(environment.as_str()).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(event).transpose()
}

const BETWEEN: &str = "
    select id, type, created_at from events
    where org_id = $1 and environment in ($2, '') and created_at < $5 and (created_at > $3 or (created_at = $3 and id > $4))
    order by created_at, id limit $6";

pub async fn between(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    (since, after): (Timestamp, &str),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Told>> {
    let rows: Vec<(String, String, i64)> = in_tx!(tx, |c| query_as(BETWEEN)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(since.0)
        .bind(after)
        .bind(until.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let told =
        |(id, kind, at): (String, String, i64)| Ok(Told { id: id.parse().map_err(anyhow::Error::from)?, kind, created_at: Timestamp(at) });
    rows.into_iter().map(told).collect()
}

/// Ids and types of at most 100 events.
pub async fn of_request(db: &Db, org: &OrgId, request: &RequestId) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| query_as("select id, type from events where org_id = $1 and request_id = $2 order by id limit 100")
        .bind(org.as_str())
        .bind(request.as_str())
        .fetch_all(c)
        .await)?)
}

/// Deletes up to 1,000 events with ids before `cutoff`, and says how many.
pub async fn delete_before(tx: &mut Tx, cutoff: &EventId) -> Result<u64> {
    Ok(in_tx!(tx, |c| query("delete from events where id in (select id from events where id < $1 order by id limit 1000)")
        .bind(cutoff.as_str())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
