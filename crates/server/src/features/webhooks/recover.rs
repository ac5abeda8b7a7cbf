//! Redelivers what an endpoint missed, or all events of a period.

use serde_json::json;
use tollgate_types::delivery::Requeued;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::EndpointId;
use tollgate_types::time::Timestamp;

use super::destination;
use super::endpoints::not_found;
use super::event_types::wants;
use super::events;
use super::store::{deliveries, endpoints};
use crate::access::{ManageWebhooks, Permit};
use crate::db::Change;
use crate::{Base, Error, Result, audit, random};

/// Events per transaction.
const BATCH: i64 = 500;
/// Transactions per call. The response says where to continue.
const BATCHES: usize = 20;

/// Delivers what failed since a time, and events since then from when the endpoint was disabled or
/// did not exist.
pub async fn recover(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Requeued> {
    again(base, permit, environment, id, (since, now.plus(1)), false, now).await
}

/// Delivers all events of a period again, including delivered ones.
///
/// # Errors
/// `validation_failed` for a period that ends before it starts.
pub async fn replay(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    (since, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Requeued> {
    if since >= until {
        return Err(Error::field("until", "out_of_range", "The end must be after the start."));
    }
    again(base, permit, environment, id, (since, until), true, now).await
}

async fn again(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    (since, until): (Timestamp, Timestamp),
    with_delivered: bool,
    now: Timestamp,
) -> Result<Requeued> {
    destination::check_sender(base, permit).await?;
    let action =
        if with_delivered { "webhook_endpoint.replayed" } else { "webhook_endpoint.recovered" };
    let (mut after, mut count) = ((since, String::new()), 0);
    for _ in 0..BATCHES {
        let before = count;
        let mut tx = base.db.begin().await?;
        // Under the endpoint's lock, so that it is not disabled in between.
        let row =
            endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
        let (due_at, patterns) = (row.is_active().then_some(now), row.event_types()?);
        let found_events = events::events_between(
            &mut tx,
            &permit.org,
            environment,
            (after.0, &after.1),
            until,
            BATCH,
        )
        .await?;
        for event in found_events.iter().filter(|event| {
            event.kind != EventType::EndpointTest.as_str() && wants(&patterns, &event.kind)
        }) {
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
            if is_new
                || deliveries::requeue(&mut tx, &row.id, &event.id, with_delivered, due_at).await?
            {
                count += 1;
            }
        }
        if count > before {
            // One entry per transaction, so that none reports uncommitted changes.
            let made = json!({ "since": after.0, "until": until, "deliveries": count - before });
            audit::record(
                &mut tx,
                Some(&permit.org),
                &permit.actor,
                action,
                &row.id,
                None,
                Some(made),
                now,
            )
            .await?;
            tx.announce(Change::Deliveries);
        }
        tx.commit().await?;
        let is_all = i64::try_from(found_events.len()).is_ok_and(|found| found < BATCH);
        match found_events.last() {
            Some(last) if !is_all => after = (last.created_at, last.id.to_string()),
            _ => return Ok(Requeued { deliveries: count, next_since: None }),
        }
    }
    Ok(Requeued { deliveries: count, next_since: Some(after.0) })
}
