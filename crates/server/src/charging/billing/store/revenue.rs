//! SQL of the portal's revenue.

use sqlx::query_as;
use tollgate_types::billing::FailedPayment;

use crate::Result;
use crate::billing::revenue;
use crate::db::{Db, on};

/// Invoices with failed payments, newest first.
pub async fn failed(db: &Db, limit: i64) -> Result<Vec<FailedPayment>> {
    let rows: Vec<(String, String, String, i64, i64)> = on!(db, |c| {
        query_as(
        "select o.name, i.number, i.currency, i.total, i.created_at from invoices i join orgs o on o.id = i.org_id
         where i.state = 'failed' order by i.created_at desc, i.id desc limit $1"
    )
    .bind(limit)
    .fetch_all(c)
    .await
    })?;
    rows.into_iter()
        .map(|(org, number, currency, total, at)| {
            revenue::failed(org, number, &currency, total, at)
        })
        .collect()
}
