//! Products and their plans, for operators. New products, and new documents, use forms with files:
//! see `src/web/router/admin_forms.rs`.
#![allow(clippy::too_many_arguments, reason = "forms have that many fields")]

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::change::VersionDiff;
use crate::types::id::PlanId;
use crate::types::plan::{Plan, PlanForm};
use crate::types::product::{
    AdminProduct, EncodedSlashes, ProductDetail, ProductStatus, SigningSecret, Validation,
};
use crate::types::rotation::Overlap;

/// All products except the platform itself; with a text, those whose id or name contains it.
#[server(name = ListAdminProducts, endpoint = "admin_products")]
pub async fn list_admin_products(
    #[server(default)] text: String,
) -> Result<Vec<AdminProduct>, UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(products::search(&app.db, &operator, &text).await?)
}

/// One product, its versions, and its callers.
#[server(name = LoadAdminProduct, endpoint = "admin_product")]
pub async fn load_admin_product(id: String) -> Result<ProductDetail, UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(products::detail(&app.db, &app.products, &app.unchecked, &operator, &id, app.clock.now())
        .await?)
}

/// Changes a product's texts, the target of its calls, and how they are handled.
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
    #[server(default)] honours_idempotency_key: bool,
    #[server(default)] encoded_slashes: EncodedSlashes,
    #[server(default)] allow_override_headers: bool,
) -> Result<(), UiError> {
    use crate::server::products::{self, Registration, form};
    use crate::types::product::ProductSettings;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    let settings = ProductSettings {
        validation,
        allow_undeclared,
        connect_timeout_ms,
        timeout_ms,
        max_body_bytes: form::bytes(&max_body_bytes)?,
        cors_origins: form::entries(&cors_origins),
        honours_idempotency_key,
        encoded_slashes,
        allow_override_headers,
    };
    let wanted = Registration {
        must_be_new: false,
        document: None,
        is_strict: false,
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
    let published = products::publish(
        &app.db,
        &app.config,
        &operator,
        &form::id(&id)?,
        wanted,
        app.clock.now(),
    )
    .await;
    published.map(drop).map_err(|error| {
        let mut error = UiError::from(error);
        // The form has them next to the other fields.
        error
            .fields
            .iter_mut()
            .for_each(|field| field.location = field.location.replace("settings.", ""));
        error
    })
}

/// Fetches the document again, now. True if it has changed.
#[server(name = RefetchProduct, endpoint = "admin_refetch_product")]
pub async fn refetch_product(id: String) -> Result<bool, UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(products::refetch(&app, &operator, &products::form::id(&id)?, app.clock.now()).await?)
}

/// Returns the secrets that sign requests to the product's server, newest first; the access is
/// recorded.
#[server(name = RevealSigningSecrets, endpoint = "admin_signing_secrets")]
pub async fn reveal_signing_secrets(id: String) -> Result<Vec<SigningSecret>, UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(products::reveal_secrets(
        &app.db,
        &app.sealer,
        &operator,
        &products::form::id(&id)?,
        app.clock.now(),
    )
    .await?)
}

/// Creates a new signing secret, and goes to the page that shows it.
#[server(name = RotateSigningSecret, endpoint = "admin_rotate_signing_secret")]
pub async fn rotate_signing_secret(id: String, overlap: Overlap) -> Result<(), UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    let id = products::form::id(&id)?;
    products::rotate_secret(&app.db, &app.sealer, &operator, &id, overlap, app.clock.now()).await?;
    session::go_to(&format!("/admin/products/{id}?signing=show#signing"));
    Ok(())
}

/// Retires a product on a day such as `2027-01-31`; an empty day cancels the retirement.
#[server(name = RetireProduct, endpoint = "admin_retire_product")]
pub async fn retire_product(id: String, #[server(default)] on: String) -> Result<(), UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    let (id, on) = (products::form::id(&id)?, products::form::day(&on)?);
    products::retire(&app.db, &app.config, &operator, &id, on, app.clock.now()).await?;
    Ok(())
}

/// Removes a product, if its id was typed as well.
#[server(name = RemoveProduct, endpoint = "admin_remove_product")]
pub async fn remove_product(id: String, typed: String) -> Result<(), UiError> {
    use crate::server::{Error, products};
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    if typed.trim() != id {
        return Err(Error::field("typed", "invalid_value", format!("Type {id} to confirm.")).into());
    }
    products::remove(&app.db, &operator, &products::form::id(&id)?, app.clock.now()).await?;
    session::go_to("/admin/products");
    Ok(())
}

/// Compares two documents of a product: by default the active one with the previous one.
#[server(name = LoadDiff, endpoint = "admin_product_diff")]
pub async fn load_diff(
    id: String,
    from: Option<u64>,
    to: Option<u64>,
    #[server(default)] after: String,
) -> Result<VersionDiff, UiError> {
    use crate::server::products;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(products::compare(&app.db, &operator, &id, (from, to), &after, app.clock.now()).await?)
}

/// All plans of a product, cheapest first, archived plans last.
#[server(name = ListProductPlans, endpoint = "admin_plans")]
pub async fn list_product_plans(product: String) -> Result<Vec<Plan>, UiError> {
    use crate::server::{plans, products};
    use crate::web::session;

    let (app, _) = session::operator().await?;
    products::check_exists(&app.db, &product).await?;
    Ok(plans::list(&app.db, &product).await?)
}

/// Creates a plan, or the next version of the plan with this name. Amounts are entered as decimals:
/// `49.00`.
#[server(name = CreateProductPlan, endpoint = "admin_create_plan")]
pub async fn create_product_plan(#[server(flatten)] form: PlanForm) -> Result<(), UiError> {
    use crate::server::{Error, billing, plans, products};
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    products::check_exists(&app.db, &form.product).await?;
    let new = form.read().map_err(Error::fields)?;
    if app.biller.stripe().is_some() {
        billing::check_chargeable(&new)?;
    }
    if !new.confirm {
        plans::check_default(&app.db, &new, app.clock.now()).await?;
    }
    plans::create(&app.db, new, &operator, app.clock.now()).await?;
    Ok(())
}

/// Archives a plan.
#[server(name = ArchivePlan, endpoint = "admin_archive_plan")]
pub async fn archive_plan(plan_id: PlanId) -> Result<(), UiError> {
    use crate::server::plans;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    plans::archive(&app.db, &plan_id, &operator, app.clock.now()).await?;
    Ok(())
}
