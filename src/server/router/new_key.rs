//! `POST /dashboard/keys/new`: the form that creates a key, sent by a browser without script. Its text
//! cannot go through a redirect, so this answers with the page that shows it, once.

use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, ORIGIN, REFERER};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::{Owner, RenderHtml};
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use crate::actions::keys::CreateKey;
use crate::pages::dashboard::keys::shown::shown_key;
use crate::server::access::ManageKeys;
use crate::server::{App, Error, Result, keys, session};
use crate::types::code::Code;
use crate::types::error::UiError;
use crate::types::key::{CreatedKey, NewKey};
use crate::types::time::DAY;

/// The page has no script at all, not even ours.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub async fn create(State(app): State<App>, request: Request) -> Response {
    let headers = request.headers().clone();
    match try_create(&app, request).await {
        Ok(created) => {
            let html = Owner::new().with(|| shown_key(app.leptos.clone(), created).to_html());
            ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
        }
        Err(error) if error.code() == Code::NotSignedIn => Redirect::to("/login?next=%2Fdashboard%2Fkeys%2Fnew").into_response(),
        Err(error) => Redirect::to(&back(&app, &headers, error.into())).into_response(),
    }
}

async fn try_create(app: &App, request: Request) -> Result<CreatedKey> {
    let (parts, body) = request.into_parts();
    let permit = session::org_permit::<ManageKeys>(app, &parts).await?;
    let Form(fields): Form<Vec<(String, String)>> = Form::from_request(Request::from_parts(parts, body), &())
        .await
        .map_err(|_| Error::new(Code::InvalidRequest, "The form could not be read. Try again."))?;
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let now = app.clock.now();
    let expires_at = field("expires_in_days").parse::<u32>().ok().map(|days| now.plus(i64::from(days) * DAY));
    let new = NewKey {
        name: field("name").to_owned(),
        environment: field("environment").parse().unwrap_or_default(),
        scopes: fields.iter().filter(|(name, _)| name == "scopes[]").map(|(_, scope)| scope.clone()).collect(),
        expires_at,
    };
    keys::create_key(&app.db, &permit, new, now).await
}

/// The form's page again, with the error where its form looks for it.
fn back(app: &App, headers: &HeaderMap, error: UiError) -> String {
    let form = "/dashboard/keys/new";
    let came_from = headers.get(REFERER).or(headers.get(ORIGIN)).and_then(|value| value.to_str().ok());
    let live = came_from.is_some_and(|url| url.contains("env=live"));
    let base = format!("{}{form}{}", app.config.base_url(), if live { "?env=live" } else { "" });
    // Only path and query: behind a proxy, our own idea of the host may not be the reader's.
    let url = ServerFnUrlError::new(CreateKey::PATH, error).to_url(&base).ok();
    url.map_or_else(|| form.to_owned(), |url| format!("{}?{}", url.path(), url.query().unwrap_or_default()))
}
