//! From documents to the model, and from schemas to one form.

use proptest::prelude::*;
use serde_json::{Value, json};
use tollgate_types::scope::Scope;

use super::{document, spec};
use crate::spec::{Billable, NOT_CHECKED, Operation, Place, Price, Spec};

/// A schema after reading it from a document of this version.
fn schema(version: &str, schema: &Value) -> Value {
    let root = json!({
        "openapi": version, "info": {"title": "T", "version": "1"}, "paths": {},
        "components": {"schemas": {"s": schema, "o": {"type": "object"}}},
    });
    Spec::from_value(root).unwrap_or_else(|faults| panic!("{faults:?}")).root["components"]["schemas"]["s"].clone()
}

#[test]
fn schemas_of_3_0_become_those_of_3_1() {
    let reference = json!({"$ref": "#/components/schemas/o"});
    let cases = [
        (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
        (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
        (
            json!({"type": "string", "enum": ["a"], "nullable": true}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"$ref": "#/components/schemas/o", "nullable": true}),
            json!({"anyOf": [reference, {"type": "null"}]}),
        ),
        (
            json!({"allOf": [reference], "nullable": true, "description": "d"}),
            json!({"description": "d", "anyOf": [{"allOf": [reference]}, {"type": "null"}]}),
        ),
        (
            json!({"anyOf": [reference], "nullable": true}),
            json!({"anyOf": [reference, {"type": "null"}]}),
        ),
        (json!({"nullable": true}), json!({})),
        (
            json!({"$ref": "#/components/schemas/o", "type": "string", "minLength": 3, "description": "d"}),
            json!({"$ref": "#/components/schemas/o", "description": "d"}),
        ),
        (
            json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 5, "exclusiveMaximum": false}),
            json!({"exclusiveMinimum": 1, "maximum": 5}),
        ),
        (json!({"exclusiveMinimum": true}), json!({})),
        (json!({"type": "string", "example": "x"}), json!({"type": "string", "examples": ["x"]})),
        (
            json!({"type": "string", "format": "byte"}),
            json!({"type": "string", "contentEncoding": "base64"}),
        ),
        (
            json!({"type": "string", "format": "binary"}),
            json!({"type": "string", "contentMediaType": "application/octet-stream"}),
        ),
        (
            json!({"items": [{"type": "string", "nullable": true}]}),
            json!({"prefixItems": [{"type": ["string", "null"]}]}),
        ),
        // Data is not changed.
        (
            json!({"default": {"nullable": true, "example": 1}, "enum": [{"nullable": true, "example": 1}]}),
            json!({"default": {"nullable": true, "example": 1}, "enum": [{"nullable": true, "example": 1}]}),
        ),
        (
            json!({"properties": {"nullable": {"example": 1}, "example": {"nullable": true, "type": "null"}}}),
            json!({"properties": {"nullable": {"examples": [1]}, "example": {"type": "null"}}}),
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(schema("3.0.3", &written), expected, "{written}");
    }
}

#[test]
fn schemas_of_3_1_stay_but_for_old_habits() {
    for same in [
        json!({"type": ["string", "null"], "const": 1, "$defs": {"a": true}, "examples": [1]}),
        json!({"$ref": "#/components/schemas/o", "minProperties": 1}),
        json!({"exclusiveMinimum": 5, "if": {"type": "string"}, "then": false}),
    ] {
        assert_eq!(schema("3.1.0", &same), same);
    }
    assert_eq!(
        schema("3.1.0", &json!({"type": "string", "nullable": true})),
        json!({"type": ["string", "null"]})
    );
}

#[test]
fn keywords_of_the_wrong_type_are_repaired_or_left_out() {
    let cases = [
        (
            json!({"required": true, "minLength": "3", "maximum": "x", "uniqueItems": "true"}),
            json!({"minLength": 3, "uniqueItems": true}),
            vec!["maximum", "required"],
        ),
        (
            json!({"required": ["a", "a", null, 200, true], "enum": "a", "multipleOf": 0, "maxItems": -1}),
            json!({"required": ["a", "200", "true"]}),
            vec!["enum", "maxItems", "multipleOf"],
        ),
        (
            json!({"title": 7, "description": [], "pattern": {}, "enum": null}),
            json!({"title": "7"}),
            vec!["pattern"],
        ),
        (json!({"title": [], "readOnly": "no", "examples": {}}), json!({}), vec![]),
    ];
    for (written, expected, left_out) in cases {
        let mut read = schema("3.0.0", &written);
        let marks = read.as_object_mut().and_then(|fields| fields.shift_remove(NOT_CHECKED));
        let mut marked: Vec<String> = marks
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .map(|(keyword, _)| keyword.clone())
            .collect();
        marked.sort();
        assert_eq!(
            (read, marked),
            (expected, left_out.into_iter().map(str::to_owned).collect()),
            "{written}"
        );
    }
}

#[test]
fn what_only_references_lead_to_is_brought_to_the_same_form() {
    let text = "openapi: 3.0.0\ninfo: {title: T, version: 1}\npaths: {}\n\
        definitions: {a: {properties: {b: {$ref: '#/x-more/c'}}}}\nx-more: {c: {type: string, nullable: true}}\n\
        components: {schemas: {a: {$ref: '#/definitions/a'}}}\n";
    let spec = spec(text);
    assert_eq!(spec.root["x-more"]["c"], json!({"type": ["string", "null"]}));
    assert_eq!((spec.openapi.as_str(), &spec.root["openapi"]), ("3.0.0", &json!("3.1.0")));
}

fn only(spec: &Spec) -> &Operation {
    assert_eq!(spec.operations.len(), 1);
    &spec.operations[0]
}

const FULL: &str = "
servers:
  - {url: 'https://{region}.example.com/{v}', variables: {region: {default: eu}, v: {default: 2}}}
  - {url: /relative}
tags: [{name: first, description: F}, {name: unused}]
webhooks: {happened: {post: {}}}
paths:
  /pets/{id}:
    summary: of the path
    parameters:
      - {name: q, in: query, description: shared}
      - {name: id, in: path, schema: {type: integer}}
      - {$ref: '#/components/parameters/trace'}
    put:
      description: D
      tags: [second, first]
      deprecated: true
      x-sunset: 2027-01-31
      x-tollgate-units: 2
      x-tollgate-max-units: 10
      x-tollgate-billable: always
      x-tollgate-idempotency: required
      x-tollgate-secret-answer: true
      parameters:
        - {name: q, in: query, description: own, required: true, style: deepObject, explode: true, example: 1}
        - {name: Authorization, in: header}
        - {name: f, in: query, content: {application/json: {schema: {type: object}, example: {a: 1}}}}
      requestBody: {$ref: '#/components/requestBodies/pet'}
      responses:
        200: {$ref: '#/components/responses/pet'}
        4xx: {description: bad}
        default: {description: other}
      callbacks: {onDone: {'{$request.body#/url}': {post: {}}}}
components:
  parameters: {trace: {$ref: '#/components/parameters/real'}, real: {name: Trace, in: header, schema: {type: string}}}
  requestBodies: {pet: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/pet'}, examples: {a: {$ref: '#/components/examples/a'}, out: {externalValue: 'https://example.com'}}}, text/plain: {}}}}
  responses: {pet: {description: ok, headers: {X-Rate: {$ref: '#/components/headers/rate'}, Content-Type: {}}, content: {'*/*': {schema: {$ref: '#/components/schemas/pet'}}}}}
  headers: {rate: {required: true, schema: {type: integer}}}
  examples: {a: {summary: S, value: {name: Rex}}}
  schemas: {pet: {type: object}}
";

#[test]
fn an_operation_is_read_with_all_it_refers_to() {
    let spec = spec(&document(FULL));
    let operation = only(&spec);
    assert_eq!(
        (operation.id.as_str(), operation.method.as_str(), operation.path.as_str()),
        ("putPetsId", "PUT", "/pets/{id}")
    );
    assert_eq!((operation.summary.as_str(), operation.description.as_str()), ("of the path", "D"));
    assert_eq!((operation.deprecated, operation.sunset.as_deref()), (true, Some("2027-01-31")));
    assert_eq!(
        operation.price,
        Price { units: 2, max_units: Some(10), billable: Billable::Always }
    );
    assert!(operation.requires_idempotency_key && operation.response_has_secret);
    assert_eq!(
        (operation.pointer.as_str(), &operation.callbacks[..]),
        ("/paths/~1pets~1{id}/put", &["onDone".to_owned()][..])
    );
    let tags: Vec<&str> = spec.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(
        (tags, &spec.webhooks[..]),
        (vec!["first", "unused", "second"], &["happened".to_owned()][..])
    );
    assert_eq!(spec.servers, ["https://eu.example.com/2", "/relative"]);
}

#[test]
fn parameters_are_merged_by_name_and_place() {
    let spec = spec(&document(FULL));
    let all: Vec<_> = only(&spec)
        .parameters
        .iter()
        .map(|p| (p.name.as_str(), p.place, p.required, p.style.as_str(), p.explode))
        .collect();
    assert_eq!(
        all,
        [
            ("id", Place::Path, true, "simple", false),
            ("q", Place::Query, true, "deepObject", true),
            ("Trace", Place::Header, false, "simple", false),
            ("f", Place::Query, false, "form", true),
        ]
    );
    let parameters = &only(&spec).parameters;
    assert_eq!(
        (
            parameters[1].description.as_str(),
            &parameters[1].schema,
            &parameters[1].examples[0].value
        ),
        ("own", &json!(true), &json!(1))
    );
    let json = &parameters[3];
    assert_eq!(
        (json.content_type.as_deref(), &json.schema, &json.examples[0].value),
        (Some("application/json"), &json!({"type": "object"}), &json!({"a": 1}))
    );
}

#[test]
fn bodies_and_answers_have_their_media_headers_and_examples() {
    let spec = spec(&document(FULL));
    let body = only(&spec).body.as_ref().unwrap();
    let types: Vec<&str> = body.content.iter().map(|media| media.content_type.as_str()).collect();
    assert_eq!((body.required, types), (true, vec!["application/json", "text/plain"]));
    let examples: Vec<_> = body.content[0]
        .examples
        .iter()
        .map(|example| (example.name.as_str(), example.summary.as_str(), example.value.to_string()))
        .collect();
    assert_eq!(examples, [("a", "S", "{\"name\":\"Rex\"}".to_owned())]);
    let responses = &only(&spec).responses;
    let statuses: Vec<&str> = responses.iter().map(|response| response.status.as_str()).collect();
    assert_eq!(statuses, ["200", "4XX", "default"]);
    let headers: Vec<_> = responses[0]
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.required, header.schema.to_string()))
        .collect();
    assert_eq!(headers, [("X-Rate", true, "{\"type\":\"integer\"}".to_owned())]);
    assert_eq!(spec.resolve(&responses[0].content[0].schema), Some(&json!({"type": "object"})));
}

#[test]
fn a_path_item_may_be_a_reference() {
    let text = "paths: {/a: {$ref: '#/components/pathItems/p', put: {operationId: own}}}\n\
                components: {pathItems: {p: {get: {operationId: get}, put: {operationId: theirs}}}}";
    let spec = spec(&document(text));
    let all: Vec<_> = spec
        .operations
        .iter()
        .map(|operation| (operation.id.as_str(), operation.pointer.as_str()))
        .collect();
    assert_eq!(all, [("get", "/components/pathItems/p/get"), ("own", "/paths/~1a/put")]);
}

#[test]
fn ids_are_made_fit_and_unique() {
    let ids = [
        "users/list",
        "users-list",
        "users list",
        "read",
        "*",
        "..",
        "",
        "x".repeat(200).as_str(),
        "größe",
        "a.b_c-D1",
    ]
    .map(|id| format!("'{id}'"));
    let mut text = "paths:\n".to_owned();
    for (index, id) in ids.iter().enumerate() {
        text.push_str(&format!("  /p{index}/a-b: {{get: {{operationId: {id}}}}}\n"));
    }
    let spec = spec(&document(&text));
    let made: Vec<&str> = spec.operations.iter().map(|operation| operation.id.as_str()).collect();
    let long = "x".repeat(80);
    assert_eq!(
        made,
        [
            "users-list-2",
            "users-list",
            "users-list-3",
            "getP3AB",
            "getP4AB",
            "getP5AB",
            "getP6AB",
            &long,
            "gr-e",
            "a.b_c-D1"
        ]
    );
}

proptest! {
    #[test]
    fn any_ids_become_scopes_of_their_own(ids in proptest::collection::hash_set(".{0,90}", 1..12)) {
        let mut paths = serde_json::Map::new();
        for (index, id) in ids.iter().enumerate() {
            paths.insert(format!("/{index}/é{{x}}"), json!({"get": {"operationId": id, "parameters": [{"name": "x", "in": "path"}]}}));
        }
        let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths});
        let spec = Spec::from_value(root).unwrap();
        let made: std::collections::HashSet<&str> = spec.operations.iter().map(|operation| operation.id.as_str()).collect();
        prop_assert_eq!(made.len(), ids.len());
        for id in made {
            prop_assert!(format!("{}:{id}", "p".repeat(40)).parse::<Scope>().is_ok() && !id.contains('/'), "{}", id);
        }
    }
}

#[test]
fn nothing_is_required_that_programs_cannot_send() {
    let body = json!({"required": true, "content": {"application/json": {}}});
    let header = |name: &str| json!({"name": name, "in": "header", "required": true, "schema": {}});
    let operation = json!({
        "parameters": [header("Content-Length"), header("Cookie"), header("X-Own")],
        "requestBody": body, "responses": {"200": {"description": "OK"}},
    });
    let root = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {"get": operation, "head": operation, "delete": operation, "post": operation},
        },
    });
    let spec = Spec::from_value(root).unwrap_or_else(|faults| panic!("{faults:?}"));
    for operation in &spec.operations {
        let is_required: Vec<bool> =
            operation.parameters.iter().map(|parameter| parameter.required).collect();
        assert_eq!(is_required, [false, false, true], "{}", operation.method);
        let has_content = matches!(operation.method.as_str(), "POST" | "DELETE");
        assert_eq!(operation.body.as_ref().map(|body| body.required), Some(has_content));
    }
}
