//! Forms of webhooks from a browser without scripts. A redirect cannot carry their results: the
//! response itself shows a secret, as for a new key, or the result of checking a receiver or a
//! signature.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::ServerFn;

use super::admin_door::{page, status};
use super::once::{Earlier, Once, once};
use super::secret_forms::{FormPage, SentForm, respond, to_login};
use crate::actions::error::UiError;
use crate::actions::webhooks::{CreateEndpoint, RotateEndpointSecret};
use crate::components::format::encode;
use crate::pages::dashboard::webhooks::{endpoint_href, results};
use crate::server::access::ManageWebhooks;
use crate::server::webhooks::Pasted;
use crate::server::webhooks::form::Fields;
use crate::server::{Error, Result, webhooks};
use crate::types::code::Code;
use crate::types::id::EndpointId;
use crate::types::link::env_href;
use crate::types::webhook::CreatedEndpoint;
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};
use crate::web::{Site, session};

/// `POST /dashboard/webhooks/new`.
pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let page = FormPage { href: "/dashboard/webhooks/new", action: CreateEndpoint::PATH };
    let made = try_create(&app, &form).await;
    respond(&app, &form, &page, endpoint_page, made.map_err(UiError::from))
}

async fn try_create(app: &Site, form: &SentForm) -> Result<Once<CreatedEndpoint>> {
    let permit = session::org_permit::<ManageWebhooks>(app, &form.parts).await?;
    let get = |name| form.get(name).to_owned();
    let fields = Fields {
        url: get("url"),
        description: get("description"),
        event_types: get("event_types"),
        headers: get("headers"),
        rate: get("rate"),
    };
    let (new, environment, server) =
        (fields.new_endpoint(app.outbound.reach())?, form.environment(), app.app.clone());
    let sent = form.sent(&permit.org);
    let make = async move {
        webhooks::create(&server, &permit, environment, new, server.clock.now()).await
    };
    once(app, sent, |made| earlier(made, "The endpoint", "was added"), make).await
}

/// `POST /dashboard/webhooks/{id}/rotate`.
pub async fn rotate(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let href = format!("/dashboard/webhooks/{}/rotate", encode(&id));
    let page = FormPage { href: &href, action: RotateEndpointSecret::PATH };
    let made = try_rotate(&app, &form, &id).await;
    respond(&app, &form, &page, endpoint_page, made.map_err(UiError::from))
}

async fn try_rotate(app: &Site, form: &SentForm, id: &str) -> Result<Once<CreatedEndpoint>> {
    let permit = session::org_permit::<ManageWebhooks>(app, &form.parts).await?;
    let hours: u32 = form
        .get("overlap_hours")
        .parse()
        .map_err(|_| Error::field("overlap_hours", "invalid_format", "Choose an overlap."))?;
    let (id, environment, server) = (endpoint(id)?, form.environment(), app.app.clone());
    let sent = form.sent(&permit.org);
    let overlap = hours.saturating_mul(3_600);
    let make = async move {
        let now = server.clock.now();
        webhooks::rotate_secret(&server, &permit, environment, &id, overlap, now).await
    };
    once(app, sent, |made| earlier(made, "The signing secret of", "was rotated"), make).await
}

fn endpoint_page(made: &CreatedEndpoint) -> String {
    endpoint_href(&made.endpoint.id, made.endpoint.environment)
}

/// For a repetition of a form that created a secret.
fn earlier(made: &CreatedEndpoint, what: &str, verb: &str) -> Earlier {
    Earlier {
        what: format!("{what} {} {verb}.", made.endpoint.url),
        lost: "If you did not store it, rotate the signing secret on the endpoint's page."
            .to_owned(),
        href: endpoint_page(made),
        link: "Open the endpoint".to_owned(),
    }
}

fn endpoint(id: &str) -> Result<EndpointId> {
    id.parse().map_err(|_| Error::not_found("webhook endpoint"))
}

/// `POST /dashboard/webhooks/{id}/check`.
pub async fn check(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let back = env_href(&format!("/dashboard/webhooks/{}", encode(&id)), form.environment());
    match try_check(&app, &form, &id).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login(&back),
        checked => {
            let status = status_of(&checked);
            (
                status,
                page(|| results::checked(app.leptos.clone(), checked.map_err(UiError::from), back)),
            )
                .into_response()
        }
    }
}

async fn try_check(app: &Site, form: &SentForm, id: &str) -> Result<ReceiverCheck> {
    let permit = session::org_permit::<ManageWebhooks>(app, &form.parts).await?;
    let (environment, now) = (form.environment(), app.clock.now());
    webhooks::check_receiver(app, &permit, environment, &endpoint(id)?, now).await
}

/// `POST /dashboard/webhooks/debug`.
pub async fn debug(State(app): State<Site>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    match try_debug(&app, &form).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login("/dashboard/webhooks/debug"),
        diagnosed => {
            let status = status_of(&diagnosed);
            let [headers, body] = ["headers", "body"].map(|name| form.get(name).to_owned());
            let (diagnosed, options) = (diagnosed.map_err(UiError::from), app.leptos.clone());
            (
                status,
                page(|| {
                    results::diagnosed(
                        options,
                        diagnosed,
                        headers,
                        body,
                        "/dashboard/webhooks".into(),
                    )
                }),
            )
                .into_response()
        }
    }
}

async fn try_debug(app: &Site, form: &SentForm) -> Result<Diagnosis> {
    session::current_session(app, &form.parts).await?;
    // A browser's text area sends other line breaks than were pasted.
    let body = form.get("body").replace("\r\n", "\n");
    webhooks::diagnose(
        &Pasted { secret: form.get("secret"), headers: form.get("headers"), body: &body },
        app.clock.now(),
    )
}

fn status_of<T>(result: &Result<T>) -> StatusCode {
    result.as_ref().err().map_or(StatusCode::OK, |error| status(error.code()))
}
