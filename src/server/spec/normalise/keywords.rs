//! Keywords of the wrong type, which documents in the wild have and tools pass over, would make a schema unusable for a
//! validator: what can be read is mended, the rest left out.

use serde_json::{Map, Number, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Text,
    Flag,
    Number,
    /// A number, or the flag it was in 3.0.
    Limit,
    /// A whole number from 0.
    Count,
    Texts,
    /// A text or a list of texts.
    OneOrTexts,
    List,
    Object,
}

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
    ("discriminator", Want::Object),
];

/// Leaves only keywords whose values are of their type.
pub fn tidy(fields: &mut Map<String, Value>) {
    fields.retain(|key, value| {
        let Some(&(_, want)) = KEYWORDS.iter().find(|(name, _)| name == key) else { return true };
        mend(want, value);
        fits(want, value) && !(key == "multipleOf" && value.as_f64().is_some_and(|step| step <= 0.0))
    });
}

fn mend(want: Want, value: &mut Value) {
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
        (Want::Texts | Want::OneOrTexts, Value::Array(items)) => {
            let mut seen = Vec::new();
            items.retain(|item| {
                let is_new = item.is_string() && !seen.contains(item);
                if is_new {
                    seen.push(item.clone());
                }
                is_new
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
        Want::Texts | Want::List => value.is_array(),
        Want::OneOrTexts => value.is_string() || value.as_array().is_some_and(|types| !types.is_empty()),
        Want::Object => value.is_object(),
    }
}
