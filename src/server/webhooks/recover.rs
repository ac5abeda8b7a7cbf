//! Telling again what an endpoint missed, or all of a time.

use serde_json::json;

use super::event_types::wants;
use super::not_found;
use super::store::{deliveries, endpoints};
use crate::server::access::{ManageWebhooks, Permit};
use crate::server::db::Change;
use crate::server::{App, Error, Result, audit, events, random};
use crate::types::delivery::Requeued;
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::EndpointId;
use crate::types::time::Timestamp;

/// Events that are looked at in one transaction.
const BATCH: i64 = 500;
/// Transactions of one call. The answer says where to go on.
const BATCHES: usize = 20;

/// Delivers what failed since a time, and what happened since then while the endpoint was disabled or did not exist.
pub async fn recover(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Requeued> {
    again(app, permit, environment, id, (since, now.plus(1)), false, now).await
}

/// Delivers all events of a time again, those that were delivered too.
///
/// # Errors
/// `validation_failed` for a time that ends before it begins.
pub async fn replay(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    (since, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Requeued> {
    if since >= until {
        return Err(Error::field("until", "out_of_range", "The end must lie after the beginning."));
    }
    again(app, permit, environment, id, (since, until), true, now).await
}

async fn again(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    (since, until): (Timestamp, Timestamp),
    with_delivered: bool,
    now: Timestamp,
) -> Result<Requeued> {
    let action = if with_delivered { "webhook_endpoint.replayed" } else { "webhook_endpoint.recovered" };
    let (mut after, mut count) = ((since, String::new()), 0);
    for _ in 0..BATCHES {
        let before = count;
        let mut tx = app.db.begin().await?;
        // Under the endpoint's lock, so that it is not disabled in between.
        let row = endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
        let (due_at, patterns) = (row.is_active().then_some(now), row.event_types()?);
        let told = events::told_between(&mut tx, &permit.org, environment, (after.0, &after.1), until, BATCH).await?;
        for event in told.iter().filter(|event| event.kind != EventType::EndpointTest.as_str() && wants(&patterns, &event.kind)) {
            let new = deliveries::New {
                id: &random::id(),
                org: &permit.org,
                environment: environment.as_str(),
                endpoint: &row.id,
                event: &event.id,
                event_type: &event.kind,
                due_at,
            };
            let is_new = deliveries::insert(&mut tx, &new, now).await?;
            if is_new || deliveries::requeue(&mut tx, &row.id, &event.id, with_delivered, due_at).await? {
                count += 1;
            }
        }
        if count > before {
            // One entry a transaction, so that none tells of what was not committed.
            let made = json!({ "since": after.0, "until": until, "deliveries": count - before });
            audit::record(&mut tx, Some(&permit.org), &permit.actor, action, &row.id, None, Some(made), now).await?;
            tx.announce(Change::Deliveries);
        }
        tx.commit().await?;
        let is_all = i64::try_from(told.len()).is_ok_and(|found| found < BATCH);
        match told.last() {
            Some(last) if !is_all => after = (last.created_at, last.id.to_string()),
            _ => return Ok(Requeued { deliveries: count, next_since: None }),
        }
    }
    Ok(Requeued { deliveries: count, next_since: Some(after.0) })
}
