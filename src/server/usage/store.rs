//! SQL for usage and request logs. Written by the journal's applier; read here.

use sqlx::{query, query_as, query_scalar};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId, RequestId};
use crate::types::log::{LogFilter, RequestLog};
use crate::types::time::Timestamp;
use crate::types::usage::UsagePoint;

#[derive(sqlx::FromRow)]
struct LogRow {
    id: String,
    environment: String,
    key_id: String,
    product: String,
    operation: String,
    method: String,
    path: String,
    status: i64,
    code: String,
    units: i64,
    billed_units: i64,
    latency_us: i64,
    request_bytes: i64,
    response_bytes: i64,
    source_ip: String,
    user_agent: String,
    client_request_id: String,
    created_at: i64,
}

impl LogRow {
    fn read(self) -> Result<RequestLog> {
        Ok(RequestLog {
            id: self.id,
            environment: self.environment.parse().map_err(anyhow::Error::from)?,
            key_id: self.key_id,
            product: self.product,
            operation: self.operation,
            method: self.method,
            path: self.path,
            status: u16::try_from(self.status).map_err(anyhow::Error::from)?,
            code: self.code,
            units: self.units.unsigned_abs(),
            billed_units: self.billed_units.unsigned_abs(),
            latency_us: self.latency_us.unsigned_abs(),
            request_bytes: self.request_bytes.unsigned_abs(),
            response_bytes: self.response_bytes.unsigned_abs(),
            source_ip: self.source_ip,
            user_agent: self.user_agent,
            client_request_id: self.client_request_id,
            created_at: Timestamp(self.created_at),
        })
    }
}

pub async fn list_logs(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    filter: &LogFilter,
    statuses: (i64, i64),
    before: Option<&RequestId>,
    limit: i64,
) -> Result<Vec<RequestLog>> {
    let method = filter.method.trim().to_ascii_uppercase();
    let rows: Vec<LogRow> = on!(db, |c| query_as(
        "select * from request_logs where org_id = $1 and environment = $2
         and status between $3 and $4
         and ($5 = '' or operation = $5) and ($6 = '' or key_id = $6) and ($7 = '' or method = $7)
         and ($8 = '' or substr(path, 1, length($8)) = $8)
         and (cast($9 as text) is null or id < $9)
         order by id desc limit $10"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(statuses.0)
    .bind(statuses.1)
    .bind(filter.operation.trim())
    .bind(filter.key_id.trim())
    .bind(&method)
    .bind(filter.path.trim())
    .bind(before.map(RequestId::as_str))
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(LogRow::read).collect()
}

pub async fn find_log(db: &Db, org: &OrgId, environment: Option<Environment>, id: &RequestId) -> Result<Option<RequestLog>> {
    let row: Option<LogRow> = on!(db, |c| query_as(
        "select * from request_logs where org_id = $1 and id = $2 and (cast($3 as text) is null or environment = $3)"
    )
    .bind(org.as_str())
    .bind(id.as_str())
    .bind(environment.map(Environment::as_str))
    .fetch_optional(c)
    .await)?;
    row.map(LogRow::read).transpose()
}

pub async fn usage_by_hour(db: &Db, org: &OrgId, environment: Environment, from: Timestamp, to: Timestamp) -> Result<Vec<UsagePoint>> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = on!(db, |c| query_as(
        "select hour, cast(sum(calls) as bigint), cast(sum(case when status >= 400 then calls else 0 end) as bigint),
         cast(sum(units) as bigint), cast(sum(billed_units) as bigint)
         from usage_hourly where org_id = $1 and environment = $2 and hour >= $3 and hour < $4 group by hour order by hour"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await)?;
    let point = |(hour, calls, errors, units, billed): (i64, i64, i64, i64, i64)| UsagePoint {
        hour: Timestamp(hour),
        calls: calls.unsigned_abs(),
        errors: errors.unsigned_abs(),
        units: units.unsigned_abs(),
        billed_units: billed.unsigned_abs(),
    };
    Ok(rows.into_iter().map(point).collect())
}

/// Calls that matched no operation are left out.
pub async fn operations_of_key(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    key: &KeyId,
    from: Timestamp,
) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| query_as(
        "select distinct product, operation from usage_hourly
         where org_id = $1 and environment = $2 and hour >= $3 and key_id = $4 and operation <> ''"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(key.as_str())
    .fetch_all(c)
    .await)?)
}

/// Buckets of the latency histogram with their calls, the quickest first.
pub async fn latency_buckets(db: &Db, org: &OrgId, environment: Environment, from: Timestamp) -> Result<Vec<(i64, i64)>> {
    Ok(on!(db, |c| query_as(
        "select bucket, cast(sum(calls) as bigint) from latency_hourly
         where org_id = $1 and environment = $2 and hour >= $3 group by bucket order by bucket"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .fetch_all(c)
    .await)?)
}

/// The organisation after `org` that has request logs.
pub async fn next_org_with_logs(db: &Db, org: &str) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select min(org_id) from request_logs where org_id > $1").bind(org).fetch_one(c).await)?)
}

/// Deletes up to 1000 of an organisation's logs with ids before `cutoff`.
pub async fn delete_logs(tx: &mut Tx, org: &str, cutoff: &RequestId) -> Result<u64> {
    let deleted = in_tx!(tx, |c| query(
        "delete from request_logs where org_id = $1 and id in
         (select id from request_logs where org_id = $1 and id < $2 order by id limit 1000)"
    )
    .bind(org)
    .bind(cutoff.as_str())
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(deleted)
}
