//! A schema as an indented list.

use serde_json::Value;

use super::{cell, code};
use crate::server::outline::{Outline, outline};
use crate::server::spec::Spec;

/// Empty for a value of which there is nothing to say but its type.
pub fn list(spec: &Spec, schema: &Value) -> String {
    let outline = outline(spec, schema);
    let mut out = String::new();
    if outline.fields.is_empty() {
        out.push_str(&format!("- {}\n", said(&outline)));
    }
    outline.fields.iter().for_each(|field| line(field, 0, &mut out));
    out
}

/// Type, rules and description of a value, in one line.
pub fn said(outline: &Outline) -> String {
    let required = outline.is_required.then(|| "required".to_owned());
    let deprecated = outline.is_deprecated.then(|| "deprecated".to_owned());
    let rules =
        outline.rules.iter().map(|rule| if rule.contains(['*', '`', '^', '\\', '[', '<', '|', '_']) { code(rule) } else { cell(rule) });
    let words: Vec<String> = std::iter::once(cell(&outline.kind)).chain(required).chain(deprecated).chain(rules).collect();
    let description = cell(&outline.description);
    if description.is_empty() { words.join(", ") } else { format!("{}. {description}", words.join(", ")) }
}

/// Recursion ends where the outline does.
fn line(outline: &Outline, depth: usize, out: &mut String) {
    let name = match outline.name.as_str() {
        "or" => "or".to_owned(),
        "*" => "any other field".to_owned(),
        "[]" => "each item".to_owned(),
        name => code(name),
    };
    out.push_str(&format!("{}- {name}: {}\n", "  ".repeat(depth), said(outline)));
    outline.fields.iter().for_each(|field| line(field, depth + 1, out));
}
