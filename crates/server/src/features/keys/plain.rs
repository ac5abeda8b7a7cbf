//! The text of a key: `tg_{sandbox|live}_{12 characters id}_{32 characters secret}{6 characters
//! checksum}`, all base62 so that a double click selects it completely. With the checksum, mistyped
//! keys and other texts are rejected without a look-up.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tollgate_types::environment::Environment;

use crate::random;

const ID: usize = 12;
const SECRET: usize = 32;
const CHECKSUM: usize = 6;

/// A whole key. Deliberately without `Debug`, `Display` or `Serialize`: [`PlainKey::expose`] is the
/// only way to its text.
pub struct PlainKey {
    text: String,
    environment: Environment,
}

impl PlainKey {
    /// A new key with 190 bits of secret from the operating system.
    pub fn generate(environment: Environment) -> Self {
        let mut text =
            format!("tg_{environment}_{}_{}", random::base62(ID), random::base62(SECRET));
        text.extend(checksum(&text).map(char::from));
        Self { text, environment }
    }

    pub fn expose(&self) -> &str {
        &self.text
    }

    pub fn prefix(&self) -> KeyPrefix {
        let id = &self.text["tg__".len() + self.environment.as_str().len()..][..ID];
        KeyPrefix::new(self.environment, id)
    }

    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.text)
    }
}

/// Distinguishes mistyped texts from secrets without a look-up.
pub fn checksum(text: &str) -> [u8; CHECKSUM] {
    random::encode_base62(crc32fast::hash(text.as_bytes()))
}

/// The SHA-256 of a whole key, which is what is stored. Compared in constant time.
#[derive(Clone, Debug)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The visible part of a key, `tg_live_` and its id: safe to show and log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPrefix {
    pub environment: Environment,
    id: [u8; ID],
}

impl KeyPrefix {
    fn new(environment: Environment, id: &str) -> Self {
        let mut bytes = [0; ID];
        bytes.copy_from_slice(id.as_bytes());
        Self { environment, id: bytes }
    }

    /// Parses the output of [`Display`](fmt::Display).
    pub fn parse(text: &str) -> Option<Self> {
        let (environment, id) = text.strip_prefix("tg_")?.split_once('_')?;
        (id.len() == ID && is_base62(id)).then_some(())?;
        Some(Self::new(environment.parse().ok()?, id))
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tg_{}_{}", self.environment, std::str::from_utf8(&self.id).unwrap_or_default())
    }
}

/// A presented key with valid form and checksum.
pub struct ParsedKey {
    pub prefix: KeyPrefix,
    pub hash: KeyHash,
}

impl ParsedKey {
    /// `None` if the text is not a key or was mistyped.
    pub fn parse(text: &str) -> Option<Self> {
        let named = text.strip_prefix("tg_")?;
        let of = |environment: Environment| {
            Some((environment, named.strip_prefix(environment.as_str())?.strip_prefix('_')?))
        };
        let (environment, rest) = Environment::ALL.into_iter().find_map(of)?;
        if rest.len() != ID + 1 + SECRET + CHECKSUM || !rest.is_ascii() {
            return None;
        }
        let (id, rest) = rest.split_at(ID);
        let secret = rest.strip_prefix('_')?;
        let (before, sum) = text.split_at(text.len() - CHECKSUM);
        if !is_base62(id) || !is_base62(secret) || checksum(before) != sum.as_bytes() {
            return None;
        }
        Some(Self { prefix: KeyPrefix::new(environment, id), hash: KeyHash::of(text) })
    }
}

fn is_base62(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_has_the_promised_form_and_reads_back() {
        for environment in Environment::ALL {
            let key = PlainKey::generate(environment);
            assert_eq!(key.expose().len(), 3 + environment.as_str().len() + 1 + 12 + 1 + 32 + 6);
            let parsed = ParsedKey::parse(key.expose()).unwrap();
            assert_eq!(parsed.prefix, key.prefix());
            assert!(parsed.hash.matches(&key.hash()));
            assert_eq!(KeyPrefix::parse(&key.prefix().to_string()), Some(key.prefix()));
            assert!(key.expose().starts_with(&format!("{}_", key.prefix())));
        }
    }

    #[test]
    fn any_single_changed_character_is_refused() {
        let key = PlainKey::generate(Environment::Live);
        for i in 0..key.expose().len() {
            let mut text = key.expose().as_bytes().to_vec();
            text[i] = if text[i] == b'a' { b'b' } else { b'a' };
            assert!(
                ParsedKey::parse(std::str::from_utf8(&text).unwrap()).is_none(),
                "position {i}"
            );
        }
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        let long = "tg_live_".repeat(100);
        for bad in [
            "",
            "tg_",
            "tg_live_",
            "sk_live_abc",
            "tg_test_aaaaaaaaaaaa_bbb",
            "tg_live_ééééééééé",
            long.as_str(),
        ] {
            assert!(ParsedKey::parse(bad).is_none(), "{bad}");
        }
    }
}
