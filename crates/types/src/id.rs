//! Ids are [TypeIDs](https://github.com/jetify-com/typeid): a prefix that names the kind, an
//! underscore, and 26 characters of base32 for a UUIDv7. So ids sort by their time. Cloning an id
//! copies no text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The text is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with `{prefix}_` followed by 26 characters")]
pub struct IdError {
    pub prefix: &'static str,
}

/// Crockford's base32, in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The value of each character, by its byte; [`NONE`] for characters that are not digits.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < ALPHABET.len() {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};
const NONE: u8 = u8::MAX;
/// Characters of a suffix: the first holds three bits, the others five each.
const SUFFIX: usize = 26;

/// The TypeID suffix of 128 bits.
fn encode(value: u128) -> [u8; SUFFIX] {
    std::array::from_fn(|i| ALPHABET[(value >> (5 * (SUFFIX - 1 - i))) as usize & 31])
}

/// The 128 bits of a suffix. None for other texts.
fn decode(suffix: &str) -> Option<u128> {
    if suffix.len() != SUFFIX || suffix.as_bytes()[0] > b'7' {
        return None;
    }
    suffix.bytes().try_fold(0, |value, b| match VALUES[usize::from(b)] {
        NONE => None,
        digit => Some(value << 5 | u128::from(digit)),
    })
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

        impl From<u128> for $name {
            fn from(value: u128) -> Self {
                let suffix = encode(value);
                Self([concat!($prefix, "_"), std::str::from_utf8(&suffix).unwrap_or_default()].concat().into())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.strip_prefix(concat!($prefix, "_")) {
                    Some(suffix) if decode(suffix).is_some() => Ok(Self(text.into())),
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
    CustomerId = "cus";
    AuditId = "aud";
    EventId = "evt";
    EndpointId = "ep";
    DeliveryId = "dlv";
    AttemptId = "att";
    MailId = "mail";
    JournalId = "jrn";
    PlanId = "plan";
    VersionId = "ver";
    SigningSecretId = "sgn";
    AdminTokenId = "adm";
    NoticeId = "not";
    InvoiceId = "bill";
    CheckoutId = "cks";
}

/// The id of a request. Each request creates one, so it is stored inline and copied.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId {
    value: u128,
    text: [u8; Self::PREFIX.len() + 1 + SUFFIX],
}

impl RequestId {
    pub const PREFIX: &'static str = "req";

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Time when it was created.
    pub fn time(&self) -> Timestamp {
        Timestamp((self.value >> 80) as i64)
    }

    /// Its UUIDv7: the upper 48 bits are the time in milliseconds.
    pub const fn value(&self) -> u128 {
        self.value
    }
}

impl From<u128> for RequestId {
    fn from(value: u128) -> Self {
        let mut text = *b"req_00000000000000000000000000";
        text[Self::PREFIX.len() + 1..].copy_from_slice(&encode(value));
        Self { value, text }
    }
}

impl FromStr for RequestId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix("req_")
            .and_then(decode)
            .map(Self::from)
            .ok_or(IdError { prefix: Self::PREFIX })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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
    fn an_id_encodes_the_uuid_of_the_specifications_example() {
        // "valid.yml" of the TypeID specification.
        let value = 0x0189_0a5d_ac96_774b_bcce_b302_099a_8057;
        assert_eq!(OrgId::from(value).as_str(), "org_01h455vb4pex5vsknk084sn02q");
        assert_eq!(RequestId::from(value).as_str(), "req_01h455vb4pex5vsknk084sn02q");
        assert_eq!("req_01h455vb4pex5vsknk084sn02q".parse::<RequestId>().unwrap().value(), value);
        assert_eq!(RequestId::from(u128::MAX).as_str(), "req_7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(RequestId::from(u128::MAX).value(), u128::MAX);
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
