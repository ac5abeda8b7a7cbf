//! What all OpenAPI documents of the portal have in common: servers, credentials, ids in paths,
//! errors and response headers. A handler declares only its own part: summary, parameters, body and
//! successful response. Its row in the document's table adds the scope and the errors that do not
//! follow from the operation.

mod codes;
mod headers;
mod ids;
mod problems;
mod product;
mod security;

use tollgate_types::code::Code;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Contact, OpenApi, Server};

pub use codes::{Api, Traits, possible};
pub use headers::references as success_headers;
pub use product::for_gateway;

/// The row of an operation in the table of its document.
pub struct Row {
    pub id: &'static str,
    /// The scope that a key needs; `None` in the admin API.
    pub scope: Option<&'static str>,
    /// Errors that do not follow from the operation: see [`possible`].
    pub codes: &'static [Code],
}

/// Every operation of a document, with its path and whether it only reads.
pub fn operations(document: &mut OpenApi) -> impl Iterator<Item = (&str, bool, &mut Operation)> {
    document.paths.paths.iter_mut().flat_map(|(path, item)| {
        let methods = [
            (true, &mut item.get),
            (false, &mut item.post),
            (false, &mut item.put),
            (false, &mut item.patch),
            (false, &mut item.delete),
        ];
        methods
            .into_iter()
            .filter_map(move |(reads, operation)| Some((path.as_str(), reads, operation.as_mut()?)))
    })
}

/// Completes the document of one of the portal's own APIs, which is at `base_url`.
pub fn complete(document: &mut OpenApi, api: Api, rows: &[Row], base_url: &str) {
    document.servers = Some(vec![Server::new(base_url)]);
    document.info.contact = Some(
        Contact::builder()
            .name(Some("API documentation"))
            .url(Some(format!("{base_url}/docs")))
            .build(),
    );
    let mut components = document.components.take().unwrap_or_default();
    security::declare(api, &mut components);
    for (path, reads, operation) in operations(document) {
        let row = rows.iter().find(|row| operation.operation_id.as_deref() == Some(row.id));
        ids::declare(path, operation);
        security::require(api, row.and_then(|row| row.scope), operation);
        headers::declare(api, reads, operation, &mut components);
        let codes =
            possible(api, Traits::of(path, reads, operation), row.map_or(&[][..], |row| row.codes));
        let refused = problems::responses(api, &codes, base_url, &mut components);
        operation.responses.responses.extend(refused);
    }
    document.components = Some(components);
    prune(document);
}

/// Removes schemas that nothing refers to: those of the parts of generic types, which are written
/// out in each use.
fn prune(document: &mut OpenApi) {
    loop {
        let text = document.to_json().unwrap_or_default();
        let Some(components) = &mut document.components else { return };
        let before = components.schemas.len();
        components
            .schemas
            .retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
        if components.schemas.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::{admin, api};
    use tollgate_types::code::Code;

    fn documents() -> [Value; 2] {
        let base = "https://portal.example.com";
        [api::openapi(base), admin::api::openapi(base)]
            .map(|document| serde_json::to_value(document).unwrap())
    }

    /// Every operation with its id and the codes of its responses.
    fn operations(document: &Value) -> Vec<(String, Value, BTreeSet<String>)> {
        let items = document["paths"].as_object().unwrap().values();
        let all = items.flat_map(|item| item.as_object().unwrap().values());
        all.map(|operation| {
            let responses = operation["responses"].as_object().unwrap();
            let codes = responses.values().filter_map(|response| {
                let name = response["$ref"].as_str()?.strip_prefix("#/components/responses/")?;
                let response = &document["components"]["responses"][name];
                response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
                    ["code"]["enum"]
                    .as_array()
            });
            let codes = codes.flatten().map(|code| code.as_str().unwrap().to_owned()).collect();
            (operation["operationId"].as_str().unwrap().to_owned(), operation.clone(), codes)
        })
        .collect()
    }

    #[test]
    fn each_operation_has_an_id_of_its_own_and_a_row_in_its_table() {
        for (document, rows) in documents().iter().zip([api::rows(), admin::api::rows()]) {
            let ids: Vec<String> = operations(document).into_iter().map(|(id, ..)| id).collect();
            let distinct: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
            assert_eq!(distinct.len(), ids.len());
            let known: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
            assert_eq!(distinct, known);
        }
    }

    #[test]
    fn a_code_that_a_description_names_is_among_those_of_the_operation() {
        for document in documents() {
            for (id, operation, codes) in operations(&document) {
                let description = operation["description"].as_str().unwrap();
                let named = description
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|word| Code::from_code(word).is_some());
                for code in named {
                    assert!(
                        codes.contains(code),
                        "{id} names `{code}`; add it to the row of {id}: {codes:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_response_says_how_to_find_its_request_again() {
        for document in documents() {
            let headers = &document["components"]["headers"];
            for (id, operation, codes) in operations(&document) {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let shared =
                        response["$ref"].as_str().map(|name| document.pointer(&name[1..]).unwrap());
                    let response = shared.unwrap_or(response);
                    for (name, header) in response["headers"].as_object().unwrap() {
                        assert_eq!(
                            header["$ref"],
                            format!("#/components/headers/{name}"),
                            "{id} {status}"
                        );
                        assert!(headers[name]["description"].is_string(), "{name}");
                    }
                    assert!(response["headers"]["X-Request-Id"].is_object(), "{id} {status}");
                    let waits = matches!(status.as_str(), "429" | "503");
                    assert!(
                        !waits || response["headers"]["Retry-After"].is_object(),
                        "{id} {status}"
                    );
                }
                for always in ["missing_key", "rate_limited", "internal", "unavailable"] {
                    assert!(codes.contains(always), "{id} {always}");
                }
            }
        }
    }

    #[test]
    fn every_parameter_of_a_path_is_declared_once() {
        for document in documents() {
            for (path, item) in document["paths"].as_object().unwrap() {
                let wanted: Vec<&str> = path
                    .split('{')
                    .skip(1)
                    .filter_map(|rest| Some(rest.split_once('}')?.0))
                    .collect();
                for operation in item.as_object().unwrap().values() {
                    let declared = operation["parameters"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter(|parameter| parameter["in"] == "path");
                    let declared: Vec<&str> =
                        declared.map(|parameter| parameter["name"].as_str().unwrap()).collect();
                    assert_eq!(declared, wanted, "{path}");
                }
            }
        }
    }
}
