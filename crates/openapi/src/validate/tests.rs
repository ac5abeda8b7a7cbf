mod bodies;
mod forms;
mod parameters;
mod samples;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::{Checked, Validator};
use crate::spec::Spec;

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    of.iter()
        .map(|(name, value)| {
            (
                HeaderName::try_from(*name).expect("a name"),
                HeaderValue::try_from(*value).expect("a value"),
            )
        })
        .collect()
}

struct Api {
    spec: Arc<Spec>,
    validator: Validator,
}

impl Api {
    /// One operation, `POST /things/{id}`.
    fn of(parameters: Value, body: Value) -> Self {
        let mut operation = json!({"operationId": "thing", "parameters": parameters,
            "responses": {"200": {"description": ""}}});
        if !body.is_null() {
            operation["requestBody"] = body;
        }
        let id =
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
            "paths": {"/things/{id}": {"parameters": [id], "post": operation}},
            "components": {"schemas": {"Tree": {"type": "object", "required": ["leaf"],
                "properties": {"leaf": {"type": "integer"},
                "next": {"$ref": "#/components/schemas/Tree"}}}}}});
        let spec =
            Arc::new(Spec::from_value(document).unwrap_or_else(|faults| panic!("{faults:?}")));
        Self { validator: Validator::new(Arc::clone(&spec)), spec }
    }

    fn with_schema(schema: Value) -> Self {
        Self::of(
            json!([]),
            json!({"required": true, "content": {"application/json": {"schema": schema}}}),
        )
    }

    fn faults(
        &self,
        id: &str,
        query: &str,
        of: &[(&str, &str)],
        body: Option<(&str, &[u8])>,
    ) -> Vec<String> {
        let operation = self.spec.operation("thing").expect("it is there");
        let path_params = [("id".to_owned(), id.to_owned())];
        let checked =
            Checked { path_params: &path_params, query: Some(query), headers: &headers(of), body };
        self.validator
            .validate(operation, &checked)
            .faults
            .into_iter()
            .map(|fault| format!("{} {}", fault.location, fault.code))
            .collect()
    }

    fn query(&self, query: &str) -> Vec<String> {
        self.faults("1", query, &[], None)
    }

    fn body(&self, body: Value) -> Vec<String> {
        self.faults(
            "1",
            "",
            &[],
            Some(("application/json; charset=utf-8", body.to_string().as_bytes())),
        )
    }
}

/// One query parameter.
fn query_of(style: Value, schema: Value) -> Api {
    let mut parameter = json!({"name": "q", "in": "query", "schema": schema});
    for (key, value) in style.as_object().into_iter().flatten() {
        parameter[key] = value.clone();
    }
    Api::of(json!([parameter]), Value::Null)
}

const NONE: [&str; 0] = [];
