//! `/admin/api/v1/products`.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tollgate_types::change::VersionDiff;
use tollgate_types::patch::present;
use tollgate_types::product::{
    AdminProduct, DocumentWarning, ProductId, ProductSettings, ProductStatus, ProductVersion,
    SchemaProblem, SigningSecret,
};
use tollgate_types::rotation::Overlap;

use super::extract::{Admin, OnProduct, Revision};
use crate::api::extract::{Id, Json, Params};
use crate::gateway::idempotency::HasSecret;
use crate::problem::ApiError;
use crate::products::{self, Registration};
use crate::{App, Error};

/// A product to register, or changes to an existing one. For an existing product, absent fields
/// keep their values.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PutProduct {
    /// OpenAPI document, version 3.0, 3.1 or 3.2, or Swagger 2.0, as JSON or YAML, up to 32 MiB,
    /// and 10 MiB without spaces. A new product needs `document` or `source_url`.
    document: Option<String>,
    /// Whether to refuse a document that deviates from the OpenAPI standard, even without harm.
    /// Default: false, so that the document is registered and the response lists `warnings`.
    strict: bool,
    /// URL of the OpenAPI document. Tollgate fetches it now if you send no `document`, and every
    /// hour from then on. Null stops fetching. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "https://api.example.com/openapi.json")]
    source_url: Option<Option<String>>,
    /// Name of the product, up to 80 characters. Default for a new product: the document's title.
    #[schema(max_length = 80)]
    name: Option<String>,
    /// Description in Markdown, up to 20,000 characters. Empty: the document's description is
    /// shown.
    description: Option<String>,
    /// Category of the product in the portal's API catalogue, up to 80 characters. Default for a
    /// new product: `APIs`.
    category: Option<String>,
    /// Tags of the product in the portal's API catalogue, up to 20 with up to 40 characters each.
    /// Replaces all tags.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    /// Status of the product. Default for a new product: `active`.
    status: Option<ProductStatus>,
    /// Base URL of the product's server, for live calls. Default for a new product: the document's
    /// first server.
    base_url: Option<String>,
    /// Base URL of the product's server for sandbox calls. Null: the built-in mock, which follows
    /// the OpenAPI document, responds to them.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    sandbox_url: Option<Option<String>>,
    /// How calls to the product are handled. Replaces all settings; absent settings get their
    /// defaults.
    settings: Option<ProductSettings>,
}

/// The registered product, and the effects of the new document.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PublishedProduct {
    /// The product after the change.
    product: AdminProduct,
    /// Whether the document differs from the previous one.
    is_changed: bool,
    /// Differences between the previous and the new document, and the keys that are affected. Null
    /// if there was no previous document, or if it is the same.
    diff: Option<VersionDiff>,
    /// Parts of the document's schemas that cannot be read, at most 100. Values that depend on them
    /// are not validated, even with `validation: enforce`. Empty if the request has no document.
    problems: Vec<SchemaProblem>,
    /// Deviations of the document from the OpenAPI standard that do no harm, at most 100. Each says
    /// how Tollgate reads it. Empty if the request has no document.
    warnings: Vec<DocumentWarning>,
    /// Number of warnings that are not listed because there are more than 100.
    more_warnings: u64,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// Number (`revision`) of the old version. Default: the version before `to`.
    from: Option<u64>,
    /// Number (`revision`) of the new version. Default: the active version.
    to: Option<u64>,
    /// Return the keys of the organisations after this cursor: the `next_cursor` of the previous
    /// response. Absent: from the start.
    after: Option<String>,
}

/// List products
///
/// Returns all products, ordered by id. The portal's own API is not listed.
#[utoipa::path(get, path = "/admin/api/v1/products", operation_id = "listProducts", tag = "Products",
    responses((status = 200, description = "All products", body = Vec<AdminProduct>)))]
pub async fn list(
    State(app): State<App>,
    operator: Admin,
) -> Result<Json<Vec<AdminProduct>>, ApiError> {
    Ok(Json(products::list(&app.db, &operator).await?))
}

/// Get a product
///
/// Returns one product with its settings. Returns `not_found` if the id does not exist.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}", operation_id = "getProduct", tag = "Products",
    responses((status = 200, description = "The product", body = AdminProduct)))]
pub async fn get(
    OnProduct { app, operator, id }: OnProduct,
) -> Result<Json<AdminProduct>, ApiError> {
    Ok(Json(products::get(&app.db, &operator, id.as_str()).await?))
}

/// Register or update a product
///
/// Registers a product from an OpenAPI document, or changes an existing one. If the document has
/// faults, nothing is changed: `validation_failed` is returned, and `errors` lists each fault with
/// its location. A document with breaking changes is accepted, and organisations that called the
/// affected operations in the last 30 days are notified. Returns `conflict` if somebody else
/// changes the product at the same time, or if there are 500 products.
#[utoipa::path(put, path = "/admin/api/v1/products/{id}", operation_id = "putProduct", tag = "Products", params(("id" = String, Path, description = "Id of the product: a lower-case letter, followed by lower-case letters, digits and hyphens, up to 40 characters", example = "logistics")),
    request_body = PutProduct,
    responses((status = 200, description = "The updated product", body = PublishedProduct), (status = 201, description = "The new product", body = PublishedProduct)))]
pub async fn put(
    State(app): State<App>,
    operator: Admin,
    Id(id): Id<String>,
    Json(put): Json<PutProduct>,
) -> Result<(StatusCode, Json<PublishedProduct>), ApiError> {
    let id: ProductId = id
        .parse()
        .map_err(|error| Error::field("path.id", "invalid_format", format!("{error}.")))?;
    let document = match (put.document, &put.source_url) {
        (Some(document), _) => Some(document.into_bytes()),
        (None, Some(Some(url))) => {
            Some(products::fetch(&app.outbound, url).await.map_err(Error::in_body)?)
        }
        (None, _) => None,
    };
    let wanted = Registration {
        must_be_new: false,
        document,
        is_strict: put.strict,
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
    let published = products::publish(&app.db, &app.config, &operator, &id, wanted, operator.now)
        .await
        .map_err(Error::in_body)?;
    let status = if published.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let products::Published { product, is_changed, diff, problems, warnings, .. } = published;
    let published = PublishedProduct {
        product,
        is_changed,
        diff,
        problems,
        warnings: warnings.listed,
        more_warnings: warnings.more,
    };
    Ok((status, Json(published)))
}

/// Date on which to retire a product.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireProduct {
    /// First day on which the product is no longer available (UTC, `YYYY-MM-DD`). It must be in the
    /// future. Null or absent removes the date.
    #[schema(example = "2027-01-31", format = Date)]
    on: Option<String>,
}

/// Retire a product
///
/// Sets the date from which the product is no longer available. The product becomes deprecated
/// immediately: responses have the headers `Deprecation` and `Sunset`, and nobody can subscribe any
/// more. Subscribers, and organisations that called the product in the last 30 days, are notified.
/// On the date, subscriptions end, including those at the payment provider, and calls get 404. You
/// can remove the date until then; the product stays deprecated. Returns `validation_failed` if the
/// date is not in the future.
#[utoipa::path(post, path = "/admin/api/v1/products/{id}/retire", operation_id = "retireProduct", tag = "Products",
    request_body = RetireProduct,
    responses((status = 200, description = "The updated product", body = AdminProduct)))]
pub async fn retire(
    OnProduct { app, operator, id }: OnProduct,
    Json(body): Json<RetireProduct>,
) -> Result<Json<AdminProduct>, ApiError> {
    let on = products::form::day(body.on.as_deref().unwrap_or_default()).map_err(Error::in_body)?;
    Ok(Json(
        products::retire(&app.db, &app.config, &operator, &id, on, operator.now)
            .await
            .map_err(Error::in_body)?,
    ))
}

/// Remove a product
///
/// Deletes the product and its documents permanently. You cannot undo this. Its usage, logs and
/// plans are kept. Returns `conflict` if the product has paying subscribers: retire it first.
#[utoipa::path(delete, path = "/admin/api/v1/products/{id}", operation_id = "removeProduct", tag = "Products",
    responses((status = 204, description = "The product was removed")))]
pub async fn delete(OnProduct { app, operator, id }: OnProduct) -> Result<StatusCode, ApiError> {
    products::remove(&app.db, &operator, &id, operator.now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the signing secrets of a product
///
/// Returns the valid secrets with which the product's server verifies `Tollgate-Signature`, newest
/// first. There is more than one during a rotation. Each request is recorded in the audit log.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/signing-secrets", operation_id = "listSigningSecrets", tag = "Products",
    responses((status = 200, description = "The valid secrets", body = Vec<SigningSecret>)))]
pub async fn signing_secrets(
    OnProduct { app, operator, id }: OnProduct,
) -> Result<Json<Vec<SigningSecret>>, ApiError> {
    Ok(Json(products::reveal_secrets(&app.db, &app.sealer, &operator, &id, operator.now).await?))
}

/// How to rotate a signing secret.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RotateSigningSecret {
    /// Time during which the current secret signs requests together with the new one. `now` ends
    /// all older secrets immediately. Default: `72h`.
    #[schema(example = "72h")]
    overlap: Overlap,
}

/// Rotate the signing secret of a product
///
/// Creates a new secret and returns it. Until the overlap ends, `Tollgate-Signature` has one
/// signature per valid secret, separated by commas. With the overlap `now`, older secrets end
/// immediately: a product's server that verifies signatures rejects all requests until it has the
/// new secret. Returns `conflict` if more than three secrets would be valid.
#[utoipa::path(post, path = "/admin/api/v1/products/{id}/signing-secrets/rotate", operation_id = "rotateSigningSecret", tag = "Products",
    request_body = RotateSigningSecret,
    responses((status = 200, description = "The new secret", body = SigningSecret)))]
pub async fn rotate_signing_secret(
    OnProduct { app, operator, id }: OnProduct,
    Json(body): Json<RotateSigningSecret>,
) -> Result<(Extension<HasSecret>, Json<SigningSecret>), ApiError> {
    let secret =
        products::rotate_secret(&app.db, &app.sealer, &operator, &id, body.overlap, operator.now)
            .await?;
    Ok((Extension(HasSecret), Json(secret)))
}

/// List the versions of a product
///
/// Returns the versions of the product's OpenAPI document, newest first, without the documents
/// themselves. The last 100 are kept. Returns `not_found` if the product does not exist.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/versions", operation_id = "listVersions", tag = "Products",
    responses((status = 200, description = "All versions that are kept, newest first", body = Vec<ProductVersion>)))]
pub async fn versions(
    OnProduct { app, operator, id }: OnProduct,
) -> Result<Json<Vec<ProductVersion>>, ApiError> {
    products::get(&app.db, &operator, id.as_str()).await?;
    Ok(Json(products::versions(&app.db, &operator, id.as_str()).await?))
}

/// Download the document of a version
///
/// Returns the OpenAPI document exactly as it was registered. Returns `not_found` if the version
/// does not exist.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/versions/{revision}/document", operation_id = "getDocument", tag = "Products",
    params(("revision" = u64, Path, description = "Number of the version: its `revision`, starting at 1", example = 1)),
    responses((status = 200, description = "The OpenAPI document, as JSON or YAML", content((String = "application/json"), (String = "application/yaml")))))]
pub async fn document(
    OnProduct { app, id, .. }: OnProduct,
    Revision(revision): Revision,
) -> Result<Response, ApiError> {
    let document = products::document(&app.db, id.as_str(), revision)
        .await?
        .ok_or_else(|| Error::not_found("version"))?;
    let kind = if document.trim_ascii_start().starts_with(b"{") {
        "application/json"
    } else {
        "application/yaml"
    };
    Ok(([(CONTENT_TYPE, kind)], document).into_response())
}

/// Compare two versions of a product
///
/// Returns the differences that a client can notice, breaking changes first, and the keys that
/// called affected operations in the last 30 days. `affected` has the keys of 50 organisations at a
/// time; pass `next_cursor` as `after` to get the next ones. Returns `not_found` if a version does
/// not exist.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/diff", operation_id = "diffVersions", tag = "Products", params(DiffQuery),
    responses((status = 200, description = "The differences, and the keys that are affected", body = VersionDiff)))]
pub async fn diff(
    OnProduct { app, operator, id }: OnProduct,
    Params(query): Params<DiffQuery>,
) -> Result<Json<VersionDiff>, ApiError> {
    let after = query.after.unwrap_or_default();
    Ok(Json(
        products::compare(
            &app.db,
            &operator,
            id.as_str(),
            (query.from, query.to),
            &after,
            operator.now,
        )
        .await?,
    ))
}
