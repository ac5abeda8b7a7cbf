//! The form of the console.

use serde::{Deserialize, Serialize};

use super::ParameterPlace;

/// The form that sends a call from the browser, filled with matching values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub product: String,
    pub operation: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub inputs: Vec<DraftInput>,
    pub body: Option<DraftBody>,
    /// Statuses that the mock can return. Empty without a mock.
    pub mock_statuses: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftInput {
    pub name: String,
    pub place: ParameterPlace,
    pub is_required: bool,
    /// Plain text, cut short.
    pub about: String,
    /// A matching value.
    pub example: String,
    /// Values to choose from. Empty: any value.
    pub options: Vec<String>,
    pub shape: InputShape,
}

/// How a value becomes part of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputShape {
    /// Unchanged.
    Plain,
    /// Several values in one text; the separators are not encoded.
    Styled,
    /// A JSON list, or values separated by commas; each is sent as a separate pair.
    Repeated,
    /// A JSON object; each field is sent as a separate pair.
    Exploded,
    /// A JSON object or list; each value in it is sent as `name[field]`. Other text is one value.
    Deep,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBody {
    pub is_required: bool,
    pub content_types: Vec<String>,
    /// For the first of the content types.
    pub sample: String,
    /// Fields of a flat JSON object. Empty if the text is easier to edit.
    pub fields: Vec<DraftField>,
}

/// One field of a flat JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftField {
    pub name: String,
    pub is_required: bool,
    pub kind: FieldKind,
    pub about: String,
    pub options: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    Text,
    Number,
    Bool,
}
