//! The initial plans of a new portal for its own API. They are ordinary plans: the operator may
//! create new versions of them, or archive them.

use tollgate_types::money::{Currency, Prices};
use tollgate_types::plan::PlanRate;
use tollgate_types::product::PLATFORM;
use tollgate_types::time::Timestamp;

use super::{NewPlan, store};
use crate::Result;
use crate::access::Operator;
use crate::db::Db;

/// Creates the built-in plans, if there has never been a plan. If several servers start
/// concurrently, one creates them.
pub async fn provide(db: &Db, now: Timestamp) -> Result<()> {
    if !store::list(db, PLATFORM).await?.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    tx.take_turn("starter plans").await?;
    if store::list_in(&mut tx, PLATFORM).await?.is_empty() {
        for new in built_in()? {
            super::create_in(&mut tx, new, &Operator::command_line(), now).await?;
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
        NewPlan {
            key_rate: rate(100),
            org_rate: rate(500),
            ..plan("Scale", 19_900, 1_000_000, "0.1")?
        },
    ])
}
