//! Billing: choosing and changing plans, the provider's pages, invoices.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::billing::{Billed, BillingView, ChangePreview};
use crate::types::id::PlanId;
use crate::types::plan::Plan;

/// One product's plan, month and invoices.
#[server(name = LoadBilling, endpoint = "billing")]
pub async fn load_billing(product: String) -> Result<BillingView, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(billing::view(&app.billing(), &permit, &product, app.clock.now()).await?)
}

/// The plans of a product that the organisation can choose.
#[server(name = LoadOffers, endpoint = "offers")]
pub async fn load_offers(product: String) -> Result<Vec<Plan>, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::plans;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(plans::offers_to(&app.db, &permit.org, &product).await?)
}

/// The billed usage of a product's month: by operation or, for one operation, by key.
#[server(name = LoadBilled, endpoint = "billed")]
pub async fn load_billed(
    product: String,
    #[server(default)] month: String,
    #[server(default)] operation: String,
) -> Result<Billed, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadUsage>().await?;
    let month = billing::month(&month, app.clock.now())?;
    Ok(billing::billed(&app.db, &permit, product, month, operation).await?)
}

/// The effect and cost of choosing a plan.
#[server(name = PreviewChange, endpoint = "preview_plan")]
pub async fn preview_change(plan_id: PlanId) -> Result<ChangePreview, UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::preview(&app.billing(), &permit, &plan_id, app.clock.now()).await?)
}

/// Chooses a plan, as previewed `at`; redirects to the payment page if a payment is required first.
/// `confirm` is `yes` if live calls may be refused.
#[server(name = ChoosePlan, endpoint = "choose_plan")]
pub async fn choose_plan(
    plan_id: PlanId,
    #[server(default)] at: String,
    #[server(default)] confirm: String,
) -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::billing::{self, Chosen};
    use crate::server::plans;
    use crate::types::time::Timestamp;
    use crate::web::session;

    let (app, permit) = session::permit::<ManagePlan>().await?;
    let now = app.clock.now();
    // A time that is too old or invalid is replaced by the current one.
    let at = at
        .parse::<Timestamp>()
        .ok()
        .filter(|at| (now.plus(-billing::SHOWN_FOR)..=now).contains(at));
    match billing::choose_knowingly(&app.billing(), &permit, &plan_id, at, confirm == "yes", now)
        .await?
    {
        Chosen::Redirect(url) => session::send_to(&url),
        // The change is done: redirect to the page without the preview.
        Chosen::Done => {
            let product =
                plans::by_id(&app.db, &plan_id).await?.map(|plan| plan.product).unwrap_or_default();
            session::go_to(&format!("/dashboard/billing?product={product}"));
        }
    }
    Ok(())
}

/// Redirects to the provider's page for cards and invoices.
#[server(name = OpenPortal, endpoint = "billing_portal")]
pub async fn open_portal() -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ManagePlan>().await?;
    session::send_to(&billing::portal(&app.billing(), &permit).await?);
    Ok(())
}

/// Ends the subscription at the end of its period.
#[server(name = CancelPlan, endpoint = "cancel_plan")]
pub async fn cancel_plan(product: String) -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::cancel(&app.billing(), &permit, &product, app.clock.now()).await?)
}

/// Continues the subscription.
#[server(name = ResumePlan, endpoint = "resume_plan")]
pub async fn resume_plan(product: String) -> Result<(), UiError> {
    use crate::server::access::ManagePlan;
    use crate::server::billing;
    use crate::web::session;

    let (app, permit) = session::permit::<ManagePlan>().await?;
    Ok(billing::resume(&app.billing(), &permit, &product, app.clock.now()).await?)
}
