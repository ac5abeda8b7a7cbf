//! Forms of people whose session has ended, from browsers without scripts: they get back what they
//! entered, to send it again after logging in.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, REFERER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::ServerFnUrlError;
use url::Url;
use url::form_urlencoded::{Serializer, parse};

use super::admin_door::page;
use crate::actions::error::UiError;
use crate::components::form_state::FormValues;
use crate::pages::session_over::{PAGE, session_over};
use crate::types::code::Code;
use crate::web::{Site, session};

/// The maximum size of a form, in bytes.
pub(super) const MAX_FORM: usize = 2 << 20;
/// Fields that no page shows again. A form with one of them must be filled in again.
const SECRET: [&str; 4] = ["password", "current", "new", "secret"];
/// The headers of an endpoint may be secrets; only the debugger of signatures shows those of a
/// delivery.
const HEADERS: &str = "headers";
const DEBUGGER: &str = "/dashboard/webhooks/debug";

/// Whether no page shows this field of the form that is sent to `path`.
pub(super) fn is_secret(path: &str, name: &str) -> bool {
    SECRET.contains(&name) || (name == HEADERS && path != DEBUGGER)
}

pub async fn keep_form(State(app): State<Site>, request: Request, next: Next) -> Response {
    if !is_plain_form(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut fields: Vec<(String, String)> = parse(&bytes).into_owned().collect();
    // A form from the page below says which page it belongs to, and leads back there in any case.
    let named = fields.iter().position(|(name, _)| name == PAGE).map(|at| fields.remove(at).1);
    let own = named.filter(|path| session::is_own_path(path));
    let is_again = own.is_some();
    if let Some(referer) = own
        .as_ref()
        .and_then(|path| HeaderValue::try_from(format!("{}{path}", app.config.base_url())).ok())
    {
        parts.headers.insert(REFERER, referer);
    }
    let from =
        own.or_else(|| referer(&parts.headers)).unwrap_or_else(|| session::DASHBOARD.to_owned());
    let path = parts.uri.path().to_owned();
    let action = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = if is_again {
        Serializer::new(String::new()).extend_pairs(&fields).finish().into()
    } else {
        bytes
    };
    if is_again {
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;

    if !is_sent_to_login(&response)
        || fields.iter().any(|(name, value)| is_secret(&path, name) && !value.is_empty())
    {
        return response;
    }
    let options = app.leptos.clone();
    (StatusCode::UNAUTHORIZED, page(|| session_over(options, action, from, FormValues(fields))))
        .into_response()
}

fn is_plain_form(method: &Method, headers: &HeaderMap) -> bool {
    let has_header = |name: HeaderName, text: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.to_str().is_ok_and(|value| value.contains(text)))
    };
    *method == Method::POST
        && has_header(ACCEPT, "text/html")
        && has_header(CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// Path and query of the form's page.
fn referer(headers: &HeaderMap) -> Option<String> {
    let url: Url = headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    session::is_own_path(&path).then_some(path)
}

fn is_sent_to_login(response: &Response) -> bool {
    let Some(target) = response.headers().get(LOCATION).and_then(|target| target.to_str().ok())
    else {
        return false;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let error = || {
        parse(query.as_bytes())
            .find(|(name, _)| name == "__err")
            .map(|(_, error)| ServerFnUrlError::<UiError>::decode_err(&error))
    };
    path == "/login" || error().is_some_and(|error| error.code == Code::NotSignedIn)
}
