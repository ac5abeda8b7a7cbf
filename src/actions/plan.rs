//! The organisation's usage and its spend cap. Plans are chosen by [`super::billing`].

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::plan::PlanUsage;

/// The plan and what was used of it this month.
#[server(name = LoadPlan, endpoint = "plan")]
pub async fn load_plan() -> Result<PlanUsage, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::{quota, session};

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(quota::plan_usage(&app.db, &permit, app.clock.now()).await?)
}

/// Caps what a month's overage may cost: `25` or `12.50`; nothing for no cap.
#[server(name = SetSpendCap, endpoint = "set_spend_cap")]
pub async fn set_spend_cap(#[server(default)] cap: String) -> Result<(), UiError> {
    Ok(crate::server::plans::set_spend_cap_as_member(&cap).await?)
}
