//! What is paid: plans chosen and changed, the provider's pages, invoices.

use leptos::prelude::*;

use crate::types::billing::{Billed, BillingView, ChangePreview};
use crate::types::error::UiError;
use crate::types::id::PlanId;

/// One product's plan, month and invoices.
#[server(name = LoadBilling, endpoint = "billing")]
pub async fn load_billing(product: String) -> Result<BillingView, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::{billing, session};

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(billing::view(&app, &permit, &product, app.clock.now()).await?)
}

/// What a product's month was billed for: by operation or, where one is named, by its keys.
#[server(name = LoadBilled, endpoint = "billed")]
pub async fn load_billed(
    product: String,
    #[server(default)] month: String,
    #[server(default)] operation: String,
) -> Result<Billed, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::{billing, session};

    let (app, permit) = session::permit::<ReadUsage>().await?;
    let month = billing::month(&month, app.clock.now())?;
    Ok(billing::billed(&app.db, &permit, product, month, operation).await?)
}

/// What choosing a plan would do and cost.
#[server(name = PreviewChange, endpoint = "preview_plan")]
pub async fn preview_change(plan_id: PlanId) -> Result<ChangePreview, UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::{billing, session};

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::preview(&app, &permit, &plan_id, app.clock.now()).await?)
}

/// Chooses a plan, as it was previewed `at`; goes on to the payment page where there is something to pay first.
#[server(name = ChoosePlan, endpoint = "choose_plan")]
pub async fn choose_plan(plan_id: PlanId, #[server(default)] at: String) -> Result<(), UiError> {
    Ok(crate::server::billing::choose_as_member(&plan_id, &at).await?)
}

/// Goes on to the provider's page for cards and invoices.
#[server(name = OpenPortal, endpoint = "billing_portal")]
pub async fn open_portal() -> Result<(), UiError> {
    Ok(crate::server::billing::open_portal_as_member().await?)
}

/// Ends the subscription with its period.
#[server(name = CancelPlan, endpoint = "cancel_plan")]
pub async fn cancel_plan(product: String) -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::{billing, session};

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::cancel(&app, &permit, &product, app.clock.now()).await?)
}

/// Lets the subscription go on.
#[server(name = ResumePlan, endpoint = "resume_plan")]
pub async fn resume_plan(product: String) -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::{billing, session};

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::resume(&app, &permit, &product, app.clock.now()).await?)
}
