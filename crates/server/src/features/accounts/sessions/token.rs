//! Secrets that are given out once and stored only as a hash: the values of session cookies, and
//! the tokens in mailed links. Neither can be used by somebody who reads the database.

use sha2::{Digest, Sha256};

use crate::random;

const LEN: usize = 43;

/// The secret itself. Without `Debug`, `Display` or `Serialize`, so that it cannot appear in a log.
pub struct Token(String);

pub type TokenHash = [u8; 32];

impl Token {
    #[must_use]
    pub fn new() -> Self {
        Self(random::token())
    }

    /// `None` for a text that cannot be a token, which saves the look-up.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.len() == LEN && text.bytes().all(|b| b.is_ascii_alphanumeric()))
            .then(|| Self(text.to_owned()))
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
