//! Errors of server functions. They are safe to show and say what to do.

use std::fmt;
use std::sync::OnceLock;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::types::code::Code;
use crate::types::error::FieldError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiError {
    pub code: Code,
    pub message: String,
    pub fields: Vec<FieldError>,
    /// Set if the failure was logged, so that support can find it.
    pub request_id: Option<String>,
}

impl UiError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), request_id: None }
    }

    /// The message for one form field, if that field, or one of its entries, is at fault.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.messages(name).next()
    }

    /// All messages for a field with several entries, one per line.
    pub fn entries(&self, name: &str) -> Option<String> {
        let all = self.messages(name).collect::<Vec<_>>().join("\n");
        Some(all).filter(|all| !all.is_empty())
    }

    fn messages(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_of = move |location: &str| {
            location
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        self.fields.iter().filter(move |f| is_of(&f.location)).map(|f| f.message.as_str())
    }
}

impl fmt::Display for UiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UiError {}

/// Told of the code of each error that arises around a server function rather than in it, so that
/// the server can answer with the code's status. The browser leaves it empty.
pub static ON_REFUSED: OnceLock<fn(Code)> = OnceLock::new();

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let error = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::new(
                Code::InvalidRequest,
                "The form could not be read. Reload the page and try again.",
            ),
            ServerFnErrorErr::Request(_) => Self::new(
                Code::Unavailable,
                "The portal could not be reached. Check your connection and try again.",
            ),
            _ => Self::new(Code::Internal, "Something went wrong here. Try again in a moment."),
        };
        if let Some(hook) = ON_REFUSED.get() {
            hook(error.code);
        }
        error
    }
}
