//! All SQL of events.

use sqlx::{QueryBuilder, query, query_as};
use tollgate_types::environment::Environment;
use tollgate_types::event::Event;
use tollgate_types::id::{EventId, OrgId, RequestId};
use tollgate_types::raw_json::RawJson;
use tollgate_types::time::Timestamp;

use super::{About, EventRef};
use crate::Result;
use crate::db::{Db, Expired, Tx, in_tx, on};

pub async fn insert(
    tx: &mut Tx,
    id: &EventId,
    about: About<'_>,
    kind: &str,
    data_json: &str,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
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
    .map(drop)
    })?;
    Ok(())
}

type Row = (String, String, String, String, String, i64);

fn event((id, kind, environment, data_json, request_id, at): Row) -> Result<Event> {
    read(
        &id.parse().map_err(anyhow::Error::from)?,
        kind,
        &environment,
        &data_json,
        request_id,
        Timestamp(at),
    )
}

/// An event as it is returned.
pub fn read(
    id: &EventId,
    kind: String,
    environment: &str,
    data_json: &str,
    request_id: String,
    created_at: Timestamp,
) -> Result<Event> {
    let environment = match environment {
        "" => None,
        text => Some(text.parse().map_err(anyhow::Error::from)?),
    };
    Ok(Event {
        id: id.clone(),
        kind,
        environment,
        data: RawJson::new(data_json.to_owned())?,
        request_id,
        created_at,
    })
}

/// Events that are searched for one page if no index supports the pattern.
const LOOKED_AT: i64 = 5_000;

/// One environment's part of a list: an index walk that ends at `$4`, whatever other events there
/// are.
macro_rules! part {
    ($columns:literal, $environment:literal, $filter:literal) => {
        concat!(
            "select ",
            $columns,
            " from (select ",
            $columns,
            " from events where org_id = $1 and environment = ",
            $environment,
            $filter,
            " and id < $3 order by id desc limit $4) ",
            "p"
        )
    };
}

/// The events of an environment and those without one, newest first.
macro_rules! list {
    ($filter:literal) => {
        concat!(
            "select id, type, environment, data_json, request_id, created_at from (",
            part!("id, type, environment, data_json, request_id, created_at", "$2", $filter),
            " union all ",
            part!("id, type, environment, data_json, request_id, created_at", "''", $filter),
            ") e order by id desc limit $4"
        )
    };
}

const LIST: &str = list!("");
const LIST_OF_TYPE: &str = list!(" and type = $5");

// Only ids and types: the data is read only of matching events.
const LOOK: &str = concat!(
    "select id, type from (",
    part!("id, type", "$2", ""),
    " union all ",
    part!("id, type", "''", ""),
    ") e order by id desc limit $4"
);

/// Sorts after every id, in any collation.
const AFTER_ALL: &str = "z";

/// The events of one environment, with those without one, newest first. The search is bounded, so
/// that a pattern with few matches ends; then the second value is the event to continue from.
pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    kind: Option<&str>,
    before: Option<&EventId>,
    limit: i64,
) -> Result<(Vec<Event>, Option<EventId>)> {
    let before = before.map_or(AFTER_ALL, EventId::as_str);
    let rows: Vec<Row> = match kind {
        None | Some("*") => on!(db, |c| query_as(LIST)
            .bind(org.as_str())
            .bind(environment.as_str())
            .bind(before)
            .bind(limit)
            .fetch_all(c)
            .await)?,
        Some(kind) => match kind.strip_suffix('*') {
            Some(beginning) => {
                return of_pattern(db, org, environment, beginning, before, limit).await;
            }
            None => on!(db, |c| query_as(LIST_OF_TYPE)
                .bind(org.as_str())
                .bind(environment.as_str())
                .bind(before)
                .bind(limit)
                .bind(kind)
                .fetch_all(c)
                .await)?,
        },
    };
    Ok((rows.into_iter().map(event).collect::<Result<_>>()?, None))
}

async fn of_pattern(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    beginning: &str,
    before: &str,
    limit: i64,
) -> Result<(Vec<Event>, Option<EventId>)> {
    let _place = db.scan(org.as_str()).await?;
    let seen: Vec<(String, String)> = on!(db, |c| query_as(LOOK)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(before)
        .bind(LOOKED_AT)
        .fetch_all(c)
        .await)?;
    let is_all = i64::try_from(seen.len()).is_ok_and(|seen| seen < LOOKED_AT);
    let last = seen
        .last()
        .filter(|_| !is_all)
        .map(|(id, _)| id.parse())
        .transpose()
        .map_err(anyhow::Error::from)?;
    let fitting =
        seen.into_iter().filter(|(_, kind)| kind.starts_with(beginning)).map(|(id, _)| id);
    let ids: Vec<String> = fitting.take(usize::try_from(limit).unwrap_or(0)).collect();
    if ids.is_empty() {
        return Ok((Vec::new(), last));
    }
    let rows: Vec<Row> = on!(db, |c| {
        let mut select = QueryBuilder::new(
            "select id, type, environment, data_json, request_id, created_at from events where id in (",
        );
        let mut list = select.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        select.push(") order by id desc").build_query_as().persistent(false).fetch_all(c).await
    })?;
    Ok((rows.into_iter().map(event).collect::<Result<_>>()?, last))
}

const FIND: &str = "
    select id, type, environment, data_json, request_id, created_at from events
    where org_id = $1 and environment in ($2, '') and id = $3";

pub async fn find(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    id: &EventId,
) -> Result<Option<Event>> {
    let row: Option<Row> = on!(db, |c| query_as(FIND)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(id.as_str())
        .fetch_optional(c)
        .await)?;
    row.map(event).transpose()
}

macro_rules! between {
    ($environment:literal) => {
        concat!(
            "select id, type, created_at from (select id, type, created_at from events where org_id = $1 and environment = ",
            $environment,
            " and created_at < $5 and (created_at, id) > ($3, $4) order by created_at, id limit $6) p"
        )
    };
}

const BETWEEN: &str = concat!(
    "select id, type, created_at from (",
    between!("$2"),
    " union all ",
    between!("''"),
    ") e order by created_at, id limit $6"
);

pub async fn between(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    (since, after): (Timestamp, &str),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<EventRef>> {
    let rows: Vec<(String, String, i64)> = in_tx!(tx, |c| query_as(BETWEEN)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(since.0)
        .bind(after)
        .bind(until.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let event_ref = |(id, kind, at): (String, String, i64)| {
        Ok(EventRef {
            id: id.parse().map_err(anyhow::Error::from)?,
            kind,
            created_at: Timestamp(at),
        })
    };
    rows.into_iter().map(event_ref).collect()
}

/// Ids and types of at most 100 events.
pub async fn of_request(
    db: &Db,
    org: &OrgId,
    request: &RequestId,
) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| query_as(
        "select id, type from events where org_id = $1 and request_id = $2 order by id limit 100"
    )
    .bind(org.as_str())
    .bind(request.as_str())
    .fetch_all(c)
    .await)?)
}

/// Events before an id. Their deliveries and attempts are deleted with them.
pub const OLD: Expired = Expired {
    any: "select id from events where id < $1 limit 1",
    delete: "delete from events where id in (select id from events where id < $1 order by id limit $2)",
    chunk: 50,
};
