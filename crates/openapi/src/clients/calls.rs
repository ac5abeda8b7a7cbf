//! The parts of an operation that both languages need.

use serde_json::Value;

use crate::samples::{Encoding, is_json, preferred, written_type};
use crate::spec::{Media, Operation, Parameter, Place};

pub struct Call<'a> {
    pub operation: &'a Operation,
    /// The path template as it is sent, without a fragment.
    pub path: &'a str,
    pub in_path: Vec<&'a Parameter>,
    pub in_query: Vec<&'a Parameter>,
    pub in_headers: Vec<&'a Parameter>,
    pub body: Option<CallBody<'a>>,
}

pub struct CallBody<'a> {
    pub media: &'a Media,
    pub encoding: Encoding,
    pub content_type: String,
    pub is_required: bool,
}

/// The content of a successful response.
#[derive(Clone, Copy)]
pub enum Result<'a> {
    Json(&'a Value),
    Text,
    Bytes,
    Nothing,
}

impl<'a> Call<'a> {
    pub fn of(operation: &'a Operation) -> Self {
        let of = |place: Place| {
            operation.parameters.iter().filter(move |parameter| parameter.place == place)
        };
        let path = operation.path.split('#').next().unwrap_or_default();
        let body = operation
            .body
            .as_ref()
            .filter(|_| !matches!(operation.method.as_str(), "GET" | "HEAD" | "TRACE"))
            .and_then(|body| {
                let (media, encoding) = preferred(body)?;
                Some(CallBody {
                    media,
                    encoding,
                    content_type: written_type(&media.content_type),
                    is_required: body.required,
                })
            });
        Self {
            operation,
            path,
            // Some documents declare parameters that are not in the template.
            in_path: of(Place::Path)
                .filter(|parameter| path.contains(&format!("{{{}}}", parameter.name)))
                .collect(),
            in_query: of(Place::Query).collect(),
            in_headers: of(Place::Header).filter(|parameter| is_free(&parameter.name)).collect(),
            body,
        }
    }

    /// The content of all responses with a success status, or of `default` if there are none.
    pub fn results(&self) -> Vec<Result<'a>> {
        let responses = &self.operation.responses;
        let mut good: Vec<_> =
            responses.iter().filter(|response| response.status.starts_with('2')).collect();
        if good.is_empty() {
            good = responses.iter().filter(|response| response.status == "default").collect();
        }
        let mut results = Vec::new();
        for response in good {
            if response.content.is_empty() {
                results.push(Result::Nothing);
            }
            results.extend(response.content.iter().map(
                |media| match media.content_type.as_str() {
                    name if is_json(name) => Result::Json(&media.schema),
                    name if name.starts_with("text/") => Result::Text,
                    "*/*" => Result::Json(&Value::Bool(true)),
                    _ => Result::Bytes,
                },
            ));
        }
        if results.is_empty() {
            results.push(Result::Nothing);
        }
        results
    }

    /// The summary and the description.
    pub fn text(&self) -> String {
        let Operation { method, path, summary, description, .. } = self.operation;
        let texts =
            [summary.trim(), description.trim(), &format!("{method} {path}")].map(str::to_owned);
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

impl Encoding {
    /// As the runtimes call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Parts => "parts",
            Self::Raw => "raw",
        }
    }
}

/// Headers that OpenAPI ignores as parameters, or that the client sets itself.
fn is_free(name: &str) -> bool {
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    is_token
        && !["authorization", "content-type", "content-length", "host", "idempotency-key"]
            .contains(&name.to_ascii_lowercase().as_str())
}
