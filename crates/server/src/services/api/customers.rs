//! `/v1/customers`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tollgate_types::customer::Customer;
use tollgate_types::id::CustomerId;
use tollgate_types::page::Page;

use super::extract::{ApiError, Id, Json, ListQuery, Params, json_response};
use crate::App;
use crate::access::{ReadCustomers, WriteCustomers};
use crate::customers::{self, CustomerUpdate, NewCustomer};
use crate::gateway::ApiKey;

/// List customers
///
/// Returns the customers of the key's environment, newest first. Pass `next_cursor` as `cursor` to
/// get the next page; it is null on the last page.
#[utoipa::path(get, path = "/v1/customers", operation_id = "listCustomers", tag = "Customers", params(ListQuery),
    responses((status = 200, description = "One page of customers, newest first", body = Page<Customer>)))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadCustomers>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<Customer>>, ApiError> {
    let (limit, cursor) = query.check()?;
    Ok(Json(customers::list(&app.db, &key, key.environment, cursor.as_ref(), limit).await?))
}

/// Create a customer
///
/// Creates the customer in the key's environment and records the event `customer.created`. Returns
/// `validation_failed` if a field is not valid.
#[utoipa::path(post, path = "/v1/customers", operation_id = "createCustomer", tag = "Customers", request_body = NewCustomer,
    responses((status = 201, description = "The customer", body = Customer)))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<WriteCustomers>,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Customer>), ApiError> {
    let customer = customers::create(&app.db, &key, key.environment, new, key.now).await?;
    Ok((StatusCode::CREATED, Json(customer)))
}

/// Get a customer
///
/// Returns one customer by id. Returns `not_found` if the id does not exist in the key's
/// environment.
#[utoipa::path(get, path = "/v1/customers/{id}", operation_id = "getCustomer", tag = "Customers",
    responses((status = 200, description = "The customer", body = Customer)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadCustomers>,
    Id(id): Id<CustomerId>,
) -> Result<Response, ApiError> {
    Ok(json_response(
        customers::get_json(&app.db, &app.customers, &key, key.environment, &id).await?,
    ))
}

/// Update a customer
///
/// Changes only the fields that you send, and records the event `customer.updated`. Absent fields
/// keep their values; null removes `email` or `description`. Returns `not_found` if the id does not
/// exist in the key's environment, and `validation_failed` if a field is not valid.
#[utoipa::path(patch, path = "/v1/customers/{id}", operation_id = "updateCustomer", tag = "Customers",
    request_body = CustomerUpdate,
    responses((status = 200, description = "The updated customer", body = Customer)))]
pub async fn update(
    State(app): State<App>,
    key: ApiKey<WriteCustomers>,
    Id(id): Id<CustomerId>,
    Json(update): Json<CustomerUpdate>,
) -> Result<Json<Customer>, ApiError> {
    Ok(Json(customers::update(&app.db, &key, key.environment, &id, update, key.now).await?))
}

/// Delete a customer
///
/// Deletes the customer permanently and records the event `customer.deleted`. You cannot undo this.
/// Returns `not_found` if the id does not exist in the key's environment.
#[utoipa::path(delete, path = "/v1/customers/{id}", operation_id = "deleteCustomer", tag = "Customers",
    responses((status = 204, description = "The customer was deleted")))]
pub async fn delete(
    State(app): State<App>,
    key: ApiKey<WriteCustomers>,
    Id(id): Id<CustomerId>,
) -> Result<StatusCode, ApiError> {
    customers::delete(&app.db, &key, key.environment, &id, key.now).await?;
    Ok(StatusCode::NO_CONTENT)
}
