//! Events: what happened, for programs. Each event is written in the transaction of the change that
//! it reports (transactional outbox), so there is neither an event without its change nor the
//! reverse.

mod about;
mod catalogue;
mod data;
mod own;
mod store;

use serde::Serialize;
use tollgate_types::delivery::Delivery;
use tollgate_types::environment::Environment;
use tollgate_types::event::{Event, EventDetail, EventType};
use tollgate_types::id::{EventId, OrgId, RequestId};
use tollgate_types::log::CausedEvent;
use tollgate_types::page::Page;
use tollgate_types::time::{DAY, Timestamp};

pub use about::About;
pub use catalogue::{catalogue, component};
pub use own::{NewEvent, post};

use super::deliveries::of_event;
use super::event_types::is_pattern;
use super::fan_out::fan_out;
use crate::access::{Permit, ReadEvents};
use crate::db::{Db, Tx};
use crate::{Error, Result, random, request_logs};

/// How long events and their deliveries are kept.
const KEEP: i64 = 90 * DAY;

/// Records an event, to be delivered to all endpoints that subscribe to it. `data` is the affected
/// object, as the API shows it, without secrets.
pub async fn record(
    tx: &mut Tx,
    about: About<'_>,
    event: EventType,
    data: &impl Serialize,
    now: Timestamp,
) -> Result<()> {
    let id = write(tx, about, event.as_str(), &serde_json::to_string(data)?, now).await?;
    fan_out(tx, about, &id, event.as_str(), now).await
}

/// Records an event that is not delivered automatically.
pub async fn record_quietly(
    tx: &mut Tx,
    about: About<'_>,
    event: EventType,
    data: &impl Serialize,
    now: Timestamp,
) -> Result<EventId> {
    write(tx, about, event.as_str(), &serde_json::to_string(data)?, now).await
}

async fn write(
    tx: &mut Tx,
    about: About<'_>,
    kind: &str,
    data_json: &str,
    now: Timestamp,
) -> Result<EventId> {
    let id: EventId = random::id();
    store::insert(tx, &id, about, kind, data_json, now).await?;
    Ok(id)
}

/// The events of one environment, newest first, optionally only those of one type or pattern such
/// as `customer.*`. With a pattern, a page may have fewer than `limit` events although more follow:
/// the next page continues the search.
///
/// # Errors
/// `validation_failed` if the filter is neither a type nor a pattern.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadEvents>,
    environment: Environment,
    kind: Option<&str>,
    cursor: Option<&EventId>,
    limit: i64,
) -> Result<Page<Event>> {
    if !kind.is_none_or(is_pattern) {
        return Err(Error::field(
            "type",
            "invalid_value",
            "Not an event pattern. Use an event type, `prefix.*` or `*`.",
        ));
    }
    let (rows, rest) = store::list(db, &permit.org, environment, kind, cursor, limit + 1).await?;
    Ok(Page::from_rows(rows, limit, |event| event.id.to_string()).or_from(rest))
}

pub async fn get(
    db: &Db,
    permit: &Permit<ReadEvents>,
    environment: Environment,
    id: &EventId,
) -> Result<Event> {
    store::find(db, &permit.org, environment, id).await?.ok_or_else(|| Error::not_found("event"))
}

/// One event, with its delivery to each subscribed endpoint.
pub async fn detail(
    db: &Db,
    permit: &Permit<ReadEvents>,
    environment: Environment,
    id: &EventId,
) -> Result<EventDetail> {
    let event = get(db, permit, environment, id).await?;
    let deliveries = of_event(db, &permit.org, id.as_str()).await?;
    let is_request_logged = request_logs::is_logged(db, &permit.org, &event.request_id).await?;
    Ok(EventDetail { event, is_request_logged, deliveries })
}

/// One event's id and type.
pub struct EventRef {
    pub id: EventId,
    pub kind: String,
    pub created_at: Timestamp,
}

/// At most `limit` events of an environment after `after`, oldest first. `after` is a time and an
/// id; the event with this id is excluded.
pub async fn events_between(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    after: (Timestamp, &str),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<EventRef>> {
    store::between(tx, org, environment, after, until, limit).await
}

/// The events that a request caused, oldest first, with their deliveries.
pub async fn caused_by(db: &Db, org: &OrgId, request: &RequestId) -> Result<Vec<CausedEvent>> {
    let mut caused = Vec::new();
    for (id, kind) in store::of_request(db, org, request).await? {
        let deliveries: Vec<Delivery> = of_event(db, org, &id).await?;
        caused.push(CausedEvent { id, kind, deliveries });
    }
    Ok(caused)
}

/// The body of every delivery of an event: byte-identical each time.
pub fn body(
    id: &str,
    kind: &str,
    environment: &str,
    data_json: &str,
    created_at: Timestamp,
) -> String {
    let environment = if environment.is_empty() {
        String::new()
    } else {
        format!(r#""environment":"{environment}","#)
    };
    // Ids, types and environments have only letters, digits, dots and underscores, so nothing needs
    // to be escaped.
    format!(
        r#"{{"id":"{id}","type":"{kind}","timestamp":"{created_at}",{environment}"data":{data_json}}}"#
    )
}

/// Deletes old events in batches, so that others can write in between.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    let first: EventId = random::first_id(now.plus(-KEEP));
    store::OLD.delete(db, first.to_string()).await.map(drop)
}
