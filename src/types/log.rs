//! The request log: one entry per answered call.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use super::environment::Environment;
use super::time::Timestamp;

/// What gave the answer.
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
    /// The stored answer to an earlier request with the same idempotency key.
    Replay = 4,
}

impl AnsweredBy {
    /// Reads `self as u8`. A number of a newer version counts as the gateway's.
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

/// How the body of an answer ended.
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
    /// The caller hung up.
    Aborted = 2,
    /// The product's server hung up.
    UpstreamFailed = 3,
    /// The product's server stopped sending.
    TimedOut = 4,
}

impl Ended {
    /// Reads `self as u8`. A number of a newer version counts as the plainest.
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

/// One rate limit as a call found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LimitLeft {
    /// `key`, `org`, `ip` or `operation`.
    pub policy: String,
    /// Calls in a window.
    pub limit: u32,
    pub window_seconds: u32,
    /// Calls that were left after this one.
    pub remaining: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RequestLog {
    #[cfg_attr(feature = "ssr", schema(example = "req_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: String,
    pub environment: Environment,
    /// Empty where no valid key came with the call.
    pub key_id: String,
    pub product: String,
    /// The operation's id; empty where the path matches none.
    pub operation: String,
    pub method: String,
    /// Without the query string, which may hold personal data.
    pub path: String,
    pub status: u16,
    /// The error's code; empty for answers that are none.
    pub code: String,
    pub units: u64,
    pub billed_units: u64,
    /// What the call cost beyond what the plan includes: a decimal, in the currency's minor unit.
    #[cfg_attr(feature = "ssr", schema(example = "0.2"))]
    pub price: String,
    /// The month's quota, and what was left of it before this call; null where none holds.
    pub quota: Option<u64>,
    pub quota_remaining: Option<u64>,
    /// The rate limits the call passed or broke, with what each had left. Empty where it got not so far.
    pub limits: Vec<LimitLeft>,
    pub answered_by: AnsweredBy,
    /// From the first byte of the request's head to the answer's status line, in microseconds.
    pub latency_us: u64,
    /// Of the latency: authentication, scope, limits and quota.
    pub checks_us: u64,
    /// Of the latency: making the answer.
    pub handler_us: u64,
    pub request_bytes: u64,
    /// Zero while the answer is open.
    pub response_bytes: u64,
    pub ended: Ended,
    /// From the first byte of the request's head to the last of a streamed answer, in microseconds; else the latency.
    pub duration_us: u64,
    pub source_ip: String,
    pub user_agent: String,
    /// The caller's own `X-Request-Id`, if it sent a well-formed one.
    pub client_request_id: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// One call with what explains it: every step's part, and what it caused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Explained {
    #[serde(flatten)]
    pub log: RequestLog,
    /// The key's visible part, and its name. Empty where the key is gone or none came.
    pub key_prefix: String,
    pub key_name: String,
    /// What the operation asks of a key. Empty where the path matched no operation.
    pub scope: String,
    /// The events that the call caused, the first one first.
    pub events: Vec<CausedEvent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CausedEvent {
    #[cfg_attr(feature = "ssr", schema(example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: String,
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub kind: String,
    /// What became of it at each endpoint that wants it.
    pub deliveries: Vec<Delivery>,
}

/// Filters of the log, as they stand in the URL. Empty texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFilter {
    /// `2xx`, `4xx`, `429`…
    pub status: String,
    pub operation: String,
    pub key_id: String,
    pub method: String,
    /// Only calls whose path begins with this.
    pub path: String,
}
