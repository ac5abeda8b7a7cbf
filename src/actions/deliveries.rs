//! Webhook deliveries.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::delivery::{Delivery, DeliveryFilter, DeliveryFound};
use crate::types::environment::Environment;
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
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(webhooks::list_deliveries(&app.db, &permit, environment, &filter, cursor.as_ref(), 25)
        .await?)
}

/// One delivery with its attempts.
#[server(name = GetDelivery, endpoint = "get_webhook_delivery")]
pub async fn get_delivery(environment: Environment, id: String) -> Result<DeliveryFound, UiError> {
    use crate::server::access::ReadWebhooks;
    use crate::server::{Error, webhooks};
    use crate::types::code::Code;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    let id = id.parse().map_err(|_| Error::not_found("delivery"))?;
    // A pasted link, or an id that was looked up, may refer to a delivery of the other environment.
    match webhooks::find_delivery(&app.db, &permit, environment, &id).await {
        Err(error) if error.code() == Code::NotFound => {
            Ok(webhooks::find_delivery(&app.db, &permit, environment.other(), &id).await?)
        }
        found => Ok(found?),
    }
}

/// Sends a delivery immediately.
#[server(name = RetryDelivery, endpoint = "retry_webhook_delivery")]
pub async fn retry_delivery(environment: Environment, id: DeliveryId) -> Result<Delivery, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::retry(&app, &permit, environment, &id, app.clock.now()).await?)
}
