mod composition;
mod documents;
mod flow;
mod hard_schemas;
mod random_schemas;
mod responses;
mod shapes;
mod store;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::schemas::Schemas;
use crate::spec::Spec;

/// A document with only schemas.
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
        warnings: Vec::new(),
        more_warnings: 0,
        root: json!({ "openapi": "3.1.0", "components": { "schemas": schemas } }),
    })
}

fn schemas_of(schemas: Value) -> Schemas {
    Schemas::of_responses(document_of(schemas))
}

/// The validator's findings for a value, by a reference or a schema.
fn faults(schemas: &Schemas, schema: &Value, value: &Value) -> Vec<String> {
    schemas
        .findings(schema, value)
        .iter()
        .map(|finding| format!("{}: {}", finding.pointer(), finding.message))
        .collect()
}
