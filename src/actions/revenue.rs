//! What the portal earns, for those who run it.

use leptos::prelude::*;

use crate::types::billing::{Drift, PriceDraft, PriceTrial, Revenue};
use crate::types::error::UiError;

/// A month's prices, overage and failed payments; of the present month if none is named.
#[server(name = LoadRevenue, endpoint = "admin_revenue")]
pub async fn load_revenue(#[server(default)] month: String) -> Result<Revenue, UiError> {
    use crate::server::{billing, session};

    let (app, operator) = session::operator().await?;
    let month = billing::month(&month, app.clock.now())?;
    Ok(billing::revenue(&app.db, &operator, month).await?)
}

/// Where the payment provider and we differ; none where nobody collects.
#[server(name = LoadDrift, endpoint = "admin_drift")]
pub async fn load_drift() -> Result<Option<Drift>, UiError> {
    use crate::server::{billing, session};

    let (app, operator) = session::operator().await?;
    if app.biller.stripe().is_none() {
        return Ok(None);
    }
    Ok(Some(billing::drift(&app, &operator, app.clock.now()).await?))
}

/// What a month's usage of a plan would have cost at other prices.
#[server(name = TryPrice, endpoint = "admin_try_price")]
pub async fn try_price(draft: PriceDraft) -> Result<PriceTrial, UiError> {
    use crate::server::{billing, session};

    let (app, operator) = session::operator().await?;
    Ok(billing::try_price(&app.db, &operator, draft, app.clock.now()).await?)
}
