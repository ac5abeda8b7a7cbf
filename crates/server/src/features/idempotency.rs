//! Idempotency keys: a repeated call is carried out once and gets the same response
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! One of several concurrent calls claims the key by inserting its row, on any instance. The claim
//! has a lease, so that a crashed call does not block the others. The effects of a call commit only
//! while it still holds the claim, and the same transaction marks the row as effective: so no
//! effect happens twice, however slow a call is and whenever it crashes. A crash between effect and
//! response leaves a key whose repetitions get an error that says so.

mod key;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;
use tollgate_types::time::{DAY, MINUTE, Timestamp};

pub use key::IdempotencyKey;

use crate::db::{Db, Fence, Tx};
use crate::{Error, Result};

/// How long responses are stored; after that, the key stands for a new call.
pub const KEEP: i64 = DAY;
/// How long a call holds the key exclusively. Longer than any call to another server may take: no
/// transaction of ours can undo what such a call does.
pub const LEASE: i64 = 2 * MINUTE;
/// Larger responses are not stored.
pub const MAX_RESPONSE: usize = 1024 * 1024;

/// The scope in which a key stands for one call.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Id of the organisation or of the admin token.
    pub owner: Arc<str>,
    pub environment: Environment,
    pub product: Arc<str>,
    pub operation: String,
    pub key: IdempotencyKey,
}

/// What distinguishes requests from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hash of method, path with query, content type and body.
    pub fn of(parts: [&[u8]; 4]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // With its length, so that no part can be confused with the end of the previous one.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

#[derive(Clone, Debug)]
pub struct StoredResponse {
    pub status: u16,
    /// The problem's code; empty if the response is not a problem.
    pub code: String,
    pub headers: Vec<(String, String)>,
    /// `None` if it was not stored.
    pub body: Option<Bytes>,
}

/// What to do with a call that has a key.
#[derive(Debug)]
pub enum Claimed {
    /// Carry out the call.
    Mine(Claim),
    /// Return the stored response.
    Stored(StoredResponse),
}

/// The right to carry out a call. End it with [`store_response`](Self::store_response),
/// [`release`](Self::release) or [`leave_unknown`](Self::leave_unknown); otherwise its lease
/// expires.
#[derive(Debug)]
pub struct Claim {
    scope: Scope,
    by: RequestId,
    /// Whether the call may have reached another server.
    is_sent: AtomicBool,
}

/// Claims a key for the call `by`.
///
/// # Errors
/// `idempotency_mismatch`, `idempotency_in_flight`, `idempotency_unknown` for a call that was sent
/// to another server and got no response, and `conflict` for a call whose response was not stored.
pub async fn claim(
    db: &Db,
    scope: Scope,
    fingerprint: Fingerprint,
    by: &RequestId,
    now: Timestamp,
) -> Result<Claimed> {
    let mut tx = db.begin().await?;
    let is_mine =
        store::claim(&mut tx, &scope, &fingerprint, by, now.plus(LEASE), now.plus(-KEEP), now)
            .await?;
    tx.commit().await?;
    if is_mine {
        return Ok(Claimed::Mine(Claim { scope, by: *by, is_sent: AtomicBool::new(false) }));
    }
    // The row is gone again if its call was released just now.
    let row = store::find(db, &scope).await?.ok_or_else(in_flight)?;
    if row.fingerprint != fingerprint.0 {
        return Err(Error::new(
            Code::IdempotencyMismatch,
            "This Idempotency-Key was used for another request: method, path, query, content type and body must be the same. Use a new key for a new call.",
        ));
    }
    let (has_lease, took_effect, sent) = (now.0 < row.leased_until, row.took_effect, row.sent);
    match row.answer()? {
        Some(answer) if answer.body.is_some() => Ok(Claimed::Stored(answer)),
        Some(answer) => {
            let status = answer.status;
            let why = "its response was not stored, because it is too large or contains a secret that is shown once";
            Err(Error::new(
                Code::Conflict,
                format!(
                    "The call with this Idempotency-Key was carried out with status {status}; {why}. Fetch the object to see the result."
                ),
            ))
        }
        None if sent && !has_lease => Err(Error::new(
            Code::IdempotencyUnknown,
            "The call with this Idempotency-Key was sent to the product's server, but no response came back: it may have been carried out, so it is not sent again. Check the result, and send the call with a new key if it had no effect.",
        )),
        None if took_effect && !has_lease => Err(Error::new(
            Code::Conflict,
            "The call with this Idempotency-Key was carried out, but its response was lost. It is not carried out again. Fetch the object to see the result.",
        )),
        None => Err(in_flight()),
    }
}

fn in_flight() -> Error {
    Error::new(
        Code::IdempotencyInFlight,
        "A call with this Idempotency-Key is still in progress. Try again in a second.",
    )
    .retry_after(1)
}

impl Claim {
    /// Stores the response for repetitions of the call.
    pub async fn store_response(&self, db: &Db, answer: &StoredResponse) -> Result<()> {
        let mut tx = db.begin().await?;
        store::store_response(&mut tx, &self.scope, &self.by, answer).await?;
        tx.commit().await
    }

    /// Records, before anything is sent to another server, that the call may have reached it: from
    /// then on only this claim may send it, even after a crash.
    ///
    /// # Errors
    /// `idempotency_in_flight` if another call has taken over the claim.
    pub async fn mark_sent(&self, db: &Db) -> Result<()> {
        let mut tx = db.begin().await?;
        if !store::mark_sent(&mut tx, &self.scope, &self.by).await? {
            return Err(in_flight());
        }
        tx.commit().await?;
        self.is_sent.store(true, Ordering::Release);
        Ok(())
    }

    /// Reverts [`mark_sent`](Self::mark_sent), if no byte was sent after all.
    pub fn take_back(&self) {
        self.is_sent.store(false, Ordering::Release);
    }

    /// Whether the call may have reached another server.
    pub fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Acquire)
    }

    /// Marks the outcome of a sent call without a response as unknown: from now on its repetitions
    /// get `idempotency_unknown`.
    pub async fn leave_unknown(&self, db: &Db, now: Timestamp) -> Result<()> {
        let mut tx = db.begin().await?;
        store::end_lease(&mut tx, &self.scope, &self.by, now).await?;
        tx.commit().await
    }

    /// Allows the call to be sent again immediately, unless it took effect.
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

/// Deletes expired keys in batches, so that others can write in between.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::OLD.delete(db, now.plus(-KEEP).0).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_where_its_parts_end() {
        let of = |path: &str, body: &str| {
            Fingerprint::of([b"POST", path.as_bytes(), b"application/json", body.as_bytes()])
        };
        assert_eq!(of("/a", "b"), of("/a", "b"));
        assert_ne!(of("/a", "b"), of("/ab", ""));
        assert_ne!(of("/a", "b"), of("/a", "c"));
    }
}
