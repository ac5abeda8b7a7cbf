//! The request log: one entry per call with a response.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use super::environment::Environment;
use super::time::Timestamp;

/// What created a response. `gateway`: the gateway, which refused the call. `own_api`: the portal's
/// own API. `upstream`: the product's server. `mock`: the built-in mock, which responds to sandbox
/// calls of products. `replay`: the stored response to an earlier call with the same
/// `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum AnsweredBy {
    /// The gateway itself, which refused the call.
    Gateway = 0,
    /// The portal's own API.
    OwnApi = 1,
    /// The product's server.
    Upstream = 2,
    /// The sandbox built from the product's specification.
    Mock = 3,
    /// The stored response to an earlier request with the same idempotency key.
    Replay = 4,
}

impl AnsweredBy {
    /// Reads `self as u8`. Unknown numbers, of newer versions, count as `Gateway`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::OwnApi,
            2 => Self::Upstream,
            3 => Self::Mock,
            4 => Self::Replay,
            _ => Self::Gateway,
        }
    }
}

/// How the body of a response ended. `complete`: all of it was sent. `open`: it is still being
/// sent, or the gateway stopped before its end. `aborted`: the caller disconnected.
/// `upstream_failed`: the product's server disconnected. `timed_out`: the product's server stopped
/// sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Ended {
    /// All of it was sent.
    #[default]
    Complete = 0,
    /// It is still being sent, or the server was killed meanwhile.
    Open = 1,
    /// The caller disconnected.
    Aborted = 2,
    /// The product's server disconnected.
    UpstreamFailed = 3,
    /// The product's server stopped sending.
    TimedOut = 4,
}

impl Ended {
    /// Reads `self as u8`. Unknown numbers, of newer versions, count as `Complete`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Open,
            2 => Self::Aborted,
            3 => Self::UpstreamFailed,
            4 => Self::TimedOut,
            _ => Self::Complete,
        }
    }
}

/// State of one rate limit after a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LimitLeft {
    /// What the limit applies to: `key` (the key), `org` (all keys of the organisation), `ip` (the
    /// caller's IP address) or `operation` (the operation).
    pub policy: String,
    /// Maximum calls per window.
    pub limit: u32,
    /// Length of the window in seconds.
    pub window_seconds: u32,
    /// Calls that remained after this call.
    pub remaining: u32,
}

/// One call to the portal's own API or to a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RequestLog {
    /// Id of the request: the `X-Request-Id` of the response.
    #[cfg_attr(feature = "ssr", schema(example = "req_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: String,
    /// Environment of the key that made the call: `sandbox` or `live`.
    pub environment: Environment,
    /// Id of the key. Empty if the call had no valid key.
    pub key_id: String,
    /// Id of the product. `platform` is the portal's own API.
    pub product: String,
    /// Id of the operation. Empty if the call matched no operation.
    pub operation: String,
    /// HTTP method, such as `GET`.
    pub method: String,
    /// Path of the request, without the query string. Query strings are not stored, because they
    /// can contain personal data.
    pub path: String,
    /// HTTP status of the response.
    pub status: u16,
    /// Error code, such as `rate_limited`. Empty if the call did not fail, or if the product's own
    /// server sent the error.
    pub code: String,
    /// The `detail` of the error or, for fields that are not valid, each field with its message.
    /// Empty if the call did not fail, or if the product's own server sent the error.
    #[serde(default)]
    #[cfg_attr(
        feature = "ssr",
        schema(example = "The key tg_live_4eC39HqLyjWD is disabled. Enable it in the dashboard.")
    )]
    pub detail: String,
    /// Units that the call used: 1 unless the operation sets another number. 0 if its response is
    /// not billable, such as an error.
    pub units: u64,
    /// Units that were billed. Always 0 in the sandbox.
    pub billed_units: u64,
    /// Cost of the call beyond the units that the plan includes, as a decimal number in minor units
    /// of the organisation's currency: `0.2` is 0.2 cents for USD.
    #[cfg_attr(feature = "ssr", schema(example = "0.2"))]
    pub price: String,
    /// Units that the plan includes per calendar month (UTC). Null if no quota applied to the call.
    pub quota: Option<u64>,
    /// Included units that remained after this call. Null if no quota applied to the call.
    pub quota_remaining: Option<u64>,
    /// Rate limits that applied to the call. Empty if the call was refused before the rate limits
    /// were checked.
    pub limits: Vec<LimitLeft>,
    /// What created the response.
    pub answered_by: AnsweredBy,
    /// Time from the first byte of the request to the status line of the response, in microseconds.
    pub latency_us: u64,
    /// Part of `latency_us` for checking authentication, scope, limits and quota, in microseconds.
    pub checks_us: u64,
    /// Part of `latency_us` for which the API behind the gateway created the response, in
    /// microseconds.
    pub handler_us: u64,
    /// Size of the request's body in bytes.
    pub request_bytes: u64,
    /// Size of the response's body in bytes. 0 while the response is open.
    pub response_bytes: u64,
    /// How the body of the response ended.
    pub ended: Ended,
    /// Time from the first byte of the request to the last byte of a streamed response, in
    /// microseconds. For other responses, the same as `latency_us`.
    pub duration_us: u64,
    /// IP address of the caller.
    pub source_ip: String,
    /// `User-Agent` header of the caller. Empty if none was sent.
    pub user_agent: String,
    /// The `X-Request-Id` that the caller sent. Empty if none was sent, or if it did not have 1 to
    /// 128 visible ASCII characters.
    pub client_request_id: String,
    /// Time of the call (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// One call, with its error and the events that it caused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Explained {
    #[serde(flatten)]
    pub log: RequestLog,
    /// Visible part of the key. Empty if the key was deleted, or if the call had no valid key.
    pub key_prefix: String,
    /// Name of the key. Empty if the key was deleted, or if the call had no valid key.
    pub key_name: String,
    /// Scope that the operation requires. Empty if the call matched no operation.
    pub scope: String,
    /// Explanation of the error. Null if the call did not fail, or if the product's own server sent
    /// the error.
    pub error: Option<LoggedError>,
    /// Path of the operation's documentation page on this portal. Null if the call matched no
    /// published operation.
    #[cfg_attr(feature = "ssr", schema(example = "/apis/platform/createCustomer"))]
    pub docs: Option<String>,
    /// Events that the call caused, oldest first.
    pub events: Vec<CausedEvent>,
}

/// Why a call failed, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LoggedError {
    /// Short description of the error code.
    #[cfg_attr(feature = "ssr", schema(example = "The API key is disabled"))]
    pub title: String,
    /// Why the call was refused, according to the current data, which can be newer than the
    /// response. For example: the time since which the key has been disabled.
    #[cfg_attr(
        feature = "ssr",
        schema(example = "The key has been disabled since 21 Nov 2026, 09:00:00 UTC.")
    )]
    pub reason: String,
    /// How to resolve the error.
    pub remedy: String,
    /// Path of the error code's documentation page on this portal.
    #[cfg_attr(feature = "ssr", schema(example = "/docs/errors/disabled_key"))]
    pub docs: String,
}

/// An event that a call caused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CausedEvent {
    /// Id of the event.
    #[cfg_attr(feature = "ssr", schema(example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: String,
    /// Type of the event.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub kind: String,
    /// Webhook deliveries of the event, one for each endpoint that receives it.
    pub deliveries: Vec<Delivery>,
}

/// Filters of the log, as in the URL. An empty text does not filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFilter {
    /// `2xx`, `4xx`, `429`…
    pub status: String,
    pub operation: String,
    pub key_id: String,
    /// A product's id.
    pub product: String,
    pub method: String,
    /// Start of the path.
    pub path: String,
}
