//! The billing page: one product's plan, month, forecast and invoices; and the usage behind a
//! month.

use tollgate_types::billing::{Billed, BillingView, Forecast, SubscriptionView};
use tollgate_types::environment::Environment;
use tollgate_types::money::Exact;
use tollgate_types::time::Timestamp;

use super::Billing;
use super::store::objects as known;
use super::{invoices, statement};
use crate::access::{Permit, ReadUsage};
use crate::db::Db;
use crate::{Result, plans, quota, usage, usage_limits};

/// A product as the organisation uses it.
pub async fn view(
    billing: &Billing<'_>,
    permit: &Permit<ReadUsage>,
    product: &str,
    now: Timestamp,
) -> Result<BillingView> {
    let db = &billing.db;
    let (plan, own) = plans::current(db, &permit.org, product).await?;
    let (month, end) = (now.month(), now.next_month());
    let units = quota::units(db, &permit.org, product, month.0).await?;
    let held = plans::held(db, &permit.org, product).await?;
    let lines = invoices::so_far(db, &permit.org, product, now).await?;
    let used: i64 = lines.iter().filter(|line| line.units.is_some()).map(|line| line.amount).sum();
    let fixed: i64 = lines.iter().filter(|line| line.units.is_none()).map(|line| line.amount).sum();
    let units_then = if plan.is_hard {
        statement::forecast(units, month, now, end).min(plan.included_units.max(units))
    } else {
        statement::forecast(units, month, now, end)
    };
    let more = plan.prices.cost_after(units, units_then - units).rounded();
    let mut products: Vec<String> =
        plans::all(db).await?.into_iter().map(|plan| plan.product).collect();
    products.dedup();
    Ok(BillingView {
        product: product.to_owned(),
        products,
        subscription: held.map(|held| SubscriptionView {
            state: held.state,
            is_charged: held.is_charged(),
            period_end: held.provided.as_ref().and_then(|provided| provided.period_end),
            trial_ends_at: held.provided.as_ref().and_then(|provided| provided.trial_ends_at),
            ends_at: held.provided.as_ref().and_then(|provided| provided.ends_at),
            blocked_at: held.provided.as_ref().and_then(|provided| provided.blocked_at),
            next_plan: held.next_plan,
        }),
        refusal: usage_limits::of_product(billing, &permit.org, product, billing.clock.now_us())
            .await?,
        has_provider: billing.biller.stripe().is_some(),
        has_portal: billing.biller.stripe().is_some()
            && known::customer(db, &permit.org).await?.is_some(),
        units,
        overage: used.unsigned_abs(),
        so_far: (used + fixed).unsigned_abs(),
        forecast: Forecast {
            units: units_then,
            total: (used + fixed).unsigned_abs().saturating_add(more),
        },
        spent: Exact::nano(quota::org_spend(db, &permit.org, month.0).await?).rounded(),
        spend_cap: own.spend_cap,
        month,
        resets_at: end,
        keys: usage_limits::keys_of_month(db, &permit.org, month).await?,
        operations: usage::of_product(db, permit, Environment::Live, product, month, end).await?,
        offers: plans::offers_to(db, &permit.org, product).await?,
        invoices: invoices::list(db, permit, product).await?,
        plan,
    })
}

/// The usage behind a month's units: the operations or, for one operation, its keys.
pub async fn billed(
    db: &Db,
    permit: &Permit<ReadUsage>,
    product: String,
    month: Timestamp,
    operation: String,
) -> Result<Billed> {
    let (range, live) = ((month, month.next_month()), Environment::Live);
    let operation = Some(operation).filter(|operation| !operation.is_empty());
    let (operations, keys) = match &operation {
        None => {
            (usage::of_product(db, permit, live, &product, range.0, range.1).await?, Vec::new())
        }
        Some(operation) => {
            (Vec::new(), usage::of_operation(db, permit, live, (&product, operation), range).await?)
        }
    };
    Ok(Billed { product, month, operation, operations, keys })
}
