use serde_json::json;

use super::*;

fn of(schemas: &Value, schema: &Value) -> Outline {
    let document =
        json!({ "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "paths": {}, "components": { "schemas": schemas } });
    outline(&Spec::from_value(document).unwrap(), schema)
}

fn lines(outline: &Outline, depth: usize, out: &mut Vec<String>) {
    let required = if outline.is_required { "!" } else { "" };
    out.push(format!("{}{}{required} {} [{}]", "  ".repeat(depth), outline.name, outline.kind, outline.rules.join("; ")));
    outline.fields.iter().for_each(|field| lines(field, depth + 1, out));
}

fn shown(schemas: &Value, schema: &Value) -> Vec<String> {
    let mut out = Vec::new();
    lines(&of(schemas, schema), 0, &mut out);
    out
}

#[test]
fn fields_are_shown_with_what_holds_for_them() {
    let schema = json!({ "type": "object", "required": ["name"], "properties": {
        "name": { "type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a" },
        "age": { "type": ["integer", "null"], "minimum": 0, "exclusiveMaximum": 200, "default": 3 },
        "at": { "type": "string", "format": "date-time", "readOnly": true },
        "kind": { "enum": ["a", 1] },
        "tags": { "type": "array", "items": { "type": "string" }, "maxItems": 3, "uniqueItems": true },
    }, "additionalProperties": { "type": "number" } });
    assert_eq!(
        shown(&json!({}), &schema),
        [
            " object []",
            "  name! string [1 to 9 characters; matches ^a]",
            "  age integer or null [at least 0; less than 200; default 3]",
            "  at string (date-time) [read only]",
            "  kind any [one of \"a\", 1]",
            "  tags array of string [at most 3 items; no item twice]",
            "  * number []",
        ]
    );
}

#[test]
fn references_are_followed_until_they_come_back() {
    let schemas = json!({ "Node": { "type": "object", "properties": {
        "next": { "$ref": "#/components/schemas/Node" }, "all": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
    } } });
    assert_eq!(
        shown(&schemas, &json!({ "$ref": "#/components/schemas/Node" })),
        [" Node []", "  next Node [as above]", "  all array of Node []", "    [] Node [as above]",]
    );
}

#[test]
fn what_is_composed_is_one_value_and_what_may_differ_is_told_apart() {
    let schemas = json!({
        "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
        "Cat": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "required": ["purrs"], "properties": { "purrs": { "type": "boolean" } } }] },
    });
    let schema = json!({ "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "type": "string" }, { "type": "null" }] });
    assert_eq!(
        shown(&schemas, &schema),
        [" one of several []", "  or Cat []", "    id! string []", "    purrs! boolean []", "  or string []"]
    );
}

#[test]
fn a_schema_that_grows_without_end_is_cut() {
    let wide: serde_json::Map<String, Value> =
        (0..40).map(|n| (format!("f{n}"), json!({ "$ref": format!("#/components/schemas/S{}", n % 20) }))).collect();
    let schemas: serde_json::Map<String, Value> = (0..20).map(|n| (format!("S{n}"), json!({ "properties": wide }))).collect();
    let many = shown(&Value::Object(schemas), &json!({ "$ref": "#/components/schemas/S0" }));
    assert!(many.len() <= MAX_FIELDS + 1, "{}", many.len());
    let mut deep = json!({ "type": "string" });
    for _ in 0..60 {
        deep = json!({ "properties": { "x": deep } });
    }
    assert!(shown(&json!({}), &deep).len() <= MAX_DEPTH + 1);
    let circle = json!({ "A": { "allOf": [{ "$ref": "#/components/schemas/A" }] } });
    assert!(shown(&json!({ "B": {} }), &circle["A"]).len() < 3);
}
