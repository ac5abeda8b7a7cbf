//! All SQL of request logs: blocks in, blocks out.

use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as, query_scalar};
use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;
use tollgate_types::log::Ended;

use super::block::{self, Block, End, MAX_ROWS};
use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, TxInner, in_tx, on};

/// Writes the logs of one organisation and environment.
pub async fn insert(tx: &mut Tx, org: &str, environment: Environment, block: Block) -> Result<()> {
    in_tx!(tx, |c| {
        query(
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
    .map(drop)
    })?;
    Ok(())
}

pub async fn insert_ends(tx: &mut Tx, ends: &[End]) -> Result<()> {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    in_tx!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "insert into request_log_ends (id, org_id, request_bytes, response_bytes, duration_us, ended) ",
        );
        insert.push_values(ends, |mut row, end| {
            row.push_bind(end.id.to_be_bytes().to_vec())
                .push_bind(Arc::clone(&end.org_id))
                .push_bind(signed(end.request_bytes))
                .push_bind(signed(end.response_bytes))
                .push_bind(signed(end.duration_us))
                .push_bind(i64::from(end.ended as u8));
        });
        // A call has one end. A second one must not stop the applier.
        insert.push(" on conflict (id) do nothing");
        insert.build().persistent(false).execute(c).await.map(drop)
    })?;
    Ok(())
}

/// How the responses to these calls of an organisation ended, if known.
pub async fn ends(tx: &mut Tx, org: &OrgId, ids: &[u128]) -> Result<Vec<End>> {
    let rows: Vec<(Vec<u8>, i64, i64, i64, i64)> = in_tx!(tx, |c| {
        let mut select = QueryBuilder::new(
            "select id, request_bytes, response_bytes, duration_us, ended from request_log_ends where org_id = ",
        );
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

/// Ends of calls from before an id.
pub const OLD_ENDS: Expired = Expired {
    any: "select id from request_log_ends where id < $1 limit 1",
    delete: "delete from request_log_ends where id in (select id from request_log_ends where id < $1 order by id limit $2)",
    chunk: CHUNK,
};

/// Sizes in bytes of the blocks that [`older`] returns.
pub async fn sizes(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    before: u128,
    below: u128,
    limit: i64,
) -> Result<Vec<i64>> {
    Ok(in_tx!(tx, |c| {
        query_scalar(
        "select cast(length(data) as bigint) from request_log_blocks
         where org_id = $1 and environment = $2 and last_id < $3 and first_id < $4 order by last_id desc limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(below.to_be_bytes().as_slice())
    .bind(before.to_be_bytes().as_slice())
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Blocks that may contain calls before `before`: those whose last id is below `below`, newest
/// first, with their last ids.
pub async fn older(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    before: u128,
    below: u128,
    limit: i64,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    Ok(in_tx!(tx, |c| {
        query_as(
        "select last_id, data from request_log_blocks
         where org_id = $1 and environment = $2 and last_id < $3 and first_id < $4 order by last_id desc limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(below.to_be_bytes().as_slice())
    .bind(before.to_be_bytes().as_slice())
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Blocks that may contain the call `id`; their last ids are below `below`.
pub async fn around(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    id: u128,
    below: u128,
) -> Result<Vec<Vec<u8>>> {
    Ok(on!(db, |c| {
        query_scalar(
        "select data from request_log_blocks
         where org_id = $1 and environment = $2 and last_id >= $3 and last_id < $4 and first_id <= $3"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.to_be_bytes().as_slice())
    .bind(below.to_be_bytes().as_slice())
    .fetch_all(c)
    .await
    })?)
}

/// The organisation after `org` that has request logs.
pub async fn next_org(db: &Db, org: &str) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select min(org_id) from request_log_blocks where org_id > $1")
        .bind(org)
        .fetch_one(c)
        .await)?)
}

/// Blocks of any organisation that end before an id: a full one has some ten kilobytes.
pub const OLD: Expired = Expired {
    any: "select last_id from request_log_blocks where last_id < $1 limit 1",
    delete: "delete from request_log_blocks where (org_id, environment, last_id) in
        (select org_id, environment, last_id from request_log_blocks where last_id < $1 order by last_id limit $2)",
    chunk: 100,
};

/// Last ids of the blocks of calls from `from` to before `to` that are not full, with their number
/// of calls, oldest first.
pub async fn small(
    db: &Db,
    org: &str,
    environment: Environment,
    from: u128,
    to: u128,
    limit: i64,
) -> Result<Vec<(Vec<u8>, i64)>> {
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

/// Like [`small`], without blocks that another instance processes: until `tx` ends nobody else gets
/// them.
pub async fn claim(
    tx: &mut Tx,
    org: &str,
    environment: Environment,
    from: u128,
    to: u128,
    limit: i64,
) -> Result<Vec<(Vec<u8>, i64)>> {
    let (from, to, full) = (from.to_be_bytes(), to.to_be_bytes(), MAX_ROWS as i64);
    // The embedded database has one writer, so nobody else can change what this transaction reads.
    let sql = match &tx.inner {
        TxInner::Sqlite(_) => SMALL,
        TxInner::Postgres(_) => CLAIM_POSTGRES,
    };
    Ok(in_tx!(tx, |c| {
        let select = query_as(sql)
            .bind(org)
            .bind(environment.as_str())
            .bind(from.as_slice())
            .bind(to.as_slice());
        select.bind(full).bind(limit).fetch_all(c).await
    })?)
}

/// Deletes the blocks with these last ids, and returns their content.
pub async fn take(
    tx: &mut Tx,
    org: &str,
    environment: Environment,
    last_ids: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>> {
    Ok(in_tx!(tx, |c| {
        let mut delete = QueryBuilder::new("delete from request_log_blocks where org_id = ");
        delete
            .push_bind(org.to_owned())
            .push(" and environment = ")
            .push_bind(environment.as_str())
            .push(" and last_id in (");
        let mut list = delete.separated(", ");
        for id in last_ids {
            list.push_bind(id.clone());
        }
        delete.push(") returning data").build_query_scalar().persistent(false).fetch_all(c).await
    })?)
}
