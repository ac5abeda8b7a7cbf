//! The organisation's plan, its usage, and its spend cap.

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::id::PlanId;
use crate::types::plan::PlanUsage;

/// The plan and what was used of it this month.
#[server(name = LoadPlan, endpoint = "plan")]
pub async fn load_plan() -> Result<PlanUsage, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::{quota, session};

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(quota::plan_usage(&app.db, &permit, app.clock.now()).await?)
}

/// Switches to a plan that is offered, at once.
#[server(name = SwitchPlan, endpoint = "switch_plan")]
pub async fn switch_plan(plan_id: PlanId) -> Result<(), UiError> {
    Ok(crate::server::plans::switch_as_member(&plan_id).await?)
}

/// Caps what a month's overage may cost: `25` or `12.50`; nothing for no cap.
#[server(name = SetSpendCap, endpoint = "set_spend_cap")]
pub async fn set_spend_cap(#[server(default)] cap: String) -> Result<(), UiError> {
    Ok(crate::server::plans::set_spend_cap_as_member(&cap).await?)
}
