//! Chooses which of the declared responses is returned.

use http::HeaderMap;

use super::prefer::{self, Preferences};
use super::{MockFault, STATUS_HEADER};
use crate::spec::{Operation, Response};

/// The response that the call requests by `Tollgate-Mock-Status: 404` or `Prefer: code=404`.
///
/// # Errors
/// Fails if there is no such response. The error lists the declared ones.
pub fn forced<'a>(
    operation: &'a Operation,
    headers: &HeaderMap,
    preferences: &Preferences,
) -> Result<Option<(u16, &'a Response)>, MockFault> {
    let own = headers.get(STATUS_HEADER).map(|value| value.to_str().unwrap_or_default());
    let (header, text) = match (own, &preferences.code) {
        (Some(text), _) => ("Tollgate-Mock-Status", text),
        (None, Some(text)) => (prefer::NAME, text.as_str()),
        (None, None) => return Ok(None),
    };
    let requested = text.trim().parse::<u16>().ok().filter(|status| (200..600).contains(status));
    let declared = requested.and_then(|status| Some((status, declared_for(operation, status)?)));
    declared.map(Some).ok_or_else(|| {
        let known: Vec<&str> =
            operation.responses.iter().map(|response| response.status.as_str()).collect();
        let declares = if known.is_empty() {
            "It declares no responses.".to_owned()
        } else {
            format!("It declares: {}.", known.join(", "))
        };
        let message = format!("This operation does not declare such a response. {declares}");
        MockFault { header, message }
    })
}

/// An exact match, a class (`4XX`), or `default`.
pub fn declared_for(operation: &Operation, status: u16) -> Option<&Response> {
    let exact = status.to_string();
    let class = format!("{}XX", status / 100);
    [exact.as_str(), class.as_str(), "default"].into_iter().find_map(|wanted| {
        operation.responses.iter().find(|response| response.status.eq_ignore_ascii_case(wanted))
    })
}

/// The first success, preferably with content; otherwise a redirect. `None` if only errors are
/// declared: the document does not describe the success, so that it has no content.
pub fn usual(operation: &Operation) -> Option<(u16, &Response)> {
    let success: Vec<(u16, &Response)> = operation
        .responses
        .iter()
        .filter_map(|response| Some((number(response)?, response)))
        .filter(|(status, _)| status / 100 == 2)
        .collect();
    let with_content = success.iter().find(|(_, response)| !response.content.is_empty());
    let named = |name: &str, status: u16| {
        operation
            .responses
            .iter()
            .find(|response| response.status.eq_ignore_ascii_case(name))
            .map(|response| (status, response))
    };
    let redirect = || {
        let numbered = operation.responses.iter().filter_map(|one| Some((number(one)?, one)));
        numbered.into_iter().find(|(status, _)| status / 100 == 3)
    };
    with_content
        .or(success.first())
        .copied()
        .or_else(|| named("2XX", 200))
        .or_else(|| named("default", 200))
        .or_else(redirect)
}

fn number(response: &Response) -> Option<u16> {
    response.status.parse().ok().filter(|status| (200..600).contains(status))
}

/// The status of a declared response. `4XX` stands for 400, and `default` for 500.
pub fn status_of(response: &Response) -> Option<u16> {
    let class = |name: &str| {
        let digit = name.strip_suffix("XX").or_else(|| name.strip_suffix("xx"))?;
        digit.parse::<u16>().ok().filter(|digit| (2..6).contains(digit)).map(|digit| digit * 100)
    };
    number(response)
        .or_else(|| class(&response.status))
        .or_else(|| response.status.eq_ignore_ascii_case("default").then_some(500))
}
