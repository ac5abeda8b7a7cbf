//! The request log: one row per answered call.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::time::Timestamp;

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
    /// From the first byte of the request's head to the answer's status line, in microseconds.
    pub latency_us: u64,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub source_ip: String,
    pub user_agent: String,
    /// The caller's own `X-Request-Id`, if it sent a well-formed one.
    pub client_request_id: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
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
