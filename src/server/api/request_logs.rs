//! `/v1/request-logs`: of the calling key's environment.

use axum::extract::State;
use serde::Deserialize;

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::server::access::ReadLogs;
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::{App, Error, request_logs};
use crate::types::id::RequestId;
use crate::types::log::{Explained, LogFilter, RequestLog};
use crate::types::page::Page;

/// The query of the list: paging, and filters that all must hold.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// How many entries to answer with, 1 to 100.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// A status, or a class of them.
    #[serde(default)]
    #[param(example = "4xx")]
    status: String,
    /// An operation's id.
    #[serde(default)]
    operation: String,
    /// A key's id.
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    method: String,
    /// The beginning of the path.
    #[serde(default)]
    path: String,
}

const fn default_limit() -> i64 {
    20
}

/// List request logs
///
/// Newest first. A call appears within a second of its answer.
#[utoipa::path(get, path = "/v1/request-logs", operation_id = "listRequestLogs", tag = "Request logs", params(LogQuery),
    responses((status = 200, description = "A page of calls", body = Page<RequestLog>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["logs:read"])))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadLogs>,
    Params(query): Params<LogQuery>,
) -> Result<Json<Page<RequestLog>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let filter =
        LogFilter { status: query.status, operation: query.operation, key_id: query.key_id, method: query.method, path: query.path };
    let page = request_logs::list(&app.db, &key, key.environment, &filter, cursor.as_ref(), limit).await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Get a request log
///
/// By the `X-Request-Id` of the answer: what each step of the gateway decided, and what the call caused.
#[utoipa::path(get, path = "/v1/request-logs/{id}", operation_id = "getRequestLog", tag = "Request logs", params(("id" = String, Path, description = "The request id", example = "req_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The call", body = Explained), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["logs:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadLogs>, Id(id): Id<RequestId>) -> Result<Json<Explained>, ApiError> {
    Ok(Json(request_logs::explain(&app, &key, &id).await?))
}
