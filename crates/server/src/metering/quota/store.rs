//! All SQL of quota counters, of keys' spending, and of notices.

mod notices;

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, query_as, query_scalar};
use tollgate_types::id::{JournalId, OrgId};

pub use notices::{
    Check, OLD_NOTICES, OLD_REFUSALS, Subject, delete_check, due_checks, insert_check,
    insert_checks_above, is_refusal_noted, note, note_refusal, notified_percents,
};

use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};
use crate::shared::Parts;

/// `column + excluded.column`, but at most 2^62 - 1: no sum may overflow a bigint and stop the
/// applier.
macro_rules! capped_sum {
    ($column:literal) => {
        concat!(
            $column,
            " = case when t.",
            $column,
            " < 4611686018427387903 - excluded.",
            $column,
            " then t.",
            $column,
            " + excluded.",
            $column,
            " else 4611686018427387903 end"
        )
    };
}

/// Runs a statement that adds to a sum, and returns the new sum.
async fn add(
    tx: &mut Tx,
    sql: &'static str,
    of: &[&str],
    month: i64,
    added: &[i64],
) -> Result<u64> {
    let sum: i64 = in_tx!(tx, |c| {
        let mut insert = query_scalar(sql);
        for subject in of {
            insert = insert.bind(*subject);
        }
        insert = insert.bind(month);
        for amount in added {
            insert = insert.bind(*amount);
        }
        insert.fetch_one(c).await
    })?;
    Ok(sum.unsigned_abs())
}

/// Adds to a month's units; returns the new sum.
pub async fn add_units(
    tx: &mut Tx,
    org: &str,
    product: &str,
    month: i64,
    added: i64,
) -> Result<u64> {
    let sql = concat!(
        "insert into quota_counters as t (org_id, product, month, units) values ($1, $2, $3, $4)
         on conflict (org_id, product, month) do update set ",
        capped_sum!("units"),
        " returning units"
    );
    add(tx, sql, &[org, product], month, &[added]).await
}

/// Adds to the spending of a key, and of those that share it, in a month; returns the new sum, in
/// 10^-9 minor units.
pub async fn add_spend(tx: &mut Tx, key: &str, month: i64, units: i64, amount: i64) -> Result<u64> {
    let sql = concat!(
        "insert into key_spend as t (key_id, month, units, amount_nano) values ($1, $2, $3, $4)
         on conflict (key_id, month) do update set ",
        capped_sum!("units"),
        ", ",
        capped_sum!("amount_nano"),
        " returning amount_nano"
    );
    add(tx, sql, &[key], month, &[units, amount]).await
}

/// Adds to an organisation's spending, as [`add_spend`] does for a key.
pub async fn add_org_spend(tx: &mut Tx, org: &str, month: i64, amount: i64) -> Result<u64> {
    let sql = concat!(
        "insert into org_spend as t (org_id, month, amount_nano) values ($1, $2, $3)
         on conflict (org_id, month) do update set ",
        capped_sum!("amount_nano"),
        " returning amount_nano"
    );
    add(tx, sql, &[org], month, &[amount]).await
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
                "insert into month_parts as t (subject, month, journal_id, amount) ",
            );
            insert.push_values(added, |mut row, ((subject, month), amount)| {
                row.push_bind(subject.clone())
                    .push_bind(*month)
                    .push_bind(journal.as_str().to_owned())
                    .push_bind(**amount);
            });
            insert.push(concat!(
                " on conflict (subject, month, journal_id) do update set ",
                capped_sum!("amount"),
                " returning subject, month, amount"
            ));
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

const UNITS: &str =
    "select units from quota_counters where org_id = $1 and product = $2 and month = $3";
const ORG_SPEND: &str = "select amount_nano from org_spend where org_id = $1 and month = $2";

/// Reads one sum with `on` or `in_tx`; 0 if there is no row.
macro_rules! read_sum {
    ($run:ident($db:expr), $sql:expr, $($bound:expr),*) => {{
        let sum: Option<i64> =
            $run!($db, |c| query_scalar($sql)$(.bind($bound))*.fetch_optional(c).await)?;
        Ok(sum.unwrap_or(0).unsigned_abs())
    }};
}

/// Units that were billed in the month that starts at `month`.
pub async fn units(db: &Db, org: &OrgId, product: &str, month: i64) -> Result<u64> {
    read_sum!(on(db), UNITS, org.as_str(), product, month)
}

/// [`units`], in a transaction.
pub async fn units_in(tx: &mut Tx, org: &OrgId, product: &str, month: i64) -> Result<u64> {
    read_sum!(in_tx(tx), UNITS, org.as_str(), product, month)
}

/// The organisation's spending in the month that starts at `month`, in 10^-9 minor units.
pub async fn org_spend(db: &Db, org: &OrgId, month: i64) -> Result<u64> {
    read_sum!(on(db), ORG_SPEND, org.as_str(), month)
}

/// [`org_spend`], in a transaction.
pub async fn org_spend_in(tx: &mut Tx, org: &OrgId, month: i64) -> Result<u64> {
    read_sum!(in_tx(tx), ORG_SPEND, org.as_str(), month)
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
