//! Chooses which of the declared responses is returned.

use http::HeaderMap;

use super::{MockFault, STATUS_HEADER};
use crate::spec::{Operation, Response};

/// The response that the call requests by header.
///
/// # Errors
/// Fails if there is no such response. The error lists the declared ones.
pub fn forced<'a>(
    operation: &'a Operation,
    headers: &HeaderMap,
) -> Result<Option<(u16, &'a Response)>, MockFault> {
    let Some(value) = headers.get(STATUS_HEADER) else { return Ok(None) };
    let requested = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse::<u16>().ok())
        .filter(|status| (200..600).contains(status));
    let declared = requested.and_then(|status| Some((status, declared_for(operation, status)?)));
    declared.map(Some).ok_or_else(|| {
        let known: Vec<&str> =
            operation.responses.iter().map(|response| response.status.as_str()).collect();
        let message = format!(
            "This operation does not declare such a response. It declares: {}.",
            known.join(", ")
        );
        MockFault { header: "Tollgate-Mock-Status", message }
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

/// The first success, preferably with content; otherwise the response that is closest to it.
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
    let any = || {
        let of_class = |class: u16| {
            operation.responses.iter().filter_map(move |one| {
                Some((number(one)?, one)).filter(|(status, _)| status / 100 == class)
            })
        };
        of_class(3).chain(of_class(4)).chain(of_class(5)).next()
    };
    with_content
        .or(success.first())
        .copied()
        .or_else(|| named("2XX", 200))
        .or_else(|| named("default", 200))
        .or_else(any)
}

fn number(response: &Response) -> Option<u16> {
    response.status.parse().ok().filter(|status| (200..600).contains(status))
}
