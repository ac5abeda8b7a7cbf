//! The networks that operators may use. Callers from other networks get a clear error: the
//! existence of the admin area is no secret, and an operator who forgot their VPN learns what to
//! do.

use std::net::IpAddr;

use tollgate_types::code::Code;

use crate::config::Config;
use crate::{Error, Result};

/// # Errors
/// `ip_not_allowed`, with the address. An unknown address is outside of every network.
pub fn check_network(config: &Config, source_ip: Option<IpAddr>) -> Result<()> {
    let networks = &config.admin_networks;
    let ip = source_ip.map(|ip| ip.to_canonical());
    if networks.is_empty()
        || ip.is_some_and(|ip| networks.iter().any(|network| network.contains(&ip)))
    {
        return Ok(());
    }
    let from = ip.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
    Err(Error::new(
        Code::IpNotAllowed,
        format!(
            "The operators' part of the portal cannot be used from {from}. TOLLGATE_ADMIN_NETWORKS lists the allowed networks."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_networks_pass_and_without_a_list_all_do() {
        let config = |flags: &[&str]| Config::from_flags(flags.iter().copied()).unwrap();
        let ip = |text: &str| Some(text.parse().unwrap());
        let bound = config(&["--admin-networks", "10.0.0.0/8,2001:db8::/32"]);
        for inside in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
            assert!(check_network(&bound, ip(inside)).is_ok(), "{inside}");
        }
        for outside in [ip("192.0.2.1"), ip("::1"), None] {
            assert!(check_network(&bound, outside).is_err(), "{outside:?}");
        }
        assert!(check_network(&config(&[]), None).is_ok());
    }
}
