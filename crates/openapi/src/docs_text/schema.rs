//! A schema as an indented list.

use tollgate_types::docs::{Cut, SchemaNode, schema_page};

use super::{cell, code};

/// The schema of one body or response. `up` leads to the folder of the product's pages.
pub fn list(node: &SchemaNode, up: &str) -> String {
    let is_plain = node.fields.is_empty() && node.choices.is_empty();
    let has_words = !node.notes.is_empty() || !node.about.is_empty() || !node.title.is_empty();
    let mut out = if is_plain || has_words {
        format!("- {}\n", described(node, false, up))
    } else {
        String::new()
    };
    inside(node, 0, up, &mut out);
    out
}

/// The kind, name, conditions and description of a value in one line.
pub fn described(node: &SchemaNode, is_required: bool, up: &str) -> String {
    let name = if node.name.is_empty() { String::new() } else { format!(" {}", code(&node.name)) };
    let title = (!node.title.is_empty()).then(|| format!("“{}”", cell(&node.title)));
    let cut = node.cut.map(|cut| match cut {
        Cut::SeeAbove => "as above".to_owned(),
        Cut::TooMuch if node.at.is_empty() => "more in the OpenAPI document".to_owned(),
        Cut::TooMuch => format!("[more]({up}{})", schema_page(&node.at, ".md")),
    });
    let marks = [
        is_required.then(|| "required".to_owned()),
        node.is_deprecated.then(|| "deprecated".to_owned()),
        cut,
    ];
    let values = (!node.values.is_empty()).then(|| format!("one of {}", values(node)));
    let notes = values.iter().chain(&node.notes).map(|note| {
        let has_marks = note.contains(['*', '`', '^', '\\', '[', '<', '|', '_']);
        if has_marks { code(note) } else { cell(note) }
    });
    let words = std::iter::once(format!("{}{name}", cell(&node.kind)))
        .chain(title)
        .chain(marks.into_iter().flatten())
        .chain(notes);
    let words = words.collect::<Vec<_>>().join(", ");
    let about = cell(&node.about);
    if about.is_empty() { words } else { format!("{words}. {about}") }
}

/// Each value, with its meaning if the document describes it.
fn values(node: &SchemaNode) -> String {
    let meaning =
        |index: usize| node.meanings.get(index).filter(|meaning: &&String| !meaning.is_empty());
    let values = node.values.iter().enumerate().map(|(index, value)| match meaning(index) {
        Some(meaning) => format!("{value} ({meaning})"),
        None => value.clone(),
    });
    values.collect::<Vec<_>>().join(", ")
}

/// The parts of a value. Recursion ends where the tree ends.
pub fn inside(node: &SchemaNode, depth: usize, up: &str, out: &mut String) {
    let indent = "  ".repeat(depth);
    for field in &node.fields {
        out.push_str(&format!(
            "{indent}- {}: {}\n",
            code(&field.name),
            described(&field.schema, field.is_required, up)
        ));
        inside(&field.schema, depth + 1, up, out);
    }
    for choices in &node.choices {
        out.push_str(&format!("{indent}- {}:\n", choices.title.to_lowercase()));
        for choice in &choices.schemas {
            out.push_str(&format!("{indent}  - {}\n", described(choice, false, up)));
            inside(choice, depth + 2, up, out);
        }
    }
}

/// The last step of a pointer: the name of a schema or a field.
pub fn title_of(at: &str) -> String {
    at.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
}
