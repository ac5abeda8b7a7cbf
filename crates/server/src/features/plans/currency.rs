//! An organisation is billed in one currency, which applies to its spend cap, its months and its
//! customer at the payment provider.

use tollgate_types::code::Code;
use tollgate_types::id::OrgId;
use tollgate_types::money::Currency;
use tollgate_types::plan::Plan;
use tollgate_types::product::PLATFORM;
use tollgate_types::time::Timestamp;

use super::store;
use crate::db::Db;
use crate::{Error, Result};

/// The billing currency of an organisation, also for its caps: that of its paid plans, otherwise
/// that of its plan of the platform.
pub async fn billing_currency(db: &Db, org: &OrgId) -> Result<Currency> {
    let paid = store::subscribed(db, org).await?.into_iter().find(Plan::is_paid);
    let plan = match paid {
        Some(plan) => Some(plan),
        None => store::of_org(db, org, PLATFORM).await?.map(|found| found.plan),
    };
    Ok(plan.map_or_else(Currency::default, |plan| plan.currency))
}

/// # Errors
/// `conflict` for a paid plan in another currency than the organisation's paid plans of this month.
pub async fn check_currency(db: &Db, org: &OrgId, plan: &Plan, now: Timestamp) -> Result<()> {
    if !plan.is_paid() {
        return Ok(());
    }
    let mut paid: Vec<Plan> = store::subscribed(db, org).await?;
    // The plans at the start of the month, and since.
    let periods = store::subscriptions::plan_periods(db, org, &plan.product, now.plus(1)).await?;
    let begins = periods.iter().rposition(|(from, _)| *from <= now.month().0).unwrap_or(0);
    for (_, id) in periods.into_iter().skip(begins) {
        let Some(id) = id else { continue };
        paid.extend(store::by_id(db, &id.parse().map_err(anyhow::Error::from)?).await?);
    }
    let Some(other) =
        paid.into_iter().find(|other| other.is_paid() && other.currency != plan.currency)
    else {
        return Ok(());
    };
    let code = |plan: &Plan| plan.currency.as_str().to_uppercase();
    let detail = format!(
        "Your organisation is billed in {ours} for {} ({}) this month. {} is priced in {}, and an organisation is billed in one currency. \
         Choose a plan in {ours}, or end your plans in {ours}; from next month on you can choose another currency.",
        other.name,
        other.product,
        plan.name,
        code(plan),
        ours = code(&other),
    );
    Err(Error::new(Code::Conflict, detail))
}
