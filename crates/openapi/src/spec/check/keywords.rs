//! The keywords of one schema: values of the wrong type, and values that contradict each other.

use std::collections::HashSet;

use serde_json::{Map, Number, Value, json};

use super::findings::{Findings, shown};
use super::repair::Repair;
use super::types;
use super::types::TYPES;
use super::version::Version;
use crate::schemas::is_pattern_readable;
use crate::spec::normalise::{Reading, read_keyword};
use crate::spec::walk::join;

type Fields = Map<String, Value>;

pub fn check(fields: &Fields, pointer: &str, version: Version, found: &mut Findings) {
    types::check(fields, pointer, found);
    for (keyword, value) in
        fields.iter().filter(|(keyword, _)| !matches!(keyword.as_str(), "type" | "$ref"))
    {
        wrong(keyword, value, pointer, found);
    }
    patterns(fields, pointer, found);
    enumeration(fields, pointer, found);
    default(fields, pointer, found);
    if fields.contains_key("example") && fields.contains_key("examples") {
        found.warn(
            join(pointer, "example"),
            "`example` is next to `examples`; only `examples` counts; remove `example`",
        );
    }
    nullable(fields, pointer, version, found);
    let is_array = fields.get("type").is_some_and(|name| name == "array");
    if version == Version::V3_0 && is_array && !fields.contains_key("items") {
        let message = "`type: array` has no `items`; items of every type are allowed; add `items`";
        found.warn(pointer, message);
    }
}

/// A keyword whose value is not of its type. It is converted or left out when the document is
/// brought to one form.
fn wrong(keyword: &str, value: &Value, pointer: &str, found: &mut Findings) {
    let at = join(pointer, keyword);
    let what = shown(&value.to_string());
    let message = match read_keyword(keyword, value) {
        Reading::Same | Reading::Absent => return,
        Reading::Distinct(_) => {
            format!("`{keyword}` names a value twice; it counts once; remove the second")
        }
        Reading::Converted(new, wanted) => format!(
            "`{keyword}` must be {wanted}; {what} is read as `{}`; write that",
            shown(&new.to_string())
        ),
        Reading::LeftOut(wanted) => format!(
            "`{keyword}` must be {wanted}; values are not checked against {what}; correct or \
             remove it"
        ),
        Reading::Ignored(wanted) => {
            format!("`{keyword}` must be {wanted}; {what} is ignored; correct or remove it")
        }
    };
    found.warn(at, message);
}

fn patterns(fields: &Fields, pointer: &str, found: &mut Findings) {
    let own = fields.get("pattern").and_then(Value::as_str).map(|text| (text, "pattern"));
    let by_pattern = fields.get("patternProperties").and_then(Value::as_object);
    let names = by_pattern.into_iter().flatten().map(|(text, _)| (text.as_str(), ""));
    for (text, keyword) in own.into_iter().chain(names) {
        if !is_pattern_readable(text) {
            let at = if keyword.is_empty() {
                join(&join(pointer, "patternProperties"), text)
            } else {
                join(pointer, keyword)
            };
            let message = format!(
                "`{}` is not a regular expression (ECMA-262); values are not checked against it; \
                 correct or remove it",
                shown(text)
            );
            found.warn(at, message);
        }
    }
}

fn enumeration(fields: &Fields, pointer: &str, found: &mut Findings) {
    let Some(Value::Array(values)) = fields.get("enum") else { return };
    let at = join(pointer, "enum");
    if values.is_empty() {
        let message = "`enum` is empty, so no value would be valid; it is ignored; list the \
                       values or remove it";
        return found.replace(&at, message, Repair::Remove);
    }
    let mut seen = HashSet::new();
    let is_new: Vec<bool> = values.iter().map(|value| seen.insert(value.to_string())).collect();
    if let Some(double) = values.iter().zip(&is_new).find(|(_, is_new)| !**is_new) {
        let message = format!(
            "`enum` lists {} twice; it counts once; remove the second",
            shown(&double.0.to_string())
        );
        let distinct = values.iter().zip(&is_new).filter(|(_, is_new)| **is_new);
        let distinct: Vec<&Value> = distinct.map(|(value, _)| value).collect();
        found.replace(&at, message, Repair::Put(json!(distinct)));
    }
}

/// A default that the schema's `type` or `enum` does not allow. Null is common for “none”.
fn default(fields: &Fields, pointer: &str, found: &mut Findings) {
    let Some(value) = fields.get("default").filter(|value| !value.is_null()) else { return };
    let types: Vec<&str> = match fields.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let are_known = types.iter().all(|name| TYPES.contains(name));
    let fits = |value: &Value| {
        (types.is_empty() || !are_known || types.iter().any(|name| is_of(name, value)))
            && fields.get("enum").and_then(Value::as_array).is_none_or(|values| {
                values.is_empty() || values.iter().any(|known| is_same(known, value))
            })
    };
    if fits(value) {
        return;
    }
    let at = join(pointer, "default");
    let what = shown(&value.to_string());
    match converted(value).into_iter().find(|new| fits(new)) {
        Some(new) => {
            let message = format!(
                "the default {what} does not match `type`; it is read as `{}`; write that",
                shown(&new.to_string())
            );
            found.replace(&at, message, Repair::Put(new));
        }
        None => {
            let message = format!(
                "the default {what} does not match `type` or `enum` of its schema; it is ignored; \
                 correct or remove it"
            );
            found.replace(&at, message, Repair::Remove);
        }
    }
}

/// The same value as another type: `"10"` for `10`.
fn converted(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let number = text.trim().parse::<Number>().ok().map(Value::Number);
            // In YAML 1.1, these words are flags.
            let flag = match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            };
            number.into_iter().chain(flag.map(Value::Bool)).collect()
        }
        Value::Number(_) | Value::Bool(_) => vec![json!(value.to_string())],
        _ => Vec::new(),
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        _ => value.is_string(),
    }
}

fn is_same(known: &Value, value: &Value) -> bool {
    known == value || known.is_number() && known.as_f64() == value.as_f64()
}

fn nullable(fields: &Fields, pointer: &str, version: Version, found: &mut Findings) {
    if fields.get("nullable") != Some(&json!(true)) {
        return;
    }
    let is_typed = ["type", "$ref", "allOf", "oneOf", "anyOf"]
        .iter()
        .any(|keyword| fields.contains_key(*keyword));
    let message = match version {
        Version::V3_1 => {
            "`nullable` is not part of OpenAPI 3.1; null is allowed; add `null` to `type` instead"
        }
        Version::V3_0 if !is_typed => {
            "`nullable` has no effect without `type`; null is allowed here; add `type`"
        }
        Version::V3_0 => return,
    };
    found.warn(join(pointer, "nullable"), message);
}
