//! What the portal earns, and what it would earn under another plan.

use super::store::revenue as store;
use super::{statement, store::ledger};
use crate::server::access::Operator;
use crate::server::db::Db;
use crate::server::plans::{self, PlanForm};
use crate::server::{Error, Result};
use crate::types::billing::{FailedPayment, PriceDraft, PriceTrial, Revenue, RevenueRow, Simulated};
use crate::types::id::{OrgId, PlanId};
use crate::types::money::Prices;
use crate::types::time::Timestamp;

/// Organisations and products of a report.
const ROWS: i64 = 2_000;
const FAILED: i64 = 100;

/// A month's prices and overage by organisation and product, and the payments that failed.
pub async fn revenue(db: &Db, _: &Operator, month: Timestamp) -> Result<Revenue> {
    let (from, to) = (month.month(), month.next_month());
    let mut rows = Vec::new();
    for (org, product) in ledger::debtors(db, from, to, ("", ""), ROWS).await? {
        let Ok(org_id) = org.parse::<OrgId>() else { continue };
        let used = super::invoices::used(db, &org_id, &product, (from, to)).await?;
        let stretches = super::invoices::stretches(db, &org_id, &product, (from, to)).await?;
        // The last that was in force in the month.
        let Some(plan) = stretches.last().map(|stretch| stretch.plan.clone()) else { continue };
        let lines = statement::month(&stretches, &used, (from, to));
        let overage: i64 = lines.iter().filter(|line| line.units.is_some()).map(|line| line.amount).sum();
        rows.push(RevenueRow {
            org_name: store::org_name(db, &org_id).await?.unwrap_or_default(),
            org_id: org,
            product,
            plan: plan.name,
            currency: plan.currency,
            monthly_price: plan.monthly_price,
            units: used.iter().map(|used| used.units).sum(),
            overage: overage.unsigned_abs(),
        });
    }
    Ok(Revenue { month: from, rows, failed: store::failed(db, FAILED).await? })
}

/// What a month's usage of a plan's product would have cost with another price, included units and prices: for each
/// organisation that is on the plan, before and after.
pub async fn simulate(
    db: &Db,
    operator: &Operator,
    plan: &PlanId,
    (monthly_price, prices): (u64, &Prices),
    month: Timestamp,
) -> Result<Vec<Simulated>> {
    let plan = plans::by_id(db, plan).await?;
    let Some(plan) = plan else { return Err(Error::not_found("plan")) };
    let rows = revenue(db, operator, month).await?.rows.into_iter();
    let of_plan = rows.filter(|row| row.product == plan.product && row.plan == plan.name);
    Ok(of_plan
        .map(|now| {
            let charged: u64 = prices.charges(now.units).iter().map(|charge| charge.amount).sum();
            Simulated { now, draft_total: monthly_price.saturating_add(charged) }
        })
        .collect())
}

/// [`simulate`] of what a person filled in; what is wrong with that comes with the plans that can be chosen.
pub async fn try_price(db: &Db, operator: &Operator, draft: PriceDraft, now: Timestamp) -> Result<PriceTrial> {
    let before = now.month().plus(-1).month();
    let month = if draft.month.trim().is_empty() { Ok(before) } else { self::month(draft.month.trim(), now) };
    let (plans, shown) = (plans::all(db).await?, month.as_ref().copied().unwrap_or(before));
    let Ok(plan) = draft.plan.parse::<PlanId>() else { return Ok(PriceTrial { plans, month: shown, outcome: None }) };
    // Amounts are written in the currency of the plan.
    let currency = plans.iter().find(|known| known.id == plan).map_or_else(String::new, |known| known.currency.as_str().to_owned());
    let form = PlanForm { currency, price: draft.price, included: draft.included, overage: draft.overage, ..PlanForm::default() };
    let outcome = match (month, form.read()) {
        (Ok(month), Ok(terms)) => simulate(db, operator, &plan, (terms.monthly_price, &terms.prices), month).await,
        (_, Err(error)) | (Err(error), _) => Err(error),
    };
    Ok(PriceTrial { plans, month: shown, outcome: Some(outcome.map_err(Into::into)) })
}

/// The calendar month that a text such as `2026-11` names; the present one if it is empty.
///
/// # Errors
/// `validation_failed` for anything else.
pub fn month(text: &str, now: Timestamp) -> Result<Timestamp> {
    if text.is_empty() {
        return Ok(now.month());
    }
    Timestamp::parse_month(text).ok_or_else(|| Error::field("month", "invalid_format", "Write a month such as 2026-11."))
}

/// A payment that failed, for [`Revenue`].
pub(super) fn failed(org_name: String, number: String, currency: &str, total: i64, at: i64) -> Result<FailedPayment> {
    Ok(FailedPayment { org_name, number, currency: currency.parse().map_err(anyhow::Error::from)?, total, at: Timestamp(at) })
}
