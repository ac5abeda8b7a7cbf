//! SQL for usage. Written by the journal's applier; read here.

use sqlx::query_as;

use crate::server::Result;
use crate::server::db::{Db, on};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::time::Timestamp;
use crate::types::usage::{KeyUsage, OperationUsage, UsagePoint};

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

/// What one key called of a product.
#[derive(sqlx::FromRow)]
pub struct CallerRow {
    pub org_id: String,
    pub org_name: String,
    pub key_id: String,
    pub key_name: String,
    pub key_prefix: String,
    pub operation: String,
    pub calls: i64,
}

// By organisation, so that the primary key leads to the hours that are asked for.
const CALLERS: &str = "
    select o.id as org_id, o.name as org_name, k.id as key_id, k.name as key_name, k.prefix as key_prefix, u.operation,
        cast(sum(u.calls) as bigint) as calls
    from orgs o
        join usage_hourly u on u.org_id = o.id and u.environment in ('live', 'sandbox') and u.hour >= $2
        join keys k on k.id = u.key_id
    where u.product = $1 and u.operation <> ''
    group by o.id, o.name, k.id, k.name, k.prefix, u.operation order by o.id, k.id, u.operation limit $3";

pub async fn callers(db: &Db, product: &str, from: Timestamp, limit: i64) -> Result<Vec<CallerRow>> {
    Ok(on!(db, |c| query_as(CALLERS).bind(product).bind(from.0).bind(limit).fetch_all(c).await)?)
}

pub async fn usage_by_operation(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OperationUsage>> {
    Ok(on!(db, |c| query_as(
        "select operation, cast(sum(calls) as bigint) as calls, cast(sum(units) as bigint) as units,
         cast(sum(billed_units) as bigint) as billed_units
         from usage_hourly where org_id = $1 and environment = $2 and hour >= $3 and hour < $4
         group by operation order by 4 desc, 2 desc, operation"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await)?)
}

pub async fn usage_by_key(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<KeyUsage>> {
    Ok(on!(db, |c| query_as(
        "select key_id, cast(sum(calls) as bigint) as calls, cast(sum(units) as bigint) as units,
         cast(sum(billed_units) as bigint) as billed_units
         from usage_hourly where org_id = $1 and environment = $2 and hour >= $3 and hour < $4
         group by key_id order by 4 desc, 2 desc, key_id limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Operations that were billed: their calls and units.
pub async fn billed_by_operation(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    product: &str,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(String, i64, i64)>> {
    Ok(on!(db, |c| query_as(
        "select operation, cast(sum(calls) as bigint), cast(sum(billed_units) as bigint) from usage_hourly
         where org_id = $1 and environment = $2 and hour >= $3 and hour < $4 and product = $5 and billed_units > 0
         group by operation order by 3 desc, operation limit $6"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(product)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Keys that were billed for an operation: id, name, prefix, calls and units.
pub async fn billed_by_key(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    (product, operation): (&str, &str),
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(String, String, String, i64, i64)>> {
    Ok(on!(db, |c| query_as(
        "select k.id, k.name, k.prefix, cast(sum(u.calls) as bigint), cast(sum(u.billed_units) as bigint)
         from usage_hourly u join keys k on k.id = u.key_id
         where u.org_id = $1 and u.environment = $2 and u.hour >= $3 and u.hour < $4 and u.product = $5 and u.operation = $6
             and u.billed_units > 0
         group by k.id, k.name, k.prefix order by 5 desc, k.id limit $7"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(product)
    .bind(operation)
    .bind(limit)
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
