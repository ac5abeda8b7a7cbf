//! An example that the call requests by its name.

use super::prefer::{self, Preferences};
use super::{MockFault, accept, status};
use crate::mock::response::call::Call;
use crate::spec::{Example, Media, Operation, Response};

/// Maximum number of names in an error.
const MAX_NAMES: usize = 20;

/// An example with the response that contains it.
pub struct Named<'a> {
    pub status: u16,
    pub response: &'a Response,
    pub media: &'a Media,
    pub example: &'a Example,
}

/// The requested example: of the response that is returned anyway, and there of the media type that
/// the caller prefers, otherwise of any other declared response. If the call requests a status,
/// only the response with this status counts.
///
/// # Errors
/// Fails if there is no such example. The error lists the existing ones.
pub fn requested<'a>(
    operation: &'a Operation,
    call: &Call,
    preferences: &Preferences,
    chosen: Option<(u16, &'a Response)>,
    is_forced: bool,
) -> Result<Option<Named<'a>>, MockFault> {
    let Some(name) = &preferences.example else { return Ok(None) };
    let others = operation.responses.iter().filter(|_| !is_forced);
    let others = others.filter_map(|response| Some((status::status_of(response)?, response)));
    let all: Vec<(u16, &Response)> = chosen.into_iter().chain(others).collect();
    let found = all.iter().find_map(|(status, response)| {
        let preferred = accept::choose(&response.content, call.headers);
        let (media, example) = preferred
            .into_iter()
            .chain(&response.content)
            .find_map(|media| Some((media, example(media, name)?)))?;
        Some(Named { status: *status, response, media, example })
    });
    found.map(Some).ok_or_else(|| MockFault { header: prefer::NAME, message: message(&all) })
}

fn example<'a>(media: &'a Media, name: &str) -> Option<&'a Example> {
    media.examples.iter().find(|example| example.name == name)
}

fn message(responses: &[(u16, &Response)]) -> String {
    let mut known: Vec<String> = Vec::new();
    for (_, response) in responses {
        for example in response.content.iter().flat_map(|media| &media.examples) {
            let name: String = example.name.chars().take(100).collect();
            let name = format!("{name} ({})", response.status);
            if !name.starts_with(' ') && !known.contains(&name) {
                known.push(name);
            }
        }
    }
    if known.is_empty() {
        return "There is no example with this name, because the document names no examples for \
                this response. Leave out `example`."
            .to_owned();
    }
    let rest = known.len().saturating_sub(MAX_NAMES);
    known.truncate(MAX_NAMES);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("There is no example with this name. These exist: {}{rest}.", known.join(", "))
}
