//! The initial plans of a new portal for its own API. They are ordinary plans: the operator may
//! create new versions of them, or archive them.

use tollgate_types::plan::{NewPlan, PlanRate};
use tollgate_types::product::PLATFORM;
use tollgate_types::time::Timestamp;

use super::store;
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
    let plan = |name, monthly_price, included_units| NewPlan {
        monthly_price,
        included_units,
        ..NewPlan::public(PLATFORM, name)
    };
    let overage = |price: &str| price.parse().map(Some).map_err(anyhow::Error::from);
    let rate = |calls| Some(PlanRate { calls, seconds: 1, burst: None });
    Ok([
        NewPlan { is_default: true, ..plan("Free", 0, 10_000) },
        NewPlan { overage: overage("0.2")?, ..plan("Growth", 2_900, 100_000) },
        NewPlan {
            overage: overage("0.1")?,
            key_rate: rate(100),
            org_rate: rate(500),
            ..plan("Scale", 19_900, 1_000_000)
        },
    ])
}
