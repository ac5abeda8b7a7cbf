//! What was used of the plan, for people and programs.

use super::store;
use crate::server::access::{Permit, ReadUsage};
use crate::server::db::Db;
use crate::server::{Result, plans};
use crate::types::id::OrgId;
use crate::types::money::Exact;
use crate::types::plan::{KeySpend, PlanUsage};
use crate::types::product::PLATFORM;
use crate::types::time::Timestamp;
use crate::types::usage::QuotaUsage;

/// Keys on the plan page.
const KEYS: i64 = 100;

/// The month that begins at `month`, against the organisation's present plan.
pub async fn of_month(db: &Db, org: &OrgId, month: Timestamp) -> Result<QuotaUsage> {
    let (plan, _) = plans::current(db, org, PLATFORM).await?;
    let units = store::units(db, org, PLATFORM, month.0).await?;
    Ok(QuotaUsage {
        included_units: plan.included_units,
        remaining_units: plan.included_units.saturating_sub(units),
        is_hard: plan.is_hard,
        overage: plan.prices.cost(units).rounded(),
        currency: plan.currency.into(),
        plan: plan.name,
        resets_at: month.next_month(),
    })
}

/// What the organisation's keys spent in a month, the dearest first.
pub async fn keys_of_month(db: &Db, org: &OrgId, month: Timestamp) -> Result<Vec<KeySpend>> {
    let keys = store::of_keys(db, org, month.0, KEYS).await?.into_iter().map(|row| {
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

/// The plan page: this month, key by key, and what can be switched to.
pub async fn plan_usage(db: &Db, permit: &Permit<ReadUsage>, now: Timestamp) -> Result<PlanUsage> {
    let (plan, own) = plans::current(db, &permit.org, PLATFORM).await?;
    let month = now.month();
    let units = store::units(db, &permit.org, PLATFORM, month.0).await?;
    Ok(PlanUsage {
        units,
        overage: plan.prices.cost(units).rounded(),
        spend_cap: own.spend_cap,
        resets_at: now.next_month(),
        keys: keys_of_month(db, &permit.org, month).await?,
        offers: plans::offers_to(db, &permit.org, PLATFORM).await?,
        plan,
    })
}
