//! What holds for a value beside its type, in words.

use serde_json::Value;

use super::Parts;

/// Values of an `enum` that are shown.
const MAX_VALUES: usize = 50;

/// The longest text of one rule, in characters: a pattern or a default may be any length.
const MAX_LENGTH: usize = 200;

pub fn rules(parts: &Parts) -> Vec<String> {
    let number = |key: &str| parts.get(key).filter(|value| value.is_number());
    let said = |key: &str, words: &str| number(key).map(|value| format!("{words} {value}"));
    let span = |least: &str, most: &str, unit: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("{least}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) if least == 0 && !unit.is_empty() => None,
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, most) => most.map(|most| format!("at most {most}{unit}")),
    };
    let flag = |key: &str, words: &str| parts.is(key).then(|| words.to_owned());
    let values = parts.get("enum").and_then(Value::as_array).map(|values| {
        let shown: Vec<String> = values.iter().take(MAX_VALUES).map(|value| short(&value.to_string())).collect();
        let more = if values.len() > MAX_VALUES { format!(" and {} more", values.len() - MAX_VALUES) } else { String::new() };
        format!("one of {}{more}", shown.join(", "))
    });
    let rules = [
        flag("readOnly", "read only"),
        flag("writeOnly", "write only"),
        values,
        parts.get("const").map(|value| format!("always {}", short(&value.to_string()))),
        span("minimum", "maximum", ""),
        said("exclusiveMinimum", "more than"),
        said("exclusiveMaximum", "less than"),
        said("multipleOf", "a multiple of"),
        span("minLength", "maxLength", " characters"),
        parts.get("pattern").and_then(Value::as_str).map(|pattern| format!("matches {}", short(pattern))),
        span("minItems", "maxItems", " items"),
        flag("uniqueItems", "no item twice"),
        span("minProperties", "maxProperties", " fields"),
        parts.get("default").map(|value| format!("default {}", short(&value.to_string()))),
    ];
    rules.into_iter().flatten().collect()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
