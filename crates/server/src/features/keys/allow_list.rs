//! The addresses that may use a key. Parsed once with the key: a call only compares numbers.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Serialize, Serializer};
use tollgate_types::error::FieldError;

use crate::Result;

const MAX_ENTRIES: usize = 50;

/// Networks; an empty list allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Box<[IpNet]>);

impl AllowList {
    /// Parses entries from user input; each invalid one is a separate error.
    pub fn check(entries: &[String], errors: &mut Vec<FieldError>) -> Self {
        if entries.len() > MAX_ENTRIES {
            errors.push(FieldError::new(
                "ip_allow_list",
                "too_many",
                format!("The list may have at most {MAX_ENTRIES} addresses or networks."),
            ));
        }
        let mut networks: Vec<IpNet> = Vec::new();
        for (i, entry) in entries.iter().take(MAX_ENTRIES).enumerate() {
            match parse(entry) {
                Some(network) => networks.push(network),
                None => errors.push(FieldError::new(
                    format!("ip_allow_list[{i}]"),
                    "invalid_format",
                    format!(
                        "`{}` is neither an address nor a network such as 203.0.113.0/24.",
                        entry.chars().take(64).collect::<String>()
                    ),
                )),
            }
        }
        networks.sort();
        networks.dedup();
        Self(networks.into())
    }

    /// Parses the output of [`texts`](Self::texts).
    pub fn from_texts(entries: &[String]) -> Result<Self> {
        let networks: Option<Box<[IpNet]>> = entries.iter().map(|entry| parse(entry)).collect();
        Ok(Self(
            networks.ok_or_else(|| anyhow::anyhow!("the database contains an invalid network"))?,
        ))
    }

    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// `ip` is in its canonical form: never an IPv4 address mapped into IPv6.
    pub fn allows(&self, ip: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&ip))
    }

    /// True if every address that this list allows is also allowed by `outer`.
    pub fn is_within(&self, outer: &Self) -> bool {
        outer.0.is_empty()
            || (!self.0.is_empty()
                && self.0.iter().all(|network| outer.0.iter().any(|wide| wide.contains(network))))
    }
}

impl Serialize for AllowList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.texts())
    }
}

/// An address counts as a network with this address only; an address mapped into IPv6 is its IPv4
/// address.
fn parse(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network =
        text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(
        match network {
            IpNet::V6(network) => unmapped(network).map_or(IpNet::V6(network), IpNet::V4),
            network @ IpNet::V4(_) => network,
        }
        .trunc(),
    )
}

/// The prefix `::ffff:0:0/96` of all mapped addresses.
const MAPPED: u8 = 96;

fn unmapped(network: Ipv6Net) -> Option<Ipv4Net> {
    let length = network.prefix_len().checked_sub(MAPPED)?;
    Ipv4Net::new(network.addr().to_ipv4_mapped()?, length).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> AllowList {
        let mut errors = Vec::new();
        let list = AllowList::check(
            &entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>(),
            &mut errors,
        );
        assert!(errors.is_empty(), "{errors:?}");
        list
    }

    fn allows(list: &AllowList, ip: &str) -> bool {
        list.allows(ip.parse::<IpAddr>().unwrap().to_canonical())
    }

    #[test]
    fn addresses_and_networks_of_both_kinds_are_allowed_and_no_others() {
        let some = list(&[
            "203.0.113.7",
            "198.51.100.0/24",
            "2001:db8:1::/48",
            "2001:db8:2::1",
            " ::ffff:192.0.2.0/120 ",
        ]);
        for good in [
            "203.0.113.7",
            "198.51.100.255",
            "2001:db8:1:ffff::1",
            "2001:db8:2::1",
            "::ffff:203.0.113.7",
            "192.0.2.9",
        ] {
            assert!(allows(&some, good), "{good}");
        }
        for bad in [
            "203.0.113.8",
            "198.51.101.0",
            "2001:db8:2::2",
            "2001:db8:3::1",
            "::ffff:203.0.113.8",
            "::1",
        ] {
            assert!(!allows(&some, bad), "{bad}");
        }
        assert!(allows(&list(&[]), "192.0.2.1"));
    }

    #[test]
    fn a_list_is_kept_in_one_form() {
        let texts = list(&[
            "203.0.113.7",
            "203.0.113.7/32",
            "10.1.2.3/8",
            "::FFFF:192.0.2.1",
            "2001:DB8::1",
        ])
        .texts();
        assert_eq!(texts, ["10.0.0.0/8", "192.0.2.1/32", "203.0.113.7/32", "2001:db8::1/128"]);
        assert_eq!(AllowList::from_texts(&texts).unwrap().texts(), texts);
    }

    #[test]
    fn every_entry_that_is_none_is_named() {
        let entries = ["10.0.0.0/33", "10.0.0.1", "example.com", "", "1.2.3", "2001:db8::/129"]
            .map(str::to_owned);
        let mut errors = Vec::new();
        AllowList::check(&entries, &mut errors);
        let places: Vec<&str> = errors.iter().map(|error| error.location.as_str()).collect();
        assert_eq!(
            places,
            [
                "ip_allow_list[0]",
                "ip_allow_list[2]",
                "ip_allow_list[3]",
                "ip_allow_list[4]",
                "ip_allow_list[5]"
            ]
        );
        let mut errors = Vec::new();
        AllowList::check(&vec!["10.0.0.1".to_owned(); 51], &mut errors);
        assert_eq!(errors[0].code, "too_many");
    }

    #[test]
    fn a_narrower_list_is_within_a_wider_one() {
        let (wide, narrow) = (list(&["10.0.0.0/8", "2001:db8::/32"]), list(&["10.1.0.0/16"]));
        assert!(narrow.is_within(&wide) && narrow.is_within(&list(&[])));
        assert!(!wide.is_within(&narrow) && !list(&[]).is_within(&narrow));
    }
}
