//! What a document says, in OpenAPI 3.1's terms whatever its version.

use serde_json::Value;

/// A document that was read and checked. Its JSON is in OpenAPI 3.1's form, in the order it was written in; schemas
/// keep their `$ref`s into it ([`Spec::resolve`]), because they may be cyclic.
#[derive(Clone, Debug)]
pub struct Spec {
    pub title: String,
    pub version: String,
    /// Markdown; empty where the document has none. So are all other texts here.
    pub description: String,
    /// As written: `3.0.3`.
    pub openapi: String,
    pub tags: Vec<Tag>,
    pub servers: Vec<String>,
    /// In the order of the document.
    pub operations: Vec<Operation>,
    /// Names of `webhooks`: requests that the API makes, which cannot be called.
    pub webhooks: Vec<String>,
    /// The whole document, normalised.
    pub root: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug)]
pub struct Operation {
    /// The document's `operationId`, or one made of method and path; unique, and fit for a scope and a URL.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// The template, beginning with `/`: `/pets/{petId}`.
    pub path: String,
    pub summary: String,
    pub description: String,
    pub tags: Vec<String>,
    pub deprecated: bool,
    /// `x-sunset`: the day it ends, `2027-01-31`.
    pub sunset: Option<String>,
    /// With those of the path, references resolved; path parameters first.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// In the order of the document; `default` and `2XX` as written.
    pub responses: Vec<Response>,
    /// Requests that the API makes because of this one, by name.
    pub callbacks: Vec<String>,
    pub price: Price,
    /// `x-tollgate-idempotency: required`: a call without an `Idempotency-Key` is refused.
    pub requires_idempotency_key: bool,
    /// `x-tollgate-secret-answer: true`: the answer must not be stored.
    pub answers_with_secret: bool,
    /// Where it stands in the document: `/paths/~1pets/get`.
    pub pointer: String,
}

/// What a call costs: `x-tollgate-units`, `x-tollgate-max-units`, `x-tollgate-billable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub units: u32,
    /// The answer says what it costs, up to this.
    pub max_units: Option<u32>,
    pub billable: Billable,
}

/// Which answers are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billable {
    /// 2xx and 3xx.
    #[default]
    OnSuccess,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub description: String,
    pub required: bool,
    pub deprecated: bool,
    /// `simple`, `form`, `deepObject` …, the default of its place where none is written.
    pub style: String,
    pub explode: bool,
    /// Set where the value is written in this media type (`content` instead of `schema`).
    pub content_type: Option<String>,
    /// JSON Schema 2020-12 with `$ref`s into the document; `true` where none is written.
    pub schema: Value,
    pub examples: Vec<Example>,
}

#[derive(Clone, Debug)]
pub struct Body {
    pub description: String,
    pub required: bool,
    /// By media type, in the order of the document.
    pub content: Vec<Media>,
}

#[derive(Clone, Debug)]
pub struct Media {
    /// `application/json`, `image/*` …
    pub content_type: String,
    pub schema: Value,
    /// Fields of a form that are written as `name[field]=value` (`encoding` with the style `deepObject`).
    pub deep: Vec<String>,
    /// The media type's own examples, references resolved, with values only.
    pub examples: Vec<Example>,
}

#[derive(Clone, Debug)]
pub struct Example {
    pub name: String,
    pub summary: String,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub struct Response {
    /// `200`, `4XX` or `default`.
    pub status: String,
    pub description: String,
    pub headers: Vec<Parameter>,
    pub content: Vec<Media>,
}

/// Something wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// From 1, where it is known.
    pub line: Option<u32>,
    /// What is wrong and what to do.
    pub message: String,
}

/// How many references may follow one another before a value.
pub const MAX_HOPS: usize = 64;

impl Spec {
    /// The value that `value` is or refers to; none where a reference leads nowhere or in a circle. Other fields
    /// beside a schema's `$ref` are not merged in.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        resolve(&self.root, value)
    }

    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

/// As [`Spec::resolve`], in a document that is still being read.
pub fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> Option<&'a Value> {
    for _ in 0..MAX_HOPS {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Some(value) };
        value = root.pointer(&pointer_of(reference)?)?;
    }
    None
}

/// The JSON pointer of a reference into the same document, with percent-encoding undone; none for another's.
pub fn pointer_of(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => u8::from_str_radix(std::str::from_utf8(&[rest.next()?, rest.next()?]).ok()?, 16).ok()?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

impl Operation {
    /// Whether it only reads: what `{product}:read` allows.
    pub fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}
