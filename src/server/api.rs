//! The platform's own REST API, `/v1`: a file per resource. One table gives the routes and the
//! OpenAPI document together, and the gateway takes its operations from that document.

mod customers;
mod events;
pub mod extract;
mod header_parameters;
mod keys;
mod request_logs;
mod usage;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhook_requests;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use extract::{ApiError, read_json};

use super::problem::Body9457;
use super::{App, Error};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tollgate API",
        description = "Customers, keys, events, webhooks, request logs and usage. Every answer carries `X-Request-Id`, what is left of the rate limits, and what it was billed; every error is `application/problem+json` (RFC 9457) with a stable `code`. With `Tollgate-Dry-Run: true` a call is not made: the answer says what it would come to.",
        license(name = "MIT"),
    ),
    tags(
        (name = "Customers", description = "People or companies you keep records of."),
        (name = "Keys", description = "API keys of your organisation."),
        (name = "Request logs", description = "Every answered call."),
        (name = "Events", description = "What happened: told by the portal, and posted by you."),
        (name = "Webhook endpoints", description = "Where events are delivered to, signed by Standard Webhooks."),
        (name = "Webhook deliveries", description = "Every event to every endpoint, with all attempts."),
        (name = "Usage", description = "Sums over the calls."),
    ),
    components(schemas(Body9457)),
    modifiers(&Bearer),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, `tg_sandbox_…` or `tg_live_…`. The names in brackets are the scopes it needs."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// The table of routes.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(customers::list, customers::create))
        .routes(routes!(customers::get, customers::update, customers::delete))
        .routes(routes!(events::list, events::create))
        .routes(routes!(events::get))
        .routes(routes!(events::types))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::get, keys::update))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::disable))
        .routes(routes!(keys::enable))
        .routes(routes!(keys::revoke))
        .routes(routes!(request_logs::list))
        .routes(routes!(request_logs::get))
        .routes(routes!(usage::get))
        .routes(routes!(webhook_endpoints::list, webhook_endpoints::create))
        .routes(routes!(webhook_endpoints::get, webhook_endpoints::update, webhook_endpoints::delete))
        .routes(routes!(webhook_endpoints::rotate_secret))
        .routes(routes!(webhook_endpoints::enable))
        .routes(routes!(webhook_endpoints::disable))
        .routes(routes!(webhook_endpoints::test))
        .routes(routes!(webhook_endpoints::check))
        .routes(routes!(webhook_endpoints::recover))
        .routes(routes!(webhook_endpoints::replay))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::get))
        .routes(routes!(webhook_deliveries::retry))
}

/// The API behind the gateway.
pub fn router(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router.fallback(|| async { ApiError::from(Error::not_found("path")) }).with_state(app)
}

/// The OpenAPI 3.1 document.
pub fn openapi() -> OpenApi {
    let mut document = routes().split_for_parts().1;
    header_parameters::add(&mut document);
    webhook_requests::add(&mut document);
    document
}
