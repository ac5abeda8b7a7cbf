//! The sender of a request, before authentication.

use std::net::IpAddr;

use tollgate_proxy::network::network;
use tollgate_types::id::{RequestId, UserId};

use super::token::Token;
use crate::access::{Actor, ActorKind};

pub struct Visitor {
    pub source_ip: Option<IpAddr>,
    pub user_agent: String,
    pub request_id: RequestId,
    /// The value of the cookie, whose session may have ended.
    pub token: Option<Token>,
    /// The cookie of a known browser; empty without one. Anybody can send one: see
    /// [`accounts`](crate::accounts).
    pub known: String,
}

impl Visitor {
    pub fn actor(&self, user: &UserId) -> Actor {
        Actor {
            kind: ActorKind::User,
            id: user.clone().into(),
            source_ip: self.source_ip,
            request_id: Some(self.request_id),
        }
    }

    pub fn source_ip_text(&self) -> String {
        self.source_ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// The unit of limits per source. With IPv6, every client has a /64 network of addresses.
    pub fn network(&self) -> Option<IpAddr> {
        self.source_ip.map(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn from(ip: &str) -> Visitor {
        Visitor {
            source_ip: Some(ip.parse().unwrap()),
            user_agent: String::new(),
            request_id: random::id(),
            token: None,
            known: String::new(),
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        assert_eq!(from("2001:db8:1:2::1").network(), from("2001:db8:1:2:ffff::9").network());
        assert_ne!(from("2001:db8:1:2::1").network(), from("2001:db8:1:3::1").network());
        assert_ne!(from("192.0.2.1").network(), from("192.0.2.2").network());
        assert_eq!(from("::ffff:192.0.2.1").network(), from("192.0.2.1").network());
    }
}
