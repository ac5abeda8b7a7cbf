//! Composed schemas, each read by validator, mock, samples, pages and Markdown: they must agree.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Value, json};
use tollgate_types::docs::SchemaNode;

use super::flow::Sandbox;
use crate::docs_text::operation_markdown;
use crate::markdown::about;
use crate::outline::tree_of;
use crate::samples::{SampleBody, request};
use crate::schemas::Direction;
use crate::spec::Spec;
use crate::validate::{Checked, Validator};

/// A document whose one operation takes and returns the schema `S`.
fn document(schemas: &Value) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/S"}}});
    json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/thing": {"post": {"operationId": "thing", "requestBody": {"required": true, "content": content},
            "responses": {"200": {"description": "", "content": content}}}}},
        "components": {"schemas": schemas},
    })
}

fn own(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// All names of fields and schemas in a tree, and its notes on when a branch applies.
fn words_of(node: &SchemaNode, words: &mut Vec<String>) {
    words.push(node.name.clone());
    words.extend(node.notes.iter().filter(|note| note.starts_with("if ")).cloned());
    for field in &node.fields {
        words.push(field.name.clone());
        words_of(&field.schema, words);
    }
    node.choices.iter().flat_map(|choices| &choices.schemas).for_each(|node| words_of(node, words));
}

struct Case {
    name: &'static str,
    schemas: Value,
    valid: Vec<Value>,
    /// With the location of the first error.
    invalid: Vec<(Value, &'static str)>,
    /// What both pages and Markdown name.
    named: &'static [&'static str],
    /// What neither requests nor responses contain.
    hidden: Option<(&'static str, &'static str)>,
}

fn craft(base: &Value) -> Value {
    let mut schemas = json!({
        "Tug": {"allOf": [own("Craft"), {"type": "object", "required": ["power"], "properties": {"power": {"type": "integer"}}}]},
        "Dhow": {"allOf": [own("Craft"), {"type": "object", "required": ["sails"], "properties": {"sails": {"type": "integer"}}}]},
        "S": own("Craft"),
    });
    schemas["Craft"] = base.clone();
    schemas
}

fn base(discriminator: &Value) -> Value {
    json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}, "discriminator": discriminator})
}

fn cases() -> Vec<Case> {
    let mapping = json!({"tug": "#/components/schemas/Tug", "dhow": "Dhow"});
    let mapped = json!({"propertyName": "kind", "mapping": mapping});
    let crafts = || vec![json!({"kind": "tug", "power": 1}), json!({"kind": "dhow", "sails": 2})];
    let wrong = || {
        vec![
            (json!({"kind": "tug"}), "body.power"),
            (json!({"kind": "dhow", "power": 1}), "body.sails"),
            (json!({"kind": "raft"}), "body.kind"),
            (json!({"power": 1}), "body.kind"),
            (json!("tug"), "body"),
        ]
    };
    let crafted: &[&str] = &["kind", "power", "sails", "if kind is tug", "if kind is dhow"];
    let mut wrapped = craft(&base(&mapped));
    wrapped["S"] = json!({"description": "A craft.", "allOf": [own("Craft")]});
    let mut listed = craft(&base(&mapped));
    listed["S"] = json!({"oneOf": [own("Tug"), own("Dhow")], "discriminator": mapped});
    let mut circular = craft(&base(&mapped));
    circular["Craft"]["oneOf"] = json!([own("Tug"), own("Dhow")]);
    let mut deep = craft(&base(&json!({"propertyName": "kind"})));
    deep["Barge"] = json!({"allOf": [own("Tug"), {"required": ["load"], "properties": {"load": {"type": "integer"}}}]});
    let mut inherited = craft(&base(&mapped));
    for (name, field) in [("Tug", "power"), ("Dhow", "sails")] {
        inherited[name]["allOf"][1] = json!({"properties": {field: {"type": "integer"}}});
    }
    inherited["S"] = json!({"oneOf": [own("Tug"), own("Dhow")]});
    vec![
        Case {
            name: "children by allOf",
            schemas: craft(&base(&mapped)),
            valid: crafts(),
            invalid: wrong(),
            named: crafted,
            hidden: None,
        },
        Case {
            name: "a described base",
            schemas: wrapped,
            valid: crafts(),
            invalid: wrong(),
            named: crafted,
            hidden: None,
        },
        Case {
            name: "children in a oneOf",
            schemas: listed,
            valid: crafts(),
            invalid: wrong(),
            named: crafted,
            hidden: None,
        },
        Case {
            name: "a base that lists its children",
            schemas: circular,
            valid: crafts(),
            invalid: wrong(),
            named: crafted,
            hidden: None,
        },
        Case {
            name: "children of children, by their names",
            schemas: deep,
            valid: vec![
                json!({"kind": "Barge", "power": 1, "load": 1}),
                json!({"kind": "Tug", "power": 1}),
                json!({"kind": "Craft"}),
                json!({"kind": "raft"}),
            ],
            invalid: vec![
                (json!({"kind": "Barge", "power": 1}), "body.load"),
                (json!({"kind": "Barge", "load": 1}), "body.power"),
            ],
            named: &["kind", "power", "sails", "load", "if kind is Barge"],
            hidden: None,
        },
        Case {
            name: "overlapping branches with the discriminator of their base",
            schemas: inherited,
            valid: vec![json!({"kind": "tug"}), json!({"kind": "dhow", "sails": 1, "power": "x"})],
            invalid: vec![(json!({"kind": "tug", "power": "x"}), "body.power")],
            named: &["kind", "power", "sails"],
            hidden: None,
        },
        Case {
            name: "branches of the same shape",
            schemas: json!({
                "Base": {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
                "Air": {"allOf": [own("Base")]}, "Sea": {"allOf": [own("Base")]},
                "S": {"oneOf": [own("Air"), own("Sea")], "discriminator": {"propertyName": "name", "mapping": {"air": "#/components/schemas/Air", "sea": "#/components/schemas/Sea"}}},
            }),
            valid: vec![json!({"id": "1", "name": "air"}), json!({"id": "1", "name": "Sea"})],
            invalid: vec![
                (json!({"id": "1", "name": "land"}), "body.name"),
                (json!({"name": "air"}), "body.id"),
            ],
            named: &["id", "name", "Air", "Sea", "if name is air", "if name is sea"],
            hidden: None,
        },
        Case {
            name: "names that the branches list",
            schemas: json!({
                "A": {"type": "object", "required": ["t"], "properties": {"t": {"enum": ["a1", "a2"]}, "n": {"type": "integer"}}},
                "B": {"type": "object", "required": ["t"], "properties": {"t": {"const": "b"}, "m": {"type": "integer"}}},
                "S": {"anyOf": [own("A"), own("B"), {"type": "null"}], "discriminator": {"propertyName": "t", "mapping": {"a1": "#/components/schemas/A", "b": "#/components/schemas/B"}}},
            }),
            valid: vec![json!({"t": "a2", "n": 1}), json!({"t": "b", "m": 1}), Value::Null],
            invalid: vec![(json!({"t": "a2", "n": "x"}), "body.n"), (json!({"t": "c"}), "body.t")],
            named: &["t", "n", "m", "if t is a1", "if t is b"],
            hidden: None,
        },
        Case {
            name: "a default for other names",
            schemas: json!({
                "A": {"type": "object", "required": ["n"], "properties": {"t": {"type": "string"}, "n": {"type": "integer"}}},
                "B": {"type": "object", "required": ["m"], "properties": {"t": {"type": "string"}, "m": {"type": "integer"}}},
                "S": {"oneOf": [own("A"), own("B")], "discriminator": {"propertyName": "t", "mapping": {"a": "A"}, "defaultMapping": "B"}},
            }),
            valid: vec![
                json!({"t": "a", "n": 1}),
                json!({"t": "z", "m": 1, "n": 1}),
                json!({"m": 1, "n": 1}),
            ],
            invalid: vec![(json!({"t": "z", "n": 1}), "body.m"), (json!({"n": 1}), "body.m")],
            named: &["t", "n", "m", "if t is a"],
            hidden: None,
        },
        Case {
            name: "one property in several parts",
            schemas: json!({
                "Cargo": {"type": "object", "required": ["weight"], "properties": {"weight": {"type": "number"}, "class": {"enum": ["a", "b", "c"]}}},
                "S": {"allOf": [{"type": "object", "required": ["cargo"], "properties": {"cargo": own("Cargo")}},
                    {"type": "object", "properties": {"cargo": {"type": "object", "required": ["cold", "class"], "properties": {"cold": {"type": "boolean"}, "class": {"enum": ["c", "d"]}}}}}]},
            }),
            valid: vec![json!({"cargo": {"weight": 1, "cold": true, "class": "c"}})],
            invalid: vec![
                (json!({"cargo": {"weight": 1, "class": "c"}}), "body.cargo.cold"),
                (json!({"cargo": {"cold": true, "class": "c"}}), "body.cargo.weight"),
                (json!({"cargo": {"weight": 1, "cold": true, "class": "a"}}), "body.cargo.class"),
            ],
            named: &["cargo", "weight", "cold", "class", "Cargo"],
            hidden: None,
        },
        Case {
            name: "fields of one direction",
            schemas: json!({
                "Base": {"type": "object", "required": ["id", "secret"], "properties": {
                    "id": {"allOf": [own("Id")]}, "secret": {"type": "string", "writeOnly": true, "examples": ["hunter2"]}}},
                "Id": {"type": "integer", "readOnly": true},
                "S": {"allOf": [own("Base"), {"type": "object", "required": ["id", "inner", "secret"], "properties": {"inner": own("Inner")}}]},
                "Inner": {"type": "object", "required": ["name", "made", "pin"], "properties": {
                    "name": {"type": "string"}, "made": {"type": "string", "readOnly": true}, "pin": {"type": "string", "writeOnly": true}},
                    "examples": [{"name": "Ann", "made": "now", "pin": "1234"}]},
            }),
            valid: vec![json!({"secret": "s", "inner": {"name": "a", "pin": "1"}})],
            invalid: vec![
                (json!({"inner": {"name": "a", "pin": "1"}}), "body.secret"),
                (json!({"secret": "s", "inner": {"name": "a"}}), "body.inner.pin"),
            ],
            named: &["inner", "name"],
            hidden: Some(("made", "secret")),
        },
    ]
}

fn has_field(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(fields) => {
            fields.contains_key(name) || fields.values().any(|field| has_field(field, name))
        }
        Value::Array(items) => items.iter().any(|item| has_field(item, name)),
        _ => false,
    }
}

#[test]
fn validator_mock_samples_pages_and_markdown_read_composed_schemas_alike() {
    for case in cases() {
        let place = case.name;
        let document = document(&case.schemas);
        let spec = Spec::from_value(document.clone()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let spec = Arc::new(spec);
        let validator = Validator::new(Arc::clone(&spec));
        let operation = &spec.operations[0];
        let refused = |body: &Value| {
            let text = body.to_string();
            let body = Some(("application/json", text.as_bytes()));
            let call = Checked { path_params: &[], query: None, headers: &HeaderMap::new(), body };
            let found = validator.validate(operation, &call);
            assert!(found.unsaid.is_empty(), "{place}: {text}: {:?}", found.unsaid);
            found.faults
        };
        for valid in &case.valid {
            assert_eq!(refused(valid), [], "{place}: {valid}");
        }
        for (invalid, location) in &case.invalid {
            let faults = refused(invalid);
            let first = faults.first().map(|fault| fault.location.as_str());
            assert_eq!(first, Some(*location), "{place}: {invalid}: {faults:?}");
        }

        let sample = request(validator.schemas(), operation, "");
        let Some(SampleBody::Json(sample)) = sample.body else { panic!("{place}: {sample:?}") };
        assert_eq!(refused(&sample), [], "{place}: the sample {sample}");

        // A response without a note is valid: the sandbox checks it.
        let sandbox = Sandbox::of(document);
        for body in case.valid.iter().chain([&sample]) {
            let (status, answer) = sandbox.json("thing", &[], body.clone());
            assert!(status == 200 && answer.is_object(), "{place}: {answer}");
        }
        let answer = sandbox.call("thing", &[], None, &[], b"").expect("an answer");
        assert_eq!(answer.headers, [], "{place}");
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");

        let markdown = operation_markdown(validator.schemas(), operation, "", &[]);
        let (body, response) = markdown.split_once("## Responses").expect("both");
        let schema = own("S");
        let mut sides = Vec::new();
        for (direction, text) in [(Direction::Request, body), (Direction::Answer, response)] {
            let mut words = Vec::new();
            words_of(&tree_of(&spec, &schema, direction, 500, about), &mut words);
            for name in case.named {
                assert!(words.iter().any(|word| word == name), "{place}: no {name} in {words:?}");
                assert!(text.contains(name), "{place}: no {name} in {text}");
            }
            sides.push(words);
        }
        if let Some((read_only, write_only)) = case.hidden {
            assert!(!has_field(&sample, read_only) && has_field(&sample, write_only), "{sample}");
            assert!(has_field(&answer, read_only) && !has_field(&answer, write_only), "{answer}");
            for (words, (hidden, shown)) in
                sides.iter().zip([(read_only, write_only), (write_only, read_only)])
            {
                let has = |name: &str| words.iter().any(|word| word == name);
                assert!(!has(hidden) && has(shown), "{words:?}");
            }
        }
    }
}

#[test]
fn each_subtype_is_generated_with_the_name_that_selects_it() {
    for case in cases() {
        let sandbox = Sandbox::of(document(&case.schemas));
        let root = sandbox.schemas.root();
        let Some(base) = root.pointer("/components/schemas/Craft") else { continue };
        assert!(base.get("oneOf").is_none(), "{}: a list of subtypes has no end", case.name);
        for (name, kind) in [("Tug", "tug"), ("Dhow", "dhow")] {
            let made = crate::mock::generate::generate(
                &sandbox.schemas,
                &own(name),
                crate::mock::Seed::of(&[name.as_bytes()]),
            );
            let made = made.unwrap_or_else(|| panic!("{}: {name}", case.name));
            let given = made["kind"].as_str().unwrap_or_default().to_lowercase();
            assert_eq!(given, kind, "{}: {made}", case.name);
            assert!(sandbox.schemas.accepts(&own("Craft"), &made), "{}: {made}", case.name);
        }
    }
}
