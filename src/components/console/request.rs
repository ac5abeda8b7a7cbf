//! A call built from a draft and the form's values.

use serde_json::{Map, Number, Value};

use crate::components::call::Call;
use crate::components::format::encode;
use crate::types::docs::{Draft, DraftField, DraftInput, FieldKind, InputShape, ParameterPlace};

/// Further values of the form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    pub content_type: String,
    pub body: String,
    pub is_dry_run: bool,
    pub mock_status: String,
}

/// `values` are in the order of the draft's inputs. Empty optional ones are left out. Without a
/// key.
pub fn build(draft: &Draft, values: &[String], extras: &Extras) -> Call {
    let mut path = draft.path.clone();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    for (input, value) in draft.inputs.iter().zip(values) {
        let value = value.trim();
        // An empty one keeps its braces, so that the gap is visible.
        if value.is_empty() {
            continue;
        }
        match input.place {
            ParameterPlace::Path => {
                path = path.replace(&format!("{{{}}}", input.name), &encoded(input, value))
            }
            ParameterPlace::Query => query.extend(pairs(input, value)),
            ParameterPlace::Header => headers.push((input.name.clone(), value.to_owned())),
            ParameterPlace::Cookie => {}
        }
    }
    if extras.is_dry_run {
        headers.push(("Tollgate-Dry-Run".to_owned(), "true".to_owned()));
    }
    if !extras.mock_status.is_empty() {
        headers.push(("Tollgate-Mock-Status".to_owned(), extras.mock_status.clone()));
    }
    let body =
        Some(extras.body.clone()).filter(|body| draft.body.is_some() && !body.trim().is_empty());
    if body.is_some() && !extras.content_type.is_empty() {
        headers.push(("Content-Type".to_owned(), extras.content_type.clone()));
    }
    let url = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    Call { method: draft.method.clone(), url, headers, body }
}

fn encoded(input: &DraftInput, value: &str) -> String {
    match input.shape {
        InputShape::Styled => [(",", "%2C"), (";", "%3B"), ("=", "%3D")]
            .iter()
            .fold(encode(value), |text, (mark, code)| text.replace(code, mark)),
        _ => encode(value),
    }
}

/// `name=value`, once or several times, as `tollgate_openapi::wire` writes it on the server.
fn pairs(input: &DraftInput, value: &str) -> Vec<String> {
    let name = &input.name;
    let pair = |name: &str, value: &str| format!("{}={}", encode(name), encode(value));
    let written = |(name, value): (String, Value)| pair(&name, &plain(&value));
    match (input.shape, serde_json::from_str::<Value>(value)) {
        (InputShape::Repeated, Ok(list @ Value::Array(_))) => {
            repeated(name, list).into_iter().map(written).collect()
        }
        (InputShape::Repeated, _) => {
            value.split(',').map(|value| pair(name, value.trim())).collect()
        }
        (InputShape::Exploded, Ok(Value::Object(fields))) => fields
            .into_iter()
            .flat_map(|(field, value)| repeated(&field, value))
            .map(written)
            .collect(),
        (InputShape::Deep, Ok(value @ (Value::Object(_) | Value::Array(_)))) => {
            let mut pairs = Vec::new();
            unfold(name.strip_suffix("[]").unwrap_or(name).to_owned(), value, &mut pairs);
            pairs.into_iter().map(written).collect()
        }
        _ => vec![format!("{}={}", encode(name), encoded(input, value))],
    }
}

/// One pair for each item of a list; an empty list is its name without a value.
fn repeated(name: &str, value: Value) -> Vec<(String, Value)> {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.into_iter().map(|item| (name.to_owned(), item)).collect()
        }
        Value::Array(_) => vec![(name.to_owned(), Value::Null)],
        other => vec![(name.to_owned(), other)],
    }
}

/// `name[field][0]`, down to the innermost values. The parser bounds their depth.
fn unfold(name: String, value: Value, pairs: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => fields
            .into_iter()
            .for_each(|(field, value)| unfold(format!("{name}[{field}]"), value, pairs)),
        Value::Array(items) if !items.is_empty() => items
            .into_iter()
            .enumerate()
            .for_each(|(index, value)| unfold(format!("{name}[{index}]"), value, pairs)),
        Value::Object(_) | Value::Array(_) => pairs.push((name, Value::Null)),
        value => pairs.push((name, value)),
    }
}

pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A JSON object of the filled-in fields. A text that is not a number stays text, so that the
/// response can report it.
pub fn object(fields: &[DraftField], values: &[String]) -> String {
    let filled = fields.iter().zip(values).filter(|(field, value)| {
        !value.is_empty() || (field.is_required && field.kind == FieldKind::Text)
    });
    let object: Map<String, Value> = filled
        .map(|(field, value)| {
            let text = || Value::String(value.clone());
            let value = match field.kind {
                FieldKind::Text => text(),
                FieldKind::Number => {
                    value.trim().parse::<Number>().map_or_else(|_| text(), Value::Number)
                }
                FieldKind::Bool => value.parse().map_or_else(|_| text(), Value::Bool),
            };
            (field.name.clone(), value)
        })
        .collect();
    serde_json::to_string_pretty(&object).unwrap_or_default()
}

/// The values of the fields in `body`; `None` if it is not a JSON object.
pub fn values_of(fields: &[DraftField], body: &str) -> Option<Vec<String>> {
    let object: Map<String, Value> = serde_json::from_str(body).ok()?;
    Some(
        fields.iter().map(|field| object.get(&field.name).map(plain).unwrap_or_default()).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::docs::DraftBody;

    fn input(name: &str, place: ParameterPlace, shape: InputShape) -> DraftInput {
        DraftInput {
            name: name.into(),
            place,
            is_required: false,
            about: String::new(),
            example: String::new(),
            options: vec![],
            shape,
        }
    }

    fn draft(inputs: Vec<DraftInput>) -> Draft {
        Draft {
            product: "platform".into(),
            operation: "update".into(),
            method: "PATCH".into(),
            path: "/v1/customers/{id}".into(),
            inputs,
            body: Some(DraftBody {
                is_required: true,
                content_types: vec!["application/json".into()],
                sample: "{}".into(),
                fields: vec![],
            }),
            mock_statuses: vec![],
        }
    }

    #[test]
    fn parameters_go_where_they_belong() {
        let draft = draft(vec![
            input("id", ParameterPlace::Path, InputShape::Plain),
            input("limit", ParameterPlace::Query, InputShape::Plain),
            input("cursor", ParameterPlace::Query, InputShape::Plain),
            input("X-Request-Id", ParameterPlace::Header, InputShape::Plain),
        ]);
        let values = ["cus/1", "5", "", "me"].map(str::to_owned);
        let extras = Extras {
            content_type: "application/json".into(),
            body: "{\"a\":1}".into(),
            ..Extras::default()
        };
        let call = build(&draft, &values, &extras);
        assert_eq!(call.url, "/v1/customers/cus%2F1?limit=5");
        assert_eq!(call.body.as_deref(), Some("{\"a\":1}"));
        let headers: Vec<_> =
            call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("X-Request-Id", "me"), ("Content-Type", "application/json")]);
        let dry_run = Extras { is_dry_run: true, mock_status: "429".into(), ..Extras::default() };
        let names: Vec<_> =
            build(&draft, &values, &dry_run).headers.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["X-Request-Id", "Tollgate-Dry-Run", "Tollgate-Mock-Status"]);
    }

    #[test]
    fn lists_and_objects_become_pairs() {
        let shapes = [
            ("ids", InputShape::Repeated),
            ("filter", InputShape::Deep),
            ("all", InputShape::Exploded),
            ("csv", InputShape::Styled),
        ];
        let draft =
            draft(shapes.map(|(name, shape)| input(name, ParameterPlace::Query, shape)).into());
        let values = ["a, b", r#"{"x":1}"#, r#"{"y":"é"}"#, "1,2"].map(str::to_owned);
        let url = build(&draft, &values, &Extras::default()).url;
        assert_eq!(url, "/v1/customers/{id}?ids=a&ids=b&filter%5Bx%5D=1&y=%C3%A9&csv=1,2");
    }

    #[test]
    fn nested_values_become_brackets_in_names() {
        let query = |name: &str, shape: InputShape, value: &str| {
            let draft = draft(vec![input(name, ParameterPlace::Query, shape)]);
            let url = build(&draft, &[value.to_owned()], &Extras::default()).url;
            url.replace("%5B", "[").replace("%5D", "]").split_once('?').unwrap().1.to_owned()
        };
        let nested = r#"{"to": {"city": "Ulm"}, "tags": ["a", "b"], "none": []}"#;
        assert_eq!(
            query("q", InputShape::Deep, nested),
            "q[to][city]=Ulm&q[tags][0]=a&q[tags][1]=b&q[none]="
        );
        assert_eq!(query("ids[]", InputShape::Deep, "[1, 2]"), "ids[0]=1&ids[1]=2");
        assert_eq!(query("created", InputShape::Deep, "1700000000"), "created=1700000000");
        assert_eq!(query("q", InputShape::Repeated, r#"["a,b", 1]"#), "q=a%2Cb&q=1");
        assert_eq!(query("q", InputShape::Exploded, r#"{"a": [1, 2], "b": 3}"#), "a=1&a=2&b=3");
    }

    #[test]
    fn a_form_and_its_json_say_the_same() {
        let field = |name: &str, kind, is_required| DraftField {
            name: name.into(),
            is_required,
            kind,
            about: String::new(),
            options: vec![],
        };
        let fields = [
            field("name", FieldKind::Text, true),
            field("age", FieldKind::Number, false),
            field("on", FieldKind::Bool, false),
            field("note", FieldKind::Text, false),
        ];
        let values = ["Ada", "36", "true", ""].map(str::to_owned);
        let json = object(&fields, &values);
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap(),
            serde_json::json!({ "name": "Ada", "age": 36, "on": true })
        );
        assert_eq!(values_of(&fields, &json).unwrap(), values);
        assert!(
            object(&fields, &["", "old", "", ""].map(str::to_owned)).contains("\"age\": \"old\"")
        );
        assert_eq!(values_of(&fields, "[1]"), None);
    }
}
