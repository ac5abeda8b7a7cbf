//! The admin API, `/admin/api/v1`: for operators' programs. One table defines the routes and the
//! OpenAPI document. Its calls are not metered.

mod billing;
mod extract;
mod idempotency;
mod plans;
mod products;
mod tokens;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use tollgate_types::id::RequestId;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::extract::Admin;
use self::idempotency::Keyed;
use crate::access::check_network;
use crate::api::extract::MaxBody;
use crate::api::header_parameters;
use crate::gateway::SourceIp;
use crate::gateway::idempotency::key_of;
use crate::idempotency::IdempotencyKey;
use crate::openapi::{self, Row};
use crate::problem::{self, ApiError, Body9457};
use crate::{App, Error, Result, random};

/// Everything below the API's root.
pub const PATHS: &str = "/admin/api/{*path}";
const OPENAPI: &str = "/admin/api/v1/openapi.json";
/// A document of 32 MiB, whose quotes and line breaks are escaped, and what surrounds it.
const MAX_BODY: usize = 44 << 20;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tollgate admin API",
        description = "Manage products, their OpenAPI documents and plans, and admin tokens, and read revenue. Every response has a request id (`X-Request-Id`). Every error is `application/problem+json` (RFC 9457) with a stable `code`. Send an `Idempotency-Key` to repeat a call safely.",
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "Products", description = "APIs that you sell, each registered from an OpenAPI document."),
        (name = "Plans", description = "Prices and limits that organisations subscribe to. A plan never changes: a change is a new version."),
        (name = "Billing", description = "Revenue, and comparison with the payment provider."),
        (name = "Admin tokens", description = "Tokens for this API."),
    ),
    components(schemas(Body9457, FieldError)),
)]
struct Document;

/// The errors of each operation that do not follow from its kind.
const ROWS: &[Row] = &[
    row("listProducts", &[]),
    row("getProduct", &[]),
    row("putProduct", &[]),
    row("removeProduct", &[]),
    row("listVersions", &[]),
    row("getDocument", &[]),
    row("diffVersions", &[]),
    row("retireProduct", &[]),
    row("listSigningSecrets", &[]),
    row("rotateSigningSecret", &[]),
    row("listPlans", &[]),
    row("createPlan", &[]),
    row("archivePlan", &[]),
    row("readRevenue", &[]),
    // If the payment provider refuses a request.
    row("readDrift", &[Code::PaymentRequired, Code::Conflict]),
    row("simulatePrice", &[Code::NotFound]),
    row("listAdminTokens", &[]),
    row("revokeAdminToken", &[]),
];

const fn row(id: &'static str, codes: &'static [Code]) -> Row {
    Row { id, scope: None, codes }
}

/// The table of routes.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(products::list))
        .routes(routes!(products::get, products::put, products::delete))
        .routes(routes!(products::versions))
        .routes(routes!(products::document))
        .routes(routes!(products::diff))
        .routes(routes!(products::retire))
        .routes(routes!(products::signing_secrets))
        .routes(routes!(products::rotate_signing_secret))
        .routes(routes!(plans::list, plans::create))
        .routes(routes!(plans::archive))
        .routes(routes!(billing::revenue))
        .routes(routes!(billing::drift))
        .routes(routes!(billing::simulate))
        .routes(routes!(tokens::list))
        .routes(routes!(tokens::revoke))
}

pub fn router(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .route(OPENAPI, get(document))
        .fallback(async || ApiError::from(Error::not_found("path")))
        .method_not_allowed_fallback(async || {
            ApiError::from(Error::new(
                Code::MethodNotAllowed,
                "The path does not support this method. `Allow` lists the supported methods.",
            ))
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(Extension(MaxBody(MAX_BODY)))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

async fn document(State(app): State<App>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/json")],
        openapi(&app.config.base_url()).to_json().unwrap_or_default(),
    )
}

/// The table of the document.
pub const fn rows() -> &'static [Row] {
    ROWS
}

/// The OpenAPI 3.1 document of the API at `base_url`.
pub fn openapi(base_url: &str) -> OpenApi {
    let mut described = routes().split_for_parts().1;
    header_parameters::add(&mut described);
    openapi::complete(&mut described, openapi::Api::Admin, ROWS, base_url);
    described
}

/// Accepts only operators' programs, before anything is read, and creates the bodies of errors.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let request_id = parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id);
    let (admin, key) = match admit(&app, &parts, request_id).await {
        Ok(admitted) => admitted,
        Err(error) => return problem::respond(error, request_id.as_str(), &app.config.base_url()),
    };
    let token_id = admin.as_ref().map(|admin| Arc::clone(&admin.actor.id));
    if let Some(admin) = admin {
        parts.extensions.insert(admin);
    }
    let request = Request::from_parts(parts, body);
    let Some((key, token_id)) = key.zip(token_id) else {
        return with_body(&app, request_id, next.run(request).await);
    };
    let calling = app.clone();
    // Continues to the end even if the client disconnects, so that a repetition gets the response.
    let keyed = Keyed { key, token_id, request_id };
    let called =
        app.calls.spawn(async move { idempotency::once(&calling, keyed, request, next).await });
    let response = called.await.map_err(|cause| Error::from(anyhow::Error::from(cause))).flatten();
    response.unwrap_or_else(|error| {
        problem::respond(error, request_id.as_str(), &app.config.base_url())
    })
}

/// Creates the body of an error.
fn with_body(app: &App, request_id: RequestId, mut response: Response) -> Response {
    let Some(error) = response.extensions_mut().remove::<ApiError>() else { return response };
    let mut refused =
        problem::respond(error.into_error(), request_id.as_str(), &app.config.base_url());
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        refused.headers_mut().insert(ALLOW, allow);
    }
    refused
}

/// The document can be read without a token, from allowed networks.
async fn admit(
    app: &App,
    parts: &Parts,
    request_id: RequestId,
) -> Result<(Option<Admin>, Option<IdempotencyKey>)> {
    let source_ip = parts.extensions.get::<SourceIp>().map(|ip| ip.0);
    if parts.uri.path() == OPENAPI {
        check_network(&app.config, source_ip)?;
        return Ok((None, None));
    }
    let source_ip =
        source_ip.ok_or_else(|| anyhow::anyhow!("the source address of a request is not known"))?;
    let operator = super::authenticate(app, &parts.headers, source_ip, request_id).await?;
    let key = key_of(&parts.method, None, &parts.headers)?;
    Ok((Some(Admin { operator: Arc::new(operator), now: app.clock.now() }), key))
}
