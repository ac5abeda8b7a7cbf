//! One method and path of a product, as the gateway needs it.

use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;
use tollgate_openapi::markdown::clip;
use tollgate_openapi::spec::{self, Billable, Price, Spec, segments};
use tollgate_types::product::PLATFORM;

use crate::Result;

/// Bytes of a title.
const MAX_TITLE: usize = 160;

#[derive(Debug)]
pub struct Operation {
    /// The product's id.
    pub product: Arc<str>,
    /// Its index among the document's operations; `None` for a path that the document does not
    /// declare.
    pub place: Option<usize>,
    pub id: String,
    /// Names and indexes of the parameters that are a whole segment of the path, which starts with
    /// an empty segment.
    pub parameters: Vec<(String, usize)>,
    /// The scope that a key needs.
    pub scope: String,
    /// The scope that allows this operation only.
    pub own_scope: Option<String>,
    pub price: Price,
    /// Whether a call without an `Idempotency-Key` is refused: `x-tollgate-idempotency: required`.
    pub requires_idempotency_key: bool,
    /// Whether the response contains a secret, which must not be stored: `x-tollgate-secret-answer:
    /// true`.
    pub response_has_secret: bool,
}

impl Operation {
    /// All operations of a document, in its order.
    ///
    /// # Errors
    /// Fails if an operation of the platform does not name a scope: then a call could not be
    /// authorised.
    pub fn all(product: &Arc<str>, spec: &Spec) -> Result<Vec<Arc<Self>>> {
        spec.operations
            .iter()
            .enumerate()
            .map(|(place, operation)| Ok(Arc::new(Self::new(product, spec, place, operation)?)))
            .collect()
    }

    fn new(
        product: &Arc<str>,
        spec: &Spec,
        place: usize,
        operation: &spec::Operation,
    ) -> Result<Self> {
        let (scope, own_scope) = if &**product == PLATFORM {
            let json = spec.root.pointer(&operation.pointer).unwrap_or(&Value::Null);
            (
                declared_scope(json)
                    .with_context(|| format!("{} does not name a scope", operation.id))?,
                None,
            )
        } else {
            (general_scope(product, operation.reads()), Some(format!("{product}:{}", operation.id)))
        };
        Ok(Self {
            product: Arc::clone(product),
            place: Some(place),
            id: operation.id.clone(),
            parameters: whole_segments(&operation.path),
            scope,
            own_scope,
            price: operation.price,
            requires_idempotency_key: operation.requires_idempotency_key,
            response_has_secret: operation.response_has_secret,
        })
    }

    /// Any undeclared path, if the product allows them.
    pub fn undeclared(product: &Arc<str>, reads: bool) -> Arc<Self> {
        Arc::new(Self {
            product: Arc::clone(product),
            place: None,
            id: "*".into(),
            parameters: Vec::new(),
            scope: general_scope(product, reads),
            own_scope: None,
            price: Price { units: 1, max_units: None, billable: Billable::OnSuccess },
            requires_idempotency_key: false,
            response_has_secret: false,
        })
    }

    /// The maximum price of a response.
    pub fn most_units(&self) -> u32 {
        if self.price.billable == Billable::Never {
            0
        } else {
            self.price.max_units.unwrap_or(self.price.units)
        }
    }
}

fn whole_segments(path: &str) -> Vec<(String, usize)> {
    let name = |segment: &str| Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    segments(path)
        .enumerate()
        .filter_map(|(place, segment)| Some((name(segment)?, place)))
        .collect()
}

fn general_scope(product: &str, reads: bool) -> String {
    format!("{product}:{}", if reads { "read" } else { "write" })
}

/// The only scope in `security`.
fn declared_scope(operation: &Value) -> Option<String> {
    let scopes = operation.get("security")?.get(0)?.as_object()?.values().next()?;
    Some(scopes.get(0)?.as_str()?.to_owned())
}

/// The title of an operation on pages: its summary, or its id.
pub fn title(operation: &spec::Operation) -> String {
    let summary = operation.summary.trim();
    clip(if summary.is_empty() { &operation.id } else { summary }, MAX_TITLE)
}
