//! Reading and retrying deliveries.

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::delivery::{
    Delivery, DeliveryDetail, DeliveryFilter, DeliveryFound, DeliveryState,
};
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::{DeliveryId, EndpointId, OrgId};
use tollgate_types::page::Page;
use tollgate_types::time::Timestamp;

use super::destination::{self, ByHand};
use super::endpoints::{MAX_ENDPOINTS, find, not_found};
use super::event_types;
use super::form::read_time;
use super::schedule::MAX_ATTEMPTS;
use super::store::deliveries::{self, Wanted};
use super::store::endpoints;
use crate::access::{ManageWebhooks, Permit, ReadWebhooks};
use crate::db::{Change, Db};
use crate::webhooks::events::{self, About};
use crate::{Base, Error, Result, audit, random, request_logs};

/// Deliveries per event: one for each endpoint of an organisation.
const OF_EVENT: i64 = MAX_ENDPOINTS;

/// The deliveries of one environment that match `filter`, newest first.
///
/// # Errors
/// `validation_failed` for an invalid filter.
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
    given(
        "endpoint",
        &filter.endpoint,
        filter.endpoint.parse::<EndpointId>().is_ok(),
        "Not a webhook endpoint id. Use an id such as `ep_…`.",
    )?;
    let is_state = DeliveryState::parse(&filter.state).is_some();
    given(
        "state",
        &filter.state,
        is_state,
        "The state must be `pending`, `delivered` or `failed`.",
    )?;
    given(
        "event_type",
        &filter.event_type,
        event_types::is_pattern(&filter.event_type),
        "Not an event pattern. Use an event type, `prefix.*` or `*`.",
    )?;
    let moment = |place, text| some(text).map(|text| read_time(place, text)).transpose();
    let wanted = Wanted {
        endpoint: some(&filter.endpoint),
        state: some(&filter.state),
        event_type: some(&filter.event_type),
        since: moment("since", &filter.since)?,
        until: moment("until", &filter.until)?,
    };
    let (rows, rest) =
        deliveries::list(db, &permit.org, environment, &wanted, cursor, limit + 1).await?;
    let views = rows.into_iter().map(deliveries::DeliveryRow::view).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(views, limit, |delivery| delivery.id.to_string()).or_from(rest))
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A delivery with its body and attempts.
pub async fn get_delivery(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    id: &DeliveryId,
) -> Result<DeliveryDetail> {
    let found =
        deliveries::find(db, &permit.org, environment, id).await?.ok_or_else(no_delivery)?;
    let (event_environment, data_json, at) =
        (found.event_environment, found.data_json, Timestamp(found.event_created_at));
    let delivery = found.delivery.view()?;
    let body = events::body(
        delivery.event_id.as_str(),
        &delivery.event_type,
        &event_environment,
        &data_json,
        at,
    );
    let tried = deliveries::attempts(db, delivery.id.as_str()).await?;
    Ok(DeliveryDetail { delivery, body, tried, request_id: found.request_id })
}

/// A delivery, and whether the request that caused its event is in the request log.
pub async fn find_delivery(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    id: &DeliveryId,
) -> Result<DeliveryFound> {
    let detail = get_delivery(db, permit, environment, id).await?;
    let is_request_logged = request_logs::is_logged(db, &permit.org, &detail.request_id).await?;
    Ok(DeliveryFound { detail, is_request_logged })
}

/// The deliveries of an event, one per subscribed endpoint.
pub async fn of_event(db: &Db, org: &OrgId, event: &str) -> Result<Vec<Delivery>> {
    deliveries::of_event(db, org, event, OF_EVENT)
        .await?
        .into_iter()
        .map(deliveries::DeliveryRow::view)
        .collect()
}

/// Sends a delivery immediately, in any state, with the same `webhook-id`.
///
/// # Errors
/// `conflict` while its endpoint is disabled.
pub async fn retry(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &DeliveryId,
    now: Timestamp,
) -> Result<Delivery> {
    destination::check_sender(base, permit).await?;
    let found =
        deliveries::find(&base.db, &permit.org, environment, id).await?.ok_or_else(no_delivery)?;
    let delivery = found.delivery.view()?;
    if delivery.attempts >= MAX_ATTEMPTS {
        let message = format!(
            "This delivery has had {MAX_ATTEMPTS} attempts, the maximum. Fix the endpoint and replay the missed events."
        );
        return Err(Error::new(Code::Conflict, message));
    }
    let mut tx = base.db.begin().await?;
    let row = endpoints::lock(&mut tx, &permit.org, environment, &delivery.endpoint_id)
        .await?
        .ok_or_else(not_found)?;
    if !row.is_active() {
        return Err(disabled());
    }
    deliveries::retry(&mut tx, id.as_str(), now).await?;
    let (was, is) = (
        json!({ "state": delivery.state, "attempts": delivery.attempts }),
        json!({ "state": DeliveryState::Pending }),
    );
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "webhook_delivery.retried",
        id.as_str(),
        Some(was),
        Some(is),
        now,
    )
    .await?;
    tx.announce(Change::Deliveries);
    tx.commit().await?;
    Ok(Delivery { state: DeliveryState::Pending, next_attempt_at: Some(now), ..delivery })
}

/// Sends an `endpoint.test` to one endpoint.
///
/// # Errors
/// `conflict` while the endpoint is disabled; `rate_limited` if too many were sent.
pub async fn send_test(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Delivery> {
    destination::check_sender(base, permit).await?;
    let row = find(&base.db, permit, environment, id).await?;
    if row.is_active() {
        destination::take(base, permit, &row.url, ByHand::Test).await?;
    }
    let mut tx = base.db.begin().await?;
    let row =
        endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    if !row.is_active() {
        return Err(disabled());
    }
    let data = json!({ "endpoint_id": id, "message": "This is a test." });
    let event = events::record_quietly(
        &mut tx,
        About::act(permit, environment),
        EventType::EndpointTest,
        &data,
        now,
    )
    .await?;
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
    let found = deliveries::find(&base.db, &permit.org, environment, new.id)
        .await?
        .ok_or_else(no_delivery)?;
    found.delivery.view()
}

fn no_delivery() -> Error {
    Error::not_found("delivery")
}

fn disabled() -> Error {
    Error::new(
        Code::Conflict,
        "The endpoint is disabled. Enable it to resume its pending deliveries.",
    )
}
