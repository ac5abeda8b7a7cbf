//! Invoices: Stripe's, as they are there; without Stripe, our own monthly ones.

use std::collections::HashMap;

use tollgate_types::billing::{Invoice, InvoiceLine, InvoiceState};
use tollgate_types::bounds::INVOICES;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::{InvoiceId, OrgId};
use tollgate_types::money::Currency;
use tollgate_types::plan::Plan;
use tollgate_types::time::{DAY, MINUTE, Timestamp};

use super::Billing;
use super::statement::{self, Stretch, Used};
use super::store::{invoices as store, ledger, objects as known};
use super::{amounts, stripe_objects};
use crate::access::{Permit, ReadUsage};
use crate::db::{Db, Tx};
use crate::webhooks::events::{self, About};
use crate::{Result, accounts, plans, random};

/// How long after its end a month is closed: earlier calls must be in the ledger by then.
const CLOSES_AFTER: i64 = 10 * MINUTE;
/// How long a calculated invoice still includes late records.
const OPEN_FOR: i64 = 2 * DAY;
const PAGE: i64 = 500;

/// The organisation's invoices for a product, newest first.
pub async fn list(db: &Db, permit: &Permit<ReadUsage>, product: &str) -> Result<Vec<Invoice>> {
    store::list(db, &permit.org, product, INVOICES as i64).await
}

/// Writes the current state of an invoice at Stripe, and records an event when it is paid or a
/// payment failed.
pub(super) async fn save(
    billing: &Billing<'_>,
    there: &stripe_objects::Invoice,
    now: Timestamp,
) -> Result<()> {
    let Some((id, customer)) = there.id.as_ref().zip(there.customer.as_ref()) else {
        return Ok(());
    };
    let Some(org) = known::org_of_customer(&billing.db, customer).await? else { return Ok(()) };
    let org: OrgId = org.parse().map_err(anyhow::Error::from)?;
    let state = match there.status.as_deref() {
        Some("paid") => InvoiceState::Paid,
        Some("void") => InvoiceState::Void,
        Some("uncollectible") => InvoiceState::Failed,
        Some("open") if there.attempted => InvoiceState::Failed,
        Some("open") => InvoiceState::Open,
        _ => InvoiceState::Draft,
    };
    let currency = Currency::stored(&there.currency).map_err(anyhow::Error::from)?;
    let (product, lines) = read_lines(billing, currency, &there.lines.data).await?;
    // The period of a first invoice has no length: the period of its lines counts.
    let (from, to) = if there.period_start < there.period_end {
        (there.period_start, there.period_end)
    } else {
        let periods = || there.lines.data.iter().map(|line| &line.period);
        let (starts, ends) =
            (periods().map(|period| period.start), periods().map(|period| period.end));
        (starts.min().unwrap_or(there.period_start), ends.max().unwrap_or(there.period_end))
    };
    let (from, to) = (from.into(), to.into());
    let invoice = Invoice {
        id: random::id::<InvoiceId>(),
        product,
        number: there.number.clone().unwrap_or_default(),
        from,
        to,
        currency,
        total: amounts::from_stripe(currency, there.total),
        state,
        lines,
        page_url: there.hosted_invoice_url.clone().unwrap_or_default(),
        pdf_url: there.invoice_pdf.clone().unwrap_or_default(),
        created_at: there.created.into(),
    };
    let mut tx = billing.db.begin().await?;
    // Its event and its subscription's may be applied concurrently; the new state is reported once.
    accounts::hold_org(&mut tx, &org).await?;
    let before = store::state_of(&mut tx, id).await?;
    // Fetched before it was paid, and written afterwards.
    if before.is_some_and(|before| before.is_final() && before != state) {
        return Ok(());
    }
    store::save(&mut tx, &org, Some(id), &invoice, now).await?;
    if before != Some(state) {
        notify(&mut tx, &org, &invoice, id, now).await?;
    }
    tx.commit().await
}

/// The product of an invoice's lines, empty if it is none of ours; and the lines. Only usage lines
/// have units: Stripe counts a month as one.
async fn read_lines(
    billing: &Billing<'_>,
    currency: Currency,
    there: &[stripe_objects::Line],
) -> Result<(String, Vec<InvoiceLine>)> {
    let (mut product, mut lines) = (String::new(), Vec::new());
    for line in there {
        let sold = match line.price() {
            Some(price) => known::plan_of_price(&billing.db, price).await?,
            None => None,
        };
        lines.push(statement::line(
            line,
            currency,
            sold.as_ref().is_some_and(|(_, is_usage)| *is_usage),
        ));
        if let Some((plan, _)) = sold.filter(|_| product.is_empty())
            && let Some(plan) =
                plans::by_id(&billing.db, &plan.parse().map_err(anyhow::Error::from)?).await?
        {
            product = plan.product;
        }
    }
    Ok((product, lines))
}

async fn notify(
    tx: &mut Tx,
    org: &OrgId,
    invoice: &Invoice,
    provider_id: &str,
    now: Timestamp,
) -> Result<()> {
    let event = match invoice.state {
        InvoiceState::Paid => EventType::InvoicePaid,
        InvoiceState::Failed => EventType::InvoicePaymentFailed,
        _ => return Ok(()),
    };
    let data = serde_json::json!({
        "invoice": provider_id, "number": invoice.number, "product": invoice.product, "total": invoice.total, "currency": invoice.currency,
        "from": invoice.from, "to": invoice.to,
    });
    events::record(
        tx,
        About { org, environment: Some(Environment::Live), request_id: "" },
        event,
        &data,
        now,
    )
    .await
}

/// Whether there may be something to close now.
pub fn closes(now: Timestamp) -> bool {
    (CLOSES_AFTER..OPEN_FOR).contains(&(now.0 - now.month().0))
}

/// Creates the invoices of the previous month, if there is no payment provider, and updates them
/// while records may arrive late. Returns the number written.
pub async fn close_months(billing: &Billing<'_>, now: Timestamp) -> Result<usize> {
    let to = now.month();
    let from = to.plus(-1).month();
    if !closes(now) {
        return Ok(0);
    }
    let (mut written, mut after) = (0, (String::new(), String::new()));
    loop {
        let page = ledger::debtors(&billing.db, from, to, (&after.0, &after.1), PAGE).await?;
        for debtor in &page.debtors {
            let Ok(org) = debtor.org_id.parse::<OrgId>() else { continue };
            let held = plans::held(&billing.db, &org, &debtor.product)
                .await?
                .and_then(|held| held.provided);
            if held.is_some_and(|held| {
                held.started_at < to && held.ended_at.is_none_or(|end| end > from)
            }) {
                continue;
            }
            written += usize::from(compute(billing, &org, &debtor.product, (from, to), now).await?);
        }
        match page.next {
            Some(last) => after = last,
            None => return Ok(written),
        }
    }
}

async fn compute(
    billing: &Billing<'_>,
    org: &OrgId,
    product: &str,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<bool> {
    let stretches = stretches(&billing.db, org, product, (from, to)).await?;
    let Some(last) = stretches.last() else { return Ok(false) };
    let currency = last.plan.currency;
    let lines = statement::month(
        &stretches,
        &used(&billing.db, org, product, (from, to)).await?,
        (from, to),
    );
    if lines.iter().all(|line| line.amount == 0) {
        return Ok(false);
    }
    let mut invoice = Invoice {
        id: random::id::<InvoiceId>(),
        product: product.to_owned(),
        number: String::new(),
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
    // Calculated repeatedly while late records may arrive; usually nothing has changed.
    if store::computed_total(&billing.db, org, product, from).await? == Some(invoice.total) {
        return Ok(false);
    }
    let mut tx = billing.db.begin().await?;
    // Another instance may have created it since; under the lock this is certain, so that no number
    // is lost.
    store::lock_numbers(&mut tx).await?;
    invoice.number = match store::computed_in(&mut tx, org, product, from).await? {
        Some((_, total)) if total == invoice.total => return Ok(false),
        Some((number, _)) => number,
        None => store::next_number(&mut tx).await?,
    };
    let is_new = store::save(&mut tx, org, None, &invoice, now).await?;
    tx.commit().await?;
    Ok(is_new)
}

pub(super) async fn used(
    db: &Db,
    org: &OrgId,
    product: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Used>> {
    let hours = ledger::hours(db, org, product, from, to).await?.into_iter();
    Ok(hours
        .map(|(hour, units, nano)| Used {
            hour,
            units: units.unsigned_abs(),
            amount_nano: nano.unsigned_abs(),
        })
        .collect())
}

/// The plans that were active from `from` to `to`, without gaps except where the product had none.
pub(super) async fn stretches(
    db: &Db,
    org: &OrgId,
    product: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Stretch>> {
    let periods = plans::plan_periods(db, org, product, to).await?;
    Books::default().stretches(db, product, periods, (from, to)).await
}

/// Cached plans, because many organisations share them.
#[derive(Default)]
pub(super) struct Books {
    defaults: HashMap<String, Option<Plan>>,
    plans: HashMap<String, Option<Plan>>,
}

impl Books {
    /// The [`stretches`] of an organisation with these `periods`.
    pub async fn stretches(
        &mut self,
        db: &Db,
        product: &str,
        periods: Vec<(i64, Option<String>)>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Stretch>> {
        let default = self.default_of(db, product).await?;
        let mut begins: Vec<(Timestamp, Option<Plan>)> = vec![(from, default.clone())];
        for (at, plan) in periods {
            let plan = match plan {
                Some(id) => self.plan(db, id).await?,
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
                (Some(last), Some(plan)) if last.plan.id == plan.id && last.to == from => {
                    last.to = to
                }
                (_, Some(plan)) => stretches.push(Stretch { from, to, plan }),
                (_, None) => {}
            }
        }
        Ok(stretches)
    }

    async fn default_of(&mut self, db: &Db, product: &str) -> Result<Option<Plan>> {
        if let Some(known) = self.defaults.get(product) {
            return Ok(known.clone());
        }
        let default = plans::list(db, product).await?.into_iter().find(|plan| plan.is_default);
        self.defaults.insert(product.to_owned(), default.clone());
        Ok(default)
    }

    async fn plan(&mut self, db: &Db, id: String) -> Result<Option<Plan>> {
        if let Some(known) = self.plans.get(&id) {
            return Ok(known.clone());
        }
        let plan = plans::by_id(db, &id.parse().map_err(anyhow::Error::from)?).await?;
        self.plans.insert(id, plan.clone());
        Ok(plan)
    }
}

/// The current month so far: its lines until now.
pub(super) async fn so_far(
    db: &Db,
    org: &OrgId,
    product: &str,
    now: Timestamp,
) -> Result<Vec<InvoiceLine>> {
    let (from, to) = (now.month(), now.next_month());
    let stretches = stretches(db, org, product, (from, to)).await?;
    Ok(statement::month(&stretches, &used(db, org, product, (from, to)).await?, (from, to)))
}
