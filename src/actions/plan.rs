//! The organisation's usage and its spend cap. [`super::billing`] changes plans.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::plan::PlanUsage;

/// A product's plan and its usage this month; the platform's by default.
#[server(name = LoadPlan, endpoint = "plan")]
pub async fn load_plan(#[server(default)] product: String) -> Result<PlanUsage, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::usage_limits;
    use crate::types::product::PLATFORM;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadUsage>().await?;
    let product = if product.is_empty() { PLATFORM } else { &product };
    Ok(usage_limits::plan_usage(&app.db, &permit, product, app.clock.now()).await?)
}

/// Caps the overage per month: `25` or `12.50`; empty for no cap. `confirm` is `yes` if live calls
/// may be refused immediately.
#[server(name = SetSpendCap, endpoint = "set_spend_cap")]
pub async fn set_spend_cap(
    #[server(default)] cap: String,
    #[server(default)] confirm: String,
) -> Result<(), UiError> {
    use crate::server::{Error, plans, usage_limits};
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    let currency = plans::billing_currency(&app.db, &permit.org).await?;
    let cap = plans::read_cap("cap", &cap, currency).map_err(Error::from)?;
    usage_limits::set_spend_cap_knowingly(&app.db, &permit, cap, confirm == "yes", app.clock.now())
        .await?;
    Ok(())
}
