//! What is sent for an operation, as both languages describe it to their runtime.

use crate::samples::{Encoding, preferred, written_type};
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

/// How a parameter is written, for the runtimes: name, style, `explode`, and whether it is JSON.
pub struct Wire<'a> {
    pub name: &'a str,
    pub style: &'a str,
    pub explode: bool,
    pub is_json: bool,
}

impl<'a> Wire<'a> {
    pub fn of(parameter: &'a Parameter) -> Self {
        let Parameter { name, style, explode, content_type, .. } = parameter;
        Self { name, style, explode: *explode, is_json: content_type.is_some() }
    }
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

    /// The summary and the description.
    pub fn text(&self) -> String {
        let Operation { method, path, summary, description, .. } = self.operation;
        let (summary, description) = (summary.trim(), description.trim());
        let description = if description == summary { "" } else { description };
        let texts = [summary, description, &format!("`{method} {path}`")].map(str::to_owned);
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
        && !["accept", "authorization", "content-type", "content-length", "host", "idempotency-key"]
            .contains(&name.to_ascii_lowercase().as_str())
}
