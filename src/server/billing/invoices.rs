//! Invoices: Stripe's, as they are there; and where nobody collects, our own of each month.

use super::answers;
use super::statement::{self, Stretch, Used};
use super::store::{invoices as store, ledger, objects as known};
use crate::server::access::{Permit, ReadUsage};
use crate::server::db::{Db, Tx};
use crate::server::events::{self, About};
use crate::server::{App, Result, accounts, plans, random};
use crate::types::billing::{Invoice, InvoiceLine, InvoiceState};
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{InvoiceId, OrgId};
use crate::types::plan::Plan;
use crate::types::time::{DAY, MINUTE, Timestamp};

/// Invoices that are shown.
const SHOWN: i64 = 36;
/// How long after its end a month is closed: what was called before it must be in the ledger.
const CLOSES_AFTER: i64 = 10 * MINUTE;
/// How long a computed invoice still takes up records that come late.
const OPEN_FOR: i64 = 2 * DAY;
const PAGE: i64 = 500;

/// The organisation's invoices for a product, the newest first.
pub async fn list(db: &Db, permit: &Permit<ReadUsage>, product: &str) -> Result<Vec<Invoice>> {
    store::list(db, &permit.org, product, SHOWN).await
}

/// Writes an invoice as it is at Stripe, and tells of it when it is paid or a payment failed.
pub(super) async fn save(app: &App, there: &answers::Invoice, now: Timestamp) -> Result<()> {
    let Some((id, customer)) = there.id.as_ref().zip(there.customer.as_ref()) else { return Ok(()) };
    let Some(org) = known::org_of_customer(&app.db, customer).await? else { return Ok(()) };
    let org: OrgId = org.parse().map_err(anyhow::Error::from)?;
    let state = match there.status.as_deref() {
        Some("paid") => InvoiceState::Paid,
        Some("void") => InvoiceState::Void,
        Some("uncollectible") => InvoiceState::Failed,
        Some("open") if there.attempted => InvoiceState::Failed,
        Some("open") => InvoiceState::Open,
        _ => InvoiceState::Draft,
    };
    let (product, lines) = read_lines(app, &there.lines.data).await?;
    // A first invoice's own period is a moment: it is for what its lines are for.
    let (from, to) = if there.period_start < there.period_end {
        (there.period_start, there.period_end)
    } else {
        let periods = || there.lines.data.iter().map(|line| &line.period);
        let (starts, ends) = (periods().map(|period| period.start), periods().map(|period| period.end));
        (starts.min().unwrap_or(there.period_start), ends.max().unwrap_or(there.period_end))
    };
    let (from, to) = (from.into(), to.into());
    let invoice = Invoice {
        id: random::id::<InvoiceId>(),
        product,
        number: there.number.clone().unwrap_or_default(),
        from,
        to,
        currency: there.currency.parse().map_err(anyhow::Error::from)?,
        total: there.total,
        state,
        lines,
        page_url: there.hosted_invoice_url.clone().unwrap_or_default(),
        pdf_url: there.invoice_pdf.clone().unwrap_or_default(),
        created_at: there.created.into(),
    };
    let mut tx = app.db.begin().await?;
    // Its message and its subscription's may be applied at the same moment; what it became is told once.
    accounts::hold_org(&mut tx, &org).await?;
    let before = store::state_of(&mut tx, id).await?;
    // Fetched before it was paid, and written after.
    if before.is_some_and(|before| before.is_final() && before != state) {
        return Ok(());
    }
    store::save(&mut tx, &org, Some(id), &invoice, now).await?;
    if before != Some(state) {
        tell(&mut tx, &org, &invoice, id, now).await?;
    }
    tx.commit().await
}

/// The product that an invoice's lines are for, empty for none of ours; and the lines. Only those of usage have units: what
/// Stripe counts of a month is one.
async fn read_lines(app: &App, there: &[answers::Line]) -> Result<(String, Vec<InvoiceLine>)> {
    let (mut product, mut lines) = (String::new(), Vec::new());
    for line in there {
        let sold = match line.price() {
            Some(price) => known::plan_of_price(&app.db, price).await?,
            None => None,
        };
        lines.push(statement::line(line, sold.as_ref().is_some_and(|(_, is_usage)| *is_usage)));
        if let Some((plan, _)) = sold.filter(|_| product.is_empty())
            && let Some(plan) = plans::by_id(&app.db, &plan.parse().map_err(anyhow::Error::from)?).await?
        {
            product = plan.product;
        }
    }
    Ok((product, lines))
}

async fn tell(tx: &mut Tx, org: &OrgId, invoice: &Invoice, provider_id: &str, now: Timestamp) -> Result<()> {
    let event = match invoice.state {
        InvoiceState::Paid => EventType::InvoicePaid,
        InvoiceState::Failed => EventType::InvoicePaymentFailed,
        _ => return Ok(()),
    };
    let data = serde_json::json!({
        "invoice": provider_id, "number": invoice.number, "product": invoice.product, "total": invoice.total, "currency": invoice.currency,
        "from": invoice.from, "to": invoice.to,
    });
    events::record(tx, About { org, environment: Some(Environment::Live), request_id: "" }, event, &data, now).await
}

/// Whether there may be something to close now.
pub fn closes(now: Timestamp) -> bool {
    (CLOSES_AFTER..OPEN_FOR).contains(&(now.0 - now.month().0))
}

/// Makes the invoices of the month before, where nobody collects, and brings them up to date while records may come late.
/// How many were written.
pub async fn close_months(app: &App, now: Timestamp) -> Result<usize> {
    let to = now.month();
    let from = to.plus(-1).month();
    if !closes(now) {
        return Ok(0);
    }
    let (mut written, mut after) = (0, (String::new(), String::new()));
    loop {
        let page = ledger::debtors(&app.db, from, to, (&after.0, &after.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(written) };
        after = last.clone();
        for (org, product) in &page {
            let Ok(org) = org.parse::<OrgId>() else { continue };
            let held = plans::held(&app.db, &org, product).await?.and_then(|held| held.provided);
            if held.is_some_and(|held| held.started_at < to && held.ended_at.is_none_or(|end| end > from)) {
                continue;
            }
            written += usize::from(compute(app, &org, product, (from, to), now).await?);
        }
    }
}

async fn compute(app: &App, org: &OrgId, product: &str, (from, to): (Timestamp, Timestamp), now: Timestamp) -> Result<bool> {
    let stretches = stretches(&app.db, org, product, (from, to)).await?;
    let Some(last) = stretches.last() else { return Ok(false) };
    let currency = last.plan.currency;
    let lines = statement::month(&stretches, &used(&app.db, org, product, (from, to)).await?, (from, to));
    if lines.iter().all(|line| line.amount == 0) {
        return Ok(false);
    }
    let invoice = Invoice {
        id: random::id::<InvoiceId>(),
        product: product.to_owned(),
        number: format!("{}-{product}", &from.to_string()[..7]),
        from,
        to,
        currency,
        total: statement::total(&lines),
        state: InvoiceState::NotCharged,
        lines,
        page_url: String::new(),
        pdf_url: String::new(),
        created_at: to,
    };
    let mut tx = app.db.begin().await?;
    let is_new = store::save(&mut tx, org, None, &invoice, now).await?;
    tx.commit().await?;
    Ok(is_new)
}

pub(super) async fn used(db: &Db, org: &OrgId, product: &str, (from, to): (Timestamp, Timestamp)) -> Result<Vec<Used>> {
    let hours = ledger::hours(db, org, product, from, to).await?.into_iter();
    Ok(hours.map(|(hour, units, nano)| Used { hour, units: units.unsigned_abs(), amount_nano: nano.unsigned_abs() }).collect())
}

/// Which plans were in force from `from` to `to`, without gaps but where the product had none.
pub(super) async fn stretches(db: &Db, org: &OrgId, product: &str, (from, to): (Timestamp, Timestamp)) -> Result<Vec<Stretch>> {
    let periods = plans::plan_periods(db, org, product, to).await?;
    let default = plans::list(db, product).await?.into_iter().find(|plan| plan.is_default);
    let mut begins: Vec<(Timestamp, Option<Plan>)> = vec![(from, default.clone())];
    for (at, plan) in periods {
        let plan = match plan {
            Some(id) => plans::by_id(db, &id.parse().map_err(anyhow::Error::from)?).await?,
            None => default.clone(),
        };
        let at = Timestamp(at).max(from);
        begins.retain(|(earlier, _)| *earlier < at);
        begins.push((at, plan));
    }
    let ends: Vec<Timestamp> = begins.iter().skip(1).map(|(at, _)| *at).chain([to]).collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    for ((from, plan), to) in begins.into_iter().zip(ends) {
        match (stretches.last_mut(), plan) {
            (Some(last), Some(plan)) if last.plan.id == plan.id && last.to == from => last.to = to,
            (_, Some(plan)) => stretches.push(Stretch { from, to, plan }),
            (_, None) => {}
        }
    }
    Ok(stretches)
}

/// The present month as far as it went: its lines until now.
pub(super) async fn so_far(db: &Db, org: &OrgId, product: &str, now: Timestamp) -> Result<Vec<InvoiceLine>> {
    let (from, to) = (now.month(), now.next_month());
    let stretches = stretches(db, org, product, (from, to)).await?;
    Ok(statement::month(&stretches, &used(db, org, product, (from, to)).await?, (from, to)))
}
