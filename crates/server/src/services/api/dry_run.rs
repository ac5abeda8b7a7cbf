//! The dry run of every operation: the request header, and the outcome as a response.

use utoipa::OpenApi as _;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response};

use crate::gateway::dry_run::DryRun;
use crate::openapi::{Api, operations, success_headers};

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(DryRun)))]
struct Schemas;

const PARAMETER: &str = "TollgateDryRun";
const RESPONSE: &str = "DryRun";
const JSON: &str = "application/json";
/// The status of an outcome.
const STATUS: &str = "200";

/// Adds the header and the outcome to every operation. An operation whose own response has the same
/// status returns one or the other.
pub fn declare(document: &mut OpenApi) {
    let mut components = document.components.take().unwrap_or_default();
    components.schemas.extend(Schemas::openapi().components.unwrap_or_default().schemas);
    let header = ParameterBuilder::new()
        .name("Tollgate-Dry-Run")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("`true` checks the call without making it: nothing is carried out, counted or billed. The response is the error that the call would get, or a `DryRun`. At most 10 dry runs per second and key. Default: `false`."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean)))
        .build();
    components.parameters.insert(PARAMETER.to_owned(), RefOr::T(header));
    let mut outcome = Response::new(
        "The outcome of a dry run, which was not carried out. Only sent if `Tollgate-Dry-Run` is `true`.",
    );
    let content = Content::new(Some(Ref::from_schema_name("DryRun")));
    outcome.content.insert(JSON.to_owned(), RefOr::T(content));
    outcome.headers = success_headers(Api::Own, true, &mut components).into_iter().collect();
    components.responses.insert(RESPONSE.to_owned(), RefOr::T(outcome));
    for (_, _, operation) in operations(document) {
        let parameter = Ref::new(format!("#/components/parameters/{PARAMETER}"));
        operation.parameters.get_or_insert_default().push(RefOr::Ref(parameter));
        let outcome = RefOr::Ref(Ref::from_response_name(RESPONSE));
        match operation.responses.responses.entry(STATUS.to_owned()).or_insert(outcome) {
            RefOr::T(own) => add(own),
            RefOr::Ref(_) => {}
        }
    }
    document.components = Some(components);
}

/// Adds the outcome to an operation's own response.
fn add(own: &mut Response) {
    own.description.push_str(". Or the outcome of a dry run, if `Tollgate-Dry-Run` is `true`");
    let Some(RefOr::T(content)) = own.content.get_mut(JSON) else { return };
    if let Some(schema) = content.schema.take() {
        let either = AnyOfBuilder::new().item(schema).item(Ref::from_schema_name("DryRun")).build();
        content.schema = Some(RefOr::T(either.into()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::api;

    #[test]
    fn every_operation_declares_its_dry_run() {
        let document = serde_json::to_value(api::openapi("/")).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let parameters = operation["parameters"].to_string();
                assert!(parameters.contains("/TollgateDryRun"), "{method} {path}");
                let response = &operation["responses"]["200"];
                let is_shared = response["$ref"] == "#/components/responses/DryRun";
                let either = response["content"]["application/json"]["schema"]["anyOf"].as_array();
                let has_both = either.is_some_and(|either| either.len() == 2);
                assert!(is_shared || has_both, "{method} {path}: {response}");
            }
        }
        assert_ne!(document["components"]["schemas"]["DryRunLimit"], Value::Null);
    }

    #[test]
    fn docs_pages_and_clients_do_not_have_dry_runs() {
        let text = api::without_dry_runs("/").to_json().unwrap();
        assert!(!text.contains("DryRun\""));
    }
}
