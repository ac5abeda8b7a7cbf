//! Forms of webhooks from a browser without scripts. A redirect cannot carry their results: the
//! response itself shows a secret, as for a new key, or the result of checking a receiver or a
//! signature.

use axum::Form;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::ServerFn;

use super::admin_door::{page, status};
use super::new_key::{back, field, show};
use super::once::{Earlier, Once, Sent, once, repeated};
use crate::actions::error::UiError;
use crate::actions::webhooks::{CreateEndpoint, RotateEndpointSecret};
use crate::components::format::encode;
use crate::pages::dashboard::webhooks::{answer, endpoint_href};
use crate::server::access::ManageWebhooks;
use crate::server::webhooks::Pasted;
use crate::server::webhooks::form::Fields;
use crate::server::{Error, Result, webhooks};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::EndpointId;
use crate::types::link::env_href;
use crate::types::webhook::CreatedEndpoint;
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};
use crate::web::{Site, session};

const FORM: &str = "/dashboard/webhooks/new";

async fn read(request: Request) -> (Parts, Vec<(String, String)>) {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form) = form.unwrap_or_default();
    (parts, form)
}

fn environment(form: &[(String, String)]) -> Environment {
    field(form, "environment").parse().unwrap_or_default()
}

/// The page that shows a secret, or `form`'s page again, with the entered values from `again`.
fn respond_with_secret(
    app: &Site,
    made: Result<Once<CreatedEndpoint>>,
    form: &str,
    again: impl FnOnce(UiError) -> String,
) -> Response {
    match made {
        Ok(Once::Repeated(earlier)) => repeated(app, earlier),
        Ok(Once::Made(created)) => {
            let next = endpoint_href(&created.endpoint.id, created.endpoint.environment);
            show(app, created.into(), next)
        }
        Err(error) if error.code() == Code::NotSignedIn => to_login(form),
        Err(error) => Redirect::to(&again(error.into())).into_response(),
    }
}

fn to_login(page: &str) -> Response {
    Redirect::to(&format!("/login?next={}", encode(page))).into_response()
}

/// `POST /dashboard/webhooks/new`.
pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let made = try_create(&app, &parts, &form).await;
    respond_with_secret(&app, made, FORM, |error| {
        back(&app, FORM, CreateEndpoint::PATH, &form, error)
    })
}

async fn try_create(
    app: &Site,
    parts: &Parts,
    form: &[(String, String)],
) -> Result<Once<CreatedEndpoint>> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    let get = |name| field(form, name).to_owned();
    let fields = Fields {
        url: get("url"),
        description: get("description"),
        event_types: get("event_types"),
        headers: get("headers"),
        rate: get("rate"),
    };
    let (new, environment, server) =
        (fields.new_endpoint(app.outbound.reach())?, environment(form), app.app.clone());
    let sent = Sent { owner: permit.org.to_string(), path: parts.uri.path(), fields: form };
    let make = async move {
        webhooks::create(&server, &permit, environment, new, server.clock.now()).await
    };
    once(app, sent, |made| earlier(made, "The endpoint", "was added"), make).await
}

/// `POST /dashboard/webhooks/{id}/rotate`.
pub async fn rotate(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let page = format!("/dashboard/webhooks/{id}/rotate");
    let made = try_rotate(&app, &parts, &id, &form).await;
    respond_with_secret(&app, made, &page, |error| {
        back(&app, &page, RotateEndpointSecret::PATH, &form, error)
    })
}

async fn try_rotate(
    app: &Site,
    parts: &Parts,
    id: &str,
    form: &[(String, String)],
) -> Result<Once<CreatedEndpoint>> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    let hours: u32 = field(form, "overlap_hours")
        .parse()
        .map_err(|_| Error::field("overlap_hours", "invalid_format", "Choose an overlap."))?;
    let (id, environment, server) = (endpoint(id)?, environment(form), app.app.clone());
    let sent = Sent { owner: permit.org.to_string(), path: parts.uri.path(), fields: form };
    let overlap = hours.saturating_mul(3_600);
    let make = async move {
        let now = server.clock.now();
        webhooks::rotate_secret(&server, &permit, environment, &id, overlap, now).await
    };
    once(app, sent, |made| earlier(made, "The signing secret of", "was rotated"), make).await
}

/// For a repetition of a form that created a secret.
fn earlier(made: &CreatedEndpoint, what: &str, verb: &str) -> Earlier {
    Earlier {
        what: format!("{what} {} {verb}.", made.endpoint.url),
        lost: "If you did not store it, rotate the signing secret on the endpoint's page."
            .to_owned(),
        href: endpoint_href(&made.endpoint.id, made.endpoint.environment),
        link: "Open the endpoint".to_owned(),
    }
}

fn endpoint(id: &str) -> Result<EndpointId> {
    id.parse().map_err(|_| Error::not_found("webhook endpoint"))
}

/// `POST /dashboard/webhooks/{id}/check`.
pub async fn check(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let back = env_href(&format!("/dashboard/webhooks/{id}"), environment(&form));
    match try_check(&app, &parts, &id, &form).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login(&back),
        checked => {
            let status = status_of(&checked);
            (
                status,
                page(|| answer::checked(app.leptos.clone(), checked.map_err(UiError::from), back)),
            )
                .into_response()
        }
    }
}

async fn try_check(
    app: &Site,
    parts: &Parts,
    id: &str,
    form: &[(String, String)],
) -> Result<ReceiverCheck> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    webhooks::check_receiver(app, &permit, environment(form), &endpoint(id)?, app.clock.now()).await
}

/// `POST /dashboard/webhooks/debug`.
pub async fn debug(State(app): State<Site>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    match try_debug(&app, &parts, &form).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login("/dashboard/webhooks/debug"),
        diagnosed => {
            let status = status_of(&diagnosed);
            let [headers, body] = ["headers", "body"].map(|name| field(&form, name).to_owned());
            let (diagnosed, options) = (diagnosed.map_err(UiError::from), app.leptos.clone());
            (
                status,
                page(|| {
                    answer::diagnosed(
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

async fn try_debug(app: &Site, parts: &Parts, form: &[(String, String)]) -> Result<Diagnosis> {
    session::current_session(app, parts).await?;
    // A browser's text area sends other line breaks than were pasted.
    let body = field(form, "body").replace("\r\n", "\n");
    webhooks::diagnose(
        &Pasted { secret: field(form, "secret"), headers: field(form, "headers"), body: &body },
        app.clock.now(),
    )
}

fn status_of<T>(result: &Result<T>) -> StatusCode {
    result.as_ref().err().map_or(StatusCode::OK, |error| status(error.code()))
}
