//! SQL of invoices.

use sqlx::{query, query_as, query_scalar};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::billing::{Invoice, InvoiceState};
use crate::types::id::OrgId;
use crate::types::time::Timestamp;

#[derive(sqlx::FromRow)]
struct InvoiceRow {
    id: String,
    product: String,
    number: String,
    period_start: i64,
    period_end: i64,
    currency: String,
    total: i64,
    state: String,
    lines_json: String,
    page_url: String,
    pdf_url: String,
    created_at: i64,
}

impl InvoiceRow {
    fn read(self) -> Result<Invoice> {
        Ok(Invoice {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            product: self.product,
            number: self.number,
            from: Timestamp(self.period_start),
            to: Timestamp(self.period_end),
            currency: self.currency.parse().map_err(anyhow::Error::from)?,
            total: self.total,
            state: InvoiceState::parse(&self.state).unwrap_or(InvoiceState::Draft),
            lines: serde_json::from_str(&self.lines_json)?,
            page_url: self.page_url,
            pdf_url: self.pdf_url,
            created_at: Timestamp(self.created_at),
        })
    }
}

pub async fn list(db: &Db, org: &OrgId, product: &str, limit: i64) -> Result<Vec<Invoice>> {
    let rows: Vec<InvoiceRow> = on!(db, |c| {
        query_as(
        "select * from invoices where org_id = $1 and product in ($2, '') and state <> 'draft' order by created_at desc, id desc limit $3"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(limit)
    .fetch_all(c)
    .await
    })?;
    rows.into_iter().map(InvoiceRow::read).collect()
}

/// What is known of an invoice of Stripe's.
pub async fn state_of(tx: &mut Tx, stripe_id: &str) -> Result<Option<InvoiceState>> {
    let state: Option<String> =
        in_tx!(tx, |c| query_scalar("select state from invoices where stripe_id = $1").bind(stripe_id).fetch_optional(c).await)?;
    Ok(state.as_deref().and_then(InvoiceState::parse))
}

// By its id at Stripe, or by its month where it has none.
macro_rules! save {
    ($conflict:literal, $condition:literal) => {
        concat!(
            "insert into invoices as i (id, org_id, product, stripe_id, number, period_start, period_end, currency, total, state, lines_json,
             page_url, pdf_url, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict ",
            $conflict,
            " do update set product = excluded.product, number = excluded.number, period_start = excluded.period_start,
             period_end = excluded.period_end, currency = excluded.currency, total = excluded.total, state = excluded.state,
             lines_json = excluded.lines_json, page_url = excluded.page_url, pdf_url = excluded.pdf_url, updated_at = excluded.updated_at",
            $condition
        )
    };
}

const SAVE_PROVIDED: &str = save!("(stripe_id)", "");
const SAVE_COMPUTED: &str = save!("(org_id, product, period_start) where stripe_id is null", " where i.total <> excluded.total");

/// Writes an invoice as it is now. False if it was so before.
pub async fn save(tx: &mut Tx, org: &OrgId, stripe_id: Option<&str>, invoice: &Invoice, now: Timestamp) -> Result<bool> {
    let lines = serde_json::to_string(&invoice.lines)?;
    let sql = if stripe_id.is_some() { SAVE_PROVIDED } else { SAVE_COMPUTED };
    let written = in_tx!(tx, |c| query(sql)
        .bind(invoice.id.as_str())
        .bind(org.as_str())
        .bind(&invoice.product)
        .bind(stripe_id)
        .bind(&invoice.number)
        .bind(invoice.from.0)
        .bind(invoice.to.0)
        .bind(invoice.currency.as_str())
        .bind(invoice.total)
        .bind(invoice.state.as_str())
        .bind(&lines)
        .bind(&invoice.page_url)
        .bind(&invoice.pdf_url)
        .bind(invoice.created_at.0)
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(written == 1)
}
