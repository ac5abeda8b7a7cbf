//! From an event to its deliveries.

use super::event_types::wants;
use super::store::{deliveries, endpoints};
use crate::server::db::{Change, Tx};
use crate::server::events::About;
use crate::server::{Result, random};
use crate::types::environment::Environment;
use crate::types::id::EventId;
use crate::types::time::Timestamp;

/// Writes a delivery for each active endpoint that wants the event, due at once: part of the event's transaction, so
/// that it is written exactly once.
pub async fn fan_out(tx: &mut Tx, about: About<'_>, event: &EventId, event_type: &str, now: Timestamp) -> Result<()> {
    let environment = about.environment.map_or("", Environment::as_str);
    for (endpoint, environment, patterns) in endpoints::listening(tx, about.org, environment).await? {
        if !wants(&serde_json::from_str::<Vec<String>>(&patterns)?, event_type) {
            continue;
        }
        let new = deliveries::New {
            id: &random::id(),
            org: about.org,
            environment: &environment,
            endpoint: &endpoint,
            event,
            event_type,
            due_at: Some(now),
        };
        deliveries::insert(tx, &new, now).await?;
        tx.announce(Change::Deliveries);
    }
    Ok(())
}
