//! Idempotency keys: a call that is sent again is carried out once and answered alike
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! One of many callers claims a key by writing its row, on whichever instance it is. The claim has a lease, so
//! that a caller that dies does not block the others. What the caller does commits only while the claim is
//! still its, and the row then says that it took effect, in the same transaction: so no effect happens twice,
//! however slow a caller is and whenever it dies. What dies between its effect and its answer leaves a key
//! whose repetitions are told so.

mod key;
mod store;

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

pub use key::IdempotencyKey;

use super::db::{Db, Fence, Tx};
use super::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::{OrgId, RequestId};
use crate::types::time::{DAY, MINUTE, Timestamp};

/// Answers are kept so long; after that a key means a new call.
pub const KEEP: i64 = DAY;
/// How long a call has the key for itself. Longer than any call to another server may take: what such a call
/// does there, no transaction of ours can undo.
pub const LEASE: i64 = 2 * MINUTE;
/// Larger answers are not kept.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// Where a key means one call.
#[derive(Clone, Debug)]
pub struct Scope {
    pub org: OrgId,
    pub environment: Environment,
    pub product: Arc<str>,
    pub operation: String,
    pub key: IdempotencyKey,
}

/// What tells one request from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of method, path with query, content type and body.
    pub fn of(parts: [&[u8]; 4]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // With its length, so that no part can pass for the end of the one before.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

#[derive(Clone, Debug)]
pub struct StoredAnswer {
    pub status: u16,
    /// The problem's code; empty if it is none.
    pub code: String,
    pub headers: Vec<(String, String)>,
    /// None if it was not kept.
    pub body: Option<Bytes>,
}

/// What a caller with a key is to do.
#[derive(Debug)]
pub enum Claimed {
    /// Carry the call out.
    Mine(Claim),
    /// Give the first answer again; its body is there.
    Answered(StoredAnswer),
}

/// The right to carry out a call. To be ended by [`keep_answer`](Self::keep_answer) or [`release`](Self::release);
/// if it is not, its lease ends it.
#[derive(Debug)]
pub struct Claim {
    scope: Scope,
    by: RequestId,
}

/// Claims a key for the call `by`.
///
/// # Errors
/// `idempotency_mismatch`, `idempotency_in_flight`, and `conflict` for a call whose answer is not there to be given.
pub async fn claim(db: &Db, scope: Scope, fingerprint: Fingerprint, by: &RequestId, now: Timestamp) -> Result<Claimed> {
    let mut tx = db.begin().await?;
    let is_mine = store::claim(&mut tx, &scope, &fingerprint, by, now.plus(LEASE), now.plus(-KEEP), now).await?;
    tx.commit().await?;
    if is_mine {
        return Ok(Claimed::Mine(Claim { scope, by: *by }));
    }
    // Gone again, if its call was given up just now.
    let row = store::find(db, &scope).await?.ok_or_else(in_flight)?;
    if row.fingerprint != fingerprint.0 {
        return Err(Error::new(
            Code::IdempotencyMismatch,
            "This Idempotency-Key was used for another request: method, path, query, content type and body must be the same. Use a new key for a new call.",
        ));
    }
    let (has_lease, took_effect) = (now.0 < row.leased_until, row.took_effect);
    match row.answer()? {
        Some(answer) if answer.body.is_some() => Ok(Claimed::Answered(answer)),
        Some(answer) => {
            let status = answer.status;
            let why = "its answer was not kept, because it is too large or holds a secret that is shown once";
            Err(Error::new(
                Code::Conflict,
                format!(
                    "The call with this Idempotency-Key was carried out and answered {status}; {why}. Fetch the object to see what it came to."
                ),
            ))
        }
        None if took_effect && !has_lease => Err(Error::new(
            Code::Conflict,
            "The call with this Idempotency-Key was carried out, but its answer was lost. It is not carried out again; fetch the object to see what it came to.",
        )),
        None => Err(in_flight()),
    }
}

fn in_flight() -> Error {
    Error::new(Code::IdempotencyInFlight, "A call with this Idempotency-Key is still being carried out. Try again in a second.")
        .retry_after(1)
}

impl Claim {
    /// Keeps the answer for whoever sends the call again.
    pub async fn keep_answer(&self, db: &Db, answer: &StoredAnswer) -> Result<()> {
        let mut tx = db.begin().await?;
        store::keep_answer(&mut tx, &self.scope, &self.by, answer).await?;
        tx.commit().await
    }

    /// Lets the call be sent again at once, unless it took effect.
    pub async fn release(&self, db: &Db) -> Result<()> {
        let mut tx = db.begin().await?;
        store::release(&mut tx, &self.scope, &self.by).await?;
        tx.commit().await
    }
}

impl Fence for Claim {
    fn pass<'a>(&'a self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_mine = store::take_effect(tx, &self.scope, &self.by).await?;
            if is_mine { Ok(()) } else { Err(in_flight()) }
        }
        .boxed()
    }
}

/// Deletes keys that are too old to count, some at a time, so that others can write in between.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    loop {
        let mut tx = db.begin().await?;
        let deleted = store::delete_old(&mut tx, now.plus(-KEEP)).await?;
        tx.commit().await?;
        if deleted == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_where_one_part_ends() {
        let of = |path: &str, body: &str| Fingerprint::of([b"POST", path.as_bytes(), b"application/json", body.as_bytes()]);
        assert_eq!(of("/a", "b"), of("/a", "b"));
        assert_ne!(of("/a", "b"), of("/ab", ""));
        assert_ne!(of("/a", "b"), of("/a", "c"));
    }
}
