//! Events: what happened, told to programs. Each is written in the transaction of what it tells of, so
//! that nothing is told that did not happen, and nothing that happened goes untold.

mod store;

use serde::Serialize;

use super::access::Permit;
use super::db::{Db, Tx};
use super::{Result, random};
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{EventId, OrgId, RequestId};
use crate::types::log::CausedEvent;
use crate::types::time::{DAY, Timestamp};

/// Events are kept so long.
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

/// Records an event. `data` is the object it tells of, as the API shows it; no secrets.
pub async fn record(tx: &mut Tx, about: About<'_>, event: EventType, data: &impl Serialize, now: Timestamp) -> Result<()> {
    let id: EventId = random::id();
    store::insert(tx, &id, about, event, &serde_json::to_string(data)?, now).await
}

/// The events that a request caused, the first one first.
pub async fn caused_by(db: &Db, org: &OrgId, request: &RequestId) -> Result<Vec<CausedEvent>> {
    let rows = store::of_request(db, org, request).await?;
    Ok(rows.into_iter().map(|(id, kind)| CausedEvent { id, kind }).collect())
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
