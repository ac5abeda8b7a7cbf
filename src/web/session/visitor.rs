//! The sender of a request, from its headers.

use axum::http::header;
use axum::http::request::Parts;

use super::{Visitor, cookie};
use crate::server::gateway::SourceIp;
use crate::server::keys::masked;
use crate::server::random;
use crate::types::id::RequestId;

/// Browsers stay well below; longer values are truncated.
const MAX_USER_AGENT: usize = 255;

pub fn of(parts: &Parts) -> Visitor {
    let user_agent = parts
        .headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Visitor {
        source_ip: parts.extensions.get::<SourceIp>().map(|ip| ip.0),
        user_agent: masked(user_agent).chars().take(MAX_USER_AGENT).collect(),
        request_id: request_id(parts),
        token: cookie::read(&parts.headers),
        known: cookie::read_known(&parts.headers).to_owned(),
    }
}

/// The id from the router, or a new one.
pub fn request_id(parts: &Parts) -> RequestId {
    parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id)
}
