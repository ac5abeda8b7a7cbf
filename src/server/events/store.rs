//! All SQL of events.

use sqlx::{query, query_as};

use super::About;
use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{EventId, OrgId, RequestId};
use crate::types::time::Timestamp;

pub async fn insert(tx: &mut Tx, id: &EventId, about: About<'_>, event: EventType, data_json: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into events (id, org_id, environment, type, data_json, request_id, created_at) values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(id.as_str())
    .bind(about.org.as_str())
    .bind(about.environment.map_or("", Environment::as_str))
    .bind(event.as_str())
    .bind(data_json)
    .bind(about.request_id)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
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
