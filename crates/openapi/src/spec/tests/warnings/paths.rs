//! Deviations in paths, operations, parameters, bodies and responses.

use serde_json::json;

use super::{Case, check, check_all, check_all_old};
use crate::spec::{Operation, Place, Routes, Spec};

fn only(spec: &Spec) -> &Operation {
    let [operation] = spec.operations.as_slice() else { panic!("{:#?}", spec.operations) };
    operation
}

/// The names of the operation's parameters, path parameters first.
fn names(spec: &Spec) -> Vec<&str> {
    only(spec).parameters.iter().map(|parameter| parameter.name.as_str()).collect()
}

fn finds(spec: &Spec, path: &str) -> bool {
    Routes::new(spec).find("GET", path).is_ok()
}

#[test]
fn a_document_without_its_own_description_gets_one() {
    let head = "openapi: 3.1.0\npaths: {}\n";
    for (info, pointer, message, title, version) in [
        ("", "", "`info` is missing", "API", "0"),
        ("info: T\n", "", "`info` is not an object", "API", "0"),
        ("info: {version: '1'}\n", "/info", "`title` is missing", "API", "1"),
        ("info: {title: ' ', version: '1'}\n", "/info/title", "is empty", "API", "1"),
        ("info: {title: [], version: '1'}\n", "/info/title", "is not text", "API", "1"),
        ("info: {title: T}\n", "/info", "`version` is missing", "T", "0"),
        ("info: {title: T, version: ''}\n", "/info/version", "`version` is empty", "T", "0"),
    ] {
        let text = format!("{head}{info}");
        check(&text, ("", pointer, message, |_| true));
        let spec = super::super::spec(&text);
        assert_eq!((spec.title.as_str(), spec.version.as_str()), (title, version), "{text}");
        assert_eq!(spec.root["info"]["version"], json!(version), "{text}");
    }
}

#[test]
fn tags_are_read_once_each() {
    let names =
        |spec: &Spec| spec.tags.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>().join(" ");
    check_all(&[
        ("tags: [{name: a, description: 1st}, {name: a}]", "/tags/1", "declared twice", |spec| {
            spec.tags.len() == 1 && !spec.tags[0].description.is_empty()
        }),
        ("tags: {a: {}}", "/tags", "not a list", |spec| spec.tags.is_empty()),
        ("tags: [{}]", "/tags/0", "no `name`", |spec| spec.tags.is_empty()),
    ]);
    let spec = super::super::spec(&super::super::document("tags: [a, {name: b}, {name: a}]"));
    assert_eq!((names(&spec).as_str(), spec.warnings.len()), ("a b", 2));
}

#[test]
fn paths_get_a_slash_and_different_names() {
    check_all(&[
        ("paths: {a: {get: {}}}", "/paths/a", "read as `/a`; add `/`", |spec| {
            finds(spec, "/a") && only(spec).pointer == "/paths/~1a/get"
        }),
        (
            "paths: {'/{a}/{a}': {get: {parameters: [{name: a, in: path, required: true}, \
             {name: a2, in: path, required: true}]}}}",
            "/paths/~1{a}~1{a}",
            "read as `/{a}/{a2}`",
            |spec| finds(spec, "/1/2") && names(spec) == ["a", "a2"],
        ),
        (
            "paths: {'/a/{x}': {parameters: [{name: x, in: path, required: true}], get: {}}, \
             '/a/{y}': {parameters: [{name: y, in: path, required: true}], get: {}}}",
            "/paths/~1a~1{y}/get",
            "the same requests as `/a/{x}`",
            |spec| names(spec) == ["x"] && spec.root["paths"]["/a/{y}"].get("get").is_none(),
        ),
        ("paths: []", "/paths", "read as empty", |spec| spec.operations.is_empty()),
        ("paths: {/a: , /b: {get: {}}}", "/paths/~1a", "no fields", |spec| finds(spec, "/b")),
    ]);
    let text = "openapi: 3.0.0\ninfo: {title: T, version: 1}\n";
    check(text, ("", "", "`paths` is missing", |spec| spec.operations.is_empty()));
}

#[test]
fn a_path_that_several_names_share_is_left_out_behind_a_reference_as_well() {
    let text = "paths: {'/a/{x}': {$ref: '#/components/pathItems/p'}, '/a/{y}': {$ref: \
                '#/components/pathItems/p'}}\n\
                components: {pathItems: {p: {get: {}}}}";
    let spec = super::super::spec(&super::super::document(text));
    assert_eq!(names(&spec), ["x"]);
}

#[test]
fn operations_get_an_id_of_their_own() {
    let ids = |text: &str| -> Vec<String> {
        let spec = super::super::spec(&super::super::document(text));
        spec.operations.into_iter().map(|operation| operation.id).collect()
    };
    check_all(&[
        (
            "paths: {/a: {get: {operationId: x}, head: {operationId: x}}}",
            "/paths/~1a/head/operationId",
            "already the id of /paths/~1a/get; this operation is named `x-2`",
            |spec| spec.operation("x-2").is_some_and(|operation| operation.method == "HEAD"),
        ),
        (
            "paths: {/a: {get: {operationId: 7}}}",
            "/paths/~1a/get/operationId",
            "read as the text `7`",
            |spec| only(spec).id == "7",
        ),
        (
            "paths: {/a: {get: {operationId: []}}}",
            "/paths/~1a/get/operationId",
            "not text",
            |spec| only(spec).id == "getA",
        ),
    ]);
    // No other operation loses its id to the new name.
    let three = "paths: {/a: {get: {operationId: x}, put: {operationId: x}}, /b: {get: \
                 {operationId: x-2}}}";
    assert_eq!(ids(three), ["x", "x-3", "x-2"]);
    let unfit = "paths: {/a: {get: {operationId: list all}, put: {operationId: list all}}}";
    assert_eq!(ids(unfit), ["list-all", "list-all-2"]);
}

#[test]
fn path_parameters_are_those_of_the_path() {
    check_all(&[
        ("paths: {'/{a}': {get: {}}}", "/paths/~1{a}/get", "read as a required string", |spec| {
            let parameter = &only(spec).parameters[0];
            (parameter.place, parameter.required) == (Place::Path, true)
                && parameter.schema == json!({"type": "string"})
                && spec.root.pointer("/paths/~1{a}/get/parameters/0/name") == Some(&json!("a"))
        }),
        (
            "paths: {/a: {get: {parameters: [{name: a, in: path, required: true}]}}}",
            "/paths/~1a/get/parameters/0",
            "the path has no `{a}`",
            |spec| names(spec).is_empty(),
        ),
        (
            "paths: {'/{a}': {get: {parameters: [{name: a, in: path}]}}}",
            "/paths/~1{a}/get/parameters/0",
            "always required",
            |spec| only(spec).parameters[0].required,
        ),
        // Behind references, which several operations share.
        (
            "paths: {'/{a}': {$ref: '#/components/pathItems/p'}}\n\
             components: {pathItems: {p: {get: {}}}}",
            "/paths/~1{a}/get",
            "read as a required string",
            |spec| names(spec) == ["a"],
        ),
    ]);
}

#[test]
fn parameters_have_a_name_a_place_and_a_schema() {
    let get = |parameters: &str| format!("paths: {{/a: {{get: {{parameters: [{parameters}]}}}}}}");
    let all: [Case<'_>; 12] = [
        (
            "{name: a, in: query}, {name: a, in: query, schema: {type: integer}}",
            "/1",
            "declared twice",
            |spec| only(spec).parameters[0].schema == json!({"type": "integer"}),
        ),
        ("{in: query}", "/0", "no `name`; it is ignored", |spec| names(spec).is_empty()),
        ("{name: 7, in: query}", "/0/name", "a number", |spec| names(spec) == ["7"]),
        ("{name: a}", "/0", "no `in`", |spec| names(spec).is_empty()),
        ("{name: a, in: matrix}", "/0/in", "not `matrix`", |spec| names(spec).is_empty()),
        ("{name: a, in: []}", "/0/in", "must be path", |spec| names(spec).is_empty()),
        ("{name: a, in: Query}", "/0/in", "read as `query`", |spec| names(spec) == ["a"]),
        ("{name: a, in: query, required: 'true'}", "/0/required", "`true`", |spec| {
            only(spec).parameters[0].required
        }),
        ("{name: a, in: query, explode: 5}", "/0/explode", "it is ignored", |spec| {
            only(spec).parameters[0].explode
        }),
        ("{name: a, in: query, type: integer, maximum: 5}", "/0/type", "in `schema`", |spec| {
            only(spec).parameters[0].schema == json!({"type": "integer", "maximum": 5})
        }),
        (
            "{name: a, in: query, schema: {type: string}, content: {a/b: {}}}",
            "/0/content",
            "next to `schema`",
            |spec| only(spec).parameters[0].content_type.is_none(),
        ),
        (
            "{name: a, in: query, example: x, examples: {y: {value: z}}}",
            "/0/example",
            "only `examples` counts",
            |spec| only(spec).parameters[0].examples[0].value == json!("z"),
        ),
    ];
    for (parameters, pointer, message, is_read) in all {
        let pointer = format!("/paths/~1a/get/parameters{pointer}");
        check(&super::super::document(&get(parameters)), ("", &pointer, message, is_read));
    }
}

#[test]
fn bodies_and_responses_are_read_as_they_are_meant() {
    check_all(&[
        (
            "paths: {/a: {post: {requestBody: {required: 'True', content: {}}}}}",
            "/paths/~1a/post/requestBody/required",
            "read as `true`",
            |spec| only(spec).body.as_ref().is_some_and(|body| body.required),
        ),
        ("paths: {/a: {get: {responses: {}}}}", "/paths/~1a/get", "`responses` is empty", |spec| {
            only(spec).responses.is_empty()
        }),
        (
            "paths: {/a: {get: {responses: {200: Fine}}}}",
            "/paths/~1a/get/responses/200",
            "read as its description",
            |spec| only(spec).responses[0].description == "Fine",
        ),
        (
            "paths: {/a: {get: {responses: {200: , 201: {}}}}}",
            "/paths/~1a/get/responses/200",
            "the response has no fields",
            |spec| only(spec).responses.len() == 2,
        ),
        (
            "paths: {/a: {get: {responses: {200 OK: {}, 201: {}}}}}",
            "/paths/~1a/get/responses/200 OK",
            "read as `200`",
            |spec| only(spec).responses[0].status == "200",
        ),
        (
            "paths: {/a: {get: {responses: {success: {}, 201: {}}}}}",
            "/paths/~1a/get/responses/success",
            "left out",
            |spec| only(spec).responses.len() == 1,
        ),
        (
            "paths: {/a: {get: {responses: {200: {headers: []}}}}}",
            "/paths/~1a/get/responses/200/headers",
            "read as empty",
            |spec| only(spec).responses[0].headers.is_empty(),
        ),
        (
            "paths: {/a: {get: {responses: {200: {content: {a/b: {examples: {x: 7}}}}}}}}",
            "/paths/~1a/get/responses/200/content/a~1b/examples/x",
            "read as its value",
            |spec| only(spec).responses[0].content[0].examples[0].value == json!(7),
        ),
        (
            "paths: {/a: {get: {responses: {200: {content: {a/b: {examples: [7]}}}}}}}",
            "/paths/~1a/get/responses/200/content/a~1b/examples",
            "read as examples",
            |spec| only(spec).responses[0].content[0].examples[0].value == json!(7),
        ),
    ]);
    check_all_old(&[(
        "paths: {/a: {get: {}}}",
        "/paths/~1a/get",
        "`responses` is missing",
        |spec| only(spec).responses.is_empty(),
    )]);
}
