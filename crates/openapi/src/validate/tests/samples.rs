//! Samples and generated values of real documents.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::mock::Seed;
use crate::mock::generate::generate;
use crate::samples;
use crate::schemas::Schemas;
use crate::spec::{Parameter, Place, Routes, Spec};
use crate::validate::{Checked, Validator};
use crate::wire::kinds_of;

/// The gateway accepts what partners copy.
#[test]
fn samples_are_found_right() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/specs");
    let mut checked = 0;
    for entry in
        std::fs::read_dir(folder).expect("tests/specs").map(|entry| entry.expect("a file").path())
    {
        let spec = Arc::new(
            Spec::read(&std::fs::read(&entry).expect("readable"))
                .unwrap_or_else(|faults| panic!("{faults:?}")),
        );
        let (schemas, validator, routes) = (
            Schemas::of_requests(Arc::clone(&spec)),
            Validator::new(Arc::clone(&spec)),
            Routes::new(&spec),
        );
        for operation in &spec.operations {
            let sample = samples::request(&schemas, operation, "");
            let (path, query) = sample
                .url
                .split_once('?')
                .map_or((sample.url.as_str(), None), |(path, query)| (path, Some(query)));
            let found = routes
                .find(&sample.method, path)
                .unwrap_or_else(|_| panic!("{} has no route: {path}", operation.id));
            // The part after `#` in a template is never sent, so another operation responds.
            if spec.operations[found.operation].id != operation.id {
                continue;
            }
            let headers = sample.written_headers();
            let body = sample.written_body().unwrap_or_default();
            let content_type = headers
                .iter()
                .find(|(name, _)| name == "Content-Type")
                .map_or("", |(_, value)| value.as_str());
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
                })
                .collect();
            let body = (!content_type.is_empty()).then_some((content_type, body.as_bytes()));
            let call = Checked { path_params: &found.params, query, headers: &headers, body };
            let faults = validator.validate(operation, &call).faults;
            assert!(faults.is_empty(), "{}: {faults:?} in {sample:?}", operation.id);
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn what_is_generated_for_a_request_is_found_right() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/specs");
    let (mut operations, mut bodies, mut parameters) = (0, 0, 0);
    for entry in std::fs::read_dir(folder)
        .expect("tests/specs")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.is_file())
    {
        let spec = Arc::new(
            Spec::read(&std::fs::read(&entry).expect("readable"))
                .unwrap_or_else(|faults| panic!("{faults:?}")),
        );
        let schemas = Schemas::of_requests(Arc::clone(&spec));
        let validator = Validator::new(Arc::clone(&spec));
        for operation in &spec.operations {
            operations += 1;
            let text = |parameter: &Parameter| {
                let value = generate(&schemas, &parameter.schema, Seed::of(&[b"a"]))
                    .unwrap_or_else(|| panic!("{} {}", operation.id, parameter.name));
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            };
            let is_simple =
                |parameter: &&Parameter| kinds_of(&spec.root, &parameter.schema).is_single();
            let simple = |place: Place| {
                operation.parameters.iter().filter(move |one| one.place == place).filter(is_simple)
            };
            let path_params: Vec<_> = simple(Place::Path)
                .map(|parameter| (parameter.name.clone(), text(parameter)))
                .collect();
            let query: String = simple(Place::Query)
                .map(|parameter| {
                    url::form_urlencoded::Serializer::new(String::new())
                        .append_pair(&parameter.name, &text(parameter))
                        .finish()
                })
                .collect::<Vec<_>>()
                .join("&");
            parameters += path_params.len() + simple(Place::Query).count();
            for media in operation
                .body
                .iter()
                .flat_map(|body| &body.content)
                .filter(|media| media.content_type.contains("json"))
            {
                bodies += 1;
                let body = generate(&schemas, &media.schema, Seed::of(&[b"a"]))
                    .unwrap_or_else(|| panic!("{}", operation.id))
                    .to_string();
                let checked = Checked {
                    path_params: &path_params,
                    query: Some(&query),
                    headers: &HeaderMap::new(),
                    body: Some((&media.content_type, body.as_bytes())),
                };
                let found: Vec<_> = validator
                    .validate(operation, &checked)
                    .faults
                    .into_iter()
                    .filter(|fault| fault.code != "missing" || fault.location.starts_with("body"))
                    .collect();
                assert!(found.is_empty(), "{}: {found:?} in {body} and {query}", operation.id);
            }
        }
    }
    println!("{operations} operations, {bodies} bodies, {parameters} parameters, all found right");
}
