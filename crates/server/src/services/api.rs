//! The platform's own REST API, `/v1`: one file per resource.

mod customers;
mod dry_run;
mod events;
pub mod extract;
pub mod header_parameters;
mod keys;
mod request_logs;
mod unmetered;
mod usage;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhook_requests;

use std::sync::Arc;

use anyhow::Context;
use axum::response::IntoResponse;
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

pub use extract::read_json;

use crate::Error;
use crate::access::{
    ManageKeys, ManageWebhooks, Permission, ReadCustomers, ReadEvents, ReadKeys, ReadLogs,
    ReadUsage, ReadWebhooks, WriteCustomers, WriteEvents,
};
use crate::gateway::{Api, endpoint};
use crate::openapi::{self as document, Row};
use crate::problem::{ApiError, Body9457};
use crate::products::Operation;

/// The table of operations: each id with its handler, the permission that its key needs, and the
/// errors that do not follow from the kind of operation. The document and the routes are built from
/// it, and the gateway reads its operations from the document.
macro_rules! operations {
    ($($id:ident: $resource:ident::$handler:ident, $permission:ident $(, $code:ident)*;)*) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(
            info(
                title = "Tollgate API",
                description = "Manage customers, keys, events and webhooks, and read request logs and usage. Every response has a request id (`X-Request-Id`), the remaining rate limit (`RateLimit`) and the billed units (`Tollgate-Units`). Every error is `application/problem+json` (RFC 9457) with a stable `code`. Send `Tollgate-Dry-Run: true` to see the checks and the price of a call without making it.",
                license(name = "MIT", identifier = "MIT"),
            ),
            tags(
                (name = "Customers", description = "People or companies that you keep records of."),
                (name = "Keys", description = "API keys of your organisation."),
                (name = "Request logs", description = "One entry for each call with a valid key: its limits, quota, price, timing and error."),
                (name = "Events", description = "Records of what happened, created by the portal or by you."),
                (name = "Webhook endpoints", description = "URLs that receive events, signed according to Standard Webhooks."),
                (name = "Webhook deliveries", description = "One entry for each event that is sent to a webhook endpoint, with all attempts."),
                (name = "Usage", description = "Calls and billed units by hour, or by operation and key for one month."),
            ),
            paths($($resource::$handler),*),
            components(schemas(Body9457, FieldError)),
        )]
        struct Document;

        const ROWS: &[Row] =
            &[$(Row { id: stringify!($id), scope: <$permission as Permission>::SCOPE, codes: &[$(Code::$code),*] },)*];

        /// The handler of an operation of the document.
        fn handler(id: &str) -> Option<Api> {
            match id {
                $(stringify!($id) => Some(endpoint($resource::$handler)),)*
                _ => None,
            }
        }
    };
}

operations! {
    listCustomers: customers::list, ReadCustomers;
    createCustomer: customers::create, WriteCustomers;
    getCustomer: customers::get, ReadCustomers;
    updateCustomer: customers::update, WriteCustomers;
    deleteCustomer: customers::delete, WriteCustomers;
    listEvents: events::list, ReadEvents;
    createEvent: events::create, WriteEvents;
    getEvent: events::get, ReadEvents;
    listEventTypes: events::types, ReadEvents;
    listKeys: keys::list, ReadKeys;
    createKey: keys::create, ManageKeys, Forbidden, WrongEnvironment;
    getKey: keys::get, ReadKeys;
    updateKey: keys::update, ManageKeys, Forbidden;
    rotateKey: keys::rotate, ManageKeys, Forbidden;
    disableKey: keys::disable, ManageKeys;
    enableKey: keys::enable, ManageKeys, Forbidden;
    revokeKey: keys::revoke, ManageKeys;
    listRequestLogs: request_logs::list, ReadLogs;
    getRequestLog: request_logs::get, ReadLogs;
    getUsage: usage::get, ReadUsage, NotFound;
    listWebhookEndpoints: webhook_endpoints::list, ReadWebhooks;
    createWebhookEndpoint: webhook_endpoints::create, ManageWebhooks, Forbidden;
    getWebhookEndpoint: webhook_endpoints::get, ReadWebhooks;
    updateWebhookEndpoint: webhook_endpoints::update, ManageWebhooks, Forbidden;
    deleteWebhookEndpoint: webhook_endpoints::delete, ManageWebhooks;
    rotateWebhookSecret: webhook_endpoints::rotate_secret, ManageWebhooks;
    enableWebhookEndpoint: webhook_endpoints::enable, ManageWebhooks, Forbidden;
    disableWebhookEndpoint: webhook_endpoints::disable, ManageWebhooks;
    testWebhookEndpoint: webhook_endpoints::test, ManageWebhooks, Forbidden;
    checkWebhookReceiver: webhook_endpoints::check, ManageWebhooks, Forbidden;
    recoverWebhookEndpoint: webhook_endpoints::recover, ManageWebhooks, Forbidden;
    replayWebhookEndpoint: webhook_endpoints::replay, ManageWebhooks, Forbidden;
    listWebhookDeliveries: webhook_deliveries::list, ReadWebhooks;
    getWebhookDelivery: webhook_deliveries::get, ReadWebhooks;
    retryWebhookDelivery: webhook_deliveries::retry, ManageWebhooks, Forbidden;
}

/// The handlers of `operations`, which are those of the document, in its order.
///
/// # Errors
/// Fails if an operation has no handler.
pub fn answering(operations: &[Arc<Operation>]) -> anyhow::Result<Api> {
    let handler = |operation: &Arc<Operation>| {
        handler(&operation.id)
            .with_context(|| format!("no handler for the operation {}", operation.id))
    };
    let handlers = operations.iter().map(handler).collect::<anyhow::Result<Vec<Api>>>()?;
    Ok(Arc::new(move |request, called| {
        match called.operation.place.and_then(|place| handlers.get(place)) {
            Some(handler) => handler(request, called),
            None => Box::pin(async { ApiError::from(Error::not_found("path")).into_response() }),
        }
    }))
}

/// The table of the document.
pub const fn rows() -> &'static [Row] {
    ROWS
}

/// The errors of an operation that do not follow from its kind.
pub fn codes(id: &str) -> &'static [Code] {
    ROWS.iter().find(|row| row.id == id).map_or(&[][..], |row| row.codes)
}

/// The OpenAPI 3.1 document of the API at `base_url`.
pub fn openapi(base_url: &str) -> OpenApi {
    let mut described = without_dry_runs(base_url);
    dry_run::declare(&mut described);
    described
}

/// The same without dry runs, for docs pages and clients: the outcome of a dry run would be a
/// second result of each of their operations.
pub fn without_dry_runs(base_url: &str) -> OpenApi {
    let mut described = Document::openapi();
    header_parameters::add(&mut described);
    webhook_requests::add(&mut described);
    unmetered::mark(&mut described);
    document::complete(&mut described, document::Api::Own, ROWS, base_url);
    described
}
