//! All SQL of idempotency keys.

use bytes::Bytes;
use sqlx::{query, query_as};
use tollgate_types::id::RequestId;
use tollgate_types::time::Timestamp;

use super::{Fingerprint, Scope, StoredResponse};
use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

/// Claims the key for the call `by`, in one statement, so that only one of several callers gets it:
/// if it is unused since `kept_since`, or if the call that had it neither took effect, nor was sent
/// to another server, nor responded within its lease.
pub async fn claim(
    tx: &mut Tx,
    scope: &Scope,
    fingerprint: &Fingerprint,
    by: &RequestId,
    leased_until: Timestamp,
    kept_since: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let claimed = in_tx!(tx, |c| {
        query(
        "insert into idempotency_keys
         (owner_id, environment, product, operation, key, fingerprint, claimed_by, leased_until, took_effect, sent, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, false, false, $10)
         on conflict (owner_id, environment, product, operation, key) do update set
         fingerprint = excluded.fingerprint, claimed_by = excluded.claimed_by, leased_until = excluded.leased_until, took_effect = false,
         sent = false, status = null, code = null, headers_json = null, body = null, created_at = excluded.created_at
         where idempotency_keys.created_at <= $9 or (idempotency_keys.fingerprint = excluded.fingerprint
             and idempotency_keys.status is null and not idempotency_keys.took_effect and not idempotency_keys.sent
             and idempotency_keys.leased_until <= $10)"
    )
    .bind(&*scope.owner)
    .bind(scope.environment.as_str())
    .bind(&*scope.product)
    .bind(&scope.operation)
    .bind(scope.key.as_str())
    .bind(&fingerprint.0[..])
    .bind(by.as_str())
    .bind(leased_until.0)
    .bind(kept_since.0)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(claimed == 1)
}

#[derive(sqlx::FromRow)]
pub struct Row {
    pub fingerprint: Vec<u8>,
    pub leased_until: i64,
    pub took_effect: bool,
    pub sent: bool,
    status: Option<i64>,
    code: Option<String>,
    headers_json: Option<String>,
    body: Option<Vec<u8>>,
}

impl Row {
    /// `None` while the call runs.
    pub fn answer(self) -> Result<Option<StoredResponse>> {
        let Some(status) = self.status else { return Ok(None) };
        Ok(Some(StoredResponse {
            status: u16::try_from(status).map_err(anyhow::Error::from)?,
            code: self.code.unwrap_or_default(),
            headers: serde_json::from_str(self.headers_json.as_deref().unwrap_or("[]"))?,
            body: self.body.map(Bytes::from),
        }))
    }
}

pub async fn find(db: &Db, scope: &Scope) -> Result<Option<Row>> {
    Ok(on!(db, |c| {
        query_as(
        "select fingerprint, leased_until, took_effect, sent, status, code, headers_json, body from idempotency_keys
         where owner_id = $1 and environment = $2 and product = $3 and operation = $4 and key = $5"
    )
    .bind(&*scope.owner)
    .bind(scope.environment.as_str())
    .bind(&*scope.product)
    .bind(&scope.operation)
    .bind(scope.key.as_str())
    .fetch_optional(c)
    .await
    })?)
}

/// A statement on the key while the call `by` has it. More parameters begin with `$7`.
macro_rules! of_holder {
    ($statement:literal, $scope:expr, $by:expr) => {
        query(concat!(
            $statement,
            "owner_id = $1 and environment = $2 and product = $3 and operation = $4 and key = $5
             and claimed_by = $6"
        ))
        .bind(&*$scope.owner)
        .bind($scope.environment.as_str())
        .bind(&*$scope.product)
        .bind(&$scope.operation)
        .bind($scope.key.as_str())
        .bind($by.as_str())
    };
}

/// Records that the action of `by` takes effect. False if it no longer has the key.
pub async fn take_effect(tx: &mut Tx, scope: &Scope, by: &RequestId) -> Result<bool> {
    let held = in_tx!(tx, |c| {
        of_holder!("update idempotency_keys set took_effect = true where ", scope, by)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(held == 1)
}

/// Records that the request of `by` is about to be sent to another server. False if it no longer
/// has the key.
pub async fn mark_sent(tx: &mut Tx, scope: &Scope, by: &RequestId) -> Result<bool> {
    let held = in_tx!(tx, |c| {
        of_holder!("update idempotency_keys set sent = true where ", scope, by)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(held == 1)
}

/// Ends the lease of `by` at `now`.
pub async fn end_lease(tx: &mut Tx, scope: &Scope, by: &RequestId, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| {
        of_holder!("update idempotency_keys set leased_until = $7 where ", scope, by)
            .bind(now.0)
            .execute(c)
            .await
            .map(drop)
    })?;
    Ok(())
}

pub async fn store_response(
    tx: &mut Tx,
    scope: &Scope,
    by: &RequestId,
    answer: &StoredResponse,
) -> Result<()> {
    let headers_json = serde_json::to_string(&answer.headers)?;
    in_tx!(tx, |c| {
        of_holder!("update idempotency_keys set status = $7, code = $8, headers_json = $9, body = $10 where ", scope, by)
    .bind(i64::from(answer.status))
    .bind(&answer.code)
    .bind(&headers_json)
    .bind(answer.body.as_deref())
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Releases the key, unless the action of `by` took effect.
pub async fn release(tx: &mut Tx, scope: &Scope, by: &RequestId) -> Result<()> {
    in_tx!(tx, |c| {
        of_holder!("delete from idempotency_keys where not took_effect and ", scope, by)
            .execute(c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Keys that were claimed at or before a time. Their responses may be large.
pub const OLD: Expired = Expired {
    any: "select key from idempotency_keys where created_at <= $1 limit 1",
    delete: "delete from idempotency_keys where (owner_id, environment, product, operation, key) in
        (select owner_id, environment, product, operation, key from idempotency_keys where created_at <= $1 order by created_at limit $2)",
    chunk: CHUNK,
};
