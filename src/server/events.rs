//! Events: what happened, told to programs. Each is written in the transaction of what it tells of, so
//! that nothing is told that did not happen, and nothing that happened goes untold.

mod catalogue;
mod own;
mod store;

use serde::Serialize;

pub use catalogue::{catalogue, component};
pub use own::{NewEvent, is_type_name, post};

use super::access::{Permit, ReadEvents};
use super::db::{Db, Tx};
use super::{Error, Result, random, webhooks};
use crate::types::delivery::Delivery;
use crate::types::environment::Environment;
use crate::types::event::{Event, EventDetail, EventType};
use crate::types::id::{EventId, OrgId, RequestId};
use crate::types::log::CausedEvent;
use crate::types::page::Page;
use crate::types::time::{DAY, Timestamp};

/// Events are kept so long, and with them what became of their deliveries.
const KEEP: i64 = 90 * DAY;

/// Where an event belongs, and what caused it.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub org: &'a OrgId,
    /// None where an event belongs to no environment.
    pub environment: Option<Environment>,
    /// The call or page request that caused it; empty where none did.
    pub request_id: &'a str,
}

impl<'a> About<'a> {
    /// What the holder of `permit` does in `environment`.
    pub fn act<P>(permit: &'a Permit<P>, environment: Environment) -> Self {
        Self { org: &permit.org, environment: Some(environment), request_id: permit.actor.request_id() }
    }
}

/// Records an event, to be delivered to all endpoints that want it. `data` is the object it tells of, as the API shows
/// it; no secrets.
pub async fn record(tx: &mut Tx, about: About<'_>, event: EventType, data: &impl Serialize, now: Timestamp) -> Result<()> {
    let id = write(tx, about, event.as_str(), &serde_json::to_string(data)?, now).await?;
    webhooks::fan_out(tx, about, &id, event.as_str(), now).await
}

/// Records an event that is delivered to nobody by itself.
pub async fn record_quietly(tx: &mut Tx, about: About<'_>, event: EventType, data: &impl Serialize, now: Timestamp) -> Result<EventId> {
    write(tx, about, event.as_str(), &serde_json::to_string(data)?, now).await
}

async fn write(tx: &mut Tx, about: About<'_>, kind: &str, data_json: &str, now: Timestamp) -> Result<EventId> {
    let id: EventId = random::id();
    store::insert(tx, &id, about, kind, data_json, now).await?;
    Ok(id)
}

/// The events of one environment, newest first; only those of one type, or of a pattern such as `customer.*`, if one is named.
///
/// # Errors
/// `validation_failed` for what is neither.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadEvents>,
    environment: Environment,
    kind: Option<&str>,
    cursor: Option<&EventId>,
    limit: i64,
) -> Result<Page<Event>> {
    if !kind.is_none_or(webhooks::is_pattern) {
        return Err(Error::field("type", "invalid_value", "That is neither an event type, nor `prefix.*`, nor `*`."));
    }
    let rows = store::list(db, &permit.org, environment, kind, cursor, limit + 1).await?;
    Ok(Page::from_rows(rows, limit, |event| event.id.to_string()))
}

pub async fn get(db: &Db, permit: &Permit<ReadEvents>, environment: Environment, id: &EventId) -> Result<Event> {
    store::find(db, &permit.org, environment, id).await?.ok_or_else(|| Error::not_found("event"))
}

/// One event, and what became of it at each endpoint that wants it.
pub async fn detail(db: &Db, permit: &Permit<ReadEvents>, environment: Environment, id: &EventId) -> Result<EventDetail> {
    let event = get(db, permit, environment, id).await?;
    let deliveries = webhooks::of_event(db, &permit.org, id.as_str()).await?;
    Ok(EventDetail { event, deliveries })
}

/// One event's id and type.
pub struct Told {
    pub id: EventId,
    pub kind: String,
    pub created_at: Timestamp,
}

/// At most `limit` events of an environment from `after` on, the oldest first. `after` is a moment and, among the events
/// of that moment, an id; the event it names is left out.
pub async fn told_between(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    after: (Timestamp, &str),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Told>> {
    store::between(tx, org, environment, after, until, limit).await
}

/// The events that a request caused, the first one first, with their deliveries.
pub async fn caused_by(db: &Db, org: &OrgId, request: &RequestId) -> Result<Vec<CausedEvent>> {
    let mut caused = Vec::new();
    for (id, kind) in store::of_request(db, org, request).await? {
        let deliveries: Vec<Delivery> = webhooks::of_event(db, org, &id).await?;
        caused.push(CausedEvent { id, kind, deliveries });
    }
    Ok(caused)
}

/// The body of each delivery of an event: the same to the byte whenever it is made.
pub fn body(id: &str, kind: &str, environment: &str, data_json: &str, created_at: Timestamp) -> String {
    let environment = if environment.is_empty() { String::new() } else { format!(r#""environment":"{environment}","#) };
    // None of the texts needs to be escaped: ids, types and environments have letters, digits, dots and underscores.
    format!(r#"{{"id":"{id}","type":"{kind}","timestamp":"{created_at}",{environment}"data":{data_json}}}"#)
}

/// Deletes events that are old, some at a time, so that others can write in between.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    loop {
        let mut tx = db.begin().await?;
        let deleted = store::delete_before(&mut tx, &random::first_id(now.plus(-KEEP))).await?;
        tx.commit().await?;
        if deleted == 0 {
            return Ok(());
        }
    }
}
