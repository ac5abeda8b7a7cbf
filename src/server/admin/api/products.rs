//! `/admin/api/v1/products`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::extract::{Admin, Revision};
use crate::server::api::ApiError;
use crate::server::api::extract::{Id, Json, Params};
use crate::server::problem::Body9457;
use crate::server::products::{self, Registration};
use crate::server::{App, Error};
use crate::types::change::VersionDiff;
use crate::types::patch::present;
use crate::types::product::{AdminProduct, ProductId, ProductSettings, ProductStatus, ProductVersion};

/// A product as it is to be. Where it exists, what is absent stays as it is.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PutProduct {
    /// The OpenAPI document, 3.0 or 3.1, as JSON or YAML; 10 MiB at most.
    document: Option<String>,
    /// Where the document is fetched from, now if there is no `document`, and every hour; null: no more.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "https://api.example.com/openapi.json")]
    source_url: Option<Option<String>>,
    /// For a new product, the document's title where this is absent.
    #[schema(max_length = 80)]
    name: Option<String>,
    /// Markdown; empty: the document's.
    description: Option<String>,
    category: Option<String>,
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    status: Option<ProductStatus>,
    /// Where live calls go; for a new product, the document's first server where this is absent.
    base_url: Option<String>,
    /// Where sandbox calls go; null: the built-in mock answers them.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    sandbox_url: Option<Option<String>>,
    settings: Option<ProductSettings>,
}

/// What came of it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PublishedProduct {
    product: AdminProduct,
    /// Whether the document is another one than before.
    is_changed: bool,
    /// What the new document changes, and for whom; null where there was none before, or it is the same.
    diff: Option<VersionDiff>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// Default: the version before `to`.
    from: Option<u64>,
    /// Default: the active version.
    to: Option<u64>,
}

/// List products
///
/// By id, without the platform's own API.
#[utoipa::path(get, path = "/admin/api/v1/products", operation_id = "listProducts", tag = "Products",
    responses((status = 200, description = "All products", body = Vec<AdminProduct>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn list(State(app): State<App>, operator: Admin) -> Result<Json<Vec<AdminProduct>>, ApiError> {
    Ok(Json(products::list(&app.db, &operator).await?))
}

/// Get a product
#[utoipa::path(get, path = "/admin/api/v1/products/{id}", operation_id = "getProduct", tag = "Products", params(("id" = String, Path, description = "The product's id", example = "logistics")),
    responses((status = 200, description = "The product", body = AdminProduct), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn get(State(app): State<App>, operator: Admin, Id(id): Id<ProductId>) -> Result<Json<AdminProduct>, ApiError> {
    Ok(Json(products::get(&app.db, &operator, id.as_str()).await?))
}

/// Register or change a product
///
/// A document with faults changes nothing: `errors` names each with its place. A document with breaking changes is
/// taken, and those who called what breaks in the last 30 days are told.
#[utoipa::path(put, path = "/admin/api/v1/products/{id}", operation_id = "putProduct", tag = "Products", params(("id" = String, Path, description = "The product's id: small letters, digits and hyphens", example = "logistics")),
    request_body = PutProduct,
    responses((status = 200, description = "The product as it is now", body = PublishedProduct), (status = 201, description = "The new product", body = PublishedProduct), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn put(
    State(app): State<App>,
    operator: Admin,
    Id(id): Id<String>,
    Json(put): Json<PutProduct>,
) -> Result<(StatusCode, Json<PublishedProduct>), ApiError> {
    let id: ProductId = id.parse().map_err(|error| Error::field("path.id", "invalid_format", format!("{error}.")))?;
    let document = match (put.document, &put.source_url) {
        (Some(document), _) => Some(document.into_bytes()),
        (None, Some(Some(url))) => Some(products::fetch(&app.outbound, url).await.map_err(Error::in_body)?),
        (None, _) => None,
    };
    let wanted = Registration {
        document,
        name: put.name,
        description: put.description,
        category: put.category,
        tags: put.tags,
        status: put.status,
        base_url: put.base_url,
        sandbox_url: put.sandbox_url,
        source_url: put.source_url,
        settings: put.settings,
    };
    let published = products::publish(&app.db, &app.config, &operator, &id, wanted, operator.now).await.map_err(Error::in_body)?;
    let status = if published.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(PublishedProduct { product: published.product, is_changed: published.is_changed, diff: published.diff })))
}

/// Remove a product
///
/// With its documents; its usage, logs and plans stay.
#[utoipa::path(delete, path = "/admin/api/v1/products/{id}", operation_id = "removeProduct", tag = "Products", params(("id" = String, Path, description = "The product's id", example = "logistics")),
    responses((status = 204, description = "It is gone"), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn delete(State(app): State<App>, operator: Admin, Id(id): Id<ProductId>) -> Result<StatusCode, ApiError> {
    products::remove(&app.db, &operator, &id, operator.now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a product's versions
///
/// The documents that it has had, the newest first.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/versions", operation_id = "listVersions", tag = "Products", params(("id" = String, Path, description = "The product's id", example = "logistics")),
    responses((status = 200, description = "All versions", body = Vec<ProductVersion>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn versions(State(app): State<App>, operator: Admin, Id(id): Id<ProductId>) -> Result<Json<Vec<ProductVersion>>, ApiError> {
    products::get(&app.db, &operator, id.as_str()).await?;
    Ok(Json(products::versions(&app.db, &operator, id.as_str()).await?))
}

/// Download a version's document
///
/// As it was handed in.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/versions/{revision}/document", operation_id = "getDocument", tag = "Products",
    params(("id" = String, Path, description = "The product's id", example = "logistics"), ("revision" = u64, Path, description = "The version's number", example = 1)),
    responses((status = 200, description = "The document", content((String = "application/json"), (String = "application/yaml"))), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn document(State(app): State<App>, _: Admin, Id(id): Id<ProductId>, Revision(revision): Revision) -> Result<Response, ApiError> {
    let document = products::document(&app.db, id.as_str(), revision).await?.ok_or_else(|| Error::not_found("version"))?;
    let kind = if document.trim_ascii_start().starts_with(b"{") { "application/json" } else { "application/yaml" };
    Ok(([(CONTENT_TYPE, kind)], document).into_response())
}

/// Compare two versions
///
/// What a program could notice, breaking changes first, and the keys that called what breaks in the last 30 days.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/diff", operation_id = "diffVersions", tag = "Products", params(("id" = String, Path, description = "The product's id", example = "logistics"), DiffQuery),
    responses((status = 200, description = "The differences", body = VersionDiff), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn diff(
    State(app): State<App>,
    operator: Admin,
    Id(id): Id<ProductId>,
    Params(query): Params<DiffQuery>,
) -> Result<Json<VersionDiff>, ApiError> {
    Ok(Json(products::compare(&app.db, &operator, id.as_str(), query.from, query.to, operator.now).await?))
}
