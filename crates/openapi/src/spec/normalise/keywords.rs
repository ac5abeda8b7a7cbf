//! Keywords of the wrong type are common in documents, and tools ignore them, but they would make a
//! schema unusable for others. Values that can be converted are fixed. Other keywords are removed;
//! if they restrict values, the schema is marked.

use std::collections::HashSet;

use serde_json::{Map, Number, Value, json};

use super::leave_out;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Text,
    Flag,
    Number,
    /// A number, or a flag as in 3.0.
    Limit,
    /// A whole number of 0 or more.
    Count,
    Texts,
    /// A string or a list of strings.
    OneOrTexts,
    List,
    Object,
    /// An object with the name of a property.
    Discriminator,
}

impl Want {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "`true` or `false`",
            Self::Number => "a number",
            Self::Limit => "a number, or in OpenAPI 3.0 `true` or `false`",
            Self::Count => "a whole number of 0 or more",
            Self::Texts => "a list of strings",
            Self::OneOrTexts => "a string or a list of strings",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Discriminator => "an object with `propertyName`",
        }
    }
}

/// Other keywords are annotations.
const RESTRICTING: [&str; 20] = [
    "type",
    "pattern",
    "format",
    "uniqueItems",
    "minimum",
    "maximum",
    "multipleOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
    "required",
    "enum",
    "dependentRequired",
];

const KEYWORDS: [(&str, Want); 35] = [
    ("type", Want::OneOrTexts),
    ("$ref", Want::Text),
    ("$id", Want::Text),
    ("$anchor", Want::Text),
    ("$schema", Want::Text),
    ("$comment", Want::Text),
    ("title", Want::Text),
    ("description", Want::Text),
    ("format", Want::Text),
    ("pattern", Want::Text),
    ("contentEncoding", Want::Text),
    ("contentMediaType", Want::Text),
    ("nullable", Want::Flag),
    ("deprecated", Want::Flag),
    ("readOnly", Want::Flag),
    ("writeOnly", Want::Flag),
    ("uniqueItems", Want::Flag),
    ("minimum", Want::Number),
    ("maximum", Want::Number),
    ("multipleOf", Want::Number),
    ("exclusiveMinimum", Want::Limit),
    ("exclusiveMaximum", Want::Limit),
    ("minLength", Want::Count),
    ("maxLength", Want::Count),
    ("minItems", Want::Count),
    ("maxItems", Want::Count),
    ("minContains", Want::Count),
    ("maxContains", Want::Count),
    ("minProperties", Want::Count),
    ("maxProperties", Want::Count),
    ("required", Want::Texts),
    ("enum", Want::List),
    ("examples", Want::List),
    ("dependentRequired", Want::Object),
    ("discriminator", Want::Discriminator),
];

/// How the value of a keyword is read.
pub enum Reading {
    Same,
    /// A keyword without a value is treated as absent.
    Absent,
    /// Each text once.
    Distinct(Value),
    /// As another value, because it must be of this type.
    Converted(Value, &'static str),
    /// Not at all, so that values are not checked against it. It must be of this type.
    LeftOut(&'static str),
    /// The same for a keyword that does not restrict values.
    Ignored(&'static str),
}

pub fn read(key: &str, value: &Value) -> Reading {
    let Some(&(keyword, want)) = KEYWORDS.iter().find(|(name, _)| *name == key) else {
        return Reading::Same;
    };
    if value.is_null() {
        return Reading::Absent;
    }
    let is_right = fits(want, value);
    let mut repaired = None;
    if !is_right || has_doubles(want, value) {
        let mut copy = value.clone();
        repair(want, &mut copy);
        repaired = Some(copy);
    }
    let read = repaired.as_ref().unwrap_or(value);
    let wanted = if keyword == "multipleOf" && read.as_f64().is_some_and(|step| step <= 0.0) {
        "a number above 0"
    } else if fits(want, read) {
        return match repaired {
            None => Reading::Same,
            Some(new) if is_right => Reading::Distinct(new),
            Some(new) => Reading::Converted(new, want.name()),
        };
    } else {
        want.name()
    };
    if RESTRICTING.contains(&keyword) { Reading::LeftOut(wanted) } else { Reading::Ignored(wanted) }
}

/// Keeps only keywords whose values have the right type.
pub fn tidy(fields: &mut Map<String, Value>) {
    let mut left_out = Vec::new();
    fields.retain(|key, value| {
        match read(key, value) {
            Reading::Same => return true,
            Reading::Distinct(new) | Reading::Converted(new, _) => {
                *value = new;
                return true;
            }
            Reading::LeftOut(wanted) => left_out.push((key.clone(), wanted)),
            Reading::Absent | Reading::Ignored(_) => {}
        }
        false
    });
    for (keyword, wanted) in left_out {
        leave_out(fields, &keyword, &format!("This must be {wanted}."));
    }
}

fn has_doubles(want: Want, value: &Value) -> bool {
    let (Want::Texts | Want::OneOrTexts, Value::Array(items)) = (want, value) else {
        return false;
    };
    let mut seen = HashSet::new();
    !items.iter().filter_map(Value::as_str).all(|text| seen.insert(text))
}

fn repair(want: Want, value: &mut Value) {
    match (want, &mut *value) {
        (Want::Number | Want::Limit | Want::Count, Value::String(text)) => {
            if let Ok(number) = text.trim().parse::<Number>() {
                *value = Value::Number(number);
            }
        }
        (Want::Flag, Value::String(text)) => {
            if let Ok(flag) = text.parse::<bool>() {
                *value = Value::Bool(flag);
            }
        }
        (Want::Text, Value::Number(number)) => *value = Value::String(number.to_string()),
        // Swagger 2.0 has only the name.
        (Want::Discriminator, Value::String(name)) => *value = json!({ "propertyName": name }),
        (Want::Texts | Want::OneOrTexts, Value::Array(items)) => {
            let mut seen = HashSet::new();
            // Names such as 200 and true are not strings in YAML.
            for item in items.iter_mut().filter(|item| item.is_number() || item.is_boolean()) {
                *item = Value::String(item.to_string());
            }
            items.retain(|item| {
                !item.is_null() && item.as_str().is_none_or(|text| seen.insert(text.to_owned()))
            });
        }
        _ => {}
    }
}

fn fits(want: Want, value: &Value) -> bool {
    match want {
        Want::Text => value.is_string(),
        Want::Flag => value.is_boolean(),
        Want::Number => value.is_number(),
        Want::Limit => value.is_number() || value.is_boolean(),
        Want::Count => value.as_f64().is_some_and(|count| count >= 0.0 && count.fract() == 0.0),
        Want::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
        Want::List => value.is_array(),
        Want::OneOrTexts => {
            value.is_string()
                || fits(Want::Texts, value)
                    && value.as_array().is_some_and(|types| !types.is_empty())
        }
        Want::Object | Want::Discriminator => value.is_object(),
    }
}
