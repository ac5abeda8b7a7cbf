use serde_json::{Value, json};

use super::super::{Schemas, Verdict};
use super::{judged, spec_of};

const NONE: [&str; 0] = [];

fn findings(schemas: &Value, value: &Value) -> Vec<String> {
    let schemas = Schemas::of_responses(spec_of(schemas.clone()));
    match judged(&schemas, value, 1_000).0 {
        Verdict::Valid => Vec::new(),
        Verdict::Invalid(findings) => findings
            .iter()
            .map(|finding| format!("{} {}", finding.pointer(), finding.code))
            .collect(),
        Verdict::Unsaid(why) => vec![format!("{why:?}")],
    }
}

#[test]
fn properties_may_be_called_like_keywords() {
    let names = [
        "default",
        "example",
        "examples",
        "enum",
        "const",
        "$ref",
        "type",
        "required",
        "properties",
        "items",
        "allOf",
        "readOnly",
    ];
    let properties: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": "#/components/schemas/Small"})))
        .collect();
    let schemas = json!({"S": {"type": "object", "properties": properties}, "Small": {"type": "integer", "maximum": 9}});
    for name in names {
        let value =
            |number: u32| Value::Object([(name.to_owned(), json!(number))].into_iter().collect());
        assert_eq!(findings(&schemas, &value(9)), NONE, "{name}");
        assert_eq!(findings(&schemas, &value(10)), [format!("/{name} out_of_range")], "{name}");
    }
}

#[test]
fn a_document_is_only_copied_for_requests_if_it_differs_for_them() {
    let object = |field: Value| json!({"S": {"type": "object", "required": ["a"], "properties": {"a": field}}});
    for (field, is_copied) in
        [(json!({"type": "string"}), false), (json!({"readOnly": true}), true)]
    {
        let schemas = Schemas::of_requests(spec_of(object(field.clone())));
        assert_eq!(!std::ptr::eq(schemas.root(), &schemas.spec().root), is_copied, "{field}");
        assert_eq!(judged(&schemas, &json!({}), 100).0 == Verdict::Valid, is_copied, "{field}");
    }
}

#[test]
fn what_only_looks_like_a_schema_is_data() {
    let data = json!({"$ref": "#/nowhere", "type": 7, "pattern": "(?<"});
    let schemas =
        json!({"S": {"enum": [data, 1], "default": data, "examples": [data], "x-note": data}});
    assert_eq!(findings(&schemas, &data), NONE);
    assert_eq!(findings(&schemas, &json!(2)), [" invalid_value"]);
}

#[test]
fn the_part_that_cannot_be_read_is_all_that_is_not_checked() {
    let schemas = json!({"S": {"type": "object", "allOf": [], "$anchor": "no anchor!", "properties": {
        "code": {"type": "string", "pattern": "(?<", "maxLength": 3}, "size": {"type": "integer"}}}});
    assert_eq!(findings(&schemas, &json!({"size": 1})), NONE);
    assert_eq!(findings(&schemas, &json!({"size": "x", "code": "abc"})), ["/size invalid_type"]);
    assert_eq!(findings(&schemas, &json!({"code": "long"})), ["/code out_of_range"]);
    assert_eq!(findings(&schemas, &json!({"code": "abc"})), ["Unreadable"]);
}

#[test]
fn a_dynamic_reference_leads_to_the_outermost_schema_that_has_the_anchor() {
    let schemas = json!({
        "Page": {"type": "object", "properties": {"items": {"type": "array", "items": {"$dynamicRef": "#item"}}},
            "$defs": {"item": {"$dynamicAnchor": "item"}}},
        "S": {"$ref": "#/components/schemas/Page", "$defs": {"item": {"$dynamicAnchor": "item", "type": "integer"}}},
        "Other": {"$ref": "#/components/schemas/Page"},
    });
    assert_eq!(findings(&schemas, &json!({"items": [1, 2]})), NONE);
    assert_eq!(findings(&schemas, &json!({"items": [1, "x"]})), ["/items/1 invalid_type"]);
    let schemas = Schemas::of_responses(spec_of(schemas));
    assert!(
        schemas
            .accepts(&json!({"$ref": "#/components/schemas/Other"}), &json!({"items": [1, "x"]}))
    );
}

#[test]
fn a_discriminator_decides() {
    let schemas = json!({
        "S": {"oneOf": [{"$ref": "#/components/schemas/Air"}, {"$ref": "#/components/schemas/Sea"}],
            "discriminator": {"propertyName": "kind", "mapping": {"plane": "#/components/schemas/Air", "boat": "Sea"}}},
        "Air": {"type": "object", "required": ["kind", "gate"], "properties": {"gate": {"type": "integer"}}},
        "Sea": {"type": "object", "required": ["kind"], "properties": {"gate": {"type": "integer"}}},
    });
    // Without the discriminator, the value matches both.
    assert_eq!(findings(&schemas, &json!({"kind": "plane", "gate": 1})), NONE);
    assert_eq!(findings(&schemas, &json!({"kind": "Sea", "gate": 1})), NONE);
    assert_eq!(findings(&schemas, &json!({"kind": "plane"})), ["/gate missing"]);
    assert_eq!(findings(&schemas, &json!({"kind": "boat", "gate": "x"})), ["/gate invalid_type"]);
    assert_eq!(findings(&schemas, &json!({"kind": "train", "gate": 1})), ["/kind invalid_value"]);
}

#[test]
fn errors_of_the_intended_branch_are_reported_at_any_depth() {
    let args = json!({"type": "array", "items": {"$ref": "#/components/schemas/S"}});
    let branch = |op: &str| json!({"type": "object", "required": ["op", "args"], "properties": {"op": {"const": op}, "args": args}});
    let leaf = json!({"type": "object", "required": ["op", "field"], "properties": {"op": {"const": "eq"}, "field": {"type": "string"}}});
    let schemas = json!({"S": {"oneOf": [branch("and"), branch("or"), leaf]}});
    let deep = json!({"op": "and", "args": [{"op": "or", "args": [{"op": "eq", "field": 1}]}, {"op": "zz", "args": []}, {"args": []}, 1]});
    assert_eq!(
        findings(&schemas, &deep),
        [
            "/args/0/args/0/field invalid_type",
            "/args/1/op invalid_value",
            "/args/2/op missing",
            "/args/3 invalid_type"
        ]
    );
}

#[test]
fn numbers_are_within_the_range_of_their_format() {
    for (format, right, wrong) in [
        ("int8", vec!["-128", "127"], vec!["-129", "128"]),
        ("uint8", vec!["0", "255"], vec!["-1", "256"]),
        ("int16", vec!["-32768", "32767"], vec!["-32769", "32768"]),
        ("uint16", vec!["65535"], vec!["-1", "65536"]),
        ("int32", vec!["-2147483648", "2147483647", "7.0"], vec!["-2147483649", "2147483648"]),
        ("uint32", vec!["4294967295"], vec!["-1", "4294967296"]),
        (
            "int64",
            vec!["-9223372036854775808", "9223372036854775807", "9007199254740993"],
            vec!["-9223372036854775809", "9223372036854775808", "1e19", "-1e19"],
        ),
        ("uint64", vec!["0", "18446744073709551615"], vec!["-1", "18446744073709551616"]),
        ("float", vec!["3.4e38", "-3.4e38", "1.5"], vec!["3.5e38", "-3.5e38"]),
        ("double", vec!["1.7e308", "-1.7e308"], vec![]),
    ] {
        let schema = json!({"S": {"type": "number", "format": format}});
        for (texts, expected) in [(right, &NONE[..]), (wrong, &[" out_of_range"][..])] {
            for text in texts {
                let value = serde_json::from_str(text).expect("a number");
                assert_eq!(findings(&schema, &value), expected, "{format} {text}");
            }
        }
    }
    let narrow =
        json!({"S": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 1e12}});
    assert_eq!(findings(&narrow, &json!(-3_000_000_000_i64)), [" out_of_range"]);
    assert_eq!(findings(&narrow, &json!(3_000_000_000_i64)), [" out_of_range"]);
    let text = json!({"S": {"type": "string", "format": "int64"}});
    assert_eq!(findings(&text, &json!("99999999999999999999")), NONE);
}

#[test]
fn the_mock_keeps_to_the_range_of_a_format() {
    use crate::mock::{Seed, generate::generate};
    for format in ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] {
        for more in [
            json!({}),
            json!({"minimum": 100}),
            json!({"maximum": 3}),
            json!({"minimum": -100, "maximum": 1e30}),
            json!({"minimum": -1e30, "exclusiveMaximum": 1}),
            json!({"multipleOf": 50}),
        ] {
            let mut schema = json!({"type": "integer", "format": format});
            schema.as_object_mut().expect("one").extend(more.as_object().expect("one").clone());
            let schemas = Schemas::of_responses(spec_of(json!({})));
            for name in ["price", "year", "id"] {
                let value = generate(&schemas, &schema, Seed::of(&[name.as_bytes()]))
                    .unwrap_or_else(|| panic!("{schema}"));
                assert!(schemas.accepts(&schema, &value), "{schema} {value}");
            }
        }
    }
}
