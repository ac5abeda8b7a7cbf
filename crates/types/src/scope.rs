//! Scopes, which define what a key can do: `customers:read`, `{product}:{operationId}`, …

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One scope: a resource or product, a colon, and an action, an operation id or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope looks like `customers:read`: a name, a colon, and an action or `*`")]
pub struct ScopeError;

/// The portal's own scopes, with what they allow.
pub const PLATFORM: [(&str, &str); 10] = [
    ("customers:read", "List and get customers"),
    ("customers:write", "Create, change and delete customers"),
    ("events:read", "List and get events"),
    ("events:write", "Create your own events"),
    ("keys:read", "List and get keys"),
    ("keys:write", "Create, change, rotate and revoke keys"),
    ("logs:read", "Read request logs"),
    ("usage:read", "Read usage"),
    ("webhooks:read", "List and get webhook endpoints and deliveries"),
    ("webhooks:write", "Create, change and test webhook endpoints, and replay deliveries"),
];

impl Scope {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon, and the part after it.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once(':').unwrap_or((&self.0, ""))
    }

    /// True if `self` includes the scope `wanted`.
    pub fn covers(&self, wanted: &str) -> bool {
        self.0 == wanted
            || wanted.split_once(':').is_some_and(|(name, _)| self.parts() == (name, "*"))
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let (name, action) = text.split_once(':').ok_or(ScopeError)?;
        let name_ok = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let action_ok = action == "*"
            || (!action.is_empty()
                && action
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/')));
        if name_ok && action_ok && text.len() <= 128 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ScopeError)
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_only_its_own_product() {
        let scope: Scope = "customers:*".parse().unwrap();
        assert!(scope.covers("customers:write"));
        assert!(!scope.covers("customers-archive:write"));
        assert!(!scope.covers("keys:write"));
    }

    #[test]
    fn texts_that_are_no_scopes_are_refused() {
        for bad in [
            "",
            "customers",
            "*",
            "*:*",
            ":read",
            "customers:",
            "Customers:read",
            "a:b c",
            "customers:re*d",
        ] {
            assert!(bad.parse::<Scope>().is_err(), "{bad:?}");
        }
    }
}
