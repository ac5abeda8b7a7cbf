//! The refused form of a browser without scripts: the framework puts the error into the URL of the
//! form's page, and this layer has the browser send the form there once more (307), so that the
//! page shows it with the entered values. Values are never in a URL: messages may quote them, so
//! the URL has the error without its messages, and the whole error is encrypted. Anybody could
//! write such a URL, so an error is shown only with our seal, for a short time, and in the same
//! browser.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::error::ServerFnUrlError;
use url::form_urlencoded::{Serializer, parse};

use super::admin_door::status;
use super::lost_session::{MAX_FORM, is_secret};
use crate::actions::error::UiError;
use crate::components::form_state::{FormValues, WithoutApp};
use crate::types::time::{MINUTE, Timestamp};
use crate::web::{Site, session};

/// The framework's parameters: the error, and its server function.
const ERROR: &str = "__err";
const FUNCTION: &str = "__path";
/// Our parameter: the whole error.
const SEAL: &str = "__seal";
/// When a page is loaded again later, the error is gone.
const LIFETIME: i64 = 10 * MINUTE;

/// Wraps the whole route table: it turns a form that is sent to a page into a request for the page.
pub async fn guard(State(app): State<Site>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let browser = browser(&parts);
    let is_form = parts.method == Method::POST;
    let query = Query::of(&parts.uri);
    if query.has_error() && (is_form || matches!(parts.method, Method::GET | Method::HEAD)) {
        let whole = query
            .opened(&app, &browser)
            .and_then(|whole| Some((whole.error(), whole.of_page(parts.uri.path())?)));
        let Some((error, uri)) = whole else {
            return Redirect::to(&query.without_error(parts.uri.path())).into_response();
        };
        parts.uri = uri;
        if is_form {
            return page_with_values(error, parts, body, next).await;
        }
        parts.extensions.insert(WithoutApp);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(sealed) = sealed(&app, &browser, &response) {
        response.headers_mut().insert(LOCATION, sealed);
        if is_form {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        }
    } else if let Some(cleared) = cleared(&response) {
        response.headers_mut().insert(LOCATION, cleared);
    }
    response
}

/// The page of a refused form, with the entered values except secrets, and the status of its error.
async fn page_with_values(error: UiError, mut parts: Parts, body: Body, next: Next) -> Response {
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path();
    let values = parse(&bytes).into_owned().filter(|(name, _)| !is_secret(path, name)).collect();
    parts.extensions.insert(FormValues(values));
    parts.extensions.insert(WithoutApp);
    parts.method = Method::GET;
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONTENT_TYPE);
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status(error.code);
    }
    response
}

/// Lets the page's fields show the values of its refused form.
pub fn provide_values() {
    let values =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<FormValues>().cloned());
    if let Some(values) = values {
        provide_context(values);
    }
    if use_context::<Parts>().is_some_and(|parts| parts.extensions.get::<WithoutApp>().is_some()) {
        provide_context(WithoutApp);
    }
}

/// What identifies this browser: its session; empty for anonymous visitors, who see no private
/// data.
fn browser(parts: &Parts) -> String {
    let token = session::visitor_of(parts).token;
    token.map(|token| BASE64_URL_SAFE_NO_PAD.encode(token.hash())).unwrap_or_default()
}

/// The redirect target of a response, with a seal if it contains an error.
fn sealed(app: &Site, browser: &str, response: &Response) -> Option<HeaderValue> {
    let target = response.headers().get(LOCATION)?.to_str().ok()?;
    let (page, query) = target.split_once('?')?;
    let query = Query(parse(query.as_bytes()).into_owned().collect());
    // The framework appends to the URL of the form's page, which may contain an older error.
    let (error, function) =
        (query.values(ERROR).pop()?, query.values(FUNCTION).pop().unwrap_or_default());
    let mut newest = query.others();
    newest.extend([
        (FUNCTION.to_owned(), function.to_owned()),
        (ERROR.to_owned(), without_messages(error)?),
    ]);
    let mut newest = Query(newest);
    let expiry = app.clock.now().plus(LIFETIME).0.to_be_bytes();
    let whole = [&expiry[..], error.as_bytes()].concat();
    let seal = app.sealer.seal(&newest.owner(browser), &whole).ok()?;
    newest.0.push((SEAL.to_owned(), BASE64_URL_SAFE_NO_PAD.encode(seal)));
    HeaderValue::try_from(format!("{page}?{}", newest.encoded())).ok()
}

/// The redirect target of an accepted form, without the seal of an error before: the framework
/// removes only its own parameters.
fn cleared(response: &Response) -> Option<HeaderValue> {
    let (page, query) = response.headers().get(LOCATION)?.to_str().ok()?.split_once('?')?;
    let query = Query(parse(query.as_bytes()).into_owned().collect());
    if query.values(SEAL).is_empty() {
        return None;
    }
    let others = Query(query.others()).encoded();
    HeaderValue::try_from(if others.is_empty() {
        page.to_owned()
    } else {
        format!("{page}?{others}")
    })
    .ok()
}

/// The framework's form of an error, without what may quote a value.
fn without_messages(error: &str) -> Option<String> {
    let UiError { code, request_id, .. } = ServerFnUrlError::decode_err(error);
    let bare = UiError { request_id, ..UiError::new(code, "") };
    Some(BASE64_URL_SAFE.encode(serde_json::to_vec(&bare).ok()?))
}

struct Query(Vec<(String, String)>);

impl Query {
    fn of(uri: &Uri) -> Self {
        Self(parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn values(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    fn has_error(&self) -> bool {
        !self.values(ERROR).is_empty()
    }

    /// The error that the page shows.
    fn error(&self) -> UiError {
        ServerFnUrlError::decode_err(self.values(ERROR).first().copied().unwrap_or_default())
    }

    /// The data of a seal: all errors in the URL, whichever is shown.
    fn owner(&self, browser: &str) -> String {
        format!("flash {browser} {:?} {:?}", self.values(FUNCTION), self.values(ERROR))
    }

    /// The query with the whole error, if it has our seal.
    fn opened(&self, app: &Site, browser: &str) -> Option<Self> {
        let seal = BASE64_URL_SAFE_NO_PAD.decode(self.values(SEAL).first()?).ok()?;
        let opened = app.sealer.open(&self.owner(browser), &seal).ok()?;
        let (expiry, error) = opened.split_first_chunk()?;
        if app.clock.now() >= Timestamp(i64::from_be_bytes(*expiry)) {
            return None;
        }
        let mut whole = self.others();
        let function = (*self.values(FUNCTION).first()?).to_owned();
        whole.extend([
            (FUNCTION.to_owned(), function),
            (ERROR.to_owned(), String::from_utf8(error.to_vec()).ok()?),
        ]);
        Some(Self(whole))
    }

    /// The URL of a page with this query.
    fn of_page(&self, page: &str) -> Option<Uri> {
        format!("{page}?{}", self.encoded()).parse().ok()
    }

    fn others(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .filter(|(name, _)| ![ERROR, FUNCTION, SEAL].contains(&name.as_str()))
            .cloned()
            .collect()
    }

    fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    fn without_error(&self, page: &str) -> String {
        let query = Self(self.others()).encoded();
        // A path that starts with two slashes would lead to another host.
        let page = format!("/{}", page.trim_start_matches('/'));
        if query.is_empty() { page } else { format!("{page}?{query}") }
    }
}
