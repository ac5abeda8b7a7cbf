//! One API request from its headers to its response: key, version, faults, idempotency, parameters,
//! endpoint.

use super::error::{ApiResult, Failure};
use super::params::{self, Param};
use super::routes;
use super::state::{Remembered, State, public};
use base64::Engine as _;
use serde_json::{Value, json};

/// The version of the responses. The client of this project requests it.
pub const VERSION: &str = "2026-09-30.endive";
/// Older versions have usage records and other forms of subscriptions.
const OLDEST: &str = "2025-03-31";
const KEY_KEPT: i64 = 24 * 3600;
const MAX_KEY: usize = 255;
/// Expired keys are removed when there are this many.
const MAX_KEYS: usize = 100_000;

/// The inputs of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The id in the path, if there is one.
    pub id: String,
    /// The path of the request, for the `url` of lists.
    pub path: String,
    pub params: Value,
}

impl Call {
    pub fn of(params: Value) -> Self {
        Self { params, ..Self::default() }
    }
}

pub type Endpoint = (&'static [Param], fn(&mut State, &Call) -> ApiResult);

/// A request as it was received.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub version: String,
    pub key: Option<String>,
    pub content_type: String,
    pub body: String,
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub enum Reply {
    Send(Response),
    /// Never responds.
    Hang,
    /// Closes the connection without a response.
    Drop,
}

#[derive(Clone, Copy, PartialEq)]
enum Accident {
    RateLimited,
    Broken,
    Hang,
    Drop,
}

/// Responds to one request to `/v1` or `/v2`.
pub fn answer(state: &mut State, request: &Request) -> Reply {
    let id = state.id("req");
    state.request = (Some(id.clone()), request.key.clone());
    let accident = draw(state, &request.path);
    let spared = accident.is_none_or(|(_, applied)| applied);
    let mut replayed = false;
    let mut result = Err(Failure::rate_limited());
    if spared {
        (result, replayed) =
            run(state, request, &id, accident.is_some_and(|(kind, _)| kind == Accident::Broken));
    }
    state.request = (None, None);
    let (status, body) = match (accident.map(|(kind, _)| kind), result) {
        (Some(Accident::RateLimited), _) => failed(&Failure::rate_limited(), &id, state.now),
        (Some(Accident::Broken), _) => failed(&Failure::broken(), &id, state.now),
        (_, Ok((status, body))) => (status, body),
        (_, Err(failure)) => failed(&failure, &id, state.now),
    };
    note(state, request, &id, status, accident, replayed);
    match accident {
        Some((Accident::Hang, _)) => return Reply::Hang,
        Some((Accident::Drop, _)) => return Reply::Drop,
        _ => {}
    }
    let mut headers = vec![
        ("content-type", "application/json".into()),
        ("request-id", id),
        (
            "stripe-version",
            if request.version.is_empty() { VERSION.into() } else { request.version.clone() },
        ),
    ];
    if let Some(key) = &request.key {
        headers.push(("idempotency-key", key.clone()));
        headers.push(("original-request", body["_request"].as_str().unwrap_or_default().into()));
    }
    if replayed {
        headers.push(("idempotent-replayed", "true".into()));
    }
    match status {
        429 | 500.. => headers.push(("stripe-should-retry", "true".into())),
        400.. => headers.push(("stripe-should-retry", "false".into())),
        _ => {}
    }
    if status == 429 {
        headers.push(("stripe-rate-limited-reason", "global-rate".into()));
    }
    headers.retain(|(_, value)| !value.is_empty());
    let body = serde_json::to_string_pretty(&public(&body)).unwrap_or_default();
    Reply::Send(Response { status, headers, body })
}

fn failed(failure: &Failure, id: &str, now: i64) -> (u16, Value) {
    (failure.status, failure.body(id, now))
}

/// Draws once per request, whatever the shares are, so that changing one share keeps the sequence
/// of the others.
fn draw(state: &mut State, path: &str) -> Option<(Accident, bool)> {
    let (what, when) = (state.chance.share(), state.chance.share());
    let faults = &state.faults;
    let mut below = 0.0;
    let kinds = [
        (Accident::RateLimited, faults.rate_limited),
        (Accident::Broken, faults.broken),
        (Accident::Hang, faults.hang),
        (Accident::Drop, faults.drop),
    ];
    for (kind, share) in kinds {
        below += share;
        if what < below && path.starts_with(&faults.path) {
            // A request that was refused for its rate has no effects.
            return Some((kind, kind != Accident::RateLimited && when < faults.applied));
        }
    }
    None
}

type Ran = Result<(u16, Value), Failure>;

fn run(state: &mut State, request: &Request, id: &str, broken: bool) -> (Ran, bool) {
    if let Err(failure) = authorize(state, request).and_then(|()| check(request)) {
        return (Err(failure), false);
    }
    let key = request.key.as_ref().filter(|_| request.method == "POST");
    let form = canonical(request);
    if let Some(key) = key {
        let oldest = state.now - KEY_KEPT;
        if state.remembered.len() >= MAX_KEYS {
            state.remembered.retain(|_, first| first.at > oldest);
        }
        if let Some(first) = state.remembered.get(key).filter(|first| first.at > oldest) {
            return match repeated(first, request, &form, key) {
                None => (Ok((first.status, first.body.clone())), true),
                Some(failure) => (Err(failure), false),
            };
        }
    }
    let answer = endpoint(state, request);
    if answer.as_ref().is_err_and(|failure| failure.before_running) {
        return (answer.map(|body| (200, body)), false);
    }
    let (status, mut body) = match answer {
        Ok(body) => (200, body),
        Err(failure) => failed(&failure, id, state.now),
    };
    if let Some(key) = key {
        body["_request"] = json!(id);
        let lost = broken && state.faults.sticky;
        let (status, body) =
            if lost { failed(&Failure::broken(), id, state.now) } else { (status, body.clone()) };
        let first = Remembered { path: request.path.clone(), form, status, body, at: state.now };
        state.remembered.insert(key.clone(), first);
    }
    (Ok((status, body)), false)
}

/// The same parameters in another order are the same request.
fn canonical(request: &Request) -> String {
    let mut pairs: Vec<_> = request
        .body
        .split('&')
        .chain(request.query.split('&'))
        .filter(|pair| !pair.is_empty())
        .collect();
    pairs.sort_unstable();
    pairs.join("&")
}

fn repeated(first: &Remembered, request: &Request, form: &str, key: &str) -> Option<Failure> {
    let other = |what: &str| {
        Failure::idempotency(format!(
            "Keys for idempotent requests can only be used {what} they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
        ))
    };
    if first.path != request.path {
        return Some(other("for the same endpoint"));
    }
    (first.form != *form).then(|| other("with the same parameters"))
}

fn authorize(state: &State, request: &Request) -> Result<(), Failure> {
    let missing = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
    let (scheme, value) =
        request.authorization.split_once(' ').ok_or_else(|| Failure::unauthorized(missing))?;
    let given = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => value.trim().to_owned(),
        "basic" => {
            let decoded =
                base64::engine::general_purpose::STANDARD.decode(value.trim()).unwrap_or_default();
            String::from_utf8_lossy(&decoded).split(':').next().unwrap_or_default().to_owned()
        }
        _ => return Err(Failure::unauthorized(missing)),
    };
    if given != state.config.secret_key {
        let shown: String = given.chars().take(8).collect();
        return Err(Failure::unauthorized(&format!("Invalid API Key provided: {shown}***")));
    }
    Ok(())
}

fn check(request: &Request) -> Result<(), Failure> {
    let invalid = |message: String| Failure::invalid(message).before_running();
    let version = request.version.as_str();
    let sound = version.get(..10).is_some_and(|date| {
        date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && date >= OLDEST
    });
    if !version.is_empty() && !sound {
        return Err(invalid(format!(
            "Invalid Stripe API version: {version}. The fake speaks versions from {OLDEST}."
        )));
    }
    if request.key.as_ref().is_some_and(|key| key.chars().count() > MAX_KEY) {
        return Err(invalid(format!("Idempotency keys have at most {MAX_KEY} characters.")));
    }
    if !request.body.is_empty()
        && !request.content_type.starts_with("application/x-www-form-urlencoded")
    {
        return Err(invalid("Invalid request (check that your POST content type is application/x-www-form-urlencoded).".into()));
    }
    Ok(())
}

fn endpoint(state: &mut State, request: &Request) -> ApiResult {
    let unknown = || Failure::unknown_url(&request.method, &request.path);
    let ((known, run), id) = routes::find(&request.method, &request.path).ok_or_else(unknown)?;
    let form = if request.body.is_empty() {
        request.query.clone()
    } else {
        format!("{}&{}", request.query, request.body)
    };
    let params = params::read(form.trim_matches('&'), known)?;
    let expand = params["expand"].clone();
    let mut body = run(state, &Call { id, path: request.path.clone(), params })?;
    for path in expand.as_array().into_iter().flatten() {
        let path = path.as_str().unwrap_or_default();
        state.expand(&mut body, path, path)?;
    }
    Ok(body)
}

fn note(
    state: &mut State,
    request: &Request,
    id: &str,
    status: u16,
    accident: Option<(Accident, bool)>,
    replayed: bool,
) {
    let kind = accident.map(|(kind, _)| match kind {
        Accident::RateLimited => "rate_limited",
        Accident::Broken => "broken",
        Accident::Hang => "hang",
        Accident::Drop => "drop",
    });
    let line = json!({
        "id": id, "at": state.now, "method": request.method, "path": request.path, "query": request.query, "body": request.body,
        "idempotency_key": request.key, "status": status, "accident": kind, "applied": accident.is_none_or(|(_, applied)| applied),
        "replayed": replayed,
    });
    state.remember_request(line);
}
