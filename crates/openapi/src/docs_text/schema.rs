//! A schema as an indented list.

use serde_json::Value;
use tollgate_types::docs::{Cut, SchemaNode};

use super::{cell, code};
use crate::markdown::clip;
use crate::outline::tree_of;
use crate::schemas::Direction;
use crate::spec::Spec;

/// Maximum number of schemas that are unfolded for one body or response.
const MAX_NODES: usize = 600;

/// The schema of one body or response.
pub fn list(spec: &Spec, schema: &Value, direction: Direction) -> String {
    let node = tree_of(spec, schema, direction, MAX_NODES, clip);
    let is_plain = node.fields.is_empty() && node.choices.is_empty();
    let mut out = if is_plain || !node.notes.is_empty() {
        format!("- {}\n", described(&node, false))
    } else {
        String::new()
    };
    inside(&node, 0, &mut out);
    out
}

/// The kind, name, conditions and description of a value in one line.
pub fn described(node: &SchemaNode, is_required: bool) -> String {
    let name = if node.name.is_empty() { String::new() } else { format!(" {}", code(&node.name)) };
    let values = (!node.values.is_empty()).then(|| format!("one of {}", node.values.join(", ")));
    let cut = node.cut.map(|cut| match cut {
        Cut::SeeAbove => "as above",
        Cut::TooMuch => "more in the OpenAPI document",
    });
    let marks =
        [is_required.then_some("required"), node.is_deprecated.then_some("deprecated"), cut]
            .into_iter()
            .flatten();
    let notes = values.iter().chain(&node.notes).map(|note| {
        let has_marks = note.contains(['*', '`', '^', '\\', '[', '<', '|', '_']);
        if has_marks { code(note) } else { cell(note) }
    });
    let words = std::iter::once(format!("{}{name}", cell(&node.kind)))
        .chain(marks.map(str::to_owned))
        .chain(notes);
    let words = words.collect::<Vec<_>>().join(", ");
    let about = cell(&node.about);
    if about.is_empty() { words } else { format!("{words}. {about}") }
}

/// The parts of a value. Recursion ends where the tree ends.
pub fn inside(node: &SchemaNode, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for field in &node.fields {
        out.push_str(&format!(
            "{indent}- {}: {}\n",
            code(&field.name),
            described(&field.schema, field.is_required)
        ));
        inside(&field.schema, depth + 1, out);
    }
    for choices in &node.choices {
        out.push_str(&format!("{indent}- {}:\n", choices.title.to_lowercase()));
        for choice in &choices.schemas {
            out.push_str(&format!("{indent}  - {}\n", described(choice, false)));
            inside(choice, depth + 2, out);
        }
    }
}
