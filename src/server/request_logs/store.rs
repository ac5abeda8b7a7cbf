//! All SQL of request logs: blocks in, blocks out.

use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as, query_scalar};

use super::block::{self, Block, End, MAX_ROWS};
use crate::server::Result;
use crate::server::db::{Db, Tx, TxInner, in_tx, on};
use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::log::Ended;

/// Writes the logs of one organisation and environment.
pub async fn insert(tx: &mut Tx, org: &str, environment: Environment, block: Block) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into request_log_blocks (org_id, environment, first_id, last_id, calls, data) values ($1, $2, $3, $4, $5, $6)"
    )
    .bind(org)
    .bind(environment.as_str())
    .bind(block.first_id.as_slice())
    .bind(block.last_id.as_slice())
    .bind(block.calls)
    .bind(block.data)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub async fn insert_ends(tx: &mut Tx, ends: &[End]) -> Result<()> {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    in_tx!(tx, |c| {
        let mut insert = QueryBuilder::new("insert into request_log_ends (id, org_id, request_bytes, response_bytes, duration_us, ended) ");
        insert.push_values(ends, |mut row, end| {
            row.push_bind(end.id.to_be_bytes().to_vec())
                .push_bind(Arc::clone(&end.org_id))
                .push_bind(signed(end.request_bytes))
                .push_bind(signed(end.response_bytes))
                .push_bind(signed(end.duration_us))
                .push_bind(i64::from(end.ended as u8));
        });
        // A call has one end. Should two be found, the applier must not stop at the second.
        insert.push(" on conflict (id) do nothing");
        insert.build().persistent(false).execute(c).await.map(drop)
    })?;
    Ok(())
}

/// How the answers to these calls of an organisation ended, as far as that is known.
pub async fn ends(tx: &mut Tx, org: &OrgId, ids: &[u128]) -> Result<Vec<End>> {
    let rows: Vec<(Vec<u8>, i64, i64, i64, i64)> = in_tx!(tx, |c| {
        let mut select =
            QueryBuilder::new("select id, request_bytes, response_bytes, duration_us, ended from request_log_ends where org_id = ");
        select.push_bind(org.as_str()).push(" and id in (");
        let mut list = select.separated(", ");
        for id in ids {
            list.push_bind(id.to_be_bytes().to_vec());
        }
        select.push(")").build_query_as().persistent(false).fetch_all(c).await
    })?;
    let end = |(id, request, response, duration, ended): (Vec<u8>, i64, i64, i64, i64)| {
        Ok(End {
            id: block::id(&id)?,
            org_id: org.clone().into(),
            request_bytes: request.unsigned_abs(),
            response_bytes: response.unsigned_abs(),
            duration_us: duration.unsigned_abs(),
            ended: Ended::from_number(u8::try_from(ended).unwrap_or_default()),
        })
    };
    rows.into_iter().map(end).collect()
}

/// Deletes up to 1,000 ends of calls that came before `cutoff`, and says how many.
pub async fn delete_ends(tx: &mut Tx, cutoff: u128) -> Result<u64> {
    Ok(in_tx!(tx, |c| query(
        "delete from request_log_ends where id in (select id from request_log_ends where id < $1 order by id limit 1000)"
    )
    .bind(cutoff.to_be_bytes().as_slice())
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// Sizes of the blocks that [`older`] gives, in bytes.
pub async fn sizes(tx: &mut Tx, org: &OrgId, environment: Environment, before: u128, below: u128, limit: i64) -> Result<Vec<i64>> {
    Ok(in_tx!(tx, |c| query_scalar(
        "select cast(length(data) as bigint) from request_log_blocks
         where org_id = $1 and environment = $2 and last_id < $3 and first_id < $4 order by last_id desc limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(below.to_be_bytes().as_slice())
    .bind(before.to_be_bytes().as_slice())
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Blocks that may hold calls before `before`: those whose last id is below `below`, the newest first, with
/// their last ids.
pub async fn older(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    before: u128,
    below: u128,
    limit: i64,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    Ok(in_tx!(tx, |c| query_as(
        "select last_id, data from request_log_blocks
         where org_id = $1 and environment = $2 and last_id < $3 and first_id < $4 order by last_id desc limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(below.to_be_bytes().as_slice())
    .bind(before.to_be_bytes().as_slice())
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Blocks that may hold the call `id`; their last ids are below `below`.
pub async fn around(db: &Db, org: &OrgId, environment: Environment, id: u128, below: u128) -> Result<Vec<Vec<u8>>> {
    Ok(on!(db, |c| query_scalar(
        "select data from request_log_blocks
         where org_id = $1 and environment = $2 and last_id >= $3 and last_id < $4 and first_id <= $3"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.to_be_bytes().as_slice())
    .bind(below.to_be_bytes().as_slice())
    .fetch_all(c)
    .await)?)
}

/// The organisation after `org` that has request logs.
pub async fn next_org(db: &Db, org: &str) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select min(org_id) from request_log_blocks where org_id > $1").bind(org).fetch_one(c).await)?)
}

/// Deletes up to 100 of an organisation's blocks that end before `cutoff`, and says how many calls they held.
pub async fn delete(tx: &mut Tx, org: &str, environment: Environment, cutoff: u128) -> Result<Vec<i64>> {
    Ok(in_tx!(tx, |c| query_scalar(
        "delete from request_log_blocks where org_id = $1 and environment = $2 and last_id in
         (select last_id from request_log_blocks where org_id = $1 and environment = $2 and last_id < $3 order by last_id limit 100)
         returning calls"
    )
    .bind(org)
    .bind(environment.as_str())
    .bind(cutoff.to_be_bytes().as_slice())
    .fetch_all(c)
    .await)?)
}

/// Last ids of the blocks of calls from `from` to before `to` that are not full, with their calls, the first
/// ones first.
pub async fn small(db: &Db, org: &str, environment: Environment, from: u128, to: u128, limit: i64) -> Result<Vec<(Vec<u8>, i64)>> {
    Ok(on!(db, |c| query_as(SMALL)
        .bind(org)
        .bind(environment.as_str())
        .bind(from.to_be_bytes().as_slice())
        .bind(to.to_be_bytes().as_slice())
        .bind(MAX_ROWS as i64)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const SMALL: &str = "select last_id, calls from request_log_blocks
    where org_id = $1 and environment = $2 and last_id >= $3 and last_id < $4 and calls < $5 order by last_id limit $6";

const CLAIM_POSTGRES: &str = "select last_id, calls from request_log_blocks
    where org_id = $1 and environment = $2 and last_id >= $3 and last_id < $4 and calls < $5 order by last_id limit $6
    for update skip locked";

/// What [`small`] gives, less what another instance has in hand: until `tx` ends nobody else gets it.
pub async fn claim(tx: &mut Tx, org: &str, environment: Environment, from: u128, to: u128, limit: i64) -> Result<Vec<(Vec<u8>, i64)>> {
    let (from, to, full) = (from.to_be_bytes(), to.to_be_bytes(), MAX_ROWS as i64);
    // The embedded database has one writer, so what this transaction reads nobody else can change.
    Ok(match &mut tx.inner {
        TxInner::Sqlite(tx) => {
            let select = query_as(SMALL).bind(org).bind(environment.as_str()).bind(from.as_slice()).bind(to.as_slice());
            select.bind(full).bind(limit).fetch_all(&mut **tx).await?
        }
        TxInner::Postgres(tx) => {
            let select = query_as(CLAIM_POSTGRES).bind(org).bind(environment.as_str()).bind(from.as_slice()).bind(to.as_slice());
            select.bind(full).bind(limit).fetch_all(&mut **tx).await?
        }
    })
}

/// Deletes the blocks with these last ids, and gives what was in them.
pub async fn take(tx: &mut Tx, org: &str, environment: Environment, last_ids: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    Ok(in_tx!(tx, |c| {
        let mut delete = QueryBuilder::new("delete from request_log_blocks where org_id = ");
        delete.push_bind(org.to_owned()).push(" and environment = ").push_bind(environment.as_str()).push(" and last_id in (");
        let mut list = delete.separated(", ");
        for id in last_ids {
            list.push_bind(id.clone());
        }
        delete.push(") returning data").build_query_scalar().persistent(false).fetch_all(c).await
    })?)
}
