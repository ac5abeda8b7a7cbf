//! `POST /dashboard/keys/new`: the form that creates a key, sent by a browser without script. Its text
//! cannot go through a redirect, so this answers with the page that shows it, once.

use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::{Owner, RenderHtml};
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use crate::actions::keys::CreateKey;
use crate::components::environment::env_href;
use crate::components::secret_dialog::NewSecret;
use crate::pages::dashboard::shown::shown_secret;
use crate::server::access::ManageKeys;
use crate::server::{App, Result, keys, session};
use crate::types::code::Code;
use crate::types::error::UiError;
use crate::types::key::{CreatedKey, NewKey};
use crate::types::time::DAY;

/// The page has no script at all, not even ours.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The name of the field for the days a key lives.
const EXPIRES: &str = "expires_in_days";

/// The names of the fields for what bounds a key.
const BOUNDS: [&str; 3] = ["ip_allow_list", "rate_limit", "spend_cap"];

pub async fn create(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form): Form<Vec<(String, String)>> = form.unwrap_or_default();
    match try_create(&app, &parts, &form).await {
        Ok(created) => {
            let next = env_href("/dashboard/keys", created.view.environment);
            show(&app, created.into(), next)
        }
        Err(error) if error.code() == Code::NotSignedIn => Redirect::to("/login?next=%2Fdashboard%2Fkeys%2Fnew").into_response(),
        Err(error) => Redirect::to(&back(&app, &form, error.into())).into_response(),
    }
}

/// The page that shows a secret.
pub(super) fn show(app: &App, secret: NewSecret, next: String) -> Response {
    let html = Owner::new().with(|| shown_secret(app.leptos.clone(), secret, next).to_html());
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

/// The first value of a field; empty, if there is none.
pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn scopes(form: &[(String, String)]) -> Vec<String> {
    form.iter().filter(|(name, _)| name == "scopes[]").map(|(_, scope)| scope.clone()).collect()
}

async fn try_create(app: &App, parts: &Parts, form: &[(String, String)]) -> Result<CreatedKey> {
    let permit = session::org_permit::<ManageKeys>(app, parts).await?;
    let now = app.clock.now();
    let expires_at = field(form, EXPIRES).parse::<u32>().ok().map(|days| now.plus(i64::from(days) * DAY));
    let new = NewKey {
        name: field(form, "name").to_owned(),
        environment: field(form, "environment").parse().unwrap_or_default(),
        scopes: scopes(form),
        expires_at,
        ip_allow_list: keys::form::ip_entries(field(form, "ip_allow_list")),
        rate_limit: keys::form::rate_limit(field(form, "rate_limit"))?,
        spend_cap: field(form, "spend_cap").parse().ok(),
    };
    keys::create_key(&app.db, &permit, new, now).await
}

/// The form's page again, with the error where its form looks for it, and with what was filled in.
fn back(app: &App, form: &[(String, String)], error: UiError) -> String {
    const FORM: &str = "/dashboard/keys/new";
    let url = ServerFnUrlError::new(CreateKey::PATH, error).to_url(&format!("{}{FORM}", app.config.base_url()));
    let Ok(mut url) = url else { return FORM.to_owned() };
    url.query_pairs_mut()
        .append_pair("env", field(form, "environment"))
        .append_pair("name", field(form, "name"))
        .append_pair("scopes", &scopes(form).join(","))
        .append_pair("expires", field(form, EXPIRES));
    for name in BOUNDS {
        url.query_pairs_mut().append_pair(name, field(form, name));
    }
    // Only path and query: behind a proxy, our own idea of the host may not be the reader's.
    format!("{FORM}?{}", url.query().unwrap_or_default())
}
