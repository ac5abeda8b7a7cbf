//! All SQL of quota counters, of keys' spending, and of notices.

mod notices;

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, query_as, query_scalar};
use tollgate_types::id::{JournalId, OrgId};

pub use notices::{
    Check, OLD_NOTICES, OLD_REFUSALS, Subject, delete_check, due_checks, insert_check,
    insert_checks_above, is_refusal_noted, note, note_refusal, told,
};

use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};
use crate::shared::Parts;

/// Adds to a month's units; returns the new sum, which is capped at 2^62 - 1: no sum may overflow a
/// bigint and stop the applier.
pub async fn add_units(
    tx: &mut Tx,
    org: &str,
    product: &str,
    month: i64,
    added: i64,
) -> Result<u64> {
    let units: i64 = in_tx!(tx, |c| {
        query_scalar(
            "insert into quota_counters as q (org_id, product, month, units)
             values ($1, $2, $3, $4)
             on conflict (org_id, product, month) do update set units =
             case when q.units < 4611686018427387903 - excluded.units
             then q.units + excluded.units else 4611686018427387903 end
             returning units",
        )
        .bind(org)
        .bind(product)
        .bind(month)
        .bind(added)
        .fetch_one(c)
        .await
    })?;
    Ok(units.unsigned_abs())
}

/// Adds to the spending of a key, and of those that share it, in a month; returns the new sum, in
/// 10^-9 minor units, capped as in [`add_units`].
pub async fn add_spend(tx: &mut Tx, key: &str, month: i64, units: i64, amount: i64) -> Result<u64> {
    let spent: i64 = in_tx!(tx, |c| {
        query_scalar(
            "insert into key_spend as k (key_id, month, units, amount_nano) values ($1, $2, $3, $4)
             on conflict (key_id, month) do update set units =
             case when k.units < 4611686018427387903 - excluded.units
             then k.units + excluded.units else 4611686018427387903 end, amount_nano =
             case when k.amount_nano < 4611686018427387903 - excluded.amount_nano
             then k.amount_nano + excluded.amount_nano
             else 4611686018427387903 end
             returning amount_nano",
        )
        .bind(key)
        .bind(month)
        .bind(units)
        .bind(amount)
        .fetch_one(c)
        .await
    })?;
    Ok(spent.unsigned_abs())
}

/// Adds to an organisation's spending, as [`add_spend`] does for a key.
pub async fn add_org_spend(tx: &mut Tx, org: &str, month: i64, amount: i64) -> Result<u64> {
    let spent: i64 = in_tx!(tx, |c| {
        query_scalar(
            "insert into org_spend as o (org_id, month, amount_nano) values ($1, $2, $3)
             on conflict (org_id, month) do update set amount_nano =
             case when o.amount_nano < 4611686018427387903 - excluded.amount_nano
             then o.amount_nano + excluded.amount_nano
             else 4611686018427387903 end
             returning amount_nano",
        )
        .bind(org)
        .bind(month)
        .bind(amount)
        .fetch_one(c)
        .await
    })?;
    Ok(spent.unsigned_abs())
}

/// Rows per statement.
const ROWS: usize = 100;

/// This journal's components of monthly sums, by subject and month.
pub type Added = BTreeMap<(String, i64), i64>;

/// Adds to this journal's components of monthly sums; returns them. They are capped like the sums.
pub async fn add_parts(
    tx: &mut Tx,
    journal: &JournalId,
    added: &Added,
) -> Result<Vec<(String, i64, i64)>> {
    let added: Vec<_> = added.iter().collect();
    let mut parts = Vec::with_capacity(added.len());
    for added in added.chunks(ROWS) {
        let rows: Vec<(String, i64, i64)> = in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into month_parts as p (subject, month, journal_id, amount) ",
            );
            insert.push_values(added, |mut row, ((subject, month), amount)| {
                row.push_bind(subject.clone())
                    .push_bind(*month)
                    .push_bind(journal.as_str().to_owned())
                    .push_bind(**amount);
            });
            insert.push(
                " on conflict (subject, month, journal_id) do update set amount =
                 case when p.amount < 4611686018427387903 - excluded.amount
                 then p.amount + excluded.amount
                 else 4611686018427387903 end
                 returning subject, month, amount",
            );
            insert.build_query_as().persistent(false).fetch_all(c).await
        })?;
        parts.extend(rows);
    }
    Ok(parts)
}

/// Other journals' components of these monthly sums, with subject and month.
pub async fn others(
    tx: &mut Tx,
    journal: &JournalId,
    of: &[(String, i64)],
) -> Result<Vec<((String, i64), String, i64)>> {
    let mut others = Vec::new();
    for of in of.chunks(ROWS) {
        let rows: Vec<(String, i64, String, i64)> = in_tx!(tx, |c| {
            // Joined, because SQLite scans the table for pairs in a list.
            let mut select = QueryBuilder::new("with sums (subject, month) as (");
            select.push_values(of, |mut row, (subject, month)| {
                row.push_bind(subject.clone()).push_bind(*month);
            });
            select.push(
                ") select p.subject, p.month, p.journal_id, p.amount from sums
                 join month_parts p on p.subject = sums.subject and p.month = sums.month
                 and p.journal_id <> ",
            );
            select.push_bind(journal.as_str().to_owned());
            select.build_query_as().persistent(false).fetch_all(c).await
        })?;
        others.extend(
            rows.into_iter()
                .map(|(subject, month, journal, amount)| ((subject, month), journal, amount)),
        );
    }
    Ok(others)
}

/// The components of a monthly sum: this journal's, and the others'.
pub async fn parts(db: &Db, journal: &JournalId, subject: &str, month: i64) -> Result<Parts> {
    let rows: Vec<(String, i64)> = on!(db, |c| {
        query_as(
            "select journal_id, amount from month_parts where subject = $1 and month = $2
             order by journal_id",
        )
        .bind(subject)
        .bind(month)
        .fetch_all(c)
        .await
    })?;
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

/// Units that were billed in the month that starts at `month`.
pub async fn units(db: &Db, org: &OrgId, product: &str, month: i64) -> Result<u64> {
    let units: Option<i64> = on!(db, |c| query_scalar(
        "select units from quota_counters where org_id = $1 and product = $2 and month = $3"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(month)
    .fetch_optional(c)
    .await)?;
    Ok(units.unwrap_or(0).unsigned_abs())
}

/// The organisation's spending in the month that starts at `month`, in 10^-9 minor units.
pub async fn org_spend(db: &Db, org: &OrgId, month: i64) -> Result<u64> {
    let spent: Option<i64> = on!(db, |c| query_scalar(
        "select amount_nano from org_spend where org_id = $1 and month = $2"
    )
    .bind(org.as_str())
    .bind(month)
    .fetch_optional(c)
    .await)?;
    Ok(spent.unwrap_or(0).unsigned_abs())
}

/// [`units`], in a transaction.
pub async fn units_in(tx: &mut Tx, org: &OrgId, product: &str, month: i64) -> Result<u64> {
    let units: Option<i64> = in_tx!(tx, |c| query_scalar(
        "select units from quota_counters where org_id = $1 and product = $2 and month = $3"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(month)
    .fetch_optional(c)
    .await)?;
    Ok(units.unwrap_or(0).unsigned_abs())
}

/// [`org_spend`], in a transaction.
pub async fn org_spend_in(tx: &mut Tx, org: &OrgId, month: i64) -> Result<u64> {
    let spent: Option<i64> = in_tx!(tx, |c| query_scalar(
        "select amount_nano from org_spend where org_id = $1 and month = $2"
    )
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

/// The spending of the organisation's keys in a month, highest first.
pub async fn of_keys(db: &Db, org: &OrgId, month: i64, limit: i64) -> Result<Vec<KeySpendRow>> {
    Ok(on!(db, |c| {
        query_as(
            "select s.key_id, k.name, k.prefix, s.units, s.amount_nano from key_spend s
             join keys k on k.id = s.key_id
             where k.org_id = $1 and s.month = $2 order by s.amount_nano desc, s.units desc,
             s.key_id limit $3",
        )
        .bind(org.as_str())
        .bind(month)
        .bind(limit)
        .fetch_all(c)
        .await
    })?)
}

/// Components of sums of months that started before a time.
pub const OLD_PARTS: Expired = Expired {
    any: "select subject from month_parts where month < $1 limit 1",
    delete: "delete from month_parts where (subject, month, journal_id) in
        (select subject, month, journal_id from month_parts where month < $1
        order by month limit $2)",
    chunk: CHUNK,
};
