//! Webhook endpoints.

#![allow(clippy::too_many_arguments, reason = "forms have that many fields")]

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::delivery::{Delivery, Requeued};
use crate::types::environment::Environment;
use crate::types::id::EndpointId;
use crate::types::webhook::{CreatedEndpoint, Endpoint, EndpointHealth};
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};

/// All endpoints of an environment, newest first, with their state.
#[server(name = ListEndpoints, endpoint = "list_webhook_endpoints")]
pub async fn list_endpoints(environment: Environment) -> Result<Vec<EndpointHealth>, UiError> {
    use crate::server::access::ReadWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    Ok(webhooks::list_with_health(&app.db, &permit, environment, app.clock.now()).await?)
}

/// One endpoint, with its state.
#[server(name = GetEndpoint, endpoint = "get_webhook_endpoint")]
pub async fn get_endpoint(environment: Environment, id: String) -> Result<EndpointHealth, UiError> {
    use crate::server::access::ReadWebhooks;
    use crate::server::{Error, webhooks};
    use crate::web::session;

    let (app, permit) = session::permit::<ReadWebhooks>().await?;
    let id = id.parse().map_err(|_| Error::not_found("webhook endpoint"))?;
    Ok(webhooks::get_with_health(&app.db, &permit, environment, &id, app.clock.now()).await?)
}

/// Creates an endpoint; its secret is returned once.
#[server(name = CreateEndpoint, endpoint = "create_webhook_endpoint")]
pub async fn create_endpoint(
    environment: Environment,
    url: String,
    #[server(default)] description: String,
    #[server(default)] event_types: String,
    #[server(default)] headers: String,
    #[server(default)] rate: String,
) -> Result<CreatedEndpoint, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::server::webhooks::form::Fields;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    let fields = Fields { url, description, event_types, headers, rate };
    let new = fields.new_endpoint(app.outbound.reach())?;
    Ok(webhooks::create(&app, &permit, environment, new, app.clock.now()).await?)
}

/// Changes an endpoint. Its headers stay if none are entered and `remove_headers` is not set.
#[server(name = UpdateEndpoint, endpoint = "update_webhook_endpoint")]
pub async fn update_endpoint(
    environment: Environment,
    id: EndpointId,
    url: String,
    #[server(default)] description: String,
    #[server(default)] event_types: String,
    #[server(default)] headers: String,
    #[server(default)] remove_headers: bool,
    #[server(default)] rate: String,
) -> Result<(), UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::server::webhooks::form::Fields;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    let fields = Fields { url, description, event_types, headers, rate };
    let update = fields.update(remove_headers, app.outbound.reach())?;
    webhooks::update(&app, &permit, environment, &id, update, app.clock.now()).await?;
    Ok(())
}

/// Deletes an endpoint with its deliveries.
#[server(name = DeleteEndpoint, endpoint = "delete_webhook_endpoint")]
pub async fn delete_endpoint(environment: Environment, id: EndpointId) -> Result<(), UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::delete(&app, &permit, environment, &id, app.clock.now()).await?)
}

/// Creates a new secret; it is returned once.
#[server(name = RotateEndpointSecret, endpoint = "rotate_webhook_secret")]
pub async fn rotate_secret(
    environment: Environment,
    id: EndpointId,
    overlap_hours: u32,
) -> Result<CreatedEndpoint, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    let overlap = overlap_hours.saturating_mul(3_600);
    Ok(webhooks::rotate_secret(&app, &permit, environment, &id, overlap, app.clock.now()).await?)
}

/// Enables an endpoint.
#[server(name = EnableEndpoint, endpoint = "enable_webhook_endpoint")]
pub async fn enable_endpoint(
    environment: Environment,
    id: EndpointId,
) -> Result<Endpoint, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::enable(&app, &permit, environment, &id, app.clock.now()).await?)
}

/// Disables an endpoint.
#[server(name = DisableEndpoint, endpoint = "disable_webhook_endpoint")]
pub async fn disable_endpoint(
    environment: Environment,
    id: EndpointId,
) -> Result<Endpoint, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::disable(&app, &permit, environment, &id, app.clock.now()).await?)
}

/// Sends a test event to an endpoint.
#[server(name = SendTest, endpoint = "test_webhook_endpoint")]
pub async fn send_test(environment: Environment, id: EndpointId) -> Result<Delivery, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::send_test(&app, &permit, environment, &id, app.clock.now()).await?)
}

/// Sends valid and invalid deliveries to an endpoint, and returns its responses.
#[server(name = CheckReceiver, endpoint = "check_webhook_receiver")]
pub async fn check_receiver(
    environment: Environment,
    id: EndpointId,
) -> Result<ReceiverCheck, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::check_receiver(&app, &permit, environment, &id, app.clock.now()).await?)
}

/// Delivers again what an endpoint missed since a time.
#[server(name = RecoverEndpoint, endpoint = "recover_webhook_endpoint")]
pub async fn recover(
    environment: Environment,
    id: EndpointId,
    since: String,
) -> Result<Requeued, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::server::webhooks::form::read_time;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    Ok(webhooks::recover(
        &app,
        &permit,
        environment,
        &id,
        read_time("since", &since)?,
        app.clock.now(),
    )
    .await?)
}

/// Delivers all events of a period again.
#[server(name = ReplayEndpoint, endpoint = "replay_webhook_endpoint")]
pub async fn replay(
    environment: Environment,
    id: EndpointId,
    since: String,
    until: String,
) -> Result<Requeued, UiError> {
    use crate::server::access::ManageWebhooks;
    use crate::server::webhooks;
    use crate::server::webhooks::form::read_time;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageWebhooks>().await?;
    let range = (read_time("since", &since)?, read_time("until", &until)?);
    Ok(webhooks::replay(&app, &permit, environment, &id, range, app.clock.now()).await?)
}

/// Finds out what is wrong with a signature. The input is not stored.
#[server(name = DiagnoseSignature, endpoint = "diagnose_webhook_signature")]
pub async fn diagnose(
    secret: String,
    headers: String,
    #[server(default)] body: String,
) -> Result<Diagnosis, UiError> {
    use crate::server::webhooks;
    use crate::web::session;

    let (app, _) = session::session().await?;
    Ok(webhooks::diagnose(
        &webhooks::Pasted { secret: &secret, headers: &headers, body: &body },
        app.clock.now(),
    )?)
}
