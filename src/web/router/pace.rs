//! Rate limits for pages: by session, organisation and source address. Generous for people, whose
//! pages make several requests at once; a program that requests pages in a loop is stopped before
//! it affects others.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use leptos::server_fn::error::FromServerFnError;

use crate::actions::error::UiError;
use crate::server::Result;
use crate::server::shared::{Bucket, Verdict};
use crate::types::code::Code;
use crate::types::number::plural;
use crate::web::{Site, session};

/// How many times the requests of one window may arrive at once.
const BURST: u32 = 3;
/// How many times a session's rate an organisation and an address have: they stand for many people.
const SHARED: u32 = 5;
/// The content security policy of a page without scripts and forms.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Paths that programs call: these requests are verified separately, and their senders retry.
const PROGRAMS: [&str; 2] = ["/webhooks/stripe", "/leaked-keys"];

/// Middleware for pages, forms and server functions.
pub async fn limit(State(app): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_file = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(&*app.leptos.site_pkg_dir))
        .is_some_and(|rest| rest.starts_with('/'));
    if is_file || PROGRAMS.contains(&path) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match check(&app, &parts).await {
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Ok(Some(seconds)) => refuse(&parts, seconds),
        // Problems with the session are reported by the requested page.
        Err(_) => next.run(Request::from_parts(parts, body)).await,
    }
}

/// Seconds to wait, if there were too many requests.
async fn check(app: &Site, parts: &Parts) -> Result<Option<u64>> {
    let (visitor, rate, now_us) =
        (session::visitor_of(parts), app.config.limits.limit_page, app.clock.now_us());
    let limiter = app.shared.local();
    let shared = rate.times(SHARED);
    let bucket = |bucket: Bucket| {
        let burst = bucket.rate.calls.saturating_mul(BURST);
        bucket.with_burst(Some(burst))
    };
    let source = bucket(Bucket::of_nobody("page_source", visitor.network(), shared));
    let Some(token) = &visitor.token else {
        // Without a session, only the address identifies the visitor.
        return Ok(wait(&limiter.take(now_us, &[source])));
    };
    // Before the session is looked up, because a made-up cookie costs a look-up, too.
    let own = bucket(Bucket::of_nobody("page_session", token.hash(), rate));
    if let Some(seconds) = wait(&limiter.take(now_us, &[own, source])) {
        return Ok(Some(seconds));
    }
    let session = session::current(app, parts).await?;
    let Some(org) = session.and_then(|session| session.org) else { return Ok(None) };
    Ok(wait(&limiter.take(now_us, &[bucket(Bucket::new("page_org", org.id.as_str(), shared))])))
}

fn wait(verdicts: &[Verdict]) -> Option<u64> {
    let longest =
        verdicts.iter().filter(|verdict| !verdict.allowed).map(|verdict| verdict.retry_us).max()?;
    Some(u64::try_from(longest).unwrap_or(0).div_ceil(1_000_000).max(1))
}

/// An error for the page's script if it requested data or sent a form; otherwise a page.
fn refuse(parts: &Parts, seconds: u64) -> Response {
    let wait = plural(seconds, "second", "seconds");
    let message =
        format!("You sent too many requests in a short time. Wait {wait}, then try again.");
    let status = StatusCode::TOO_MANY_REQUESTS;
    let wait = [(RETRY_AFTER, seconds.to_string())];
    if parts.uri.path().starts_with("/_fn/") && !wants_html(&parts.headers) {
        let body = Body::from(UiError::new(Code::RateLimited, message).ser());
        return (status, wait, [(CONTENT_TYPE, "application/json")], body).into_response();
    }
    // Costs only a few bytes: nothing is looked up, and no style sheet is requested.
    let document = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Too many requests</title></head>\
         <body><main><h1>Too many requests</h1><p>{message}</p><p><a href=\"\">Try again</a></p></main></body></html>"
    );
    (status, wait, [(CONTENT_SECURITY_POLICY, POLICY)], Html(document)).into_response()
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .any(|accepted| accepted.to_str().is_ok_and(|text| text.contains("text/html")))
}
