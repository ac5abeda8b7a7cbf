//! Ids are [TypeIDs](https://github.com/jetify-com/typeid): a prefix that names the kind, an
//! underscore, and 26 characters of base32 that hold a UUIDv7, so ids sort by their time. Cloning one
//! copies no text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text is not an id of the kind that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with `{prefix}_` followed by 26 characters")]
pub struct IdError {
    pub prefix: &'static str,
}

/// True if `text` is a TypeID suffix: 26 characters of Crockford's base32 in lower case, of which
/// the first is at most `7` so that the value fits 128 bits.
pub fn is_suffix(text: &str) -> bool {
    text.len() == 26
        && matches!(text.as_bytes()[0], b'0'..=b'7')
        && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z'))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.strip_prefix(concat!($prefix, "_")) {
                    Some(suffix) if is_suffix(suffix) => Ok(Self(text.into())),
                    _ => Err(IdError { prefix: $prefix }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    UserId = "usr";
    OrgId = "org";
    SessionId = "ses";
    InvitationId = "inv";
    KeyId = "key";
    RequestId = "req";
    CustomerId = "cus";
    AuditId = "aud";
    EventId = "evt";
    MailId = "mail";
    JournalId = "jrn";
    PlanId = "plan";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = "org_01h2xcejqtf2nbrexx3vqjhp41";
        assert!(text.parse::<OrgId>().is_ok());
        assert_eq!(text.parse::<KeyId>(), Err(IdError { prefix: "key" }));
    }

    #[test]
    fn a_suffix_that_is_not_base32_or_does_not_fit_is_refused() {
        for bad in [
            "org_",
            "org_01h2xcejqtf2nbrexx3vqjhp4",
            "org_01H2XCEJQTF2NBREXX3VQJHP41",
            "org_81h2xcejqtf2nbrexx3vqjhp41",
            "org_01h2xcejqtf2nbrexx3vqjhpu1",
        ] {
            assert!(bad.parse::<OrgId>().is_err(), "{bad}");
        }
    }
}
