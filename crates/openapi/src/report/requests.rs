//! The requests of a report: variants of an operation whose samples are minimal or full requests.
//! The code of the samples writes them, so they differ from those only in their values.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::mock::Seed;
use crate::mock::generate::generate;
use crate::samples::{SampleRequest, is_json, preferred};
use crate::schemas::{Schemas, Verdict};
use crate::spec::{Example, Media, Operation};

/// Maximum number of fields that are removed from a body on trial.
const MAX_TRIALS: usize = 200;

/// A request as it is sent.
pub struct Sent {
    pub path: String,
    /// By name, decoded.
    pub path_params: Vec<(String, String)>,
    /// The id of the operation that the request reaches, if it is another one: some documents
    /// distinguish operations by a fragment, which is never sent.
    pub reaches: Option<String>,
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// Empty if there is no body.
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Sent {
    /// The body with its media type.
    pub fn body(&self) -> Option<(&str, &[u8])> {
        (!self.content_type.is_empty()).then_some((self.content_type.as_str(), &*self.bytes))
    }
}

/// The request of a sample, without the parameters of its path.
///
/// # Errors
/// Fails if a header cannot be sent.
pub fn sent(sample: &SampleRequest) -> Result<Sent, String> {
    let (path, query) = match sample.url.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (sample.url.as_str(), None),
    };
    let mut headers = HeaderMap::new();
    let mut content_type = String::new();
    for (name, value) in sample.written_headers() {
        if name == "Content-Type" {
            content_type.clone_from(&value);
        }
        match (HeaderName::try_from(&name), HeaderValue::try_from(&value)) {
            (Ok(name), Ok(value)) => headers.insert(name, value),
            _ => return Err(format!("header.{name}: the value cannot be sent in a header")),
        };
    }
    let bytes = sample.written_body().unwrap_or_default().into_bytes();
    let (path, path_params) = (path.to_owned(), Vec::new());
    Ok(Sent { path, path_params, reaches: None, query, headers, content_type, bytes })
}

/// The operation with only what a request requires.
pub fn minimal(schemas: &Schemas, operation: &Operation) -> Operation {
    let mut minimal = operation.clone();
    minimal.parameters.retain(|parameter| parameter.required);
    minimal.body = minimal.body.filter(|body| body.required);
    with_values(schemas, &mut minimal, |media, value| {
        let reduced = reduced(schemas, &media.schema, value.clone());
        // A form without fields is not a body.
        let is_empty = reduced.as_object().is_some_and(serde_json::Map::is_empty);
        if is_empty && !is_json(&media.content_type) { value } else { reduced }
    });
    minimal
}

/// The operation with everything that a request may contain.
pub fn full(schemas: &Schemas, operation: &Operation) -> Operation {
    let mut full = operation.clone();
    full.parameters.iter_mut().for_each(|parameter| parameter.required = true);
    with_values(schemas, &mut full, |_, value| value);
    full
}

/// Replaces the examples by generated values, because an example has an author's choice of fields.
/// If no value is found, the examples are kept.
fn with_values(
    schemas: &Schemas,
    operation: &mut Operation,
    of_body: impl Fn(&Media, Value) -> Value,
) {
    let seed = Seed::of(&[b"report", operation.id.as_bytes()]);
    for parameter in &mut operation.parameters {
        if let Some(value) = generate(schemas, &parameter.schema, seed.child(&parameter.name)) {
            parameter.examples = vec![example(value)];
        }
    }
    let Some(body) = &mut operation.body else { return };
    let Some(mut media) = preferred(body).map(|(media, _)| media.clone()) else { return };
    if let Some(value) = generate(schemas, &media.schema, seed) {
        media.examples = vec![example(of_body(&media, value))];
    }
    body.content = vec![media];
}

fn example(value: Value) -> Example {
    Example { name: String::new(), summary: String::new(), value }
}

/// The value without the fields that can be left out, the outermost first.
fn reduced(schemas: &Schemas, schema: &Value, mut value: Value) -> Value {
    let mut fields = Vec::new();
    fields_of(&value, "", &mut fields);
    for (object, name) in fields {
        let mut less = value.clone();
        let Some(Value::Object(within)) = less.pointer_mut(&object) else { continue };
        if within.shift_remove(&name).is_some() && schemas.verdict(schema, &less) == Verdict::Valid
        {
            value = less;
        }
    }
    value
}

/// The fields of all objects with the pointers of the objects, the outermost first.
fn fields_of(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let left = MAX_TRIALS.saturating_sub(found.len());
            found.extend(fields.keys().take(left).map(|name| (pointer.to_owned(), name.clone())));
            fields.iter().map(|(name, field)| (crate::spec::join(pointer, name), field)).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("{pointer}/{index}"), item))
            .collect(),
        _ => return,
    };
    if found.len() < MAX_TRIALS {
        inner.into_iter().for_each(|(pointer, value)| fields_of(value, &pointer, found));
    }
}
