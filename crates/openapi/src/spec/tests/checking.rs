//! Documents with errors: each error is reported with its location and how to fix it. A strict
//! reader also refuses what does no harm.

use serde_json::json;

use super::{document, spec};
use crate::spec::{Spec, Strictness};

/// `pointer: message` of each error for a strict reader.
fn faults(text: &str) -> Vec<String> {
    let read = Spec::read_with(text.as_bytes(), Strictness::Strict);
    let faults = read.err().unwrap_or_default();
    faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect()
}

/// Asserts that a document with these lines has one error, with this pointer and text.
fn only_fault(rest: &str, pointer: &str, message: &str) {
    let found = faults(&document(rest));
    assert!(
        found.len() == 1
            && found[0].starts_with(&format!("{pointer}: "))
            && found[0].contains(message),
        "wanted {pointer}: {message}\nfound {found:#?}\nin {rest}"
    );
}

#[test]
fn versions_that_are_not_read_are_named_with_those_that_are() {
    let head = "info: {title: T, version: 1}\npaths: {}\n";
    for (version, pointer, name) in [
        ("swagger: '2.0'", "/swagger", "Swagger 2.0"),
        ("swagger: 2.0", "/swagger", "Swagger 2.0"),
        ("openapi: 3.2.0", "/openapi", "`3.2.0`"),
        ("openapi: 4.0.0", "/openapi", "`4.0.0`"),
        ("openapi: 2.0", "/openapi", "`2.0`"),
        ("openapi: 3", "/openapi", "`3`"),
        ("openapi: []", "/openapi", "OpenAPI"),
        ("x: 1", "", "`openapi` is missing"),
    ] {
        let found = faults(&format!("{version}\n{head}"));
        assert!(
            found.len() == 1
                && found[0].starts_with(&format!("{pointer}: "))
                && found[0].contains(name),
            "{version}: {found:?}"
        );
        assert!(found[0].contains("OpenAPI 3.0 and 3.1 are supported"), "{found:?}");
    }
    for version in ["3.0", "'3.1'", "3.0.4-rc1", "3.1.1"] {
        assert_eq!(faults(&format!("openapi: {version}\n{head}")), [""; 0], "{version}");
    }
}

#[test]
fn a_text_or_a_list_is_no_document() {
    for text in ["just words", "- a\n- b", "[]", "42"] {
        let found = faults(text);
        assert!(found.len() == 1 && found[0].contains("not an OpenAPI document"), "{found:?}");
    }
}

#[test]
fn info_needs_a_title_and_a_version() {
    assert_eq!(
        faults("openapi: 3.1.0\ninfo: {}\n"),
        [
            "/info: `title` is missing; it is read as `API`; add it",
            "/info: `version` is missing; it is read as `0`; add it"
        ]
    );
    assert_eq!(faults("openapi: 3.1.0\n").len(), 1);
    assert_eq!(spec("openapi: 3.1.0\ninfo: {title: 7, version: 1.5}\n").version, "1.5");
}

#[test]
fn paths_are_checked() {
    only_fault("paths: []", "/paths", "`paths` must be an object");
    only_fault("paths: {a: {}}", "/paths/a", "begin with `/`");
    only_fault("paths: {'/{a': {}}", "/paths/~1{a", "brace");
    only_fault("paths: {'/a}': {}}", "/paths/~1a}", "brace");
    only_fault("paths: {'/{}': {}}", "/paths/~1{}", "no name");
    only_fault("paths: {'/{a}/{a}': {}}", "/paths/~1{a}~1{a}", "twice");
    only_fault("paths: {/a: 1}", "/paths/~1a", "path item must be an object");
    only_fault("paths: {/a: {get: [1]}}", "/paths/~1a/get", "operation must be an object");
    let no_paths = faults("openapi: 3.0.0\ninfo: {title: T, version: 1}\n");
    assert_eq!(
        no_paths,
        [
            ": `paths` is missing: the operations by path and method; the document is read without operations; add them"
        ]
    );
    // 3.1 may have none, and extensions are not checked.
    spec(&document(""));
    spec(&document(
        "paths:\n  x-paths: 1\n  /a: {x-thing: 2, summary: s, servers: [], fetch: {}}\n",
    ));
}

#[test]
fn parameters_are_checked() {
    only_fault(
        "paths: {'/{a}': {get: {}}}",
        "/paths/~1{a}/get",
        "the path's parameter `a` is not declared",
    );
    only_fault(
        "paths: {/: {get: {parameters: [{name: a, in: path, required: true}]}}}",
        "/paths/~1/get/parameters/0",
        "the path has no `{a}`",
    );
    only_fault(
        "paths: {/: {get: {parameters: [{in: query}]}}}",
        "/paths/~1/get/parameters/0",
        "no `name`",
    );
    only_fault(
        "paths: {/: {get: {parameters: [{name: a}]}}}",
        "/paths/~1/get/parameters/0",
        "no `in`",
    );
    only_fault(
        "paths: {/: {get: {parameters: [{name: a, in: body}]}}}",
        "/paths/~1/get/parameters/0/in",
        "requestBody",
    );
    only_fault(
        "paths: {/: {get: {parameters: [{name: a, in: x}]}}}",
        "/paths/~1/get/parameters/0/in",
        "path, query",
    );
    only_fault("paths: {/: {get: {parameters: {}}}}", "/paths/~1/get/parameters", "a list");
    let twice = "paths: {/: {get: {parameters: [{name: a, in: query}, {name: a, in: header}, {name: a, in: query}]}}}";
    only_fault(twice, "/paths/~1/get/parameters/2", "declared twice");
    only_fault(
        "components: {parameters: {p: {in: query}}}",
        "/components/parameters/p",
        "no `name`",
    );
}

#[test]
fn operations_are_distinguished() {
    only_fault(
        "paths: {/a: {get: {operationId: x}, put: {operationId: x}}}",
        "/paths/~1a/put/operationId",
        "/paths/~1a/get",
    );
    only_fault("paths: {/a: {get: {operationId: []}}}", "/paths/~1a/get/operationId", "not text");
    let parameter =
        |name: &str| format!("get: {{parameters: [{{name: {name}, in: path, required: true}}]}}");
    let same = format!(
        "paths: {{'/a/{{x}}': {{{}}}, '/a/{{y}}': {{{}}}}}",
        parameter("x"),
        parameter("y")
    );
    only_fault(&same, "/paths/~1a~1{y}/get", "`/a/{x}`");
    // No method is in both, so each request has one operation.
    spec(&document(&same.replacen("get", "put", 1)));
}

#[test]
fn responses_are_checked() {
    for status in ["20", "600", "2xx1", "ok", "'1'"] {
        only_fault(
            &format!("paths: {{/a: {{get: {{responses: {{{status}: {{}}}}}}}}}}"),
            &format!("/paths/~1a/get/responses/{}", status.trim_matches('\'')),
            "is not a status",
        );
    }
    spec(&document(
        "paths: {/a: {get: {responses: {200: {}, 4XX: {}, 5xx: {}, default: {}, x-y: 1}}}}",
    ));
    let old = "openapi: 3.0.0\ninfo: {title: T, version: 1}\npaths: {/a: {get: {}}}";
    assert_eq!(faults(old).len(), 1);
    assert!(faults(old)[0].starts_with("/paths/~1a/get: `responses` is missing"));
    spec(&old.replace("3.0.0", "3.1.0"));
}

#[test]
fn references_lead_to_their_targets() {
    let case = |reference: &str, message: &str| {
        let text = format!(
            "components: {{schemas: {{a: {{$ref: '{reference}'}}, b: {{$ref: '#/components/schemas/a'}}}}, responses: {{r: {{}}}}}}"
        );
        let found = faults(&document(&text));
        assert!(
            found.first().is_some_and(|fault| fault.starts_with("/components/schemas/a/$ref: ")
                && fault.contains(message)),
            "{found:?}"
        );
    };
    case("other.yaml#/a", "`other.yaml#/a` is in another document");
    case("https://example.com/a.json", "`https://example.com/a.json` is in another document");
    case("#/components/schemas/nobody", "does not exist");
    case("#/components/schemas/b", "never leads to a value");
    case("#/components/schemas/a", "never leads to a value");
    case("#/components/responses/r", "is a response, but a schema is required here");
    case("#/info/title", "not a schema");
    case("#a", "anchor");
    case("#", "whole document");
    case("#/%zz", "encoded");
    only_fault("components: {schemas: {a: {$ref: 1}}}", "/components/schemas/a/$ref", "not text");
    only_fault(
        "components: {schemas: {a: 1}}",
        "/components/schemas/a",
        "a schema must be an object",
    );
    // Encoded, escaped, and to unusual locations. In data, it is not a reference.
    let odd = "definitions: {'a b/c': {type: string}}\n\
               components: {schemas: {a: {$ref: '#/definitions/a%20b~1c'}, b: {properties: {$ref: {type: string}}, example: {$ref: 1}}}}";
    spec(&document(odd));
    // Parts that are only reached by a reference are checked as well.
    only_fault(
        "definitions: {a: {type: wrong}}\ncomponents: {schemas: {a: {$ref: '#/definitions/a'}}}",
        "/definitions/a/type",
        "is not a type",
    );
}

#[test]
fn schemas_may_be_trees_but_not_endless() {
    spec(&document(
        "components: {schemas: {t: {properties: {l: {$ref: '#/components/schemas/t'}}, items: {$ref: '#/components/schemas/t'}}}}",
    ));
    let endless = "components: {schemas: {a: {allOf: [{$ref: '#/components/schemas/b'}]}, b: {allOf: [{$ref: '#/components/schemas/a'}]}}}";
    only_fault(endless, "/components/schemas/b/allOf/0/$ref", "refers back");
    only_fault(
        "components: {schemas: {a: {not: {$ref: '#/components/schemas/a'}}}}",
        "/components/schemas/a/not/$ref",
        "refers back",
    );
    // A long chain must not need a deep stack.
    let mut chain = json!({});
    for index in 0..20_000 {
        chain[format!("s{index}")] =
            json!({"allOf": [{"$ref": format!("#/components/schemas/s{}", index + 1)}]});
    }
    chain["s20000"] = json!({});
    let mut root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "components": {"schemas": chain}});
    Spec::from_value(root.clone()).unwrap();
    root["components"]["schemas"]["s20000"] =
        json!({"allOf": [{"$ref": "#/components/schemas/s7"}]});
    let spec = Spec::from_value(root).unwrap();
    assert_eq!(spec.warnings.len(), 1, "{:?}", spec.warnings);
    assert_eq!(spec.warnings[0].pointer, "/components/schemas/s20000/allOf/0/$ref");
}

#[test]
fn a_base_that_lists_its_heirs_is_read_without_the_list() {
    let text = "components: {schemas: {\
        pet: {properties: {name: {}}, oneOf: [{$ref: '#/components/schemas/cat'}]},\
        cat: {allOf: [{$ref: '#/components/schemas/pet'}, {required: [lives]}]},\
        free: {oneOf: [{$ref: '#/components/schemas/cat'}]}}}";
    let root = spec(&document(text)).root;
    assert_eq!(root["components"]["schemas"]["pet"], json!({"properties": {"name": {}}}));
    assert_eq!(root["components"]["schemas"]["free"]["oneOf"].as_array().unwrap().len(), 1);
}

#[test]
fn types_are_known() {
    only_fault(
        "components: {schemas: {a: {type: text}}}",
        "/components/schemas/a/type",
        "\"text\" is not a type",
    );
    only_fault(
        "components: {schemas: {a: {type: [string, file]}}}",
        "/components/schemas/a/type",
        "is not a type; it is read as `[\"string\"]`",
    );
    only_fault(
        "components: {schemas: {a: {properties: []}}}",
        "/components/schemas/a/properties",
        "an object",
    );
    only_fault("components: {schemas: {a: {allOf: {}}}}", "/components/schemas/a/allOf", "a list");
    spec(&document(
        "components: {schemas: {a: {type: string}, b: true, c: , d: {type: , properties: }}}",
    ));
}

#[test]
fn prices_and_days_are_not_guessed() {
    let case = |field: &str, at: &str, message: &str| {
        only_fault(
            &format!("paths: {{/a: {{get: {{{field}}}}}}}"),
            &format!("/paths/~1a/get/{at}"),
            message,
        )
    };
    case("x-tollgate-units: -1", "x-tollgate-units", "whole number");
    case("x-tollgate-units: 1.5", "x-tollgate-units", "whole number");
    case("x-tollgate-units: '3'", "x-tollgate-units", "whole number");
    case("x-tollgate-units: 4294967296", "x-tollgate-units", "whole number");
    case("x-tollgate-units: 5, x-tollgate-max-units: 4", "x-tollgate-max-units", "less than the 5");
    case("x-tollgate-max-units: 0", "x-tollgate-max-units", "less than the 1");
    case("x-tollgate-billable: sometimes", "x-tollgate-billable", "`never`");
    case("x-tollgate-billable: true", "x-tollgate-billable", "`never`");
    case("x-sunset: soon", "x-sunset", "2027-01-31");
    case("x-sunset: 2027-02-30", "x-sunset", "2027-01-31");
}

#[test]
fn all_errors_are_reported_up_to_a_limit() {
    let mut text = document("paths:\n");
    for index in 0..150 {
        text.push_str(&format!("  /{{p{index}: {{}}\n"));
    }
    let found = Spec::read(text.as_bytes()).unwrap_err();
    assert_eq!(found.len(), 100);
    assert_eq!(found[99].pointer, "/paths/~1{p99");
}

#[test]
fn a_value_that_is_too_deep_is_refused() {
    let mut deep = json!({});
    for _ in 0..150 {
        deep = json!({ "a": deep });
    }
    let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "x-deep": deep});
    assert_eq!(Spec::from_value(root).unwrap_err().len(), 1);
}

#[test]
fn a_large_part_that_very_many_operations_refer_to_is_refused() {
    let large: Vec<u32> = (0..2000).collect();
    let get = json!({"get": {"responses": {"200": {"$ref": "#/components/responses/r"}}}});
    let paths: serde_json::Map<_, _> =
        (0..1000).map(|index| (format!("/{index}"), get.clone())).collect();
    let root = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths,
        "components": {"responses": {"r": {"content": {"a/b": {"example": large}}}}},
    });
    assert_eq!(Spec::from_value(root).unwrap_err()[0].pointer, "/paths");
}
