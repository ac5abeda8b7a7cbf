//! Types that are not JSON Schema's: `type: String`, `type: "string,"`, `type: int`, `type: date`.

use serde_json::{Map, Value, json};

use super::findings::{Findings, shown};
use super::repair::Repair;
use crate::spec::walk::join;

pub const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Other names of types, with the type, and the format if the name says more.
const NAMES: [(&str, &str, &str); 52] = [
    ("arr", "array", ""),
    ("list", "array", ""),
    ("set", "array", ""),
    ("collection", "array", ""),
    ("bool", "boolean", ""),
    ("int", "integer", ""),
    ("int32", "integer", "int32"),
    ("int64", "integer", "int64"),
    ("bigint", "integer", ""),
    ("biginteger", "integer", ""),
    ("long", "integer", "int64"),
    ("short", "integer", ""),
    ("uint", "integer", ""),
    ("none", "null", ""),
    ("nil", "null", ""),
    ("undefined", "null", ""),
    ("num", "number", ""),
    ("numeric", "number", ""),
    ("decimal", "number", ""),
    ("bigdecimal", "number", ""),
    ("float", "number", "float"),
    ("double", "number", "double"),
    ("real", "number", ""),
    ("dict", "object", ""),
    ("dictionary", "object", ""),
    ("map", "object", ""),
    ("hash", "object", ""),
    ("hashmap", "object", ""),
    ("struct", "object", ""),
    ("json", "object", ""),
    ("str", "string", ""),
    ("text", "string", ""),
    ("char", "string", ""),
    ("character", "string", ""),
    ("varchar", "string", ""),
    ("date", "string", "date"),
    ("date-time", "string", "date-time"),
    ("datetime", "string", "date-time"),
    ("time", "string", "time"),
    ("duration", "string", "duration"),
    ("uuid", "string", "uuid"),
    ("guid", "string", "uuid"),
    ("email", "string", "email"),
    ("uri", "string", "uri"),
    ("url", "string", "uri"),
    ("hostname", "string", "hostname"),
    ("ipv4", "string", "ipv4"),
    ("ipv6", "string", "ipv6"),
    ("password", "string", "password"),
    ("byte", "string", "byte"),
    ("binary", "string", "binary"),
    ("file", "string", "binary"),
];

/// Words that allow every value.
const ANY: [&str; 4] = ["any", "mixed", "unknown", "*"];

pub fn check(fields: &Map<String, Value>, pointer: &str, found: &mut Findings) {
    let Some(written) = fields.get("type").filter(|written| !is_right(written)) else { return };
    let at = join(pointer, "type");
    let what = shown(&written.to_string());
    let known = TYPES.join(", ");
    if written.as_str().is_some_and(|name| ANY.contains(&name.trim().to_lowercase().as_str())) {
        let message = format!(
            "{what} is not a type; a value of every type is allowed; remove `type`, or write one \
             of {known}"
        );
        return found.replace(&at, message, Repair::Remove);
    }
    match read(written) {
        Some((types, format)) => {
            let types = match types.as_slice() {
                [one] if !written.is_array() => json!(one),
                _ => json!(types),
            };
            let format = format.filter(|_| !fields.contains_key("format"));
            let with = format.map(|format| format!(" with `format: {format}`")).unwrap_or_default();
            let message = format!(
                "{what} is not a type; it is read as `{types}`{with}; write that, the types are \
                 {known}"
            );
            found.replace(&at, message, Repair::Put(types));
            if let Some(format) = format {
                found.repairs.push((join(pointer, "format"), Repair::Put(json!(format))));
            }
        }
        None => {
            let message = format!(
                "{what} is not a type; the type of values is not checked; write one of {known}"
            );
            let keyword = "type".to_owned();
            let why = format!("The types are {known}.");
            found.correct(at, message, pointer, Repair::LeaveOut { keyword, why });
        }
    }
}

fn is_right(written: &Value) -> bool {
    let is_type = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
    match written {
        Value::Null => true,
        Value::Array(types) => !types.is_empty() && types.iter().all(is_type),
        one => is_type(one),
    }
}

/// The types that are meant, and their format if there is one type. `None` if it is unknown.
pub fn read(written: &Value) -> Option<(Vec<&'static str>, Option<&'static str>)> {
    let mut types = Vec::new();
    let mut formats = Vec::new();
    let texts = match written {
        Value::String(text) => vec![text.to_lowercase()],
        // In YAML, `null` without quotes is not text.
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Some(text.to_lowercase()),
                Value::Null => Some("null".to_owned()),
                _ => None,
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    for text in &texts {
        let text = text.replace(" or ", "|");
        let (text, is_nullable) =
            text.strip_suffix('?').map_or((text.as_str(), false), |text| (text, true));
        let words = text.split([',', '|', '/', ';']).map(|word| {
            word.trim_matches(|character: char| {
                character.is_whitespace() || matches!(character, '.' | '"' | '\'' | '`')
            })
        });
        for word in words.filter(|word| !word.is_empty()).chain(is_nullable.then_some("null")) {
            let (name, format) = one(word)?;
            if !types.contains(&name) {
                types.push(name);
            }
            formats.push(format);
        }
    }
    let format = match formats.as_slice() {
        [one] => *one,
        _ => None,
    };
    (!types.is_empty()).then_some((types, format))
}

fn one(word: &str) -> Option<(&'static str, Option<&'static str>)> {
    if let Some(name) = TYPES.into_iter().find(|name| *name == word || plural(name, word)) {
        return Some((name, None));
    }
    let (_, name, format) = NAMES.into_iter().find(|(other, ..)| *other == word)?;
    Some((name, Some(format).filter(|format| !format.is_empty())))
}

/// Whether `word` is the plural of the type: `strings`.
fn plural(name: &str, word: &str) -> bool {
    word.strip_suffix('s') == Some(name)
}
