//! Looking at deliveries, and making one again.

use serde_json::json;

use super::form::read_time;
use super::store::deliveries::{self, Wanted};
use super::store::endpoints;
use super::{MAX_ATTEMPTS, event_types, not_found};
use crate::server::access::{ManageWebhooks, Permit, ReadWebhooks};
use crate::server::db::{Change, Db};
use crate::server::events::{self, About};
use crate::server::{App, Error, Result, audit, random};
use crate::types::code::Code;
use crate::types::delivery::{Delivery, DeliveryDetail, DeliveryFilter, DeliveryState};
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{DeliveryId, EndpointId, OrgId};
use crate::types::page::Page;
use crate::types::time::Timestamp;

/// Deliveries that are shown with one event: as many as an organisation has endpoints.
const OF_EVENT: i64 = super::MAX_ENDPOINTS;

/// The deliveries of one environment that pass `filter`, newest first.
///
/// # Errors
/// `validation_failed` for a filter that can be none.
pub async fn list_deliveries(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    filter: &DeliveryFilter,
    cursor: Option<&DeliveryId>,
    limit: i64,
) -> Result<Page<Delivery>> {
    let given = |text: &'static str, value: &str, holds: bool, message: &str| match value {
        "" => Ok(()),
        _ if holds => Ok(()),
        _ => Err(Error::field(text, "invalid_value", message)),
    };
    given("endpoint", &filter.endpoint, filter.endpoint.parse::<EndpointId>().is_ok(), "That is not an endpoint's id.")?;
    let is_state = DeliveryState::parse(&filter.state).is_some();
    given("state", &filter.state, is_state, "A state is pending, delivered or failed.")?;
    given(
        "event_type",
        &filter.event_type,
        event_types::is_pattern(&filter.event_type),
        "That is neither an event type, nor `prefix.*`, nor `*`.",
    )?;
    let moment = |place, text| some(text).map(|text| read_time(place, text)).transpose();
    let wanted = Wanted {
        endpoint: some(&filter.endpoint),
        state: some(&filter.state),
        event_type: some(&filter.event_type),
        since: moment("since", &filter.since)?,
        until: moment("until", &filter.until)?,
    };
    let rows = deliveries::list(db, &permit.org, environment, &wanted, cursor, limit + 1).await?;
    let views = rows.into_iter().map(deliveries::DeliveryRow::view).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(views, limit, |delivery| delivery.id.to_string()))
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A delivery with its body and attempts.
pub async fn get_delivery(db: &Db, permit: &Permit<ReadWebhooks>, environment: Environment, id: &DeliveryId) -> Result<DeliveryDetail> {
    let found = deliveries::find(db, &permit.org, environment, id).await?.ok_or_else(no_delivery)?;
    let (event_environment, data_json, at) = (found.event_environment, found.data_json, Timestamp(found.event_created_at));
    let delivery = found.delivery.view()?;
    let body = events::body(delivery.event_id.as_str(), &delivery.event_type, &event_environment, &data_json, at);
    let tried = deliveries::attempts(db, delivery.id.as_str()).await?;
    Ok(DeliveryDetail { delivery, body, tried })
}

/// What became of an event at each endpoint that wants it.
pub async fn of_event(db: &Db, org: &OrgId, event: &str) -> Result<Vec<Delivery>> {
    deliveries::of_event(db, org, event, OF_EVENT).await?.into_iter().map(deliveries::DeliveryRow::view).collect()
}

/// Makes a delivery at once, whatever became of it before, with the same `webhook-id`.
///
/// # Errors
/// `conflict` while its endpoint is disabled.
pub async fn retry(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &DeliveryId,
    now: Timestamp,
) -> Result<Delivery> {
    let found = deliveries::find(&app.db, &permit.org, environment, id).await?.ok_or_else(no_delivery)?;
    let delivery = found.delivery.view()?;
    if delivery.attempts >= MAX_ATTEMPTS {
        let message = format!("{MAX_ATTEMPTS} attempts were made at this delivery. Mend the endpoint, and replay what it missed.");
        return Err(Error::new(Code::Conflict, message));
    }
    let mut tx = app.db.begin().await?;
    let row = endpoints::lock(&mut tx, &permit.org, environment, &delivery.endpoint_id).await?.ok_or_else(not_found)?;
    if !row.is_active() {
        return Err(disabled());
    }
    deliveries::retry(&mut tx, id.as_str(), now).await?;
    let (was, is) = (json!({ "state": delivery.state, "attempts": delivery.attempts }), json!({ "state": DeliveryState::Pending }));
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "webhook_delivery.retried", id.as_str(), Some(was), Some(is), now).await?;
    tx.announce(Change::Deliveries);
    tx.commit().await?;
    Ok(Delivery { state: DeliveryState::Pending, next_attempt_at: Some(now), ..delivery })
}

/// Sends an `endpoint.test` to one endpoint.
///
/// # Errors
/// `conflict` while the endpoint is disabled.
pub async fn send_test(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Delivery> {
    let mut tx = app.db.begin().await?;
    let row = endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    if !row.is_active() {
        return Err(disabled());
    }
    let data = json!({ "endpoint_id": id, "message": "This is a test." });
    let event = events::record_quietly(&mut tx, About::act(permit, environment), EventType::EndpointTest, &data, now).await?;
    let new = deliveries::New {
        id: &random::id(),
        org: &permit.org,
        environment: environment.as_str(),
        endpoint: id.as_str(),
        event: &event,
        event_type: EventType::EndpointTest.as_str(),
        due_at: Some(now),
    };
    deliveries::insert(&mut tx, &new, now).await?;
    tx.announce(Change::Deliveries);
    tx.commit().await?;
    let found = deliveries::find(&app.db, &permit.org, environment, new.id).await?.ok_or_else(no_delivery)?;
    found.delivery.view()
}

fn no_delivery() -> Error {
    Error::not_found("delivery")
}

fn disabled() -> Error {
    Error::new(Code::Conflict, "The endpoint is disabled. Enable it, and what is pending goes on.")
}
