//! `Stripe-Signature` (docs.stripe.com/webhooks/signature): `t=SECONDS,v1=HEX,…`, HMAC-SHA256 of
//! `SECONDS.BODY`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tollgate_types::time::{SECOND, Timestamp};

/// The maximum difference between the signed time and now, in both directions.
const TOLERANCE: i64 = 300 * SECOND;
/// Signatures per header: two while a secret is being replaced.
const MAX_SIGNATURES: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("The Stripe-Signature header is missing or does not have the form t=…,v1=….")]
    Form,
    #[error(
        "The time of the signature differs from now by more than 300 seconds. Check the clocks."
    )]
    Time,
    #[error("The signature does not match the body, or was created with another secret.")]
    Wrong,
}

/// Checks that `body` was signed with `secret` recently.
pub fn verify(header: &str, body: &[u8], secret: &str, now: Timestamp) -> Result<(), BadSignature> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => time = Some(text),
            Some(("v1", hex)) if signatures.len() < MAX_SIGNATURES => signatures.push(hex),
            _ => {}
        }
    }
    let time = time.filter(|_| !signatures.is_empty()).ok_or(BadSignature::Form)?;
    let seconds: i64 = time.parse().map_err(|_| BadSignature::Form)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| BadSignature::Wrong)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    // In constant time, and before the clock: without the secret, nothing is learnt from the error.
    let is_right = signatures
        .iter()
        .filter_map(|hex| unhex(hex))
        .any(|bytes| mac.clone().verify_slice(&bytes).is_ok());
    if !is_right {
        return Err(BadSignature::Wrong);
    }
    let age = now.0.saturating_sub(seconds.saturating_mul(SECOND));
    if age.abs() > TOLERANCE { Err(BadSignature::Time) } else { Ok(()) }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const AT: i64 = 1_790_000_000;

    fn sign(seconds: i64, body: &[u8], secret: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn verified(header: &str) -> Result<(), BadSignature> {
        verify(header, BODY, "whsec_a", Timestamp(AT * 1_000))
    }

    #[test]
    fn a_right_signature_passes_also_beside_others() {
        let right = sign(AT, BODY, "whsec_a");
        assert_eq!(verified(&format!("t={AT},v1={right}")), Ok(()));
        assert_eq!(
            verified(&format!("t={AT},v1={},v1={right},v0=ff", sign(AT, BODY, "whsec_old"))),
            Ok(())
        );
    }

    #[test]
    fn a_signature_of_another_body_secret_or_time_is_refused() {
        for signature in [
            sign(AT, b"{}", "whsec_a"),
            sign(AT, BODY, "whsec_b"),
            sign(AT + 1, BODY, "whsec_a"),
            "zz".into(),
            "abc".into(),
        ] {
            assert_eq!(
                verified(&format!("t={AT},v1={signature}")),
                Err(BadSignature::Wrong),
                "{signature}"
            );
        }
        for seconds in [AT - 301, AT + 301] {
            assert_eq!(
                verified(&format!("t={seconds},v1={}", sign(seconds, BODY, "whsec_a"))),
                Err(BadSignature::Time)
            );
        }
        for seconds in [AT - 300, AT + 300] {
            assert_eq!(
                verified(&format!("t={seconds},v1={}", sign(seconds, BODY, "whsec_a"))),
                Ok(())
            );
        }
    }

    #[test]
    fn a_header_without_time_or_signature_is_refused() {
        for header in
            ["", "t=1", "v1=ff", "t=x,v1=ff", "t,v1", &format!("t={},v1=ff", i64::MAX) as &str]
        {
            assert!(verified(header).is_err(), "{header}");
        }
    }
}
