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
mod types;
mod values;

pub use crate::wire::is_json;
pub use body::{Encoding, preferred, written as written_type};
pub use parameters::styled;
pub use quote::{double as quoted, is_hidden};
pub use request::request;
pub use types::{KEY, Part, SampleBody, SampleRequest};
pub use values::is_binary;

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
