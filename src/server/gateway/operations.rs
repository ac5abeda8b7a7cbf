//! The operations that can be called, as the OpenAPI document declares them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use axum::http::Method;
use utoipa::openapi::{OpenApi, path};

use crate::server::Result;

/// One method and path of the API.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    /// The scope a key needs.
    pub scope: String,
    /// What an answered call costs.
    pub units: u32,
}

#[derive(Default)]
pub struct Operations {
    paths: matchit::Router<Vec<(Method, Arc<Operation>)>>,
    /// Scopes by operation id.
    scopes: BTreeMap<String, String>,
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
        let (mut paths, mut scopes) = (matchit::Router::new(), BTreeMap::new());
        for (path, item) in &document.paths.paths {
            let mut methods = Vec::new();
            for (method, operation) in methods_of(item) {
                let id = operation.operation_id.clone().with_context(|| format!("{method} {path} has no operationId"))?;
                let scope = scope_of(operation).with_context(|| format!("{id} names no scope"))?;
                scopes.insert(id.clone(), scope.clone());
                methods.push((method, Arc::new(Operation { id, scope, units: 1 })));
            }
            paths.insert(path.clone(), methods).with_context(|| format!("the path {path} cannot be matched"))?;
        }
        Ok(Self { paths, scopes })
    }

    /// The scope that the operation with this id needs.
    pub fn scope_of(&self, operation: &str) -> Option<&str> {
        self.scopes.get(operation).map(String::as_str)
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

fn scope_of(operation: &path::Operation) -> Option<String> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let first: Vec<BTreeMap<String, Vec<String>>> = serde_json::from_value(requirements).ok()?;
    first.into_iter().next()?.into_values().next()?.into_iter().next()
}
