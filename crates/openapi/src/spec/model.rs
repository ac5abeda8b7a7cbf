//! The content of a document in the terms of OpenAPI 3.1, for every version.

use serde_json::Value;

/// A document that was read and checked. Its JSON has the form of OpenAPI 3.1 in its original
/// order. Schemas keep their `$ref`s into it ([`Spec::resolve`]), because they may be cyclic.
#[derive(Clone, Debug)]
pub struct Spec {
    pub title: String,
    pub version: String,
    /// Markdown. Like all other texts here, it is empty if the document has none.
    pub description: String,
    /// As written: `3.0.3`.
    pub openapi: String,
    pub tags: Vec<Tag>,
    pub servers: Vec<String>,
    /// In the order of the document.
    pub operations: Vec<Operation>,
    /// Names of `webhooks`: requests that the API sends, which cannot be called.
    pub webhooks: Vec<String>,
    /// Deviations from the standard that do no harm, in the order of the lines; at most 100. Each
    /// says how it is read.
    pub warnings: Vec<Fault>,
    /// Number of further warnings.
    pub more_warnings: usize,
    /// The whole normalised document.
    pub root: Value,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    pub description: String,
    /// A short name to show instead of `name` (OpenAPI 3.2).
    pub summary: String,
    /// The tag that contains it (OpenAPI 3.2). Empty if there is none.
    pub parent: String,
    /// `nav`, `badge`, `audience` … (OpenAPI 3.2).
    pub kind: String,
}

#[derive(Clone, Debug)]
pub struct Operation {
    /// The document's `operationId`, or an id of method and path. It is unique and valid in a scope
    /// and a URL.
    pub id: String,
    /// In upper case, except methods that OpenAPI has no field for, which are as written.
    pub method: String,
    /// The template, starting with `/`: `/pets/{petId}`.
    pub path: String,
    pub summary: String,
    pub description: String,
    pub tags: Vec<String>,
    pub deprecated: bool,
    /// `x-sunset`: the day on which the operation is removed, `2027-01-31`.
    pub sunset: Option<String>,
    /// Including those of the path, with references resolved; path parameters first.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// In the order of the document; `default` and `2XX` as written.
    pub responses: Vec<Response>,
    /// Names of the requests that the API sends because of a call.
    pub callbacks: Vec<String>,
    pub price: Price,
    /// `x-tollgate-idempotency: required`: a call without an `Idempotency-Key` is refused.
    pub requires_idempotency_key: bool,
    /// `x-tollgate-secret-answer: true`: the response must not be stored.
    pub response_has_secret: bool,
    /// References that lead nowhere, which the operation uses directly or in its schemas; at most
    /// 10. Values are not checked against them.
    pub unresolved: Vec<String>,
    /// Its location in the document: `/paths/~1pets/get`.
    pub pointer: String,
}

/// The cost of a call: `x-tollgate-units`, `x-tollgate-max-units`, `x-tollgate-billable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub units: u32,
    /// The response reports its cost, up to this value.
    pub max_units: Option<u32>,
    pub billable: Billable,
}

/// The responses that are billed.
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
    /// `simple`, `form`, `deepObject` …; the default of its place if none is written.
    pub style: String,
    pub explode: bool,
    /// `allowEmptyValue`: its name may occur in a query without a value.
    pub allows_empty: bool,
    /// Set if the value is written in this media type (`content` instead of `schema`).
    pub content_type: Option<String>,
    /// JSON Schema 2020-12 with `$ref`s into the document; `true` if there is none.
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
    /// `itemSchema`: the schema describes each item of a sequence, such as a line of JSON Lines or
    /// a server-sent event.
    pub is_sequence: bool,
    /// Fields of a form that are written as `name[field]=value` (`encoding` with the style
    /// `deepObject`).
    pub deep: Vec<String>,
    /// How fields of a form are written, where the document says so.
    pub encoding: Vec<FieldEncoding>,
    /// Examples of the media type itself that have values, with references resolved.
    pub examples: Vec<Example>,
}

/// How one field of a form is written (OpenAPI 3.1, "Encoding Object").
#[derive(Clone, Debug)]
pub struct FieldEncoding {
    pub name: String,
    /// The media types that a part may have, which may be ranges. Empty: that of its schema.
    pub content_types: Vec<String>,
    pub style: Option<String>,
    pub explode: Option<bool>,
    /// Headers of a part.
    pub headers: Vec<Parameter>,
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

/// An error or a deviation in a document, with its location.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901). Empty for the whole document.
    pub pointer: String,
    /// Starting at 1. `None` if it is unknown.
    pub line: Option<u32>,
    /// What is wrong, how to fix it, and for a deviation how it is read.
    pub message: String,
}

impl Fault {
    /// An error at a JSON pointer. Its line is found later.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), line: None, message: message.into() }
    }
}

/// Maximum number of references in a row.
pub const MAX_HOPS: usize = 64;

impl Spec {
    /// The value that `value` is or refers to. `None` if a reference is circular or its target does
    /// not exist. Other fields next to a schema's `$ref` are not merged.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        resolve(&self.root, value)
    }

    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

/// Like [`Spec::resolve`], for a document that is still being read.
pub fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> Option<&'a Value> {
    for _ in 0..MAX_HOPS {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Some(value) };
        value = root.pointer(&pointer_of(reference)?)?;
    }
    None
}

/// The JSON pointer of a reference into the same document, percent-decoded. `None` for a reference
/// to another document.
pub fn pointer_of(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                u8::from_str_radix(std::str::from_utf8(&[rest.next()?, rest.next()?]).ok()?, 16)
                    .ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

impl Media {
    /// How a field of a form is written, if the document says so.
    pub fn encoding_of(&self, field: &str) -> Option<&FieldEncoding> {
        self.encoding.iter().find(|encoding| encoding.name == field)
    }
}

impl Operation {
    /// Whether it only reads data: these operations are covered by the scope `{product}:read`.
    pub fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY")
    }
}
