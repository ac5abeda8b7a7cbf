//! `POST /dashboard/keys/new`: the form that creates a key, from a browser without scripts. A
//! redirect cannot carry the key's text, so the response is the page that shows it once.

use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::{Owner, RenderHtml};
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use super::once::{Earlier, Once, Sent, once, repeated};
use crate::actions::error::UiError;
use crate::actions::keys::CreateKey;
use crate::components::secret_dialog::NewSecret;
use crate::pages::dashboard::keys::key_href;
use crate::pages::dashboard::shown::shown_secret;
use crate::server::Result;
use crate::server::access::ManageKeys;
use crate::server::keys::form::{BoundsForm, NewKeyForm, create_from};
use crate::types::code::Code;
use crate::types::key::{CreatedKey, KeyView};
use crate::types::link::env_href;
use crate::web::{Site, session};

/// The page has no scripts at all.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form): Form<Vec<(String, String)>> = form.unwrap_or_default();
    match try_create(&app, &parts, &form).await {
        Ok(Once::Made(created)) => {
            let next = env_href("/dashboard/keys", created.view.environment);
            show(&app, created.into(), next)
        }
        Ok(Once::Repeated(earlier)) => repeated(&app, earlier),
        Err(error) if error.code() == Code::NotSignedIn => {
            Redirect::to("/login?next=%2Fdashboard%2Fkeys%2Fnew").into_response()
        }
        Err(error) => {
            Redirect::to(&back(&app, "/dashboard/keys/new", CreateKey::PATH, &form, error.into()))
                .into_response()
        }
    }
}

/// For a repetition of a form that created a key; `verb` says how.
pub(super) fn earlier(key: &KeyView, verb: &str) -> Earlier {
    Earlier {
        what: format!("The key {} was {verb}.", key.name),
        lost: "If you did not store it, revoke the key and create another one.".to_owned(),
        href: key_href(&key.id, key.environment),
        link: "Open the key".to_owned(),
    }
}

/// The page that shows a secret.
pub(super) fn show(app: &Site, secret: NewSecret, next: String) -> Response {
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

async fn try_create(
    app: &Site,
    parts: &Parts,
    form: &[(String, String)],
) -> Result<Once<CreatedKey>> {
    let permit = session::org_permit::<ManageKeys>(app, parts).await?;
    let get = |name| field(form, name).to_owned();
    let expires_in_days = match field(form, "expires_in_days") {
        "" => None,
        // What is no number is out of range: such a key must not live forever.
        days => Some(days.parse().unwrap_or(u32::MAX)),
    };
    let new = NewKeyForm {
        name: get("name"),
        environment: field(form, "environment").parse().unwrap_or_default(),
        scopes: scopes(form),
        expires_in_days,
        bounds: BoundsForm {
            ip_allow_list: get("ip_allow_list"),
            rate_limit: get("rate_limit"),
            spend_cap: get("spend_cap"),
        },
    };
    let sent = Sent { owner: permit.org.to_string(), path: parts.uri.path(), fields: form };
    let server = app.app.clone();
    let make = async move { create_from(&server.db, &permit, new, server.clock.now()).await };
    once(app, sent, |created| earlier(&created.view, "created"), make).await
}

/// The URL of a form's page with the error of its server function, `action`, and the form's
/// environment. `flash` adds the values.
pub(super) fn back(
    app: &Site,
    page: &str,
    action: &str,
    form: &[(String, String)],
    error: UiError,
) -> String {
    let url =
        ServerFnUrlError::new(action, error).to_url(&format!("{}{page}", app.config.base_url()));
    let Ok(mut url) = url else { return page.to_owned() };
    url.query_pairs_mut().append_pair("env", field(form, "environment"));
    // Only path and query: behind a proxy, the host may differ from the visitor's.
    format!("{page}?{}", url.query().unwrap_or_default())
}
