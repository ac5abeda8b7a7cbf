//! The operations that can be called, as the OpenAPI document declares them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Context;
use axum::http::Method;
use serde::Deserialize;
use utoipa::openapi::{OpenApi, path};

use crate::server::Result;

/// One method and path of the API.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    /// The scope a key needs.
    pub scope: String,
    /// What an answered call costs: `x-tollgate-units`.
    pub units: u32,
    /// `x-tollgate-max-units`: the answer says what it costs, up to this.
    pub max_units: Option<u32>,
    pub billable: Billable,
    /// Whether a call without an `Idempotency-Key` is refused: `x-tollgate-idempotency: required`.
    pub requires_idempotency_key: bool,
    /// Whether the answer holds a secret, which must not be stored: `x-tollgate-secret-answer: true`.
    pub answers_with_secret: bool,
}

impl Operation {
    /// The most that an answer can cost.
    pub fn most_units(&self) -> u32 {
        if self.billable == Billable::Never { 0 } else { self.max_units.unwrap_or(self.units) }
    }
}

/// Which answers are billed: `x-tollgate-billable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billable {
    /// 2xx and 3xx.
    #[default]
    OnSuccess,
    Always,
    Never,
}

/// What an operation says of its price.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Pricing {
    #[serde(rename = "x-tollgate-units", default = "one")]
    units: u32,
    #[serde(rename = "x-tollgate-max-units")]
    max_units: Option<u32>,
    #[serde(rename = "x-tollgate-billable", default)]
    billable: Billable,
}

const fn one() -> u32 {
    1
}

impl Pricing {
    fn of(operation: &path::Operation) -> anyhow::Result<Self> {
        let pricing: Self = serde_json::from_value(serde_json::to_value(operation)?)?;
        anyhow::ensure!(pricing.max_units.is_none_or(|max| max >= pricing.units), "x-tollgate-max-units is less than x-tollgate-units");
        Ok(pricing)
    }
}

#[derive(Default)]
pub struct Operations {
    paths: matchit::Router<Vec<(Method, Arc<Operation>)>>,
    by_id: HashMap<String, Arc<Operation>>,
}

/// Why a request matches no operation.
#[derive(Debug, PartialEq, Eq)]
pub enum NoMatch {
    Path,
    /// The methods the path has, for `Allow`.
    Method(String),
}

impl Operations {
    /// Reads the operations of `document`, each with its id and its one security requirement.
    ///
    /// # Errors
    /// If an operation has no id or no scope: then a call could not be authorised.
    pub fn from_openapi(document: &OpenApi) -> Result<Self> {
        let (mut paths, mut by_id) = (matchit::Router::new(), HashMap::new());
        for (path, item) in &document.paths.paths {
            let mut methods = Vec::new();
            for (method, operation) in methods_of(item) {
                let id = operation.operation_id.clone().with_context(|| format!("{method} {path} has no operationId"))?;
                let scope = scope_of(operation).with_context(|| format!("{id} names no scope"))?;
                let Pricing { units, max_units, billable } =
                    Pricing::of(operation).with_context(|| format!("{id} has no price that can be read"))?;
                let operation = Arc::new(Operation {
                    id,
                    scope,
                    units,
                    max_units,
                    billable,
                    requires_idempotency_key: extension(operation, "x-tollgate-idempotency") == Some(&"required".into()),
                    answers_with_secret: extension(operation, "x-tollgate-secret-answer") == Some(&true.into()),
                });
                by_id.insert(operation.id.clone(), Arc::clone(&operation));
                methods.push((method, operation));
            }
            paths.insert(path.clone(), methods).with_context(|| format!("the path {path} cannot be matched"))?;
        }
        Ok(Self { paths, by_id })
    }

    pub fn by_id(&self, id: &str) -> Option<&Operation> {
        self.by_id.get(id).map(Arc::as_ref)
    }

    /// The operation of a request. `HEAD` is answered by what answers `GET`.
    pub fn find(&self, method: &Method, path: &str) -> Result<Arc<Operation>, NoMatch> {
        let methods = self.paths.at(path).map_err(|_| NoMatch::Path)?.value;
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match methods.iter().find(|(method, _)| method == wanted) {
            Some((_, operation)) => Ok(Arc::clone(operation)),
            None => Err(NoMatch::Method(methods.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", "))),
        }
    }
}

fn methods_of(item: &path::PathItem) -> impl Iterator<Item = (Method, &path::Operation)> {
    let methods = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn extension<'a>(operation: &'a path::Operation, name: &str) -> Option<&'a serde_json::Value> {
    operation.extensions.as_ref()?.get(name)
}

fn scope_of(operation: &path::Operation) -> Option<String> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let first: Vec<BTreeMap<String, Vec<String>>> = serde_json::from_value(requirements).ok()?;
    first.into_iter().next()?.into_values().next()?.into_iter().next()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use utoipa::openapi::extensions::Extensions;

    use super::*;
    use crate::server::api;

    fn create_customer(document: &OpenApi) -> Arc<Operation> {
        Operations::from_openapi(document).unwrap().find(&Method::POST, "/v1/customers").unwrap()
    }

    #[test]
    fn an_operation_requires_an_idempotency_key_where_the_document_says_so() {
        let mut document = api::openapi();
        assert!(!create_customer(&document).requires_idempotency_key);
        let operation = document.paths.paths.get_mut("/v1/customers").and_then(|item| item.post.as_mut()).unwrap();
        operation.extensions = Some(Extensions::from_iter([("x-tollgate-idempotency", "required")]));
        assert!(create_customer(&document).requires_idempotency_key);
    }

    /// Whether an answer that `schema` describes has a field that is shown once.
    fn has_secret(document: &Value, schema: &Value) -> bool {
        if let Some(place) = schema["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
            return has_secret(document, document.pointer(place).unwrap());
        }
        let own = schema["properties"].as_object().is_some_and(|fields| ["key", "secret"].iter().any(|name| fields.contains_key(*name)));
        own || schema["allOf"].as_array().into_iter().flatten().any(|part| has_secret(document, part))
    }

    #[test]
    fn every_operation_whose_answer_holds_a_secret_says_so() {
        let document = serde_json::to_value(api::openapi()).unwrap();
        let mut secrets = Vec::new();
        for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
            let mut answers = operation["responses"].as_object().unwrap().values();
            let holds = answers.any(|answer| has_secret(&document, &answer["content"]["application/json"]["schema"]));
            assert_eq!(operation["x-tollgate-secret-answer"] == true, holds, "{}", operation["operationId"]);
            secrets.extend(operation["operationId"].as_str().filter(|_| holds));
        }
        assert!(secrets.contains(&"createKey"));
    }
}
