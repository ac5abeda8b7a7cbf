//! Secrets that are handed out once and kept only as their hash: what a session's cookie holds, and
//! what the links in mails carry. Whoever reads the database can use neither.

use sha2::{Digest, Sha256};

use crate::server::random;

const LEN: usize = 43;

/// The secret itself. It has no `Debug`, `Display` or `Serialize`, so that it cannot end up in a log.
pub struct Token(String);

pub type TokenHash = [u8; 32];

impl Token {
    #[must_use]
    pub fn new() -> Self {
        Self(random::token())
    }

    /// None for a text that cannot be a token, which saves the look-up.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.len() == LEN && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| Self(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// 256 random bits need no salt and no slow hash.
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_is_read_back_and_hashes_the_same() {
        let token = Token::new();
        assert_eq!(Token::parse(token.expose()).unwrap().hash(), token.hash());
        assert_ne!(Token::new().hash(), token.hash());
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        for text in ["", "short", &"a".repeat(44), &"-".repeat(43)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
