//! `/v1/events`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::server::access::{ReadEvents, WriteEvents};
use crate::server::events::{self, NewEvent};
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::{App, Error};
use crate::types::event::{Event, EventTypeView};
use crate::types::id::EventId;
use crate::types::page::Page;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// How many entries to answer with, 1 to 100.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only events of this type, or of those that begin alike: `customer.*`.
    #[serde(rename = "type")]
    #[param(example = "customer.created")]
    kind: Option<String>,
}

const fn default_limit() -> i64 {
    20
}

/// List events
///
/// Newest first. Events are kept for 90 days.
#[utoipa::path(get, path = "/v1/events", operation_id = "listEvents", tag = "Events", params(EventQuery),
    responses((status = 200, description = "A page of events", body = Page<Event>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["events:read"])))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadEvents>,
    Params(query): Params<EventQuery>,
) -> Result<Json<Page<Event>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let page = events::list(&app.db, &key, key.environment, query.kind.as_deref(), cursor.as_ref(), limit).await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Post an event
///
/// Of a type of your own. It is delivered to every webhook endpoint of this environment that wants it.
#[utoipa::path(post, path = "/v1/events", operation_id = "createEvent", tag = "Events", request_body = NewEvent,
    responses((status = 201, description = "The event", body = Event), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["events:write"])))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<WriteEvents>,
    Json(new): Json<NewEvent>,
) -> Result<(StatusCode, Json<Event>), ApiError> {
    Ok((StatusCode::CREATED, Json(events::post(&app, &key, key.environment, new, key.now).await.map_err(Error::in_body)?)))
}

/// Get an event
#[utoipa::path(get, path = "/v1/events/{id}", operation_id = "getEvent", tag = "Events", params(("id" = String, Path, description = "The event's id", example = "evt_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The event", body = Event), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["events:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadEvents>, Id(id): Id<EventId>) -> Result<Json<Event>, ApiError> {
    Ok(Json(events::get(&app.db, &key, key.environment, &id).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EventTypes {
    data: Vec<EventTypeView>,
}

/// List event types
///
/// What the portal tells of by itself, with a schema and an example of each.
#[utoipa::path(get, path = "/v1/event-types", operation_id = "listEventTypes", tag = "Events",
    responses((status = 200, description = "All types", body = EventTypes), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["events:read"])))]
pub async fn types(_: ApiKey<ReadEvents>) -> Json<EventTypes> {
    Json(EventTypes { data: events::catalogue() })
}
