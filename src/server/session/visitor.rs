//! Who calls, before anybody knows whether they are signed in: what a request's head says.

use std::net::IpAddr;

use axum::http::header;
use axum::http::request::Parts;

use super::cookie;
use super::token::Token;
use crate::server::access::{Actor, ActorKind};
use crate::server::gateway;
use crate::server::gateway::SourceIp;
use crate::server::random;
use crate::types::id::{RequestId, UserId};

/// Browsers stay well below; what is longer is cut.
const MAX_USER_AGENT: usize = 255;

pub struct Visitor {
    pub source_ip: Option<IpAddr>,
    pub user_agent: String,
    pub request_id: RequestId,
    /// What the cookie holds, which may be no session any more.
    pub token: Option<Token>,
}

impl Visitor {
    pub fn of(parts: &Parts) -> Self {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            source_ip: parts.extensions.get::<SourceIp>().map(|ip| ip.0),
            user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
            request_id: request_id(parts),
            token: cookie::read(&parts.headers),
        }
    }

    pub fn actor(&self, user: &UserId) -> Actor {
        Actor { kind: ActorKind::User, id: user.clone().into(), source_ip: self.source_ip, request_id: Some(self.request_id) }
    }

    pub fn source_ip_text(&self) -> String {
        self.source_ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// What is limited as one source. With IPv6 everybody has a /64 to draw addresses from.
    pub fn network(&self) -> Option<IpAddr> {
        self.source_ip.map(gateway::network)
    }
}

/// The id the router gave the request, or a new one where it gave none.
pub fn request_id(parts: &Parts) -> RequestId {
    parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Visitor {
        Visitor { source_ip: Some(ip.parse().unwrap()), user_agent: String::new(), request_id: random::id(), token: None }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        assert_eq!(from("2001:db8:1:2::1").network(), from("2001:db8:1:2:ffff::9").network());
        assert_ne!(from("2001:db8:1:2::1").network(), from("2001:db8:1:3::1").network());
        assert_ne!(from("192.0.2.1").network(), from("192.0.2.2").network());
        assert_eq!(from("::ffff:192.0.2.1").network(), from("192.0.2.1").network());
    }
}
