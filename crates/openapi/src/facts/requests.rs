//! Requests that the API sends: webhooks, and callbacks of an operation.

use serde_json::Value;

use super::place_of;
use crate::outline::is_internal;
use crate::spec::{Operation, Spec, join, sent};

/// Maximum number of requests of one list.
const MAX_REQUESTS: usize = 500;

/// A request that the API sends, described like an operation.
#[derive(Clone, Debug)]
pub struct SentRequest {
    pub name: String,
    /// The address to which it is sent, as an expression. Empty for webhooks.
    pub to: String,
    pub operation: Operation,
}

/// All webhooks by name, each with the summary of its first request. Internal ones are left out.
pub fn webhooks(spec: &Spec) -> Vec<(String, String)> {
    let all = spec.root.get("webhooks").and_then(Value::as_object);
    let shown = all.into_iter().flatten().filter_map(|(name, item)| {
        let item = spec.resolve(item)?;
        let fields = item.as_object()?;
        let first = fields
            .values()
            .find(|value| value.get("responses").is_some() || value.get("requestBody").is_some());
        if is_internal(item) || first.is_some_and(is_internal) {
            return None;
        }
        let summary = first.map(|operation| super::text(operation, "summary"));
        Some((name.clone(), summary.unwrap_or_default()))
    });
    shown.take(MAX_REQUESTS).collect()
}

/// The requests of one webhook. Empty if there is no such webhook.
pub fn webhook(spec: &Spec, name: &str) -> Vec<SentRequest> {
    requests(spec, &join("/webhooks", name), name, "")
}

/// The callbacks of an operation.
pub fn callbacks(spec: &Spec, operation: &Operation) -> Vec<SentRequest> {
    let Some(place) = place_of(spec, operation) else { return Vec::new() };
    let all = place.value.get("callbacks").and_then(Value::as_object);
    let mut found = Vec::new();
    for (name, callback) in all.into_iter().flatten() {
        let Some(at) = target(spec, join(&join(&place.at, "callbacks"), name), callback) else {
            continue;
        };
        let paths = spec.root.pointer(&at).and_then(Value::as_object);
        for (to, _) in paths.into_iter().flatten().filter(|(to, _)| !to.starts_with("x-")) {
            if found.len() >= MAX_REQUESTS {
                return found;
            }
            found.extend(requests(spec, &join(&at, to), name, to));
        }
    }
    found
}

/// The pointer of the object that a value is or refers to.
fn target<'a>(spec: &'a Spec, mut at: String, mut value: &'a Value) -> Option<String> {
    spec.resolve(value)?;
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        at = crate::spec::pointer_of(reference)?;
        value = spec.root.pointer(&at)?;
    }
    Some(at)
}

fn requests(spec: &Spec, item: &str, name: &str, to: &str) -> Vec<SentRequest> {
    let operations = sent(&spec.root, item).into_iter();
    let shown = operations.filter(|operation| super::is_public(spec, operation));
    shown
        .map(|operation| SentRequest { name: name.to_owned(), to: to.to_owned(), operation })
        .collect()
}
