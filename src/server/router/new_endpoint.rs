//! `POST /dashboard/webhooks/new`: the form that creates an endpoint, sent by a browser without script. As with a new
//! key, the answer is the page that shows the secret, once.

use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use super::new_key::{field, show};
use crate::actions::webhooks::CreateEndpoint;
use crate::components::environment::env_href;
use crate::server::access::ManageWebhooks;
use crate::server::webhooks::form::Fields;
use crate::server::{App, Result, session, webhooks};
use crate::types::code::Code;
use crate::types::error::UiError;
use crate::types::webhook::CreatedEndpoint;

const FORM: &str = "/dashboard/webhooks/new";
/// What is filled in again. Headers are not: their values may be secrets, and would stand in the URL.
const KEPT: [&str; 4] = ["url", "description", "event_types", "rate"];

pub async fn create(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form): Form<Vec<(String, String)>> = form.unwrap_or_default();
    match try_create(&app, &parts, &form).await {
        Ok(created) => {
            let next = env_href(&format!("/dashboard/webhooks/{}", created.endpoint.id), created.endpoint.environment);
            show(&app, created.into(), next)
        }
        Err(error) if error.code() == Code::NotSignedIn => Redirect::to("/login?next=%2Fdashboard%2Fwebhooks%2Fnew").into_response(),
        Err(error) => Redirect::to(&back(&app, &form, error.into())).into_response(),
    }
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
    let environment = field(form, "environment").parse().unwrap_or_default();
    webhooks::create(app, &permit, environment, fields.new_endpoint()?, app.clock.now()).await
}

/// The form's page again, with the error where its form looks for it, and with what was filled in.
fn back(app: &App, form: &[(String, String)], error: UiError) -> String {
    let url = ServerFnUrlError::new(CreateEndpoint::PATH, error).to_url(&format!("{}{FORM}", app.config.base_url()));
    let Ok(mut url) = url else { return FORM.to_owned() };
    url.query_pairs_mut().append_pair("env", field(form, "environment"));
    for name in KEPT {
        url.query_pairs_mut().append_pair(name, field(form, name));
    }
    // Only path and query: behind a proxy, our own idea of the host may not be the reader's.
    format!("{FORM}?{}", url.query().unwrap_or_default())
}
