//! Password hashes: Argon2id with the parameters OWASP recommends (19 MiB, two passes). Each hash
//! keeps a core busy for tens of milliseconds, so they run beside the async threads, and only a few
//! at a time: a flood of logins must not starve the gateway.

use std::time::Duration;

use anyhow::Context;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::fields::Password;
use crate::server::{Error, Result};
use crate::types::code::Code;

/// Hashes that are computed at a time, 19 MiB each.
static SLOTS: Semaphore = Semaphore::const_new(4);
/// Nobody waits longer for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// No password hashes to this. It is verified against when there is no account, which must take as
/// long as when there is one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Passwords beyond this were never accepted, and are not worth hashing.
const MAX_BYTES: usize = 1024;

pub async fn hash(password: &Password) -> Result<String> {
    let _slot = slot().await?;
    let text = password.expose().to_owned();
    let hashed = tokio::task::spawn_blocking(move || Argon2::default().hash_password(text.as_bytes()).map(|hash| hash.to_string()));
    let hashed = hashed.await.context("hashing a password was cut off")?;
    Ok(hashed.map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?)
}

/// Whether `password` is the one that was hashed; without a hash, false after the same time.
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    let _slot = slot().await?;
    let (text, phc) = (password.as_bytes().to_vec(), hash.unwrap_or(NOBODY).to_owned());
    let matches = tokio::task::spawn_blocking(move || {
        let text = text.get(..MAX_BYTES).unwrap_or(&text);
        let parsed = PasswordHash::new(&phc).map_err(|error| anyhow::anyhow!("a stored password hash cannot be read: {error}"))?;
        Ok::<_, anyhow::Error>(Argon2::default().verify_password(text, &parsed).is_ok())
    });
    let matches = matches.await.context("verifying a password was cut off")??;
    Ok(matches && hash.is_some() && password.len() <= MAX_BYTES)
}

async fn slot() -> Result<SemaphorePermit<'static>> {
    let busy =
        || Error::new(Code::Unavailable, "Too many people are logging in at this moment. Try again in a few seconds.").retry_after(5);
    let acquired = tokio::time::timeout(PATIENCE, SLOTS.acquire()).await.map_err(|_| busy())?;
    Ok(acquired.context("the slots for hashing are never closed")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_against_its_own_hash_only() {
        let password = Password::parse("correct horse battery", "password").ok().unwrap();
        let hashed = hash(&password).await.unwrap();
        assert!(verify("correct horse battery", Some(&hashed)).await.unwrap());
        assert!(!verify("correct horse batterz", Some(&hashed)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_costs_as_much_as_a_real_one() {
        let hashed = hash(&Password::parse("correct horse battery", "password").ok().unwrap()).await.unwrap();
        let cost = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(&hashed), cost(NOBODY));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
