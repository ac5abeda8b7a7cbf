mod answers;
mod documents;
mod flow;
mod hard_schemas;
mod random_schemas;
mod shapes;
mod store;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::server::schemas::Schemas;
use crate::server::spec::Spec;

/// A document that has schemas only.
fn document_of(schemas: Value) -> Arc<Spec> {
    Arc::new(Spec {
        title: "Test".to_owned(),
        version: "1".to_owned(),
        description: String::new(),
        openapi: "3.1.0".to_owned(),
        tags: Vec::new(),
        servers: Vec::new(),
        operations: Vec::new(),
        webhooks: Vec::new(),
        root: json!({ "openapi": "3.1.0", "components": { "schemas": schemas } }),
    })
}

fn schemas_of(schemas: Value) -> Schemas {
    Schemas::of_answers(document_of(schemas))
}

/// What the checker says of a value, told by a reference or by a schema.
fn faults(schemas: &Schemas, schema: &Value, value: &Value) -> Vec<String> {
    let validator = schemas.validator(schema).expect("a schema that can be compiled");
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
