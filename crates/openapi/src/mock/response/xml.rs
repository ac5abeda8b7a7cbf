//! A value as XML, with one element for each field.

use serde_json::Value;

/// Maximum nesting of elements. Generated values are nested less deeply.
const MAX_DEPTH: usize = 64;

pub fn written(root: &str, value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut out, root, value, 0);
    out.push('\n');
    out
}

fn element(out: &mut String, name: &str, value: &Value, depth: usize) {
    let name = element_name(name);
    out.push_str(&format!("<{name}>"));
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::Array(items) => {
                        items.iter().for_each(|item| element(out, field, item, depth + 1))
                    }
                    other => element(out, field, other, depth + 1),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| element(out, "item", item, depth + 1)),
        Value::Null => {}
        Value::String(text) => out.push_str(&escaped(text)),
        other => out.push_str(&other.to_string()),
    }
    out.push_str(&format!("</{name}>"));
}

fn element_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.') { letter } else { '_' }
        })
        .collect();
    if plain.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        plain
    } else {
        format!("_{plain}")
    }
}

/// Removes characters that XML does not allow.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() && !matches!(letter, '\n' | '\r' | '\t') => {}
            letter => out.push(letter),
        }
    }
    out
}
