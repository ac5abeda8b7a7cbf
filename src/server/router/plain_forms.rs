//! Server functions' forms as browsers without scripts send them: one that is refused comes back with all that was typed,
//! which is too much for the address that leptos would put the error into.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::error::ServerFnUrlError;
use url::form_urlencoded::parse;

use super::admin_door::page;
use crate::components::form_state::FormValues;
use crate::pages::admin::answer::{self, RefusedForm};
use crate::server::App;
use crate::types::error::UiError;

/// Bytes of a form.
const MAX_FORM: usize = 256 * 1024;

pub async fn keep_typed(State(app): State<App>, request: Request, next: Next) -> Response {
    let form = RefusedForm::at(request.uri().path()).filter(|_| is_plain(request.headers()));
    let Some(form) = form else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let values = FormValues(parse(&bytes).into_owned().collect());
    let path = parts.uri.path().to_owned();
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;

    let Some(target) = response.headers().get(LOCATION).and_then(|target| target.to_str().ok()?.parse::<axum::http::Uri>().ok()) else {
        return response;
    };
    let told = parse(target.query().unwrap_or_default().as_bytes()).find(|(name, _)| name == "__err");
    match told {
        Some((_, error)) => {
            let error: UiError = ServerFnUrlError::decode_err(&error);
            let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, page(|| answer::refused_form(app.leptos.clone(), form, values, error))).into_response()
        }
        // Sent from the page that came back, it would lead there again.
        None if target.path() == path => Redirect::to(&form.page(&values)).into_response(),
        None => response,
    }
}

/// As server functions tell a browser's own form from a script's call.
fn is_plain(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}
