//! The admin API, `/admin/api/v1`: what an operator's program does instead of the operator. One table gives the routes
//! and the OpenAPI document together. Its calls are not metered.

mod billing;
mod extract;
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
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::extract::Admin;
use crate::server::api::ApiError;
use crate::server::api::extract::MaxBody;
use crate::server::gateway::SourceIp;
use crate::server::problem::{self, Body9457};
use crate::server::{App, Error, Result, random};
use crate::types::code::Code;
use crate::types::id::RequestId;

/// Everything below the API's root.
pub const PATHS: &str = "/admin/api/{*path}";
const OPENAPI: &str = "/admin/api/v1/openapi.json";
/// A document of 10 MiB, and what is around it.
const MAX_BODY: usize = 11 << 20;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tollgate admin API",
        description = "Products, their documents and plans, what they earn, and the tokens of this API. Every answer carries `X-Request-Id`; every error is `application/problem+json` (RFC 9457) with a stable `code`.",
        license(name = "MIT"),
    ),
    tags(
        (name = "Products", description = "APIs that are sold, each registered from an OpenAPI document."),
        (name = "Plans", description = "What can be subscribed to. A plan never changes: a new version is a new plan."),
        (name = "Billing", description = "What the portal earns, and how that compares with the payment provider."),
        (name = "Admin tokens", description = "Tokens of this API."),
    ),
    components(schemas(Body9457)),
    modifiers(&Bearer),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An admin token, `tg_admin_…`.")).build();
        document.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The table of routes.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(products::list))
        .routes(routes!(products::get, products::put, products::delete))
        .routes(routes!(products::versions))
        .routes(routes!(products::document))
        .routes(routes!(products::diff))
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
        .route(OPENAPI, get(async || ([(CONTENT_TYPE, "application/json")], openapi().to_json().unwrap_or_default())))
        .fallback(async || ApiError::from(Error::not_found("path")))
        .method_not_allowed_fallback(async || {
            ApiError::from(Error::new(Code::MethodNotAllowed, "The path has other methods: see `Allow`."))
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(Extension(MaxBody(MAX_BODY)))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// The OpenAPI 3.1 document.
pub fn openapi() -> OpenApi {
    routes().split_for_parts().1
}

/// Lets only operators' programs through, before anything is read, and makes the bodies of errors.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let request_id = parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id);
    let refuse = |error: Error| problem::respond(error, request_id.as_str(), &app.config.base_url()).into_response();
    match admit(&app, &parts, request_id).await {
        Ok(Some(admin)) => drop(parts.extensions.insert(admin)),
        Ok(None) => {}
        Err(error) => return refuse(error),
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(error) = response.extensions_mut().remove::<ApiError>() else { return response };
    let mut refused = refuse(error.into_error());
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        refused.headers_mut().insert(ALLOW, allow);
    }
    refused
}

/// The document can be read without a token, from where the portal can be run.
async fn admit(app: &App, parts: &Parts, request_id: RequestId) -> Result<Option<Admin>> {
    let source_ip = parts.extensions.get::<SourceIp>().map(|ip| ip.0);
    if parts.uri.path() == OPENAPI {
        super::check_network(&app.config, source_ip)?;
        return Ok(None);
    }
    let source_ip = source_ip.ok_or_else(|| anyhow::anyhow!("the source address of a request is not known"))?;
    let operator = super::authenticate(app, &parts.headers, source_ip, request_id).await?;
    Ok(Some(Admin { operator: Arc::new(operator), now: app.clock.now() }))
}
