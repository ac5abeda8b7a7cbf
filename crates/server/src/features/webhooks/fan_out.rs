//! Creates the deliveries of an event.

use tollgate_types::environment::Environment;
use tollgate_types::id::EventId;
use tollgate_types::time::Timestamp;

use super::event_types::wants;
use super::store::{deliveries, endpoints};
use crate::db::{Change, Tx};
use crate::webhooks::events::About;
use crate::{Result, random};

/// Writes a delivery, due immediately, for each active endpoint that subscribes to the event: part
/// of the event's transaction, so that it is written exactly once.
pub async fn fan_out(
    tx: &mut Tx,
    about: About<'_>,
    event: &EventId,
    event_type: &str,
    now: Timestamp,
) -> Result<()> {
    let environment = about.environment.map_or("", Environment::as_str);
    for (endpoint, environment, patterns) in
        endpoints::listening(tx, about.org, environment).await?
    {
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
