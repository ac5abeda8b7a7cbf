//! The responses of an operation by media type: what a method asks for, and what it returns.

use std::collections::HashSet;

use crate::samples::is_json;
use crate::spec::{Media, Operation, Response};

/// Maximum number of media types that a method offers, or lists in `Accept`.
const MAX_MEDIA: usize = 16;

/// What is returned if a caller asks for some of the media types.
pub struct Reply<'a> {
    /// Media types of which the caller can choose one, as they are sent in `Accept`.
    pub names: Vec<String>,
    pub contents: Vec<Content<'a>>,
    /// Whether a response may be empty.
    pub can_be_empty: bool,
}

#[derive(Clone, Copy)]
pub enum Content<'a> {
    Json(&'a Media),
    Text,
    Bytes,
}

impl Content<'_> {
    /// Contents of the same kind are read in the same way. JSON of each media type has its own
    /// schema.
    const fn rank(self) -> u8 {
        match self {
            Self::Json(_) => 0,
            Self::Text => 1,
            Self::Bytes => 2,
        }
    }
}

/// What the responses with a success status contain, JSON first. There is at least one reply.
pub fn replies(operation: &Operation) -> Vec<Reply<'_>> {
    let good = successes(operation);
    let mut offers: Vec<(String, Content)> = Vec::new();
    let mut known = HashSet::new();
    for response in &good {
        for (name, content) in contents(response) {
            if known.insert(name.clone()) {
                offers.push((name, content));
            }
        }
    }
    offers.sort_by_key(|(name, content)| (content.rank(), name != "application/json"));
    offers.truncate(MAX_MEDIA);
    let can_be_empty = good.iter().any(|response| response.content.is_empty()) || good.is_empty();
    let mut replies: Vec<(u8, Reply)> = Vec::new();
    for (name, content) in offers {
        let rank = content.rank();
        match replies.iter_mut().find(|(known, _)| *known == rank && rank > 0) {
            Some((_, reply)) => reply.names.push(name),
            None => {
                let contents = good.iter().flat_map(|response| chosen(response, &name)).collect();
                replies.push((rank, Reply { names: vec![name], contents, can_be_empty }));
            }
        }
    }
    if replies.is_empty() {
        let nothing = Reply { names: Vec::new(), contents: Vec::new(), can_be_empty: true };
        replies.push((0, nothing));
    }
    replies.into_iter().map(|(_, reply)| reply).collect()
}

/// The value of `Accept`: what the first reply asks for, then what is returned in its place, and
/// JSON for errors.
pub fn accept(operation: &Operation, replies: &[Reply]) -> String {
    let first = replies.iter().flat_map(|reply| reply.names.first()).take(1).cloned();
    let good = successes(operation);
    let instead = good.iter().filter(|response| {
        let names = contents(response);
        !names
            .iter()
            .any(|(name, _)| replies.iter().take(1).any(|reply| reply.names.contains(name)))
    });
    let instead = instead.flat_map(|response| contents(response));
    let errors = operation.responses.iter().flat_map(contents);
    let errors = errors.filter(|(_, content)| matches!(content, Content::Json(_)));
    let mut known = HashSet::new();
    let names = first.chain(instead.chain(errors).map(|(name, _)| name));
    let mut names: Vec<String> = names.filter(|name| known.insert(name.clone())).collect();
    names.truncate(MAX_MEDIA);
    let is_range = |media: &Media| matches!(media.content_type.trim(), "*/*" | "application/*");
    if good.iter().any(|response| response.content.iter().any(is_range)) {
        names.push("*/*".to_owned());
    }
    names.join(", ")
}

/// The bodies of errors by status. Only JSON is described.
pub fn errors(operation: &Operation) -> Vec<(&str, &Media)> {
    let good: HashSet<&str> =
        successes(operation).into_iter().map(|response| response.status.as_str()).collect();
    let bad =
        operation.responses.iter().filter(|response| !good.contains(response.status.as_str()));
    bad.filter_map(|response| {
        let content = contents(response).into_iter().find_map(|(_, content)| match content {
            Content::Json(media) => Some(media),
            Content::Text | Content::Bytes => None,
        })?;
        Some((response.status.as_str(), content))
    })
    .collect()
}

/// The responses with a success status, or `default` if there are none.
fn successes(operation: &Operation) -> Vec<&Response> {
    let of = |is_good: fn(&str) -> bool| {
        operation.responses.iter().filter(move |response| is_good(&response.status))
    };
    let good: Vec<_> = of(|status| status.starts_with('2')).collect();
    if good.is_empty() { of(|status| status == "default").collect() } else { good }
}

/// What a response contains if the caller asks for one media type.
fn chosen<'a>(response: &'a Response, name: &str) -> Vec<Content<'a>> {
    let all = contents(response);
    match all.iter().find(|(known, _)| known == name) {
        Some((_, content)) => vec![*content],
        // Otherwise the server decides. It usually prefers JSON as well.
        None => {
            let first = all.iter().map(|(_, content)| content.rank()).min();
            let all = all.into_iter().map(|(_, content)| content);
            all.filter(|content| Some(content.rank()) == first).collect()
        }
    }
}

/// The media types of a response as they are sent in `Accept`.
fn contents(response: &Response) -> Vec<(String, Content<'_>)> {
    let contents = response.content.iter().map(content);
    contents.filter(|(name, _)| !name.is_empty()).collect()
}

fn content(media: &Media) -> (String, Content<'_>) {
    let name = media.content_type.trim().to_ascii_lowercase();
    let content = match name.as_str() {
        // Ranges of types are nearly always JSON.
        "*/*" | "application/*" => {
            return ("application/json".to_owned(), Content::Json(media));
        }
        name if is_json(name) => Content::Json(media),
        name if name.starts_with("text/") => Content::Text,
        _ => Content::Bytes,
    };
    (visible(&media.content_type), content)
}

/// Without characters that a header cannot contain, or that separate media types.
fn visible(content_type: &str) -> String {
    let is_sent = |character: &char| matches!(character, ' '..='~') && *character != ',';
    content_type.trim().chars().filter(is_sent).collect()
}
