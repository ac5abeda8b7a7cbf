//! One response of the sandbox.

mod accept;
mod body;
mod headers;
mod sample;
mod stateful;
mod status;
mod xml;

use std::time::Duration;

use http::HeaderMap;

use super::state::Store;
use super::{Seed, resource};
use crate::schemas::Schemas;
use crate::spec::{Operation, Response};

/// The status of the response to return: `429`.
pub const STATUS_HEADER: &str = "tollgate-mock-status";
/// The delay before the response: `800ms`, `2s`.
pub const DELAY_HEADER: &str = "tollgate-mock-delay";
/// The longest delay that can be requested.
pub const MAX_DELAY: Duration = Duration::from_secs(10);

/// A call that was matched to an operation.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub org: &'a str,
    pub product: &'a str,
    /// By name, decoded.
    pub path_params: &'a [(String, String)],
    /// As it was sent, without `?`.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockAnswer {
    pub status: u16,
    /// Without `Content-Type`. Names and values are valid in HTTP.
    pub headers: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// A header of the call requests something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockFault {
    /// `Tollgate-Mock-Status` or `Tollgate-Mock-Delay`.
    pub header: &'static str,
    /// What is wrong, and which values are allowed.
    pub message: String,
}

/// The response to `call`. `schemas` are [those of responses](Schemas::of_answers) of the document
/// that contains `operation`. The same call gets the same response, unless another call has
/// created, changed or deleted the resource in between.
///
/// # Errors
/// Fails if `Tollgate-Mock-Status` names a status that the operation does not declare.
pub fn answer(
    schemas: &Schemas,
    operation: &Operation,
    call: &Call,
    store: &Store,
) -> Result<MockAnswer, MockFault> {
    let forced = status::forced(operation, call.headers)?;
    let chosen = forced.or_else(|| status::usual(operation));
    let Some((status, response)) = chosen else {
        return Ok(MockAnswer {
            status: 200,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
        });
    };
    let resource = resource::resource_of(schemas.spec(), operation, call);
    let answering = Answering {
        schemas,
        operation,
        call,
        store,
        status,
        response,
        seed: seed_of(operation, call, resource.as_ref()),
    };
    // A requested error changes nothing.
    match resource.filter(|_| (200..300).contains(&status)) {
        Some(resource) => Ok(stateful::answer(&answering, &resource)),
        None => Ok(answering.plain()),
    }
}

/// The delay before the response.
///
/// # Errors
/// Fails if the header is not a duration, or is longer than [`MAX_DELAY`].
pub fn delay(headers: &HeaderMap) -> Result<Option<Duration>, MockFault> {
    let Some(value) = headers.get(DELAY_HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let number = |digits: &str| {
        Some(digits)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?
            .parse::<u64>()
            .ok()
    };
    let asked = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits).map(Duration::from_millis),
        (None, Some(digits)) => number(digits).map(Duration::from_secs),
        (None, None) => None,
    };
    match asked {
        Some(asked) if asked <= MAX_DELAY => Ok(Some(asked)),
        _ => Err(MockFault {
            header: "Tollgate-Mock-Delay",
            message: format!(
                "Send a duration such as 800ms or 2s, at most {} s.",
                MAX_DELAY.as_secs()
            ),
        }),
    }
}

/// The inputs of one response.
struct Answering<'a> {
    schemas: &'a Schemas,
    operation: &'a Operation,
    call: &'a Call<'a>,
    store: &'a Store,
    status: u16,
    response: &'a Response,
    seed: Seed,
}

/// An item of a collection is the same for all calls until it is changed.
fn seed_of(operation: &Operation, call: &Call, resource: Option<&resource::Resource>) -> Seed {
    let params =
        call.path_params.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
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
    /// A response that does not depend on stored objects.
    fn plain(&self) -> MockAnswer {
        let Some(media) = accept::choose(&self.response.content, self.call.headers) else {
            return self.bare();
        };
        let sample = sample::sample(self, media);
        self.with_body(media, sample.as_ref())
    }

    fn bare(&self) -> MockAnswer {
        MockAnswer {
            status: self.status,
            headers: headers::sent(self),
            content_type: None,
            body: Vec::new(),
        }
    }

    fn with_body(
        &self,
        media: &crate::spec::Media,
        value: Option<&serde_json::Value>,
    ) -> MockAnswer {
        if matches!(self.status, 204 | 205 | 304) {
            return self.bare();
        }
        let content_type = accept::concrete(&media.content_type);
        let body = body::written(self, media, &content_type, value);
        let body = if self.operation.method == "HEAD" { Vec::new() } else { body };
        MockAnswer {
            status: self.status,
            headers: headers::sent(self),
            content_type: Some(content_type),
            body,
        }
    }
}
