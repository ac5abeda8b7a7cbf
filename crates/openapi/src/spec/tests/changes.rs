//! The changes that are reported for a new version of a document.

use super::{document, spec};
use crate::spec::{Change, ChangeKind, Spec, diff};

/// `! get: message` of each change. `!` marks breaking changes.
fn differences(old: &str, new: &str) -> Vec<String> {
    diff(&spec(&document(old)), &spec(&document(new))).into_iter().map(line).collect()
}

fn line(change: Change) -> String {
    let mark = if change.kind == ChangeKind::Breaking { "! " } else { "" };
    format!("{mark}{}: {}", change.operation.unwrap_or_default(), change.message)
}

/// One operation named `get`, which can have a body, with these fields.
fn with(fields: &str) -> String {
    format!(
        "paths: {{'/a/{{x}}': {{post: {{operationId: get, {}}}}}}}",
        fields.replace("parameters: [", "parameters: [{name: x, in: path}, ")
    )
}

/// The changes of a schema in a request, and of the same schema in a response.
fn both(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let sent = |schema: &str| {
        with(&format!("parameters: [], requestBody: {{content: {{a/b: {{schema: {schema}}}}}}}"))
    };
    let answered = |schema: &str| {
        with(&format!(
            "parameters: [], responses: {{200: {{content: {{a/b: {{schema: {schema}}}}}}}}}"
        ))
    };
    let strip = |found: Vec<String>| -> Vec<String> {
        let strip = |line: &String| {
            line.replace("get: the request body", "").replace("get: the response 200", "")
        };
        found.iter().map(strip).collect()
    };
    (strip(differences(&sent(old), &sent(new))), strip(differences(&answered(old), &answered(new))))
}

/// Asserts the changes of a schema in a request and in a response.
fn schemas(old: &str, new: &str, sent: &[&str], answered: &[&str]) {
    let (found_sent, found_answered) = both(old, new);
    assert_eq!(found_sent, sent, "sent: {old} → {new}");
    assert_eq!(found_answered, answered, "answered: {old} → {new}");
}

#[test]
fn the_same_document_has_no_changes() {
    for file in ["box-3.0-large.json", "adyen-stored-value-3.1.json", "twilio-events-3.0.json"] {
        let bytes = std::fs::read(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/specs").join(file),
        )
        .unwrap();
        let begun = std::time::Instant::now();
        assert_eq!(diff(&Spec::read(&bytes).unwrap(), &Spec::read(&bytes).unwrap()), []);
        assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    }
}

#[test]
fn operations_come_and_go() {
    let old = "paths: {/a: {get: {operationId: one}, put: {operationId: two}}, /b: {get: {operationId: three}}}";
    let new = "paths: {/a: {get: {operationId: uno}}, /c: {get: {operationId: three}, put: {operationId: four}}}";
    assert_eq!(
        differences(old, new),
        [
            "! one: its id is now `uno`: keys with a scope for `one` are refused until they have the new scope",
            "! two: `PUT /a` is removed",
            "! three: `GET /b` is now `GET /c`: calls to the old path are no longer found",
            ": `three` (GET /c) is new",
            ": `four` (PUT /c) is new",
        ]
    );
    // The name of a path parameter is irrelevant to callers.
    assert_eq!(
        differences(&with("parameters: []"), &with("parameters: []").replace('x', "y")),
        [""; 0]
    );
}

#[test]
fn parameters_and_bodies_are_compared() {
    let case = |old: &str, new: &str, expected: &[&str]| {
        assert_eq!(differences(&with(old), &with(new)), expected, "{old} → {new}")
    };
    let none = "parameters: []";
    let one = "parameters: [{name: q, in: query}]";
    let required = "parameters: [{name: q, in: query, required: true}]";
    case(none, one, &["get: the query parameter `q` is new"]);
    case(none, required, &["! get: the query parameter `q` is new and required"]);
    case(one, none, &["! get: the query parameter `q` is removed"]);
    case(one, required, &["! get: the query parameter `q` is required now"]);
    case(required, one, &["get: the query parameter `q` is no longer required"]);
    case(
        one,
        "parameters: [{name: q, in: query, explode: false}]",
        &[
            "! get: the query parameter `q` is written differently (`style`, `explode` or `content`)",
        ],
    );
    case(
        one,
        "parameters: [{name: q, in: query, schema: {type: integer}}]",
        &["! get: the query parameter `q` is integer now, and was of any type"],
    );
    case("parameters: [{name: A-B, in: header}]", "parameters: [{name: a-b, in: header}]", &[]);
    let body = "parameters: [], requestBody: {content: {a/b: {}}}";
    let needed = "parameters: [], requestBody: {required: true, content: {a/b: {}}}";
    case(none, body, &["get: the request body is new"]);
    case(none, needed, &["! get: the request body is new and required"]);
    case(body, none, &["! get: the request body is removed"]);
    case(body, needed, &["! get: the request body is required now"]);
    case(
        body,
        "parameters: [], requestBody: {content: {a/c: {}}}",
        &["! get: the request body is no longer `a/b`", "get: the request body may be `a/c` now"],
    );
}

#[test]
fn answers_are_compared() {
    let case = |old: &str, new: &str, expected: &[&str]| {
        let with = |fields: &str| with(&format!("parameters: [], responses: {{{fields}}}"));
        assert_eq!(differences(&with(old), &with(new)), expected, "{old} → {new}");
    };
    case(
        "200: {}, 404: {}",
        "201: {}",
        &[
            "! get: the response 200 is removed",
            "get: the response 404 is removed",
            "get: the response 201 is new",
        ],
    );
    case("200: {content: {a/b: {}}}", "200: {}", &["! get: the response 200 no longer has a body"]);
    case(
        "200: {headers: {X-A: {required: true}, X-B: {}}}",
        "200: {headers: {x-a: {}}}",
        &[
            "! get: the response 200's header `x-a` can be missing now",
            "! get: the response 200's header `X-B` is removed",
        ],
    );
}

#[test]
fn changes_of_prices_and_sunset_dates_are_reported() {
    let case = |old: &str, new: &str, expected: &str| {
        assert_eq!(
            differences(
                &with(&format!("parameters: []{old}")),
                &with(&format!("parameters: []{new}"))
            ),
            [expected],
            "{old} → {new}"
        );
    };
    case("", ", x-tollgate-units: 2", "! get: its price is raised from 1 unit to 2 units");
    case(", x-tollgate-units: 2", "", "get: its price is lowered from 2 units to 1 unit");
    case(
        "",
        ", x-tollgate-max-units: 9",
        "! get: its price is raised from 1 unit to 1 up to 9 units",
    );
    case(
        "",
        ", x-tollgate-billable: always",
        "! get: its price is raised from 1 unit to 1 unit, whatever the response",
    );
    case("", ", x-tollgate-billable: never", "get: its price is lowered from 1 unit to nothing");
    case("", ", deprecated: true", "get: it is deprecated now");
    case("", ", x-sunset: 2027-01-31", "get: it will be removed on 2027-01-31");
    case("", ", x-tollgate-idempotency: required", "! get: calls need an `Idempotency-Key` now");
}

#[test]
fn what_is_sent_may_become_freer_and_what_is_answered_stricter() {
    schemas(
        "{type: string}",
        "{type: integer}",
        &["!  is integer now, and was string"],
        &["!  is integer now, and was string"],
    );
    schemas(
        "{type: integer}",
        "{type: number}",
        &[" can be number now"],
        &["!  can be number now"],
    );
    schemas(
        "{type: number}",
        "{type: integer}",
        &["!  is no longer number"],
        &[" is no longer number"],
    );
    schemas(
        "{type: string}",
        "{type: [string, 'null']}",
        &[" can be null now"],
        &["!  can be null now"],
    );
    schemas(
        "{type: string}",
        "{anyOf: [{type: string}, {type: 'null'}]}",
        &[" can be null now"],
        &["!  can be null now"],
    );
    schemas(
        "{enum: [a, b]}",
        "{enum: [b, c]}",
        &["!  is no longer `\"a\"`", " can be `\"c\"` now"],
        &[" is no longer `\"a\"`", " can be `\"c\"` now"],
    );
    schemas(
        "{type: string, maxLength: 9}",
        "{type: string, maxLength: 5}",
        &["!  has maxLength `5` now, and had `9`"],
        &[],
    );
    schemas("{type: string, maxLength: 5}", "{type: string, maxLength: 9}", &[], &[]);
    schemas(
        "{type: string, format: date}",
        "{type: string, format: date-time}",
        &["!  has format `\"date-time\"` now, and had `\"date\"`"],
        &["!  has format `\"date-time\"` now, and had `\"date\"`"],
    );
    schemas(
        "{properties: {}}",
        "{properties: {}, required: [b]}",
        &["! : `b` is new and required"],
        &[],
    );
    schemas(
        "{properties: {b: {}}}",
        "{properties: {b: {}}, required: [b]}",
        &["! : `b` is required now"],
        &[],
    );
    schemas(
        "{properties: {b: {}}, required: [b]}",
        "{properties: {b: {}}}",
        &[": `b` is no longer required"],
        &["! : `b` can be missing now"],
    );
    schemas(
        "{properties: {b: {}}}",
        "{properties: {c: {}}}",
        &[": `b` is removed", ": `c` is new"],
        &["! : `b` is removed", ": `c` is new"],
    );
    schemas(
        "{properties: {b: {}}}",
        "{properties: {}, additionalProperties: false}",
        &["!  no longer accepts other properties than those named", "! : `b` is removed"],
        &["! : `b` is removed"],
    );
    schemas(
        "{oneOf: [{type: string}, {type: integer}, {type: boolean}]}",
        "{oneOf: [{type: string}, {type: integer}]}",
        &["!  has fewer choices (`oneOf`, `anyOf`)"],
        &[" has fewer choices (`oneOf`, `anyOf`)"],
    );
    schemas(
        "{type: array, items: {properties: {a: {type: string}}}}",
        "{type: array, items: {properties: {a: {type: object}}}}",
        &["! : `[].a` is object now, and was string"],
        &["! : `[].a` is object now, and was string"],
    );
    schemas("{description: a, title: b, examples: [1]}", "{description: c}", &[], &[]);
}

#[test]
fn choices_are_compared_by_name_and_then_by_order() {
    let choice = |names: &str, kind: &str| {
        let refs: Vec<String> = names
            .split(' ')
            .map(|name| format!("{{$ref: '#/components/schemas/{name}'}}"))
            .collect();
        format!(
            "{}\ncomponents: {{schemas: {{a: {{type: string}}, b: {{type: {kind}}}, c: {{type: integer}}}}}}",
            with(&format!(
                "parameters: [], requestBody: {{content: {{a/b: {{schema: {{oneOf: [{}]}}}}}}}}",
                refs.join(", ")
            ))
        )
    };
    let case =
        |old: &str, new: &str, expected: &[&str]| assert_eq!(differences(old, new), expected);
    case(&choice("a b", "integer"), &choice("b a", "integer"), &[]);
    // Only the name is different.
    case(&choice("a b", "integer"), &choice("c a", "integer"), &[]);
    case(
        &choice("a b", "boolean"),
        &choice("a c", "boolean"),
        &["! get: the request body is integer now, and was boolean"],
    );
    case(
        &choice("a b", "integer"),
        &choice("a b c", "integer"),
        &["get: the request body has more choices (`oneOf`, `anyOf`)"],
    );
    case(
        &choice("a b c", "integer"),
        &choice("a b", "integer"),
        &["! get: the request body has fewer choices (`oneOf`, `anyOf`)"],
    );
}

#[test]
fn schemas_that_refer_to_themselves_are_compared_once() {
    let tree = |kind: &str| {
        format!(
            "{}\ncomponents: {{schemas: {{tree: {{allOf: [{{$ref: '#/components/schemas/node'}}]}}, node: {{properties: {{v: {{type: {kind}}}, \
             next: {{$ref: '#/components/schemas/tree'}}, all: {{type: array, items: {{$ref: '#/components/schemas/tree'}}}}}}}}}}}}",
            with(
                "parameters: [], responses: {200: {content: {a/b: {schema: {$ref: '#/components/schemas/tree'}}}}}"
            )
        )
    };
    let found = differences(&tree("string"), &tree("boolean"));
    assert!(
        found.contains(&"! get: the response 200: `v` is boolean now, and was string".to_owned())
            && found.len() < 5,
        "{found:?}"
    );
    let changes = diff(&spec(&document(&tree("string"))), &spec(&document(&tree("boolean"))));
    assert_eq!(changes[0].pointer, "/components/schemas/node/properties/v");
}

#[test]
fn the_same_schema_by_another_name_is_no_change() {
    let named = "parameters: [], responses: {200: {content: {a/b: {schema: {$ref: '#/components/schemas/s'}}}}}";
    let plain = "parameters: [], responses: {200: {content: {a/b: {schema: {type: object, properties: {a: {type: string}}}}}}}";
    let named = with(named)
        + "\ncomponents: {schemas: {s: {type: object, properties: {a: {type: string}}}}}";
    assert_eq!(differences(&named, &with(plain)), [""; 0]);
}
