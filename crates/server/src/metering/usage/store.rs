//! SQL for usage. Written by the journal's applier; read here.

use sqlx::{query_as, query_scalar};
use tollgate_types::environment::Environment;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::time::Timestamp;
use tollgate_types::usage::{KeyUsage, OperationUsage, UsagePoint};

use crate::Result;
use crate::db::{Db, on};

pub async fn usage_by_hour(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<UsagePoint>> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = on!(db, |c| {
        query_as(
        "select hour, cast(sum(calls) as bigint), cast(sum(case when status >= 400 then calls else 0 end) as bigint),
         cast(sum(units) as bigint), cast(sum(billed_units) as bigint)
         from usage_hourly where org_id = $1 and environment = $2 and hour >= $3 and hour < $4 group by hour order by hour"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?;
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
        "select distinct product, operation from usage_daily
         where org_id = $1 and environment = $2 and day >= $3 and key_id = $4 and operation <> ''"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.start_of_day().0)
    .bind(key.as_str())
    .fetch_all(c)
    .await)?)
}

/// Operations of a product that were ever called, by skipping along an index.
const OPERATIONS: &str = "
    with recursive o (operation) as (
        select min(operation) from usage_daily where product = $1 and operation > ''
        union all
        select (select min(u.operation) from usage_daily u where u.product = $1 and u.operation > o.operation)
        from o where o.operation is not null
    )
    select operation from o where operation is not null limit 5000";

pub async fn operations(db: &Db, product: &str) -> Result<Vec<String>> {
    Ok(on!(db, |c| query_scalar(OPERATIONS).bind(product).fetch_all(c).await)?)
}

// Skips from one organisation that ever called the operation to the next; the first ones that did
// so since a day.
const CALLING_ORGS: &str = "
    with recursive o (org_id) as (
        select min(org_id) from usage_daily where product = $1 and operation = $2 and org_id > $3
        union all
        select (select min(u.org_id) from usage_daily u where u.product = $1 and u.operation = $2 and u.org_id > o.org_id)
        from o where o.org_id is not null
    )
    select o.org_id from o where o.org_id is not null and
        (select max(u.day) from usage_daily u where u.product = $1 and u.operation = $2 and u.org_id = o.org_id) >= $4
    limit $5";

/// At most `limit` organisations after `after` that called an operation since a day, ordered by id.
pub async fn calling_orgs(
    db: &Db,
    product: &str,
    operation: &str,
    after: &str,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<String>> {
    Ok(on!(db, |c| query_scalar(CALLING_ORGS)
        .bind(product)
        .bind(operation)
        .bind(after)
        .bind(since.start_of_day().0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The operations of a product that one key called.
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

const CALLERS: &str = "
    select o.id as org_id, o.name as org_name, k.id as key_id, k.name as key_name, k.prefix as key_prefix, u.operation, u.calls
    from (
        select org_id, key_id, operation, cast(sum(calls) as bigint) as calls from usage_daily
        where product = $1 and operation = $2 and org_id = $3 and day >= $4
        group by org_id, key_id, operation order by key_id limit $5
    ) u join keys k on k.id = u.key_id join orgs o on o.id = u.org_id
    order by k.id";

/// At most `limit` keys of an organisation that called an operation since a day, ordered by id.
pub async fn callers(
    db: &Db,
    product: &str,
    operation: &str,
    org: &str,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<CallerRow>> {
    Ok(on!(db, |c| query_as(CALLERS)
        .bind(product)
        .bind(operation)
        .bind(org)
        .bind(since.start_of_day().0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Of one product or, without `product`, of each.
pub async fn usage_by_operation(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    product: Option<&str>,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<OperationUsage>> {
    Ok(on!(db, |c| {
        query_as(
        "select product, operation, cast(sum(calls) as bigint) as calls, cast(sum(units) as bigint) as units,
         cast(sum(billed_units) as bigint) as billed_units
         from usage_daily where org_id = $1 and environment = $2 and day >= $3 and day < $4 and (cast($5 as text) is null or product = $5)
         group by product, operation order by 5 desc, 3 desc, product, operation"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(product)
    .fetch_all(c)
    .await
    })?)
}

/// Of one product or, without `product`, of each.
pub async fn usage_by_key(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    product: Option<&str>,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<KeyUsage>> {
    Ok(on!(db, |c| {
        query_as(
        "select product, key_id, cast(sum(calls) as bigint) as calls, cast(sum(units) as bigint) as units,
         cast(sum(billed_units) as bigint) as billed_units
         from usage_daily where org_id = $1 and environment = $2 and day >= $3 and day < $4 and (cast($6 as text) is null or product = $6)
         group by product, key_id order by 5 desc, 3 desc, product, key_id limit $5"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .bind(product)
    .fetch_all(c)
    .await
    })?)
}

/// Calls with one key in these hours.
pub async fn calls_of_key(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    key: &KeyId,
    from: Timestamp,
) -> Result<u64> {
    let calls: i64 = on!(db, |c| query_scalar(
        "select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly
         where org_id = $1 and environment = $2 and hour >= $3 and key_id = $4"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(key.as_str())
    .fetch_one(c)
    .await)?;
    Ok(calls.unsigned_abs())
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
    Ok(on!(db, |c| {
        query_as(
        "select operation, cast(sum(billed_calls) as bigint), cast(sum(billed_units) as bigint) from usage_daily
         where org_id = $1 and environment = $2 and day >= $3 and day < $4 and product = $5 and billed_units > 0
         group by operation order by 3 desc, operation limit $6"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(from.0)
    .bind(to.0)
    .bind(product)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
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
    Ok(on!(db, |c| {
        query_as(
        "select k.id, k.name, k.prefix, cast(sum(u.billed_calls) as bigint), cast(sum(u.billed_units) as bigint)
         from usage_daily u join keys k on k.id = u.key_id
         where u.org_id = $1 and u.environment = $2 and u.day >= $3 and u.day < $4 and u.product = $5 and u.operation = $6
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
    .await
    })?)
}

/// Buckets of the latency histogram with their calls, fastest first.
pub async fn latency_buckets(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    from: Timestamp,
) -> Result<Vec<(i64, i64)>> {
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
