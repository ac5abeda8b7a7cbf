//! Documents with warnings work in all parts of the program: routes, validator, mock, samples and
//! clients.

use std::sync::Arc;

use http::HeaderMap;

use crate::clients::{ClientInfo, python, typescript};
use crate::mock::{Call, Store, respond};
use crate::samples::{request, samples};
use crate::schemas::Schemas;
use crate::spec::{Place, Routes, Spec};
use crate::validate::{Checked, Validator};

/// The path with a value for each parameter.
fn filled(path: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push('7');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    filled + rest
}

/// Asserts that every operation is found, accepts its own sample, is simulated and is in the
/// clients.
fn serves(text: &str) -> Arc<Spec> {
    let spec = Arc::new(super::super::spec(text));
    assert!(!spec.warnings.is_empty() && !spec.operations.is_empty(), "{text}");
    let routes = Routes::new(&spec);
    let validator = Validator::new(Arc::clone(&spec));
    let answers = Schemas::of_responses(Arc::clone(&spec));
    for (index, operation) in spec.operations.iter().enumerate() {
        let matched = routes
            .find(&operation.method, &filled(&operation.path))
            .unwrap_or_else(|error| panic!("{error:?} for {} in {text}", operation.path));
        assert_eq!(matched.operation, index, "{text}");
        let declared = operation.parameters.iter().filter(|known| known.place == Place::Path);
        assert_eq!(declared.count(), matched.params.len(), "{text}");
        let headers = HeaderMap::new();
        let checked =
            Checked { path_params: &matched.params, query: None, headers: &headers, body: None };
        assert_eq!(validator.validate(operation, &checked).faults, [], "{text}");
        let call = Call {
            org: "org_1",
            product: "p",
            path_params: &matched.params,
            query: None,
            headers: &headers,
            body: b"",
        };
        let answer = respond(&answers, operation, &call, &Store::default());
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {} in {text}", operation.path));
        assert!(answer.status < 400, "{} in {text}", answer.status);
        let sample = request(validator.schemas(), operation, "https://api.example.com");
        assert!(!sample.url.contains('{') && samples(&sample).len() == 8, "{}", sample.url);
    }
    let info = ClientInfo {
        product_id: "p".to_owned(),
        base_url: "https://api.example.com".to_owned(),
        version: spec.version.clone(),
    };
    for files in [python(&spec, &info), typescript(&spec, &info)] {
        let files = files.unwrap_or_else(|_| panic!("too large: {text}"));
        for operation in &spec.operations {
            let path = operation.path.split('{').next().unwrap_or_default();
            assert!(files.iter().any(|(_, code)| code.contains(path)), "{path} in {text}");
        }
    }
    spec
}

#[test]
fn documents_with_warnings_are_served() {
    let response = "responses: {'200': {description: ok}}";
    let schema = |schema: &str| {
        format!(
            "paths: {{/a: {{get: {{responses: {{'200': {{description: ok, content: \
             {{application/json: {{schema: {schema}}}}}}}}}}}}}}}\n\
             components: {{schemas: {{self: {{allOf: [{{$ref: '#/components/schemas/self'}}, \
             {{properties: {{a: {{type: 'string,'}}}}}}]}}}}}}"
        )
    };
    for rest in [
        format!("paths: {{/a: {{get: {{operationId: x, {response}}}, head: {{operationId: x, {response}}}}}}}"),
        format!("paths: {{'/a/{{id}}': {{get: {{operationId: a, {response}}}}}}}"),
        format!("paths: {{'/a/{{id}}/b/{{id}}': {{get: {{{response}}}}}}}"),
        format!("paths: {{'a/{{id}}': {{get: {{{response}}}}}}}"),
        format!("paths: {{'/a/{{x}}': {{get: {{{response}}}}}, '/a/{{y}}': {{get: {{{response}}}}}}}"),
        format!("paths: {{/a: {{get: {{parameters: [{{name: b}}, {{in: query}}, {{name: c, in: body2}}, {{$ref: '#/none'}}], {response}}}}}}}"),
        "paths: {/a: {get: {operationId: a}}}".to_owned(),
        "paths: {/a: {get: {responses: {}}}}".to_owned(),
        "paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/none'}}}}}".to_owned(),
        "paths: {/a: {post: {requestBody: {$ref: '#/none'}, responses: {'201 Created': {description: d}}}}}".to_owned(),
        schema("{$ref: '#/components/schemas/none'}"),
        schema("{$ref: '#/components/schemas/self'}"),
        schema("{type: 'object,null', properties: {a: string, b: {type: date}}}"),
        schema("{type: thing}"),
        schema("{type: string, pattern: '(['}"),
        schema("{type: integer, default: ten, enum: [1, 1]}"),
    ] {
        serves(&super::old(&rest));
    }
}

#[test]
fn an_answer_keeps_to_what_a_type_is_read_as() {
    let text = super::old(
        "paths: {/a: {get: {responses: {'200': {description: ok, content: {application/json: \
         {schema: {type: Object, required: [a], properties: {a: {type: 'string,'}}}}}}}}}}",
    );
    let spec = serves(&text);
    let headers = HeaderMap::new();
    let call = Call {
        org: "org_1",
        product: "p",
        path_params: &[],
        query: None,
        headers: &headers,
        body: b"",
    };
    let schemas = Schemas::of_responses(Arc::clone(&spec));
    let Ok(answer) = respond(&schemas, &spec.operations[0], &call, &Store::default()) else {
        panic!("no answer")
    };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert!(body["a"].is_string(), "{body}");
}
