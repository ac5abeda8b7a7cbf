//! Webhook deliveries.

use leptos::prelude::*;

use crate::types::delivery::{Delivery, DeliveryDetail, DeliveryFilter};
use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::id::DeliveryId;
use crate::types::page::Page;

/// Deliveries, newest first.
#[server(name = ListDeliveries, endpoint = "list_webhook_deliveries")]
pub async fn list_deliveries(
    environment: Environment,
    #[server(default)] filter: DeliveryFilter,
    cursor: Option<String>,
) -> Result<Page<Delivery>, UiError> {
    use crate::server::access::ReadWebhooks;
    use crate::server::{session, webhooks};

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(webhooks::list_deliveries(&app.db, &permit, environment, &filter, cursor.as_ref(), 25).await?)
}

/// One delivery with its attempts.
#[server(name = GetDelivery, endpoint = "get_webhook_delivery")]
pub async fn get_delivery(environment: Environment, id: String) -> Result<DeliveryDetail, UiError> {
    use crate::server::access::ReadWebhooks;
    use crate::server::{Error, session, webhooks};

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    let id = id.parse().map_err(|_| Error::not_found("delivery"))?;
    Ok(webhooks::get_delivery(&app.db, &permit, environment, &id).await?)
}

/// Makes a delivery at once.
#[server(name = RetryDelivery, endpoint = "retry_webhook_delivery")]
pub async fn retry_delivery(environment: Environment, id: DeliveryId) -> Result<Delivery, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::{session, webhooks};

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::retry(&app, &permit, environment, &id, app.clock.now()).await?)
}
