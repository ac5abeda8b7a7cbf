//! Fills in the parameters of a URL.

use serde_json::Value;

use super::values::Values;
use crate::spec::{Operation, Parameter, Place};
use crate::wire::{self, Writing, encoded, percent_encoding_of};

/// Fills in the template. A fragment, with which some documents distinguish operations of one path,
/// is never sent.
pub fn path(values: &Values, operation: &Operation) -> String {
    let template = operation.path.split('#').next().unwrap_or_default();
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(&literal(before));
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| parameter.place == Place::Path && parameter.name == name);
        let value = parameter
            .map(|parameter| {
                wire::in_path(&Writing::of(parameter), &values.of_parameter(parameter))
            })
            .unwrap_or_default();
        // An empty segment changes the path, and clients treat `.` and `..` as steps.
        let is_lost = value.chars().all(|character| matches!(character, '.' | ';' | ','));
        filled.push_str(if is_lost { encoded(name) } else { value }.as_str());
        rest = after;
    }
    filled + &literal(rest)
}

fn literal(text: &str) -> String {
    percent_encoding_of(text, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/%?".contains(&byte)
    })
}

/// A value of a parameter as one text in its style, before it is encoded.
pub fn styled(parameter: &Parameter, value: &Value) -> String {
    wire::styled(&Writing::of(parameter), value)
}
