//! SQL of what the portal earns.

use sqlx::{query_as, query_scalar};

use crate::server::Result;
use crate::server::billing::revenue;
use crate::server::db::{Db, on};
use crate::types::billing::FailedPayment;
use crate::types::id::OrgId;

pub async fn org_name(db: &Db, org: &OrgId) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select name from orgs where id = $1").bind(org.as_str()).fetch_optional(c).await)?)
}

/// Invoices whose payment failed, the newest first.
pub async fn failed(db: &Db, limit: i64) -> Result<Vec<FailedPayment>> {
    let rows: Vec<(String, String, String, i64, i64)> = on!(db, |c| query_as(
        "select o.name, i.number, i.currency, i.total, i.created_at from invoices i join orgs o on o.id = i.org_id
         where i.state = 'failed' order by i.created_at desc, i.id desc limit $1"
    )
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(|(org, number, currency, total, at)| revenue::failed(org, number, &currency, total, at)).collect()
}
