//! SQL of the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::id::OrgId;
use crate::types::time::Timestamp;

/// Rows of one statement.
const ROWS: usize = 100;

/// Units and their price in 10^-9 minor units, by organisation, product and hour: in one order for all instances.
pub type Added = BTreeMap<(Arc<str>, Arc<str>, i64), (i64, i64)>;

pub async fn add(tx: &mut Tx, added: &Added) -> Result<()> {
    let added: Vec<_> = added.iter().collect();
    for added in added.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert =
                QueryBuilder::new("insert into usage_ledger as l (org_id, product, hour, units, amount_nano, reported, reports) ");
            insert.push_values(added, |mut row, ((org, product, hour), (units, amount))| {
                row.push_bind(Arc::clone(org)).push_bind(Arc::clone(product)).push_bind(*hour).push_bind(*units).push_bind(*amount);
                row.push("0").push("0");
            });
            insert.push(
                " on conflict (org_id, product, hour) do update set units = l.units + excluded.units, amount_nano =
                 case when l.amount_nano < 4611686018427387903 - excluded.amount_nano then l.amount_nano + excluded.amount_nano
                 else 4611686018427387903 end",
            );
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Hours of a stretch of time: when, units, and what they cost in 10^-9 minor units.
pub async fn hours(db: &Db, org: &OrgId, product: &str, from: Timestamp, to: Timestamp) -> Result<Vec<(i64, i64, i64)>> {
    Ok(on!(db, |c| query_as(
        "select hour, units, amount_nano from usage_ledger where org_id = $1 and product = $2 and hour >= $3 and hour < $4 order by hour"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await)?)
}

#[derive(sqlx::FromRow)]
pub struct OpenHour {
    pub hour: i64,
    pub units: i64,
    pub reported: i64,
    pub reports: i64,
}

/// Hours from `from` until before `to` that have units nobody has reported.
pub async fn open(db: &Db, org: &str, product: &str, from: Timestamp, to: Timestamp) -> Result<Vec<OpenHour>> {
    Ok(on!(db, |c| query_as(
        "select hour, units, reported, reports from usage_ledger
         where org_id = $1 and product = $2 and hour >= $3 and hour < $4 and units > reported order by hour limit 1000"
    )
    .bind(org)
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await)?)
}

/// Notes that an hour's units are on their way. False if somebody else did.
pub async fn report(tx: &mut Tx, org: &str, product: &str, hour: &OpenHour) -> Result<bool> {
    let changed = in_tx!(tx, |c| query(
        "update usage_ledger set reported = $4, reports = reports + 1
         where org_id = $1 and product = $2 and hour = $3 and reported = $5 and reports = $6"
    )
    .bind(org)
    .bind(product)
    .bind(hour.hour)
    .bind(hour.units)
    .bind(hour.reported)
    .bind(hour.reports)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Organisations and products that may owe something for a month, after the pair `after`.
pub async fn debtors(db: &Db, from: Timestamp, to: Timestamp, after: (&str, &str), limit: i64) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| query_as(
        "select org_id, product from (
             select org_id, product from usage_ledger where hour >= $1 and hour < $2
             union select org_id, product from plan_periods where from_at < $2
         ) d where exists (select 1 from orgs o where o.id = d.org_id) and (org_id > $3 or (org_id = $3 and product > $4))
         order by org_id, product limit $5"
    )
    .bind(from.0)
    .bind(to.0)
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Units by day, of hours that nobody has reported: the start of each day, and how many.
pub async fn waiting_by_day(db: &Db, org: &str, product: &str, from: Timestamp, to: Timestamp) -> Result<Vec<(i64, i64)>> {
    Ok(on!(db, |c| query_as(
        "select hour / 86400000 * 86400000 as day, cast(sum(units - reported) as bigint) from usage_ledger
         where org_id = $1 and product = $2 and hour >= $3 and hour < $4 and units > reported group by 1 order by 1"
    )
    .bind(org)
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await)?)
}
