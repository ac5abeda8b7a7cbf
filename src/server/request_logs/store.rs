//! All SQL of request logs: blocks in, blocks out.

use sqlx::{query, query_as, query_scalar};

use super::block::Block;
use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::environment::Environment;
use crate::types::id::OrgId;

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

/// Blocks that may hold calls before `before`: those whose last id is below `below`, the newest first, with
/// their last ids.
pub async fn older(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    before: u128,
    below: u128,
    limit: i64,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    Ok(on!(db, |c| query_as(
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
