//! `/v1/request-logs`: of the calling key's environment.

use axum::extract::State;
use serde::Deserialize;
use tollgate_types::id::RequestId;
use tollgate_types::log::{Explained, LogFilter, RequestLog};
use tollgate_types::page::Page;

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::access::ReadLogs;
use crate::gateway::ApiKey;
use crate::{App, Error, explain, request_logs};

/// Paging and filters of the list. An entry must match all filters.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Maximum number of entries in the response, 1 to 100. Default: 20.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// Return the page after this cursor: the `next_cursor` of the previous page. Absent: the first
    /// page.
    cursor: Option<String>,
    /// Only return calls with this HTTP status (`429`) or class of statuses (`4xx`).
    #[serde(default)]
    #[param(example = "4xx")]
    status: String,
    /// Only return calls of the operation with this id, such as `createCustomer`.
    #[serde(default)]
    operation: String,
    /// Only return calls with the key that has this id (`key_…`).
    #[serde(default)]
    key_id: String,
    /// Only return calls to the product with this id. `platform` is the portal's own API.
    #[serde(default)]
    product: String,
    /// Only return calls with this HTTP method, such as `GET`.
    #[serde(default)]
    method: String,
    /// Only return calls whose path starts with this text, such as `/v1/customers`.
    #[serde(default)]
    path: String,
}

const fn default_limit() -> i64 {
    20
}

/// List request logs
///
/// Returns the calls of the key's environment, newest first. A call is listed about one second
/// after its response, and is kept for 30 days by default. Calls without a valid key are not
/// listed. A page can have fewer than `limit` entries, or none, although more follow: continue
/// until `next_cursor` is null. Returns `invalid_request` if a filter is not valid.
#[utoipa::path(get, path = "/v1/request-logs", operation_id = "listRequestLogs", tag = "Request logs", params(LogQuery),
    responses((status = 200, description = "One page of calls, newest first", body = Page<RequestLog>)))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadLogs>,
    Params(query): Params<LogQuery>,
) -> Result<Json<Page<RequestLog>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let filter = LogFilter {
        status: query.status,
        operation: query.operation,
        key_id: query.key_id,
        product: query.product,
        method: query.method,
        path: query.path,
    };
    let page =
        request_logs::list(&app.db, &key, key.environment, &filter, cursor.as_ref(), limit).await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Get a request log
///
/// Returns one call by its request id (`X-Request-Id`): its key, limits, quota, price, timing, an
/// explanation of its error, and the events that it caused. Returns `not_found` if the organisation
/// has no such call in its log. Calls are kept for 30 days by default; calls without a valid key
/// are not logged.
#[utoipa::path(get, path = "/v1/request-logs/{id}", operation_id = "getRequestLog", tag = "Request logs",
    responses((status = 200, description = "The call, with an explanation", body = Explained)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadLogs>,
    Id(id): Id<RequestId>,
) -> Result<Json<Explained>, ApiError> {
    Ok(Json(explain::explain(&app, &key, &id).await?))
}
