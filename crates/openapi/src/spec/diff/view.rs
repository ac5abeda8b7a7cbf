//! A schema as a caller sees it, with references followed and `allOf` merged.

use serde_json::Value;

use crate::spec::model::{Spec, pointer_of};

/// Maximum number of schemas that `allOf` and references may merge into one.
const MAX_PARTS: usize = 256;

#[derive(Default)]
pub struct View<'a> {
    /// `None` if any type is allowed. `number` includes `integer`.
    pub types: Option<Vec<&'a str>>,
    /// The values of `enum` or `const`.
    pub values: Option<Vec<&'a Value>>,
    pub properties: Vec<(&'a str, &'a Value)>,
    pub required: Vec<&'a str>,
    pub items: Option<&'a Value>,
    pub additional: Option<&'a Value>,
    /// The schemas of `oneOf` and `anyOf`, without null.
    pub choices: Vec<&'a Value>,
    /// Keywords that contain a number or text to compare.
    pub limits: Vec<(&'a str, &'a Value)>,
    /// The reference that was followed last, as a pointer.
    pub pointer: Option<String>,
    /// No value is valid: `false`.
    pub is_empty: bool,
}

const LIMITS: [&str; 13] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "pattern",
    "format",
    "multipleOf",
];

impl<'a> View<'a> {
    pub fn of(spec: &'a Spec, schema: &'a Value) -> Self {
        let mut view = Self::default();
        let mut nullable = false;
        let mut parts = vec![schema];
        let mut left = MAX_PARTS;
        while let Some(part) = parts.pop() {
            left -= 1;
            if left == 0 {
                break;
            }
            view.is_empty |= *part == Value::Bool(false);
            let reference = part.get("$ref").and_then(Value::as_str).and_then(pointer_of);
            if let Some((pointer, target)) =
                reference.and_then(|pointer| Some((pointer.clone(), spec.root.pointer(&pointer)?)))
            {
                // If there are several parts, none of them is the location of all.
                if parts.is_empty() {
                    view.pointer = Some(pointer);
                }
                parts.push(target);
            }
            parts.extend(list(part, "allOf"));
            let choices: Vec<&Value> = list(part, "oneOf").chain(list(part, "anyOf")).collect();
            let others: Vec<&Value> =
                choices.iter().copied().filter(|choice| !is_null(choice)).collect();
            nullable |= others.len() < choices.len();
            match others.as_slice() {
                // A choice between one schema and null is treated as the schema.
                [only] => parts.push(only),
                _ => view.choices.extend(others),
            }
            view.add(part);
        }
        if let Some(types) =
            view.types.as_mut().filter(|types| nullable && !types.contains(&"null"))
        {
            types.push("null");
        }
        view
    }

    fn add(&mut self, part: &'a Value) {
        let Value::Object(fields) = part else { return };
        let types: Option<Vec<&str>> = match fields.get("type") {
            Some(Value::String(name)) => Some(vec![name]),
            Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        if let Some(types) = types {
            self.types = Some(match self.types.take() {
                Some(known) => known.into_iter().filter(|name| types.contains(name)).collect(),
                None => types,
            });
        }
        if let Some(values) = fields.get("enum").and_then(Value::as_array) {
            self.values = Some(values.iter().collect());
        } else if let Some(value) = fields.get("const") {
            self.values = Some(vec![value]);
        }
        let properties = fields.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in properties {
            if !self.properties.iter().any(|(known, _)| known == name) {
                self.properties.push((name, schema));
            }
        }
        self.required.extend(list(part, "required").filter_map(Value::as_str));
        self.items = self.items.or(fields.get("items"));
        self.additional = self.additional.or(fields.get("additionalProperties"));
        self.limits
            .extend(LIMITS.iter().filter_map(|keyword| Some((*keyword, fields.get(*keyword)?))));
    }

    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties.iter().find(|(known, _)| *known == name).map(|(_, schema)| *schema)
    }

    pub fn limit(&self, keyword: &str) -> Option<&'a Value> {
        self.limits.iter().find(|(known, _)| *known == keyword).map(|(_, value)| *value)
    }

    /// Whether other properties than those named are refused.
    pub fn is_closed(&self) -> bool {
        self.additional == Some(&Value::Bool(false))
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}
