//! Products and their plans, for those who run the portal. New products, and new documents, come by forms that carry
//! files: see `server/router/admin_forms.rs`.
#![allow(clippy::too_many_arguments, reason = "forms have that many fields")]

use leptos::prelude::*;

use crate::types::change::VersionDiff;
use crate::types::error::UiError;
use crate::types::id::PlanId;
use crate::types::plan::Plan;
use crate::types::product::{AdminProduct, ProductDetail, ProductStatus, Validation};

/// All products but the platform itself.
#[server(name = ListAdminProducts, endpoint = "admin_products")]
pub async fn list_admin_products() -> Result<Vec<AdminProduct>, UiError> {
    use crate::server::{products, session};

    let (app, operator) = session::operator().await?;
    Ok(products::list(&app.db, &operator).await?)
}

/// One product, its versions, and who calls it.
#[server(name = LoadAdminProduct, endpoint = "admin_product")]
pub async fn load_admin_product(id: String) -> Result<ProductDetail, UiError> {
    use crate::server::{products, session};

    let (app, operator) = session::operator().await?;
    Ok(products::detail(&app.db, &operator, &id, app.clock.now()).await?)
}

/// Changes what a product is called, where its calls go, and how they are handled.
#[server(name = UpdateProduct, endpoint = "admin_update_product")]
pub async fn update_product(
    id: String,
    name: String,
    #[server(default)] description: String,
    #[server(default)] category: String,
    #[server(default)] tags: String,
    status: ProductStatus,
    base_url: String,
    #[server(default)] sandbox_url: String,
    #[server(default)] source_url: String,
    validation: Validation,
    #[server(default)] allow_undeclared: bool,
    connect_timeout_ms: u32,
    timeout_ms: u32,
    #[server(default)] max_body_bytes: String,
    #[server(default)] cors_origins: String,
) -> Result<(), UiError> {
    use crate::server::products::{self, Registration, form};
    use crate::server::session;
    use crate::types::product::ProductSettings;

    let (app, operator) = session::operator().await?;
    let settings = ProductSettings {
        validation,
        allow_undeclared,
        connect_timeout_ms,
        timeout_ms,
        max_body_bytes: form::bytes(&max_body_bytes)?,
        cors_origins: form::entries(&cors_origins),
    };
    let wanted = Registration {
        document: None,
        name: Some(name),
        description: Some(description),
        category: Some(category),
        tags: Some(form::entries(&tags)),
        status: Some(status),
        base_url: Some(base_url),
        sandbox_url: Some(Some(sandbox_url)),
        source_url: Some(Some(source_url)),
        settings: Some(settings),
    };
    let published = products::publish(&app.db, &app.config, &operator, &form::id(&id)?, wanted, app.clock.now()).await;
    published.map(drop).map_err(|error| {
        let mut error = UiError::from(error);
        // In the form they stand beside the others.
        error.fields.iter_mut().for_each(|field| field.location = field.location.replace("settings.", ""));
        error
    })
}

/// Fetches the document again, now. True if it has changed.
#[server(name = RefetchProduct, endpoint = "admin_refetch_product")]
pub async fn refetch_product(id: String) -> Result<bool, UiError> {
    use crate::server::{products, session};

    let (app, operator) = session::operator().await?;
    Ok(products::refetch(&app, &operator, &products::form::id(&id)?, app.clock.now()).await?)
}

/// Takes a product away, if its id was typed as well.
#[server(name = RemoveProduct, endpoint = "admin_remove_product")]
pub async fn remove_product(id: String, typed: String) -> Result<(), UiError> {
    use crate::server::{Error, products, session};

    let (app, operator) = session::operator().await?;
    if typed.trim() != id {
        return Err(Error::field("typed", "invalid_value", format!("Type {id} to confirm.")).into());
    }
    products::remove(&app.db, &operator, &products::form::id(&id)?, app.clock.now()).await?;
    session::go_to("/admin/products");
    Ok(())
}

/// Two documents that a product has had, compared: the active one with the one before it, if none is named.
#[server(name = LoadDiff, endpoint = "admin_product_diff")]
pub async fn load_diff(id: String, from: Option<u64>, to: Option<u64>) -> Result<VersionDiff, UiError> {
    use crate::server::{products, session};

    let (app, operator) = session::operator().await?;
    Ok(products::compare(&app.db, &operator, &id, from, to, app.clock.now()).await?)
}

/// All plans of a product, the cheapest first; archived ones at the end.
#[server(name = ListProductPlans, endpoint = "admin_plans")]
pub async fn list_product_plans(product: String) -> Result<Vec<Plan>, UiError> {
    use crate::server::{plans, products, session};

    let (app, _) = session::operator().await?;
    products::check_exists(&app.db, &product).await?;
    Ok(plans::list(&app.db, &product).await?)
}

/// Makes a plan, or the next version of the one with this name. Amounts are written as people write them: `49.00`.
#[server(name = CreateProductPlan, endpoint = "admin_create_plan")]
pub async fn create_product_plan(
    product: String,
    name: String,
    #[server(default)] currency: String,
    #[server(default)] price: String,
    included: String,
    #[server(default)] overage: String,
    #[server(default)] hard: bool,
    #[server(default)] rate: String,
    #[server(default)] burst: String,
    #[server(default)] default: bool,
    #[server(default)] private: bool,
    #[server(default)] trial: String,
    #[server(default)] only_for: String,
) -> Result<(), UiError> {
    use crate::server::plans::{self, PlanForm};
    use crate::server::{products, session};

    let (app, operator) = session::operator().await?;
    products::check_exists(&app.db, &product).await?;
    let form = PlanForm { product, name, currency, price, included, overage, hard, rate, burst, default, private, trial, only_for };
    plans::create(&app.db, form.read()?, &operator.actor, app.clock.now()).await?;
    Ok(())
}

/// Offers a plan no more.
#[server(name = ArchivePlan, endpoint = "admin_archive_plan")]
pub async fn archive_plan(plan_id: PlanId) -> Result<(), UiError> {
    use crate::server::{plans, session};

    let (app, operator) = session::operator().await?;
    plans::archive(&app.db, &plan_id, &operator.actor, app.clock.now()).await?;
    Ok(())
}
