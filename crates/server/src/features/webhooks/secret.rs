//! Signing keys and signatures of Standard Webhooks.

use std::fmt::Write;

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tollgate_types::time::Timestamp;

use crate::{Result, random};

pub const PREFIX: &str = "whsec_";
const LENGTH: usize = 32;

/// The key that signs deliveries to one endpoint. Without `Debug`: it must not appear in a log.
#[derive(Clone)]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    pub fn generate() -> Self {
        Self(random::bytes::<LENGTH>().to_vec())
    }

    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As its owner sees it, once: `whsec_` and base64.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    /// The signature of one attempt: of `id.timestamp.body`.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(anyhow::Error::from)?;
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The three headers of one attempt.
pub struct Signed {
    pub id: HeaderValue,
    pub timestamp: HeaderValue,
    pub signature: HeaderValue,
}

impl Signed {
    /// With each of `secrets`: during a rotation, receivers with either secret accept the delivery.
    pub fn new(secrets: &[WebhookSecret], id: &str, at: Timestamp, body: &[u8]) -> Result<Self> {
        let seconds = at.0.div_euclid(1_000);
        let mut signature = String::new();
        for secret in secrets {
            let space = if signature.is_empty() { "" } else { " " };
            let _ = write!(signature, "{space}{}", secret.sign(id, seconds, body)?);
        }
        let header = |text: &str| HeaderValue::from_str(text).map_err(anyhow::Error::from);
        Ok(Self {
            id: header(id)?,
            timestamp: header(&seconds.to_string())?,
            signature: header(&signature)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specifications_example() {
        let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = WebhookSecret::from_bytes(key).sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs_and_all_are_different() {
        let secrets = [WebhookSecret::generate(), WebhookSecret::generate()];
        let signed = Signed::new(&secrets, "evt_1", Timestamp(1_999), b"{}").unwrap();
        assert_eq!(signed.timestamp, "1");
        let both: Vec<&str> = signed.signature.to_str().unwrap().split(' ').collect();
        assert_eq!(both.len(), 2);
        assert_ne!(both[0], both[1]);
        assert!(secrets[0].expose().starts_with("whsec_") && secrets[0].as_bytes().len() == 32);
    }
}
