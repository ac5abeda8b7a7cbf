//! Text in a media type.

use serde_json::Value;

use super::fault::Fault;
use crate::json::{self, Bounds, Kind};

/// The type without its parameters, in lower case.
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub fn is_json(content_type: &str) -> bool {
    let name = essence(content_type);
    name == "application/json" || name.ends_with("+json") || name == "text/json"
}

/// # Errors
/// Fails if the text is not JSON, or has a name twice.
pub fn json(text: &str) -> Result<Value, Fault> {
    json::read(text.as_bytes(), Bounds::OF_PARSER).map_err(|fault| match fault.kind {
        Kind::Doubled(_) => Fault::DOUBLED,
        Kind::TooDeep => Fault::JSON_TOO_DEEP,
        _ => Fault::NOT_JSON,
    })
}
