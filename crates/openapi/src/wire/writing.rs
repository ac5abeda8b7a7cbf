//! The rules by which one value is written.

use serde_json::Value;

use super::content::is_json;
use crate::spec::{FieldEncoding, Parameter, Place};

/// The style of a form's field without one: lists are repeated, and objects are written as JSON.
pub const FIELD: &str = "field";

/// How the value of a parameter or of a form's field is written.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    pub name: &'a str,
    /// [`Place::Query`] for a field of a form.
    pub place: Place,
    /// `simple`, `form`, `deepObject` …, or [`FIELD`].
    pub style: &'a str,
    pub explode: bool,
    /// Set if the value is written in this media type instead of a style.
    pub content_type: Option<&'a str>,
    pub schema: &'a Value,
}

impl<'a> Writing<'a> {
    pub fn of(parameter: &'a Parameter) -> Self {
        Self {
            name: &parameter.name,
            place: parameter.place,
            style: &parameter.style,
            explode: parameter.explode,
            content_type: parameter.content_type.as_deref(),
            schema: &parameter.schema,
        }
    }

    /// A field of a form, by its Encoding Object (OpenAPI 3.1, 4.8.15.1). A media type applies only
    /// to fields without a style.
    pub fn of_field(name: &'a str, schema: &'a Value, encoding: Option<&'a FieldEncoding>) -> Self {
        let style = encoding.and_then(|encoding| encoding.style.as_deref());
        let explode = encoding.and_then(|encoding| encoding.explode);
        let is_styled = style.is_some() || explode.is_some();
        let content_type = encoding.and_then(|encoding| encoding.content_types.first());
        Self {
            name,
            place: Place::Query,
            style: style.unwrap_or(if is_styled { "form" } else { FIELD }),
            explode: explode.unwrap_or(matches!(style, None | Some("form" | "deepObject"))),
            content_type: content_type
                .map(String::as_str)
                .filter(|content_type| !is_styled && is_json(content_type)),
            schema,
        }
    }

    /// Whether nested values are given by brackets in names, if they are.
    pub fn is_nested(&self) -> bool {
        matches!(self.style, "deepObject" | FIELD)
    }

    pub fn is_deep(&self) -> bool {
        self.style == "deepObject"
    }

    /// The name before brackets: that of a list may be written as `ids[]`.
    pub fn base(&self) -> &'a str {
        self.name.strip_suffix("[]").unwrap_or(self.name)
    }

    /// The character between the parts of a value that is written as one text.
    pub fn delimiter(&self) -> char {
        match (self.style, self.explode) {
            ("spaceDelimited", _) => ' ',
            ("pipeDelimited", _) => '|',
            ("label", true) => '.',
            ("matrix", true) => ';',
            _ => ',',
        }
    }
}
