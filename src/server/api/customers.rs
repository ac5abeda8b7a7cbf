//! `/v1/customers`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::{ApiError, Id, Json, ListQuery, Params, json_answer};
use crate::server::App;
use crate::server::access::{ReadCustomers, WriteCustomers};
use crate::server::customers::{self, CustomerUpdate, NewCustomer};
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::types::customer::Customer;
use crate::types::id::CustomerId;
use crate::types::page::Page;

/// List customers
///
/// Newest first. A page's `next_cursor` leads to the next; it is null on the last.
#[utoipa::path(get, path = "/v1/customers", operation_id = "listCustomers", tag = "Customers", params(ListQuery),
    responses((status = 200, description = "A page of customers", body = Page<Customer>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["customers:read"])))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadCustomers>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<Customer>>, ApiError> {
    let (limit, cursor) = query.check()?;
    Ok(Json(customers::list(&app, &key, key.environment, cursor.as_ref(), limit).await?))
}

/// Create a customer
#[utoipa::path(post, path = "/v1/customers", operation_id = "createCustomer", tag = "Customers", request_body = NewCustomer,
    responses((status = 201, description = "The customer", body = Customer), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["customers:write"])))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<WriteCustomers>,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Customer>), ApiError> {
    let customer = customers::create(&app, &key, key.environment, new, key.now).await?;
    Ok((StatusCode::CREATED, Json(customer)))
}

/// Get a customer
#[utoipa::path(get, path = "/v1/customers/{id}", operation_id = "getCustomer", tag = "Customers", params(("id" = String, Path, description = "The customer's id", example = "cus_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The customer", body = Customer), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["customers:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadCustomers>, Id(id): Id<CustomerId>) -> Result<Response, ApiError> {
    Ok(json_answer(customers::get_json(&app, &key, key.environment, &id).await?))
}

/// Update a customer
///
/// Fields that are absent stay as they are; null empties a field that can be empty.
#[utoipa::path(patch, path = "/v1/customers/{id}", operation_id = "updateCustomer", tag = "Customers", params(("id" = String, Path, description = "The customer's id", example = "cus_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = CustomerUpdate,
    responses((status = 200, description = "The customer as it is now", body = Customer), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["customers:write"])))]
pub async fn update(
    State(app): State<App>,
    key: ApiKey<WriteCustomers>,
    Id(id): Id<CustomerId>,
    Json(update): Json<CustomerUpdate>,
) -> Result<Json<Customer>, ApiError> {
    Ok(Json(customers::update(&app, &key, key.environment, &id, update, key.now).await?))
}

/// Delete a customer
#[utoipa::path(delete, path = "/v1/customers/{id}", operation_id = "deleteCustomer", tag = "Customers", params(("id" = String, Path, description = "The customer's id", example = "cus_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 204, description = "It is gone"), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["customers:write"])))]
pub async fn delete(State(app): State<App>, key: ApiKey<WriteCustomers>, Id(id): Id<CustomerId>) -> Result<StatusCode, ApiError> {
    customers::delete(&app, &key, key.environment, &id, key.now).await?;
    Ok(StatusCode::NO_CONTENT)
}
