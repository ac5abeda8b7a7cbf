//! The signature with which an upstream verifies that a call came from Tollgate, and for whom.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tollgate_types::time::Timestamp;

/// A product's secret as a signing key. Without `Debug`.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// # Panics
    /// Never: a secret of any length can be a key of HMAC (RFC 2104).
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// Appends `v1=` and the HMAC-SHA256, in hexadecimal, of the parts, joined by `.`. Only the
    /// path may contain a `.`, and no method has the `/` that each path starts with, so two lists
    /// of parts never give the same text.
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
            text.extend(
                [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]].map(char::from),
            );
        }
    }
}

/// All secrets of a product: during a rotation, servers with either secret accept the call. Without
/// `Debug`.
#[derive(Clone)]
pub struct Signers {
    newest: Signer,
    /// With the end of each.
    older: Vec<(Signer, Timestamp)>,
}

impl Signers {
    pub fn new(newest: &[u8], older: &[(&[u8], Timestamp)]) -> Self {
        let older = older.iter().map(|(secret, until)| (Signer::new(secret), *until));
        Self { newest: Signer::new(newest), older: older.collect() }
    }

    /// Appends a signature with each secret that is valid at `now`, newest first, separated by
    /// commas.
    pub fn sign(&self, parts: [&str; 7], now: Timestamp, text: &mut String) {
        self.newest.sign(parts, text);
        for (signer, _) in self.older.iter().filter(|(_, until)| now < *until) {
            text.push(',');
            signer.sign(parts, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_valid_secret_signs_and_an_expired_one_does_not() {
        let parts = ["1763760778", "GET", "/", "req_1", "org_1", "key_1", "live"];
        let alone = |secret: &[u8]| {
            let mut text = String::new();
            Signer::new(secret).sign(parts, &mut text);
            text
        };
        let signers = Signers::new(b"new", &[(b"old", Timestamp(10)), (b"older", Timestamp(5))]);
        let signed = |now| {
            let mut text = String::new();
            signers.sign(parts, Timestamp(now), &mut text);
            text
        };
        assert_eq!(signed(4), [alone(b"new"), alone(b"old"), alone(b"older")].join(","));
        assert_eq!(signed(5), [alone(b"new"), alone(b"old")].join(","));
        assert_eq!(signed(10), alone(b"new"));
    }

    #[test]
    fn the_signature_is_the_hmac_of_all_parts() {
        let signer = Signer::new(b"secret");
        let signed = |parts| {
            let mut text = String::new();
            signer.sign(parts, &mut text);
            text
        };
        let parts = ["1763760778", "GET", "/v2/pets?limit=1", "req_1", "org_1", "key_1", "live"];
        // openssl dgst -sha256 -hmac secret
        assert_eq!(
            signed(parts),
            "v1=c57b90e485ddfd6c16567998004e2ff81ea3b4ce365f85b0d6599777561f5ed2"
        );
        for changed in 0..parts.len() {
            let mut parts = parts;
            parts[changed] = "other";
            assert_ne!(
                signed(parts),
                "v1=c57b90e485ddfd6c16567998004e2ff81ea3b4ce365f85b0d6599777561f5ed2"
            );
        }
    }
}
