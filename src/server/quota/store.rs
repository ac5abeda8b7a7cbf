//! All SQL of quota counters, of what keys spent, and of notices.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, query, query_as, query_scalar};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::shared::Parts;
use crate::types::id::{JournalId, OrgId};
use crate::types::time::Timestamp;

/// Adds to a month's units; their new sum, which stays at 2^62 - 1: no sum may leave the range of a bigint and
/// stop the applier.
pub async fn add_units(tx: &mut Tx, org: &str, product: &str, month: i64, added: i64) -> Result<u64> {
    let units: i64 = in_tx!(tx, |c| query_scalar(
        "insert into quota_counters as q (org_id, product, month, units) values ($1, $2, $3, $4)
         on conflict (org_id, product, month) do update set units =
         case when q.units < 4611686018427387903 - excluded.units then q.units + excluded.units else 4611686018427387903 end
         returning units"
    )
    .bind(org)
    .bind(product)
    .bind(month)
    .bind(added)
    .fetch_one(c)
    .await)?;
    Ok(units.unsigned_abs())
}

/// Adds to what a key, and those that add to its spending, spent in a month; the new sum, in 10^-9 minor units. It stays at 2^62 - 1, as
/// [`add_units`] does.
pub async fn add_spend(tx: &mut Tx, key: &str, month: i64, units: i64, amount: i64) -> Result<u64> {
    let spent: i64 = in_tx!(tx, |c| query_scalar(
        "insert into key_spend as k (key_id, month, units, amount_nano) values ($1, $2, $3, $4)
         on conflict (key_id, month) do update set units =
         case when k.units < 4611686018427387903 - excluded.units then k.units + excluded.units else 4611686018427387903 end, amount_nano =
         case when k.amount_nano < 4611686018427387903 - excluded.amount_nano then k.amount_nano + excluded.amount_nano
         else 4611686018427387903 end
         returning amount_nano"
    )
    .bind(key)
    .bind(month)
    .bind(units)
    .bind(amount)
    .fetch_one(c)
    .await)?;
    Ok(spent.unsigned_abs())
}

/// Adds to what an organisation spent in a month, as [`add_spend`] does for a key.
pub async fn add_org_spend(tx: &mut Tx, org: &str, month: i64, amount: i64) -> Result<u64> {
    let spent: i64 = in_tx!(tx, |c| query_scalar(
        "insert into org_spend as o (org_id, month, amount_nano) values ($1, $2, $3)
         on conflict (org_id, month) do update set amount_nano =
         case when o.amount_nano < 4611686018427387903 - excluded.amount_nano then o.amount_nano + excluded.amount_nano
         else 4611686018427387903 end
         returning amount_nano"
    )
    .bind(org)
    .bind(month)
    .bind(amount)
    .fetch_one(c)
    .await)?;
    Ok(spent.unsigned_abs())
}

/// Rows of one statement.
const ROWS: usize = 100;

/// What this journal adds to months' sums, by their subject and month.
pub type Added = BTreeMap<(String, i64), i64>;

/// Adds to what this journal added to months' sums; its new parts. They stay at 2^62 - 1, as the sums do.
pub async fn add_parts(tx: &mut Tx, journal: &JournalId, added: &Added) -> Result<Vec<(String, i64, i64)>> {
    let added: Vec<_> = added.iter().collect();
    let mut parts = Vec::with_capacity(added.len());
    for added in added.chunks(ROWS) {
        let rows: Vec<(String, i64, i64)> = in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new("insert into month_parts as p (subject, month, journal_id, amount) ");
            insert.push_values(added, |mut row, ((subject, month), amount)| {
                row.push_bind(subject.clone()).push_bind(*month).push_bind(journal.as_str().to_owned()).push_bind(**amount);
            });
            insert.push(
                " on conflict (subject, month, journal_id) do update set amount =
                 case when p.amount < 4611686018427387903 - excluded.amount then p.amount + excluded.amount
                 else 4611686018427387903 end
                 returning subject, month, amount",
            );
            insert.build_query_as().persistent(false).fetch_all(c).await
        })?;
        parts.extend(rows);
    }
    Ok(parts)
}

/// What other journals added to these months' sums, with the subject and month.
pub async fn others(tx: &mut Tx, journal: &JournalId, of: &[(String, i64)]) -> Result<Vec<((String, i64), String, i64)>> {
    let mut others = Vec::new();
    for of in of.chunks(ROWS) {
        let rows: Vec<(String, i64, String, i64)> = in_tx!(tx, |c| {
            let mut select = QueryBuilder::new("select subject, month, journal_id, amount from month_parts where (subject, month) in (");
            select.push_values(of, |mut row, (subject, month)| {
                row.push_bind(subject.clone()).push_bind(*month);
            });
            select.push(") and journal_id <> ").push_bind(journal.as_str().to_owned());
            select.build_query_as().persistent(false).fetch_all(c).await
        })?;
        others.extend(rows.into_iter().map(|(subject, month, journal, amount)| ((subject, month), journal, amount)));
    }
    Ok(others)
}

/// What each journal added to a month's sum: this one, and the others.
pub async fn parts(db: &Db, journal: &JournalId, subject: &str, month: i64) -> Result<Parts> {
    let rows: Vec<(String, i64)> =
        on!(db, |c| query_as("select journal_id, amount from month_parts where subject = $1 and month = $2 order by journal_id")
            .bind(subject)
            .bind(month)
            .fetch_all(c)
            .await)?;
    let mut parts = Parts::default();
    for (of, amount) in rows {
        if of == journal.as_str() {
            parts.own = amount.unsigned_abs();
        } else {
            parts.others.push((of, amount.unsigned_abs()));
        }
    }
    Ok(parts)
}

/// Units that were billed in the month that begins at `month`.
pub async fn units(db: &Db, org: &OrgId, product: &str, month: i64) -> Result<u64> {
    let units: Option<i64> =
        on!(db, |c| query_scalar("select units from quota_counters where org_id = $1 and product = $2 and month = $3")
            .bind(org.as_str())
            .bind(product)
            .bind(month)
            .fetch_optional(c)
            .await)?;
    Ok(units.unwrap_or(0).unsigned_abs())
}

/// What an organisation spent in the month that begins at `month`, in 10^-9 minor units.
pub async fn org_spend(db: &Db, org: &OrgId, month: i64) -> Result<u64> {
    let spent: Option<i64> = on!(db, |c| query_scalar("select amount_nano from org_spend where org_id = $1 and month = $2")
        .bind(org.as_str())
        .bind(month)
        .fetch_optional(c)
        .await)?;
    Ok(spent.unwrap_or(0).unsigned_abs())
}

#[derive(sqlx::FromRow)]
pub struct KeySpendRow {
    pub key_id: String,
    pub name: String,
    pub prefix: String,
    pub units: i64,
    pub amount_nano: i64,
}

/// What the organisation's keys spent in a month, the dearest first.
pub async fn of_keys(db: &Db, org: &OrgId, month: i64, limit: i64) -> Result<Vec<KeySpendRow>> {
    Ok(on!(db, |c| query_as(
        "select s.key_id, k.name, k.prefix, s.units, s.amount_nano from key_spend s join keys k on k.id = s.key_id
         where k.org_id = $1 and s.month = $2 order by s.amount_nano desc, s.units desc, s.key_id limit $3"
    )
    .bind(org.as_str())
    .bind(month)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// A quota or cap in one month, that thresholds are told of.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub org: &'a OrgId,
    /// `quota:PRODUCT`, `spend_cap`, or the id of the key whose spending it is.
    pub name: &'a str,
    pub month: Timestamp,
    pub bound: i64,
}

/// Thresholds that were told of.
pub async fn told(tx: &mut Tx, subject: Subject<'_>) -> Result<Vec<i64>> {
    Ok(in_tx!(tx, |c| query_scalar(
        "select percent from threshold_notices where org_id = $1 and subject = $2 and month = $3 and bound = $4"
    )
    .bind(subject.org.as_str())
    .bind(subject.name)
    .bind(subject.month.0)
    .bind(subject.bound)
    .fetch_all(c)
    .await)?)
}

/// Notes that a threshold is told of. False if it was before.
pub async fn note(tx: &mut Tx, subject: Subject<'_>, percent: i64, now: Timestamp) -> Result<bool> {
    let noted = in_tx!(tx, |c| query(
        "insert into threshold_notices (org_id, subject, month, bound, percent, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (org_id, subject, month, bound, percent) do nothing"
    )
    .bind(subject.org.as_str())
    .bind(subject.name)
    .bind(subject.month.0)
    .bind(subject.bound)
    .bind(percent)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(noted == 1)
}

pub async fn delete_notices_before(tx: &mut Tx, before: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("delete from threshold_notices where created_at < $1").bind(before.0).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes what journals added to sums of months that began before.
pub async fn delete_parts_before(tx: &mut Tx, before: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("delete from month_parts where month < $1").bind(before.0).execute(c).await.map(drop))?;
    Ok(())
}
