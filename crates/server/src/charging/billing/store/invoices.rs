//! SQL of invoices.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::billing::{Invoice, InvoiceState};
use tollgate_types::id::OrgId;
use tollgate_types::money::Currency;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

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

/// The columns that are read.
macro_rules! invoice {
    ($of:literal) => {
        $crate::db::columns!($of: id, product, number, period_start, period_end, currency, total, state,
            lines_json, page_url, pdf_url, created_at)
    };
}

impl InvoiceRow {
    fn read(self) -> Result<Invoice> {
        Ok(Invoice {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            product: self.product,
            number: self.number,
            from: Timestamp(self.period_start),
            to: Timestamp(self.period_end),
            currency: Currency::stored(&self.currency).map_err(anyhow::Error::from)?,
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
        query_as(concat!(
            "select ",
            invoice!("invoices"),
            " from invoices where org_id = $1 and product in ($2, '') and state <> 'draft' order by created_at desc, id desc limit $3"
        ))
        .bind(org.as_str())
        .bind(product)
        .bind(limit)
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(InvoiceRow::read).collect()
}

/// The total of the calculated invoice of a month; `None` if there is none.
pub async fn computed_total(
    db: &Db,
    org: &OrgId,
    product: &str,
    from: Timestamp,
) -> Result<Option<i64>> {
    let found: Option<(String, i64)> = on!(db, |c| query_as(COMPUTED)
        .bind(org.as_str())
        .bind(product)
        .bind(from.0)
        .fetch_optional(c)
        .await)?;
    Ok(found.map(|(_, total)| total))
}

/// The stored state of a Stripe invoice.
pub async fn state_of(tx: &mut Tx, stripe_id: &str) -> Result<Option<InvoiceState>> {
    let state: Option<String> =
        in_tx!(tx, |c| query_scalar("select state from invoices where stripe_id = $1")
            .bind(stripe_id)
            .fetch_optional(c)
            .await)?;
    Ok(state.as_deref().and_then(InvoiceState::parse))
}

const SAVE_PROVIDED: &str = "
    insert into invoices (id, org_id, product, stripe_id, number, period_start, period_end, currency, total, state, lines_json,
        page_url, pdf_url, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    on conflict (stripe_id) do update set product = excluded.product, number = excluded.number, period_start = excluded.period_start,
        period_end = excluded.period_end, currency = excluded.currency, total = excluded.total, state = excluded.state,
        lines_json = excluded.lines_json, page_url = excluded.page_url, pdf_url = excluded.pdf_url, updated_at = excluded.updated_at";

// An existing invoice keeps its number.
const SAVE_COMPUTED: &str = "
    insert into invoices as i (id, org_id, product, stripe_id, number, period_start, period_end, currency, total, state, lines_json,
        page_url, pdf_url, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    on conflict (org_id, product, period_start) where stripe_id is null do update set period_end = excluded.period_end,
        currency = excluded.currency, total = excluded.total, state = excluded.state, lines_json = excluded.lines_json,
        updated_at = excluded.updated_at
    where i.total <> excluded.total";

/// The seller: the portal has one sequence of invoice numbers.
const SELLER: &str = "portal";

/// Locks the sequence of invoice numbers until the transaction ends: the next number is certain,
/// and is returned if the transaction fails.
pub async fn lock_numbers(tx: &mut Tx) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "insert into invoice_numbers (seller, last) values ($1, 0) on conflict (seller) do update set last = invoice_numbers.last"
    )
    .bind(SELLER)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Takes the next number of the locked sequence.
pub async fn next_number(tx: &mut Tx) -> Result<String> {
    let last: i64 = in_tx!(tx, |c| query_scalar(
        "update invoice_numbers set last = last + 1 where seller = $1 returning last"
    )
    .bind(SELLER)
    .fetch_one(c)
    .await)?;
    Ok(format!("INV-{last:06}"))
}

const COMPUTED: &str = "select number, total from invoices where org_id = $1 and product = $2 and period_start = $3 and stripe_id is null";

/// Number and total of the calculated invoice of a month; `None` if there is none.
pub async fn computed_in(
    tx: &mut Tx,
    org: &OrgId,
    product: &str,
    from: Timestamp,
) -> Result<Option<(String, i64)>> {
    Ok(in_tx!(tx, |c| query_as(COMPUTED)
        .bind(org.as_str())
        .bind(product)
        .bind(from.0)
        .fetch_optional(c)
        .await)?)
}

/// Writes the current state of an invoice. False if nothing changed.
pub async fn save(
    tx: &mut Tx,
    org: &OrgId,
    stripe_id: Option<&str>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<bool> {
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
