//! What documents write and the compiler does not take: references whose names are no URLs, and expressions that it cannot read.
//! One of them would leave everything around it unchecked.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// How deep a document may be nested before it is taken as it is.
const MAX_DEPTH: usize = 128;

/// What is written of a schema and is no schema itself.
const VALUES: [&str; 5] = ["enum", "const", "default", "example", "examples"];

/// Expressions that were looked at, and whether they can be read.
#[derive(Default)]
pub struct Patterns(HashMap<String, bool>);

impl Patterns {
    fn is_right(&mut self, pattern: &str) -> bool {
        if let Some(known) = self.0.get(pattern) {
            return *known;
        }
        let is_right = !is_literal(pattern) && super::options().build(&json!({ "pattern": pattern })).is_ok();
        self.0.insert(pattern.to_owned(), is_right);
        is_right
    }
}

/// `/^a$/i`: meant as a literal of a program, which is what no text matches.
fn is_literal(pattern: &str) -> bool {
    pattern
        .strip_prefix("/^")
        .and_then(|rest| rest.rsplit_once('/'))
        .is_some_and(|(_, flags)| flags.bytes().all(|flag| flag.is_ascii_lowercase()))
}

/// Whether there is nothing to mend.
pub fn is_sound(value: &Value, patterns: &mut Patterns, depth: usize) -> bool {
    let mut inside = |(key, value): (&String, &Value)| VALUES.contains(&key.as_str()) || is_sound(value, patterns, depth + 1);
    match value {
        _ if depth > MAX_DEPTH => true,
        Value::Object(map) => map.iter().all(&mut inside) && is_sound_itself(map, patterns),
        Value::Array(items) => items.iter().all(|item| is_sound(item, patterns, depth + 1)),
        _ => true,
    }
}

fn is_sound_itself(map: &Map<String, Value>, patterns: &mut Patterns) -> bool {
    let is_url = map.get("$ref").and_then(Value::as_str).is_none_or(|to| written(to) == to);
    let is_read = map.get("pattern").and_then(Value::as_str).is_none_or(|pattern| patterns.is_right(pattern));
    is_url && is_read && named(map).all(|pattern| patterns.is_right(pattern))
}

fn named(map: &Map<String, Value>) -> impl Iterator<Item = &String> {
    map.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::keys)
}

/// References are written as URLs; expressions that cannot be read are left out, and demand nothing.
pub fn mend(value: &mut Value, patterns: &mut Patterns, depth: usize) {
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::Object(map) => {
            map.iter_mut().filter(|(key, _)| !VALUES.contains(&key.as_str())).for_each(|(_, value)| mend(value, patterns, depth + 1));
            if let Some(Value::String(to)) = map.get_mut("$ref") {
                *to = written(to);
            }
            if map.get("pattern").and_then(Value::as_str).is_some_and(|pattern| !patterns.is_right(pattern)) {
                map.shift_remove("pattern");
            }
            if let Some(Value::Object(by_pattern)) = map.get_mut("patternProperties") {
                by_pattern.retain(|pattern, _| patterns.is_right(pattern));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mend(item, patterns, depth + 1)),
        _ => {}
    }
}

/// A reference into the document with what no URL may hold in `%41` (RFC 3986, 3.5). One elsewhere stays as it is.
fn written(to: &str) -> String {
    let Some(pointer) = to.strip_prefix('#') else { return to.to_owned() };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
    let encoded = pointer.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("#{}", encoded.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::server::schemas::Schemas;
    use crate::server::spec::Spec;

    #[test]
    fn a_name_that_is_no_url_and_an_expression_that_cannot_be_read_leave_the_rest_checked() {
        let names = ["problem details", "List[Pet]", "Réponse«Pet»", "a%20b", "Pet"];
        let schema = |pattern: &str| {
            json!({ "type": "object", "required": ["code"], "properties": {
            "code": { "type": "integer", "maximum": 9 }, "name": { "type": "string", "pattern": pattern, "maxLength": 3 },
        }, "patternProperties": { "[": { "type": "integer" } } })
        };
        let schemas: Map<String, Value> =
            names.iter().map(|name| (name.replace("%20", " "), schema(if *name == "Pet" { "/^[a-z]+$/i" } else { "(?<" }))).collect();
        let document =
            json!({ "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "paths": {}, "components": { "schemas": schemas } });
        let spec = Arc::new(Spec::from_value(document).unwrap());
        for schemas in [Schemas::of_answers(Arc::clone(&spec)), Schemas::of_requests(spec)] {
            for name in names {
                let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
                let is_valid = |value: Value| schemas.validator(&schema).unwrap_or_else(|| panic!("{name}")).is_valid(&value);
                assert!(is_valid(json!({ "code": 1, "name": "(?<" })), "{name}");
                assert!(
                    !is_valid(json!({})) && !is_valid(json!({ "code": 10 })) && !is_valid(json!({ "code": 1, "name": "long" })),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn what_is_right_is_left_alone() {
        let document = json!({ "$ref": "#/components/schemas/Pet", "pattern": "^a(?=b)", "enum": [{ "$ref": "#/a b", "pattern": "[" }] });
        assert!(is_sound(&document, &mut Patterns::default(), 0));
        let mut mended = document.clone();
        mend(&mut mended, &mut Patterns::default(), 0);
        assert_eq!(mended, document);
    }
}
