//! The portal's revenue, for operators.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::billing::{Drift, PriceDraft, PriceTrial, Revenue};

/// A month's prices, overage and failed payments; by default of the current month.
#[server(name = LoadRevenue, endpoint = "admin_revenue")]
pub async fn load_revenue(
    #[server(default)] month: String,
    #[server(default)] cursor: String,
) -> Result<Revenue, UiError> {
    use crate::server::billing;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    let month = billing::month(&month, app.clock.now())?;
    Ok(billing::revenue(&app.billing(), &operator, month, &cursor).await?)
}

/// Differences between the portal and the payment provider; `None` without a provider.
#[server(name = LoadDrift, endpoint = "admin_drift")]
pub async fn load_drift(#[server(default)] cursor: String) -> Result<Option<Drift>, UiError> {
    use crate::server::billing;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    if app.biller.stripe().is_none() {
        return Ok(None);
    }
    Ok(Some(billing::drift(&app.billing(), &operator, &cursor, app.clock.now()).await?))
}

/// What a month's usage of a plan would have cost at other prices.
#[server(name = TryPrice, endpoint = "admin_try_price")]
pub async fn try_price(draft: PriceDraft) -> Result<PriceTrial<UiError>, UiError> {
    use crate::server::billing;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(billing::try_price(&app.db, &operator, draft, app.clock.now()).await?.map_err(Into::into))
}
