//! The platform's own REST API, `/v1`: a file per resource.

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

use std::sync::Arc;

use anyhow::Context;
use axum::response::IntoResponse;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

pub use extract::{ApiError, read_json};

use super::Error;
use super::gateway::{Api, endpoint};
use super::problem::Body9457;
use super::products::Operation;

/// The table: each operation's id with what answers and describes it. Both the document and the way to the handlers are made of
/// it, and the gateway takes its operations from the document.
macro_rules! operations {
    ($($id:ident: $resource:ident::$handler:ident,)*) => {
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
            paths($($resource::$handler),*),
            components(schemas(Body9457)),
            modifiers(&Bearer),
        )]
        struct Document;

        /// What answers an operation of the document.
        fn handler(id: &str) -> Option<Api> {
            match id {
                $(stringify!($id) => Some(endpoint($resource::$handler)),)*
                _ => None,
            }
        }
    };
}

operations! {
    listCustomers: customers::list,
    createCustomer: customers::create,
    getCustomer: customers::get,
    updateCustomer: customers::update,
    deleteCustomer: customers::delete,
    listEvents: events::list,
    createEvent: events::create,
    getEvent: events::get,
    listEventTypes: events::types,
    listKeys: keys::list,
    createKey: keys::create,
    getKey: keys::get,
    updateKey: keys::update,
    rotateKey: keys::rotate,
    disableKey: keys::disable,
    enableKey: keys::enable,
    revokeKey: keys::revoke,
    listRequestLogs: request_logs::list,
    getRequestLog: request_logs::get,
    getUsage: usage::get,
    listWebhookEndpoints: webhook_endpoints::list,
    createWebhookEndpoint: webhook_endpoints::create,
    getWebhookEndpoint: webhook_endpoints::get,
    updateWebhookEndpoint: webhook_endpoints::update,
    deleteWebhookEndpoint: webhook_endpoints::delete,
    rotateWebhookSecret: webhook_endpoints::rotate_secret,
    enableWebhookEndpoint: webhook_endpoints::enable,
    disableWebhookEndpoint: webhook_endpoints::disable,
    testWebhookEndpoint: webhook_endpoints::test,
    checkWebhookReceiver: webhook_endpoints::check,
    recoverWebhookEndpoint: webhook_endpoints::recover,
    replayWebhookEndpoint: webhook_endpoints::replay,
    listWebhookDeliveries: webhook_deliveries::list,
    getWebhookDelivery: webhook_deliveries::get,
    retryWebhookDelivery: webhook_deliveries::retry,
}

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

/// What answers calls to `operations`, which are those of the document, in its order.
///
/// # Errors
/// If nothing answers one of them.
pub fn answering(operations: &[Arc<Operation>]) -> anyhow::Result<Api> {
    let handler = |operation: &Arc<Operation>| handler(&operation.id).with_context(|| format!("nothing answers {}", operation.id));
    let handlers = operations.iter().map(handler).collect::<anyhow::Result<Vec<Api>>>()?;
    Ok(Arc::new(move |request, called| match called.operation.place.and_then(|place| handlers.get(place)) {
        Some(handler) => handler(request, called),
        None => Box::pin(async { ApiError::from(Error::not_found("path")).into_response() }),
    }))
}

/// The OpenAPI 3.1 document.
pub fn openapi() -> OpenApi {
    let mut document = Document::openapi();
    header_parameters::add(&mut document);
    webhook_requests::add(&mut document);
    document
}
