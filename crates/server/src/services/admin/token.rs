//! The text of an admin token: `tg_admin_{12 characters id}_{32 characters secret}{6 characters
//! checksum}`, the form of an API key, so that scanners for leaked keys find these as well.

use sha2::{Digest, Sha256};

use crate::keys::checksum;
use crate::random;

const BEGIN: &str = "tg_admin_";
const ID: usize = 12;
const SECRET: usize = 32;
const CHECKSUM: usize = 6;

pub type TokenHash = [u8; 32];

/// A whole token. Like a key it has no `Debug`, `Display` or `Serialize`.
pub struct PlainToken(String);

impl PlainToken {
    /// A new token with 190 bits of secret from the operating system.
    pub fn generate() -> Self {
        let mut text = format!("{BEGIN}{}_{}", random::base62(ID), random::base62(SECRET));
        text.extend(checksum(&text).map(char::from));
        Self(text)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The visible part.
    pub fn prefix(&self) -> String {
        self.0.chars().take(BEGIN.len() + ID).collect()
    }

    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// The hash for looking up a token; `None` for a text that is not a token, or is mistyped, which
/// saves the look-up.
pub fn hash_of(text: &str) -> Option<TokenHash> {
    let (id, secret) = text.strip_prefix(BEGIN)?.split_once('_')?;
    let is_base62 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    if id.len() != ID || secret.len() != SECRET + CHECKSUM || !is_base62(id) || !is_base62(secret) {
        return None;
    }
    let (before, sum) = text.split_at(text.len() - CHECKSUM);
    (checksum(before) == sum.as_bytes()).then(|| Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_any_changed_character_is_noticed() {
        let token = PlainToken::generate();
        assert_eq!(hash_of(token.expose()), Some(token.hash()));
        assert!(token.expose().starts_with(&format!("{}_", token.prefix())));
        for i in 0..token.expose().len() {
            let mut text = token.expose().as_bytes().to_vec();
            text[i] = if text[i] == b'a' { b'b' } else { b'a' };
            assert_eq!(hash_of(std::str::from_utf8(&text).unwrap()), None, "position {i}");
        }
        for bad in ["", "tg_admin_", "tg_live_aaaaaaaaaaaa_b", "tg_admin_éééééé_é"] {
            assert_eq!(hash_of(bad), None, "{bad}");
        }
    }
}
