//! `/v1/events`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tollgate_types::event::{Event, EventTypeView};
use tollgate_types::id::EventId;
use tollgate_types::page::Page;

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::access::{ReadEvents, WriteEvents};
use crate::gateway::ApiKey;
use crate::webhooks::events::{self, NewEvent};
use crate::{App, Error};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Maximum number of entries in the response, 1 to 100. Default: 20.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// Return the page after this cursor: the `next_cursor` of the previous page. Absent: the first
    /// page.
    cursor: Option<String>,
    /// Only return events of this type, such as `customer.created`, or of all types with this
    /// prefix, such as `customer.*`.
    #[serde(rename = "type")]
    #[param(example = "customer.created")]
    kind: Option<String>,
}

const fn default_limit() -> i64 {
    20
}

/// List events
///
/// Returns the events of the key's environment, newest first. Events are kept for 90 days.
#[utoipa::path(get, path = "/v1/events", operation_id = "listEvents", tag = "Events", params(EventQuery),
    responses((status = 200, description = "One page of events, newest first", body = Page<Event>)))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadEvents>,
    Params(query): Params<EventQuery>,
) -> Result<Json<Page<Event>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let page =
        events::list(&app.db, &key, key.environment, query.kind.as_deref(), cursor.as_ref(), limit)
            .await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Create an event
///
/// Records an event of your own type and delivers it to each webhook endpoint of the key's
/// environment that subscribes to the type. You cannot change or delete an event. Returns
/// `validation_failed` if the type or the data is not valid, or if the type is reserved.
#[utoipa::path(post, path = "/v1/events", operation_id = "createEvent", tag = "Events", request_body = NewEvent,
    responses((status = 201, description = "The new event", body = Event)))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<WriteEvents>,
    Json(new): Json<NewEvent>,
) -> Result<(StatusCode, Json<Event>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(
            events::post(&app, &key, key.environment, new, key.now)
                .await
                .map_err(Error::in_body)?,
        ),
    ))
}

/// Get an event
///
/// Returns one event by id. Returns `not_found` if the id does not exist in the key's environment,
/// or if the event is older than 90 days.
#[utoipa::path(get, path = "/v1/events/{id}", operation_id = "getEvent", tag = "Events",
    responses((status = 200, description = "The event", body = Event)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadEvents>,
    Id(id): Id<EventId>,
) -> Result<Json<Event>, ApiError> {
    Ok(Json(events::get(&app.db, &key, key.environment, &id).await?))
}

/// All event types that the portal records.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventTypes {
    /// One entry for each event type. Your own types are not listed.
    data: Vec<EventTypeView>,
}

/// List event types
///
/// Returns all event types that the portal records, each with a JSON Schema and an example. Types
/// that you create yourself are not listed.
#[utoipa::path(get, path = "/v1/event-types", operation_id = "listEventTypes", tag = "Events",
    responses((status = 200, description = "All event types", body = EventTypes)))]
pub async fn types(_: ApiKey<ReadEvents>) -> Json<EventTypes> {
    Json(EventTypes { data: events::catalogue() })
}
