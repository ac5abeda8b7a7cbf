//! What a server function knows of its request, and what it can send to the browser besides its
//! result. Only this file uses the framework's contexts.

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, HOST, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::visitor::{of as visitor_of, request_id as request_id_of};
use super::{Session, Visitor, cookie};
use crate::server::access::{Operator, Permission, Permit};
use crate::server::accounts::sessions::Token;
use crate::server::{App, Error, Result, random};
use crate::types::code::Code;
use crate::types::id::RequestId;

/// The landing page of signed-in people.
pub const DASHBOARD: &str = "/dashboard";

/// `server-fn-prefix` in Cargo.toml.
const SERVER_FUNCTIONS: &str = "/_fn/";

const MAX_PATH: usize = 2048;

/// The running server.
pub async fn app() -> Result<App> {
    use_context()
        .ok_or_else(|| anyhow::anyhow!("no App in the context of a server function").into())
}

fn parts() -> Result<Parts> {
    use_context()
        .ok_or_else(|| anyhow::anyhow!("no request in the context of a server function").into())
}

/// For server functions that need no session.
pub async fn visitor() -> Result<(App, Visitor)> {
    Ok((app().await?, visitor_of(&parts()?)))
}

/// The session, if there is one.
pub async fn optional() -> Result<(App, Option<Session>)> {
    let app = app().await?;
    let session = super::current(&app, &parts()?).await?;
    Ok((app, session))
}

/// The session, or `not_signed_in`.
pub async fn session() -> Result<(App, Session)> {
    let (app, session) = optional().await?;
    Ok((app, session.ok_or_else(not_signed_in)?))
}

/// The permit for `P` in the session's organisation, or `not_signed_in` or `forbidden`.
pub async fn permit<P: Permission>() -> Result<(App, Permit<P>)> {
    let (app, session) = session().await?;
    let permit = session.permit()?;
    Ok((app, permit))
}

/// The operator: a signed-in one, from an allowed network.
///
/// # Errors
/// `not_signed_in`; `ip_not_allowed`; `forbidden` for everybody else.
pub async fn operator() -> Result<(App, Operator)> {
    let (app, session) = session().await?;
    let operator = session.operator(&app.config)?;
    Ok((app, operator))
}

pub(super) fn not_signed_in() -> Error {
    Error::new(
        Code::NotSignedIn,
        "You are not signed in, or your session has ended. Log in and try again.",
    )
}

/// The id of the current request; a new one without a request.
pub fn request_id() -> RequestId {
    parts().map_or_else(|_| random::id(), |parts| request_id_of(&parts))
}

/// Sets the status of `code` for the response of the current server function instead of 500, which
/// would look like an internal error; with `Retry-After` in seconds, if there is one. A page that
/// is being rendered keeps its own status, and a plain form is redirected to its page as usual.
pub fn answer_with(code: Code, retry_after: Option<u64>) {
    let (Ok(parts), Some(response)) = (parts(), use_context::<ResponseOptions>()) else { return };
    let is_form = parts
        .headers
        .get_all(ACCEPT)
        .iter()
        .any(|accepted| accepted.to_str().is_ok_and(|text| text.contains("text/html")));
    if parts.uri.path().starts_with(SERVER_FUNCTIONS) && !is_form {
        response.set_status(
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        );
        if let Some(seconds) = retry_after {
            response.insert_header(RETRY_AFTER, seconds.into());
        }
    }
}

/// Sets the session cookie.
pub fn set_cookie(token: &Token) {
    append_cookie(cookie::set(token));
}

/// Sets the cookie of a known browser, see
/// [`accounts::remember_browser`](crate::server::accounts::remember_browser).
pub(super) fn set_known_cookie(value: &str) {
    append_cookie(cookie::set_known(value));
}

pub fn clear_cookie() {
    append_cookie(cookie::clear());
}

fn append_cookie(value: Option<axum::http::HeaderValue>) {
    if let (Some(value), Some(response)) = (value, use_context::<ResponseOptions>()) {
        response.append_header(SET_COOKIE, value);
    }
}

/// Redirects the browser to `path` if that is one of ours, otherwise to the dashboard.
pub fn go_to(path: &str) {
    leptos_axum::redirect(if is_own_path(path) { path } else { DASHBOARD });
}

/// Redirects the browser to another site. The URL must come from a trusted source, never from a
/// visitor.
pub fn send_to(url: &str) {
    if url.bytes().all(|byte| byte.is_ascii_graphic()) {
        leptos_axum::redirect(url);
    }
}

/// True for a path on this host that no browser can interpret as another host's, and that is valid
/// in a header (the framework panics otherwise).
pub fn is_own_path(path: &str) -> bool {
    let only_path = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/')
        && path.len() <= MAX_PATH
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !only_path.contains("//")
}

/// Whether the current request was made to this machine directly, not through a proxy: development
/// pages require this in addition to the configuration, which cannot know about proxies.
pub fn is_local() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let is_forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"]
            .iter()
            .any(|name| parts.headers.contains_key(*name));
        let host =
            parts.headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = if host.starts_with('[') {
            host.split_inclusive(']').next()
        } else {
            host.split(':').next()
        };
        !is_forwarded && matches!(name, Some("localhost" | "127.0.0.1" | "[::1]"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_host_are_followed() {
        for good in
            ["/", "/dashboard", "/dashboard/logs?status=4xx&next=//x", "/invitations?token=abc#top"]
        {
            assert!(is_own_path(good), "{good}");
        }
        let others = [
            "//evil.example",
            "/\\evil.example",
            "/.//evil.example",
            "https://evil.example",
            "javascript:alert(1)",
        ];
        for bad in ["", "dashboard", "/a\r\nb", "/a b", "/ä"].into_iter().chain(others) {
            assert!(!is_own_path(bad), "{bad}");
        }
    }
}
