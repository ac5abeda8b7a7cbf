//! The plans that a new portal begins with, for its own API. They are plans like any other: the operator
//! may make new versions of them, or archive them.

use super::{NewPlan, store};
use crate::server::Result;
use crate::server::access::Actor;
use crate::server::db::Db;
use crate::types::money::{Currency, Prices};
use crate::types::plan::PlanRate;
use crate::types::product::PLATFORM;
use crate::types::time::Timestamp;

/// Makes the built-in plans, if there was never a plan.
pub async fn provide(db: &Db, now: Timestamp) -> Result<()> {
    if !store::list(db, PLATFORM).await?.is_empty() {
        return Ok(());
    }
    match create(db, now).await {
        // Another instance that starts at the same moment makes the same plans.
        Err(_) if !store::list(db, PLATFORM).await?.is_empty() => Ok(()),
        created => created,
    }
}

async fn create(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    if store::list_in(&mut tx, PLATFORM).await?.is_empty() {
        for new in built_in()? {
            super::create_in(&mut tx, new, &Actor::command_line(), now).await?;
        }
    }
    tx.commit().await
}

fn built_in() -> Result<[NewPlan; 3]> {
    let currency: Currency = "usd".parse().map_err(anyhow::Error::from)?;
    let plan = |name: &str, monthly_price, included_units, unit_price: &str| -> Result<NewPlan> {
        Ok(NewPlan {
            product: PLATFORM.into(),
            name: name.into(),
            is_default: false,
            is_public: true,
            offered_to: None,
            trial_days: 0,
            currency,
            monthly_price,
            included_units,
            is_hard: false,
            prices: Prices::after(included_units, unit_price.parse().map_err(anyhow::Error::from)?),
            key_rate: None,
            org_rate: None,
        })
    };
    let rate = |calls| Some(PlanRate { calls, seconds: 1, burst: None });
    Ok([
        NewPlan { is_default: true, is_hard: true, ..plan("Free", 0, 10_000, "0")? },
        plan("Growth", 2_900, 100_000, "0.2")?,
        NewPlan { key_rate: rate(100), org_rate: rate(500), ..plan("Scale", 19_900, 1_000_000, "0.1")? },
    ])
}
