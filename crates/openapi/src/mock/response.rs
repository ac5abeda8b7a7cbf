//! One response of the sandbox.

mod accept;
mod body;
mod call;
mod headers;
mod named;
mod note;
mod plain;
mod prefer;
mod sample;
mod stateful;
mod status;
mod xml;

use std::time::Duration;

use http::HeaderMap;

use super::state::Store;
use super::{Seed, resource};
use crate::schemas::Schemas;
use crate::spec::Operation;
use call::ResponseContext;

pub use call::{Call, MockFault, MockResponse, NOTE_HEADER, STATUS_HEADER};

/// The delay before the response: `800ms`, `2s`.
pub const DELAY_HEADER: &str = "tollgate-mock-delay";
/// The longest delay that can be requested.
pub const MAX_DELAY: Duration = Duration::from_secs(10);

/// The response to `call`. `schemas` are those of the [responses](Schemas::of_responses) of the
/// document that contains `operation`. The same call gets the same response, unless another call
/// has created, changed or deleted the resource in between.
///
/// # Errors
/// Fails if `Tollgate-Mock-Status` or `Prefer: code=…` requests a status that the operation does
/// not declare, or `Prefer: example=…` an example that does not exist.
pub fn respond(
    schemas: &Schemas,
    operation: &Operation,
    call: &Call,
    store: &Store,
) -> Result<MockResponse, MockFault> {
    let preferences = prefer::read(call.headers);
    let forced = status::forced(operation, call.headers, &preferences)?;
    let chosen = forced.or_else(|| status::usual(operation));
    let named = named::requested(operation, call, &preferences, chosen, forced.is_some())?;
    let chosen = named.as_ref().map(|named| (named.status, named.response)).or(chosen);
    let Some((status, response)) = chosen else {
        return Ok(MockResponse {
            status: 200,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
        });
    };
    let resource = resource::resource_of(schemas.spec(), operation, call);
    let context = ResponseContext {
        schemas,
        operation,
        call,
        store,
        status,
        response,
        seed: seed_of(operation, call, resource.as_ref()),
    };
    if let Some(named) = named {
        return Ok(context.with_body(named.media, &named.example.value));
    }
    // A requested error changes nothing.
    match resource.filter(|_| (200..300).contains(&status)) {
        Some(resource) => Ok(stateful::respond(&context, &resource)),
        None => Ok(context.plain()),
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
    let requested = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits).map(Duration::from_millis),
        (None, Some(digits)) => number(digits).map(Duration::from_secs),
        (None, None) => None,
    };
    match requested {
        Some(requested) if requested <= MAX_DELAY => Ok(Some(requested)),
        _ => Err(MockFault {
            header: "Tollgate-Mock-Delay",
            message: format!(
                "Send a duration such as 800ms or 2s, at most {} s.",
                MAX_DELAY.as_secs()
            ),
        }),
    }
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
