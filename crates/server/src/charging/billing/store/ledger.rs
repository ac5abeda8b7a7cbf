//! SQL of the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as};
use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

/// Rows per statement.
const ROWS: usize = 100;

/// Units and their cost in 10^-9 minor units, by organisation, product and hour: in the same order
/// on all instances.
pub type Added = BTreeMap<(Arc<str>, Arc<str>, i64), (i64, i64)>;

pub async fn add(tx: &mut Tx, added: &Added) -> Result<()> {
    let added: Vec<_> = added.iter().collect();
    for added in added.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into usage_ledger as l (org_id, product, hour, units, amount_nano, reported, reports) ",
            );
            insert.push_values(added, |mut row, ((org, product, hour), (units, amount))| {
                row.push_bind(Arc::clone(org))
                    .push_bind(Arc::clone(product))
                    .push_bind(*hour)
                    .push_bind(*units)
                    .push_bind(*amount);
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

/// Hours of a period: time, units, and cost in 10^-9 minor units.
pub async fn hours(
    db: &Db,
    org: &OrgId,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(i64, i64, i64)>> {
    Ok(on!(db, |c| {
        query_as(
        "select hour, units, amount_nano from usage_ledger where org_id = $1 and product = $2 and hour >= $3 and hour < $4 order by hour"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?)
}

#[derive(sqlx::FromRow)]
pub struct OpenHour {
    pub hour: i64,
    pub units: i64,
    pub reported: i64,
    pub reports: i64,
}

/// Hours from `from` until before `to` with unreported units.
pub async fn open(
    db: &Db,
    org: &str,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OpenHour>> {
    Ok(on!(db, |c| {
        query_as(
        "select hour, units, reported, reports from usage_ledger
         where org_id = $1 and product = $2 and hour >= $3 and hour < $4 and units > reported order by hour limit 1000"
    )
    .bind(org)
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?)
}

/// Marks an hour's units as reported. False if another instance did.
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

/// An organisation and product with possible costs in a month.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Debtor {
    pub org_id: String,
    pub org_name: String,
    pub product: String,
}

// Each part walks an index in the order of the pairs and ends at the limit. A month's counters are
// written with its ledger.
const DEBTORS: &str = "
    select d.org_id, o.name as org_name, d.product from (
        select org_id, product from (
            select org_id, product from quota_counters
            where month = $1 and (org_id, product) > ($3, $4) order by org_id, product limit $5
        ) used
        union
        select org_id, product from (
            select distinct org_id, product from plan_periods
            where (org_id, product) > ($3, $4) and from_at < $2 order by org_id, product limit $5
        ) subscribed
        order by 1, 2 limit $5
    ) d left join orgs o on o.id = d.org_id
    order by d.org_id, d.product";

/// Organisations and products with possible costs in the month from `from` to `to`, after the pair
/// `after`, and whether those are all. Usage of deleted organisations is left out.
pub async fn debtors(
    db: &Db,
    from: Timestamp,
    to: Timestamp,
    after: (&str, &str),
    limit: i64,
) -> Result<Debtors> {
    let rows: Vec<(String, Option<String>, String)> = on!(db, |c| query_as(DEBTORS)
        .bind(from.0)
        .bind(to.0)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    let next =
        rows.last().filter(|_| is_full).map(|(org, _, product)| (org.clone(), product.clone()));
    let debtors = rows
        .into_iter()
        .filter_map(|(org_id, name, product)| Some(Debtor { org_id, org_name: name?, product }))
        .collect();
    Ok(Debtors { debtors, next })
}

pub struct Debtors {
    pub debtors: Vec<Debtor>,
    /// The pair to continue after; `None` at the end.
    pub next: Option<(String, String)>,
}

/// Organisation, product and units.
type PairUnits = (String, String, i64);

/// Units of a period, of some organisations and products.
pub async fn units_of(
    db: &Db,
    of: &[Debtor],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<PairUnits>> {
    let mut all = Vec::new();
    for of in of.chunks(ROWS) {
        let rows: Vec<PairUnits> = on!(db, |c| {
            // One walk along the primary key per pair.
            let mut select = QueryBuilder::new("with pairs (org_id, product) as (");
            select.push_values(of, |mut row, one| {
                row.push_bind(one.org_id.clone()).push_bind(one.product.clone());
            });
            select.push(
                ") select org_id, product, (select cast(coalesce(sum(l.units), 0) as bigint) from usage_ledger l
                   where l.org_id = pairs.org_id and l.product = pairs.product and l.hour >= ",
            );
            select.push_bind(from.0).push(" and l.hour < ").push_bind(to.0).push(") from pairs");
            select.build_query_as().persistent(false).fetch_all(c).await
        })?;
        all.extend(rows);
    }
    Ok(all)
}

/// Unreported units by day: the start of each day, and the units.
pub async fn waiting_by_day(
    db: &Db,
    org: &str,
    product: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(i64, i64)>> {
    Ok(on!(db, |c| {
        query_as(
        "select hour / 86400000 * 86400000 as day, cast(sum(units - reported) as bigint) from usage_ledger
         where org_id = $1 and product = $2 and hour >= $3 and hour < $4 and units > reported group by 1 order by 1"
    )
    .bind(org)
    .bind(product)
    .bind(from.0)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?)
}
