//! Usage compared with the plan, for people and programs.

use tollgate_types::bounds::KEYS_OF_MONTH;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;
use tollgate_types::money::Exact;
use tollgate_types::plan::{KeySpend, PlanUsage};
use tollgate_types::product::PLATFORM;
use tollgate_types::time::Timestamp;
use tollgate_types::usage::{MonthUsage, Overview, QuotaUsage};

use crate::access::{Permit, ReadUsage};
use crate::db::Db;
use crate::quota::store;
use crate::{Result, keys, plans, products, usage};

/// The month that starts at `month`, compared with the organisation's current plan for a product;
/// `None` without a plan.
pub async fn of_month(
    db: &Db,
    org: &OrgId,
    product: &str,
    month: Timestamp,
) -> Result<Option<QuotaUsage>> {
    let plan = match plans::current(db, org, product).await {
        Ok((plan, _)) => plan,
        Err(error) if error.code() == Code::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let units = store::units(db, org, product, month.0).await?;
    Ok(Some(QuotaUsage {
        product: product.to_owned(),
        included_units: plan.included_units,
        remaining_units: plan.included_units.saturating_sub(units),
        is_hard: plan.is_hard,
        overage: plan.prices.cost(units).rounded(),
        currency: plan.currency.into(),
        plan: plan.name,
        resets_at: month.next_month(),
    }))
}

/// The spending of the organisation's keys in a month, highest first.
pub async fn keys_of_month(db: &Db, org: &OrgId, month: Timestamp) -> Result<Vec<KeySpend>> {
    let keys =
        store::of_keys(db, org, month.0, KEYS_OF_MONTH as i64).await?.into_iter().map(|row| {
            Ok(KeySpend {
                key_id: row.key_id.parse().map_err(anyhow::Error::from)?,
                name: row.name,
                prefix: row.prefix,
                units: row.units.unsigned_abs(),
                amount: Exact::nano(row.amount_nano.unsigned_abs()).rounded(),
            })
        });
    keys.collect()
}

/// The plan page: this month of one product, the available plans, and the cost of all keys over all
/// products.
pub async fn plan_usage(
    db: &Db,
    permit: &Permit<ReadUsage>,
    product: &str,
    now: Timestamp,
) -> Result<PlanUsage> {
    let (plan, own) = plans::current(db, &permit.org, product).await?;
    let month = now.month();
    let units = store::units(db, &permit.org, product, month.0).await?;
    let mut products: Vec<String> =
        plans::all(db).await?.into_iter().map(|plan| plan.product).collect();
    products.dedup();
    Ok(PlanUsage {
        product: product.to_owned(),
        products,
        units,
        overage: plan.prices.cost(units).rounded(),
        spend_cap: own.spend_cap,
        resets_at: now.next_month(),
        keys: keys_of_month(db, &permit.org, month).await?,
        offers: plans::offers_to(db, &permit.org, product).await?,
        plan,
    })
}

/// The calendar month that starts at `month`, by operation and by key, compared with the
/// organisation's plan: of one product or, without `product`, of each product.
///
/// # Errors
/// `not_found` for a product that does not exist.
pub async fn by_month(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    product: Option<&str>,
    month: Timestamp,
) -> Result<MonthUsage> {
    if let Some(product) = product {
        products::check_exists(db, product).await?;
    }
    let quota = match environment {
        Environment::Live => of_month(db, &permit.org, product.unwrap_or(PLATFORM), month).await?,
        Environment::Sandbox => None,
    };
    usage::by_month(db, permit, environment, product, month, quota).await
}

/// The last 24 hours, including the current one.
pub async fn overview(
    db: &Db,
    permit: &Permit<ReadUsage>,
    environment: Environment,
    now: Timestamp,
) -> Result<Overview> {
    let active_keys = keys::count_active(db, &permit.org, environment, now).await?;
    usage::overview(db, permit, environment, active_keys.unsigned_abs(), now).await
}
