//! Calls to an operation as programs in several languages. They run as printed, with a standard
//! installation, and with values that the document contains or that match its schemas.

mod body;
mod curl;
mod go;
mod java;
mod javascript;
mod parameters;
mod php;
mod python;
mod quote;
#[cfg(test)]
pub mod recorder;
mod request;
mod ruby;
mod rust;
#[cfg(test)]
mod tests;
mod values;

pub use body::{Encoding, is_json, preferred, written as written_type};
pub use parameters::styled;
pub use quote::{double as quoted, is_hidden};
pub use request::request;
pub use values::is_binary;

/// The placeholder for the reader's key.
pub const KEY: &str = "YOUR_SANDBOX_KEY";

/// The boundary between parts of a body, for languages that cannot create one.
const BOUNDARY: &str = "----tollgate-sample";

#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    /// In upper case.
    pub method: String,
    /// Percent-encoded.
    pub url: String,
    /// Visible ASCII. Each name occurs once.
    pub headers: Vec<(String, String)>,
    pub body: Option<SampleBody>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SampleBody {
    Json(serde_json::Value),
    /// As it is sent.
    Text(String),
    /// `multipart/form-data`. Its `Content-Type` is not among the headers, because it contains the
    /// boundary.
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Without quotes, line breaks and `=`.
    pub name: String,
    pub value: String,
    /// Set for a file.
    pub filename: Option<String>,
    pub content_type: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    Curl,
    JavaScript,
    Python,
    Rust,
    Go,
    Java,
    Php,
    Ruby,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub language: Language,
    pub code: String,
}

impl Language {
    pub const ALL: [Self; 8] = [
        Self::Curl,
        Self::JavaScript,
        Self::Python,
        Self::Rust,
        Self::Go,
        Self::Java,
        Self::Php,
        Self::Ruby,
    ];

    /// Valid in a URL, as a class, and in a code fence of Markdown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Go => "go",
            Self::Java => "java",
            Self::Php => "php",
            Self::Ruby => "ruby",
        }
    }

    /// The name as the language's users write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }
}

/// The request in every language, in the order of [`Language::ALL`].
pub fn samples(request: &SampleRequest) -> Vec<Sample> {
    Language::ALL
        .into_iter()
        .map(|language| Sample { language, code: sample(request, language) })
        .collect()
}

/// Ends with a line break.
pub fn sample(request: &SampleRequest, language: Language) -> String {
    match language {
        Language::Curl => curl::code(request),
        Language::JavaScript => javascript::code(request),
        Language::Python => python::code(request),
        Language::Rust => rust::code(request),
        Language::Go => go::code(request),
        Language::Java => java::code(request),
        Language::Php => php::code(request),
        Language::Ruby => ruby::code(request),
    }
}

impl SampleRequest {
    /// The headers and, if the parts of the body are written out, the type that contains the
    /// boundary.
    pub fn written_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        if matches!(self.body, Some(SampleBody::Parts(_))) {
            headers.push((
                "Content-Type".to_owned(),
                format!("multipart/form-data; boundary={BOUNDARY}"),
            ));
        }
        headers
    }

    /// The body as it is sent, for languages that take it as one text.
    pub fn written_body(&self) -> Option<String> {
        Some(match self.body.as_ref()? {
            SampleBody::Json(value) => quote::json(value),
            SampleBody::Text(text) => text.clone(),
            SampleBody::Parts(parts) => {
                let parts: String = parts.iter().map(Part::written).collect();
                format!("{parts}--{BOUNDARY}--\r\n")
            }
        })
    }
}

impl Part {
    fn written(&self) -> String {
        let filename =
            self.filename.iter().map(|name| format!("; filename=\"{name}\"")).collect::<String>();
        let content_type = self
            .content_type
            .iter()
            .map(|name| format!("Content-Type: {name}\r\n"))
            .collect::<String>();
        let Self { name, value, .. } = self;
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n{content_type}\r\n{value}\r\n"
        )
    }
}
