//! Forms of webhooks as a browser without script sends them. What they answer cannot go through a redirect: a secret is
//! shown by the answer itself, as with a new key, and so is what was found out about a receiver or a signature.

use axum::Form;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use super::admin_door::page;
use super::new_key::{field, show};
use crate::actions::webhooks::{CreateEndpoint, RotateEndpointSecret};
use crate::components::environment::env_href;
use crate::components::format::encode;
use crate::pages::dashboard::webhooks::{answer, endpoint_href};
use crate::server::access::{ManageWebhooks, ReadWebhooks};
use crate::server::webhooks::Pasted;
use crate::server::webhooks::form::Fields;
use crate::server::{App, Error, Result, session, webhooks};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::id::EndpointId;
use crate::types::webhook::CreatedEndpoint;
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};

const FORM: &str = "/dashboard/webhooks/new";
/// What is filled in again. Headers are not: their values may be secrets, and would stand in the URL.
const KEPT: [&str; 4] = ["url", "description", "event_types", "rate"];

async fn read(request: Request) -> (Parts, Vec<(String, String)>) {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form) = form.unwrap_or_default();
    (parts, form)
}

fn environment(form: &[(String, String)]) -> Environment {
    field(form, "environment").parse().unwrap_or_default()
}

/// The page that shows a secret, or `form`'s page again, to which `again` adds what was filled in.
fn answer_secret(app: &App, made: Result<CreatedEndpoint>, form: &str, again: impl FnOnce(UiError) -> String) -> Response {
    match made {
        Ok(created) => {
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
pub async fn create(State(app): State<App>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let made = try_create(&app, &parts, &form).await;
    answer_secret(&app, made, FORM, |error| back(&app, FORM, CreateEndpoint::PATH, &form, error))
}

async fn try_create(app: &App, parts: &Parts, form: &[(String, String)]) -> Result<CreatedEndpoint> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    let get = |name| field(form, name).to_owned();
    let fields = Fields {
        url: get("url"),
        description: get("description"),
        event_types: get("event_types"),
        headers: get("headers"),
        rate: get("rate"),
    };
    webhooks::create(app, &permit, environment(form), fields.new_endpoint()?, app.clock.now()).await
}

/// `POST /dashboard/webhooks/{id}/rotate`.
pub async fn rotate(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let page = format!("/dashboard/webhooks/{id}/rotate");
    let made = try_rotate(&app, &parts, &id, &form).await;
    answer_secret(&app, made, &page, |error| back(&app, &page, RotateEndpointSecret::PATH, &form, error))
}

async fn try_rotate(app: &App, parts: &Parts, id: &str, form: &[(String, String)]) -> Result<CreatedEndpoint> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    let hours: u32 =
        field(form, "overlap_hours").parse().map_err(|_| Error::field("overlap_hours", "invalid_format", "Choose an overlap."))?;
    webhooks::rotate_secret(app, &permit, environment(form), &endpoint(id)?, hours.saturating_mul(3_600), app.clock.now()).await
}

fn endpoint(id: &str) -> Result<EndpointId> {
    id.parse().map_err(|_| Error::not_found("webhook endpoint"))
}

/// `POST /dashboard/webhooks/{id}/check`.
pub async fn check(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    let back = env_href(&format!("/dashboard/webhooks/{id}"), environment(&form));
    match try_check(&app, &parts, &id, &form).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login(&back),
        checked => page(|| answer::checked(app.leptos.clone(), checked.map_err(UiError::from), back)).into_response(),
    }
}

async fn try_check(app: &App, parts: &Parts, id: &str, form: &[(String, String)]) -> Result<ReceiverCheck> {
    let permit = session::org_permit::<ManageWebhooks>(app, parts).await?;
    webhooks::check_receiver(app, &permit, environment(form), &endpoint(id)?, app.clock.now()).await
}

/// `POST /dashboard/webhooks/debug`.
pub async fn debug(State(app): State<App>, request: Request) -> Response {
    let (parts, form) = read(request).await;
    match try_debug(&app, &parts, &form).await {
        Err(error) if error.code() == Code::NotSignedIn => to_login("/dashboard/webhooks/debug"),
        diagnosed => {
            let [headers, body] = ["headers", "body"].map(|name| field(&form, name).to_owned());
            let (diagnosed, options) = (diagnosed.map_err(UiError::from), app.leptos.clone());
            page(|| answer::diagnosed(options, diagnosed, headers, body, "/dashboard/webhooks".into())).into_response()
        }
    }
}

async fn try_debug(app: &App, parts: &Parts, form: &[(String, String)]) -> Result<Diagnosis> {
    session::org_permit::<ReadWebhooks>(app, parts).await?;
    // A browser's text area sends other line ends than were pasted.
    let body = field(form, "body").replace("\r\n", "\n");
    webhooks::diagnose(&Pasted { secret: field(form, "secret"), headers: field(form, "headers"), body: &body }, app.clock.now())
}

/// A form's page again, with the error where its form looks for it, and with what was filled in.
fn back(app: &App, page: &str, action: &str, form: &[(String, String)], error: UiError) -> String {
    let url = ServerFnUrlError::new(action, error).to_url(&format!("{}{page}", app.config.base_url()));
    let Ok(mut url) = url else { return page.to_owned() };
    url.query_pairs_mut().append_pair("env", field(form, "environment"));
    for name in KEPT.iter().filter(|name| form.iter().any(|(given, _)| given == *name)) {
        url.query_pairs_mut().append_pair(name, field(form, name));
    }
    // Only path and query: behind a proxy, our own idea of the host may not be the reader's.
    format!("{page}?{}", url.query().unwrap_or_default())
}
