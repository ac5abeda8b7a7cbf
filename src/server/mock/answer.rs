//! One answer of the sandbox.

mod accept;
mod body;
mod headers;
mod sample;
mod stateful;
mod status;
mod xml;

use std::time::Duration;

use axum::http::HeaderMap;

use super::state::Store;
use super::{Seed, resource};
use crate::server::schemas::Schemas;
use crate::server::spec::{Operation, Response};

/// Which declared answer to give: `429`.
pub const STATUS_HEADER: &str = "tollgate-mock-status";
/// How long to wait before it: `800ms`, `2s`.
pub const DELAY_HEADER: &str = "tollgate-mock-delay";
/// The longest wait that can be asked for.
pub const MAX_DELAY: Duration = Duration::from_secs(10);

/// A call that was matched with an operation.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub org: &'a str,
    pub product: &'a str,
    /// By name, decoded.
    pub path_params: &'a [(String, String)],
    /// As it came, without `?`.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockAnswer {
    pub status: u16,
    /// Without `Content-Type`. Names and values are fit for HTTP.
    pub headers: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// A header of the call asks for what there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockFault {
    /// `Tollgate-Mock-Status` or `Tollgate-Mock-Delay`.
    pub header: &'static str,
    /// What is wrong and what can be asked for.
    pub message: String,
}

/// The answer to `call`. `schemas` are [those of answers](Schemas::of_answers) of the document that has `operation`.
/// The same call gives the same answer, unless calls between created, changed or deleted what it is about.
///
/// # Errors
/// `Tollgate-Mock-Status` names a status that the operation does not declare.
pub fn answer(schemas: &Schemas, operation: &Operation, call: &Call, store: &Store) -> Result<MockAnswer, MockFault> {
    let forced = status::forced(operation, call.headers)?;
    let chosen = forced.or_else(|| status::usual(operation));
    let Some((status, response)) = chosen else {
        return Ok(MockAnswer { status: 200, headers: Vec::new(), content_type: None, body: Vec::new() });
    };
    let resource = resource::resource_of(schemas.spec(), operation, call);
    let answering = Answering { schemas, operation, call, store, status, response, seed: seed_of(operation, call, resource.as_ref()) };
    // A forced failure changes nothing.
    match resource.filter(|_| (200..300).contains(&status)) {
        Some(resource) => Ok(stateful::answer(&answering, &resource)),
        None => Ok(answering.plain()),
    }
}

/// How long to wait before the answer.
///
/// # Errors
/// The header is no duration, or a longer one than [`MAX_DELAY`].
pub fn delay(headers: &HeaderMap) -> Result<Option<Duration>, MockFault> {
    let Some(value) = headers.get(DELAY_HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let number = |digits: &str| Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse::<u64>().ok();
    let asked = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits).map(Duration::from_millis),
        (None, Some(digits)) => number(digits).map(Duration::from_secs),
        (None, None) => None,
    };
    match asked {
        Some(asked) if asked <= MAX_DELAY => Ok(Some(asked)),
        _ => Err(MockFault {
            header: "Tollgate-Mock-Delay",
            message: format!("Give a time like 800ms or 2s, at most {} s.", MAX_DELAY.as_secs()),
        }),
    }
}

/// What one answer is made of.
struct Answering<'a> {
    schemas: &'a Schemas,
    operation: &'a Operation,
    call: &'a Call<'a>,
    store: &'a Store,
    status: u16,
    response: &'a Response,
    seed: Seed,
}

/// One of a collection is the same whatever else the call says, until it is changed.
fn seed_of(operation: &Operation, call: &Call, resource: Option<&resource::Resource>) -> Seed {
    let params = call.path_params.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    match resource {
        Some(resource) if resource.id.is_some() => {
            let mut parts = vec![resource.collection.as_bytes()];
            parts.extend(resource.id.as_deref().map(str::as_bytes));
            Seed::of(&parts)
        }
        _ => {
            let mut parts = vec![operation.id.as_bytes()];
            parts.extend(params);
            parts.extend([call.query.unwrap_or_default().as_bytes(), call.body]);
            Seed::of(&parts)
        }
    }
}

impl Answering<'_> {
    /// An answer that nothing stored has a part in.
    fn plain(&self) -> MockAnswer {
        let Some(media) = accept::choose(&self.response.content, self.call.headers) else { return self.bare() };
        let sample = sample::sample(self, media);
        self.with_body(media, sample.as_ref())
    }

    fn bare(&self) -> MockAnswer {
        MockAnswer { status: self.status, headers: headers::required(self), content_type: None, body: Vec::new() }
    }

    fn with_body(&self, media: &crate::server::spec::Media, value: Option<&serde_json::Value>) -> MockAnswer {
        if matches!(self.status, 204 | 205 | 304) {
            return self.bare();
        }
        let content_type = accept::concrete(&media.content_type);
        let body = body::written(self, media, &content_type, value);
        let body = if self.operation.method == "HEAD" { Vec::new() } else { body };
        MockAnswer { status: self.status, headers: headers::required(self), content_type: Some(content_type), body }
    }
}
