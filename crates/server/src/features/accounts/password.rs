//! Password hashes: Argon2id with the parameters that OWASP recommends (19 MiB, two passes). Each
//! hash occupies a core for tens of milliseconds, so hashing runs on separate threads, a few at a
//! time: a flood of log-ins must not slow down the gateway.

use std::time::Duration;

use anyhow::Context;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::{Semaphore, SemaphorePermit};
use tollgate_types::code::Code;

use super::fields::{Password, normalised};
use crate::{Error, Result};

/// Concurrent hashes, 19 MiB each.
static SLOTS: Semaphore = Semaphore::const_new(4);
/// The maximum wait for a slot.
const PATIENCE: Duration = Duration::from_secs(10);

/// No password has this hash. It is verified if there is no account, which must take as long as
/// with one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Longer passwords were never accepted, and are not hashed.
const MAX_BYTES: usize = 1024;

pub async fn hash(password: &Password) -> Result<String> {
    let _slot = slot().await?;
    let text = password.expose().to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(text.as_bytes()).map(|hash| hash.to_string())
    });
    let hashed = hashed.await.context("hashing a password was interrupted")?;
    Ok(hashed.map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?)
}

/// Whether `password` matches the hash; without a hash, false after the same time.
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    let _slot = slot().await?;
    let is_too_long = password.len() > MAX_BYTES;
    let typed = if is_too_long { String::new() } else { password.to_owned() };
    let phc = hash.unwrap_or(NOBODY).to_owned();
    let matches = tokio::task::spawn_blocking(move || {
        let parsed = PasswordHash::new(&phc)
            .map_err(|error| anyhow::anyhow!("a stored password hash cannot be read: {error}"))?;
        let is_it =
            |text: &str| Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok();
        let normalised = normalised(&typed);
        // Before passwords were normalised, they were hashed as typed. Both forms are tried, with
        // or without an account.
        let was_it = typed != normalised && is_it(&typed);
        Ok::<_, anyhow::Error>(is_it(&normalised) || was_it)
    });
    let matches = matches.await.context("verifying a password was interrupted")??;
    Ok(matches && hash.is_some() && !is_too_long)
}

async fn slot() -> Result<SemaphorePermit<'static>> {
    let busy = || {
        Error::new(
            Code::Unavailable,
            "Too many people are logging in at the moment. Try again in a few seconds.",
        )
        .retry_after(5)
    };
    let acquired = tokio::time::timeout(PATIENCE, SLOTS.acquire()).await.map_err(|_| busy())?;
    Ok(acquired.context("the slots for hashing are never closed")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_against_its_own_hash_only() {
        let password = Password::parse("correct horse battery", "password", &[]).ok().unwrap();
        let hashed = hash(&password).await.unwrap();
        assert!(verify("correct horse battery", Some(&hashed)).await.unwrap());
        assert!(!verify("correct horse batterz", Some(&hashed)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_one_however_its_characters_are_composed_and_old_hashes_still_count() {
        // Composed, decomposed, and in full width.
        let spellings = [
            "Grüße aus Köln am Rhein",
            "Gru\u{308}ße aus Ko\u{308}ln am Rhein",
            "Ｇrüße aus Köln am Ｒhein",
        ];
        for typed in spellings {
            let hashed =
                hash(&Password::parse(typed, "password", &[]).ok().unwrap()).await.unwrap();
            for spelling in spellings {
                assert!(verify(spelling, Some(&hashed)).await.unwrap(), "{spelling}");
            }
        }
        // As an earlier version hashed it.
        let old = Argon2::default().hash_password(spellings[1].as_bytes()).unwrap().to_string();
        assert!(verify(spellings[1], Some(&old)).await.unwrap());
        assert!(!verify("Gruße aus Koln am Rhein", Some(&old)).await.unwrap());
        assert!(!verify(&"ä".repeat(1_000), Some(&old)).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_costs_as_much_as_a_real_one() {
        let hashed = hash(&Password::parse("correct horse battery", "password", &[]).ok().unwrap())
            .await
            .unwrap();
        let cost = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(&hashed), cost(NOBODY));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
