//! The signature by which an upstream knows that a call came from here, and for whom.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A product's secret, ready to sign with. Without `Debug`.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// # Errors
    /// If the secret cannot be a key, which HMAC says of none.
    pub fn new(secret: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(Hmac::new_from_slice(secret)?))
    }

    /// Appends `v1=` and the HMAC-SHA256, in hexadecimal, of the parts with a `.` between each two. No part but the path may have
    /// a `.`, and no method has the `/` that each path begins with, so no two lists of parts are one text.
    pub fn sign(&self, parts: [&str; 7], text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut mac = self.0.clone();
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                mac.update(b".");
            }
            mac.update(part.as_bytes());
        }
        text.push_str("v1=");
        for byte in mac.finalize().into_bytes() {
            text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]].map(char::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_all_parts() {
        let signer = Signer::new(b"secret").unwrap();
        let signed = |parts| {
            let mut text = String::new();
            signer.sign(parts, &mut text);
            text
        };
        let parts = ["1763760778", "GET", "/v2/pets?limit=1", "req_1", "org_1", "key_1", "live"];
        // openssl dgst -sha256 -hmac secret
        assert_eq!(signed(parts), "v1=c57b90e485ddfd6c16567998004e2ff81ea3b4ce365f85b0d6599777561f5ed2");
        for changed in 0..parts.len() {
            let mut parts = parts;
            parts[changed] = "other";
            assert_ne!(signed(parts), "v1=c57b90e485ddfd6c16567998004e2ff81ea3b4ce365f85b0d6599777561f5ed2");
        }
    }
}
