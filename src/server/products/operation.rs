//! One method and path of a product, as the gateway needs it.

use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;

use crate::server::Result;
use crate::server::spec::{self, Billable, Price, Spec, segments};
use crate::types::product::PLATFORM;

#[derive(Debug)]
pub struct Operation {
    /// The product's id.
    pub product: Arc<str>,
    /// Where it stands among the document's operations; none for a path that the document does not declare.
    pub place: Option<usize>,
    pub id: String,
    /// Names of the parameters that are a whole segment of the path, and which; the path begins with an empty one.
    pub parameters: Vec<(String, usize)>,
    /// The scope that a key needs.
    pub scope: String,
    /// The scope that is enough for this operation alone.
    pub own_scope: Option<String>,
    pub price: Price,
    /// Whether a call without an `Idempotency-Key` is refused: `x-tollgate-idempotency: required`.
    pub requires_idempotency_key: bool,
    /// Whether the answer holds a secret, which must not be stored: `x-tollgate-secret-answer: true`.
    pub answers_with_secret: bool,
}

impl Operation {
    /// All operations of a document, in its order.
    ///
    /// # Errors
    /// If one of the platform's own names no scope: then a call could not be authorised.
    pub fn all(product: &Arc<str>, spec: &Spec) -> Result<Vec<Arc<Self>>> {
        spec.operations.iter().enumerate().map(|(place, operation)| Ok(Arc::new(Self::new(product, spec, place, operation)?))).collect()
    }

    fn new(product: &Arc<str>, spec: &Spec, place: usize, operation: &spec::Operation) -> Result<Self> {
        let (scope, own_scope) = if &**product == PLATFORM {
            let json = spec.root.pointer(&operation.pointer).unwrap_or(&Value::Null);
            (declared_scope(json).with_context(|| format!("{} names no scope", operation.id))?, None)
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
            answers_with_secret: operation.answers_with_secret,
        })
    }

    /// Any path that the document does not declare, where the product allows such.
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
            answers_with_secret: false,
        })
    }

    /// The most that an answer can cost.
    pub fn most_units(&self) -> u32 {
        if self.price.billable == Billable::Never { 0 } else { self.price.max_units.unwrap_or(self.price.units) }
    }
}

fn whole_segments(path: &str) -> Vec<(String, usize)> {
    let name = |segment: &str| Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    segments(path).enumerate().filter_map(|(place, segment)| Some((name(segment)?, place))).collect()
}

fn general_scope(product: &str, reads: bool) -> String {
    format!("{product}:{}", if reads { "read" } else { "write" })
}

/// The one scope that `security` asks for.
fn declared_scope(operation: &Value) -> Option<String> {
    let scopes = operation.get("security")?.get(0)?.as_object()?.values().next()?;
    Some(scopes.get(0)?.as_str()?.to_owned())
}
