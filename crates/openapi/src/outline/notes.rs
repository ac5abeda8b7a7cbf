//! The conditions of a schema on a value, in words.

use serde_json::Value;

use super::{Parts, compose, name_of};
use crate::markdown::clip;
use crate::spec::Family;

/// Maximum length of a default, an example or a pattern in bytes.
const MAX_VALUE: usize = 200;
const MAX_EXAMPLES: usize = 3;
const MAX_MAPPINGS: usize = 100;
const MAX_CONDITION: usize = 500;
const MAX_CONDITIONS: usize = 20;

/// `family` is that of a base at a location.
pub fn of(parts: &Parts, family: Option<(&str, &Family)>) -> Vec<String> {
    let mut notes = Vec::new();
    for (key, note) in [("readOnly", "read only"), ("writeOnly", "write only")] {
        if parts.is(key) {
            notes.push(note.to_owned());
        }
    }
    notes.extend(range(parts, "minLength", "maxLength", "character", "characters"));
    notes.extend(range(parts, "minItems", "maxItems", "item", "items"));
    notes.extend(range(parts, "minProperties", "maxProperties", "field", "fields"));
    let bounds = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
    ];
    let words = bounds.iter().chain(&[("multipleOf", "a multiple of")]);
    notes.extend(words.filter_map(|(key, words)| {
        compose::bound(parts, key).map(|value| format!("{words} {value}"))
    }));
    for (key, label) in [
        ("pattern", "pattern"),
        ("contentMediaType", "media type"),
        ("contentEncoding", "encoded as"),
    ] {
        notes.extend(
            parts
                .find(key)
                .and_then(Value::as_str)
                .map(|text| format!("{label}: {}", clip(text, MAX_VALUE))),
        );
    }
    if parts.is("uniqueItems") {
        notes.push("unique items".to_owned());
    }
    if parts.find("additionalProperties") == Some(&Value::Bool(false)) {
        notes.push("no other fields".to_owned());
    }
    for (key, label) in [("const", "always"), ("default", "default")] {
        notes.extend(parts.find(key).map(|value| format!("{label}: {}", json(value))));
    }
    let examples = parts
        .find("examples")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .chain(parts.find("example"))
        .take(MAX_EXAMPLES);
    notes.extend(examples.map(|value| format!("example: {}", json(value))));
    notes.extend(discriminator(parts, family));
    notes.extend(conditions(parts));
    let text = |key: &str| parts.find(key).and_then(Value::as_str).map(str::to_owned);
    notes.extend(super::deprecation(text).map(|reason| format!("deprecated: {reason}")));
    notes
}

fn json(value: &Value) -> String {
    clip(&value.to_string(), MAX_VALUE)
}

/// Conditions between parts, in the words of JSON Schema.
fn conditions(parts: &Parts) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, others) in parts.all("dependentRequired").filter_map(Value::as_object).flatten() {
        let others = others.as_array().into_iter().flatten().filter_map(Value::as_str);
        let others = others.collect::<Vec<_>>().join(", ");
        notes.push(clip(&format!("with {name}, also required: {others}"), MAX_CONDITION));
    }
    for (key, words) in [
        ("propertyNames", "field names match"),
        ("contains", "contains an item that matches"),
        ("not", "does not match"),
        ("if", "when it matches"),
        ("then", "then it also matches"),
        ("else", "otherwise it matches"),
        ("dependentSchemas", "schemas that depend on fields"),
    ] {
        let written = parts.all(key).map(|schema| clip(&schema.to_string(), MAX_CONDITION));
        notes.extend(written.map(|schema| format!("{words} {schema}")));
    }
    notes.truncate(MAX_CONDITIONS);
    notes
}

fn range(parts: &Parts, least: &str, most: &str, one: &str, many: &str) -> Option<String> {
    let number = |key| compose::bound(parts, key).and_then(Value::as_u64);
    let unit = |count: u64| if count == 1 { one } else { many };
    match (number(least).filter(|least| *least > 0), number(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("{least} {}", unit(least))),
        (Some(least), Some(most)) => Some(format!("{least} to {most} {}", unit(most))),
        (Some(least), None) => Some(format!("at least {least} {}", unit(least))),
        (None, Some(most)) => Some(format!("at most {most} {}", unit(most))),
        (None, None) => None,
    }
}

/// The names that select subtypes of a base or branches of a choice. The discriminator of a base
/// that this value only includes selects nothing here.
fn discriminator(parts: &Parts, family: Option<(&str, &Family)>) -> Option<String> {
    let is_choice = |key: &str| key == "oneOf" || key == "anyOf";
    let schema = parts.schemas.iter().find(|schema| {
        schema.contains_key("discriminator")
            && (family.is_some() || schema.keys().any(|key| is_choice(key)))
    })?;
    let discriminator = schema.get("discriminator")?;
    let property = clip(discriminator.get("propertyName")?.as_str()?, MAX_VALUE);
    let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
    let name = |to: &str| to.rsplit('/').next().unwrap_or_default().to_owned();
    let mapping = mapping.filter_map(|(value, to)| Some((value.clone(), name(to.as_str()?))));
    let mut names: Vec<(String, String)> = match family {
        Some((base, family)) => {
            let offered = family.offered(base).into_iter();
            offered.map(|(value, to)| (value.to_owned(), name_of(to))).collect()
        }
        None => mapping.collect(),
    };
    // The other names are those of the schemas.
    names.retain(|(value, to)| value != to);
    let mut names: Vec<String> = names
        .into_iter()
        .take(MAX_MAPPINGS)
        .map(|(value, to)| format!("{value} is {to}"))
        .collect();
    let otherwise = discriminator.get("defaultMapping").and_then(Value::as_str);
    names.extend(otherwise.map(|to| format!("any other is {}", name(to))));
    Some(if names.is_empty() {
        format!("{property} selects the schema")
    } else {
        format!("{property} selects the schema: {}", clip(&names.join(", "), 2_000))
    })
}
