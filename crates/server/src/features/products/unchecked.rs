//! How many calls could not be checked, for those who run the portal: each was let through as if
//! the document said nothing of it.

use std::collections::HashMap;

use parking_lot::Mutex;
use tollgate_openapi::schemas::Unsaid;
use tollgate_types::product::Unchecked;
use tollgate_types::time::{MINUTE, Timestamp};

/// Products that are counted; no portal has more.
const MAX_PRODUCTS: usize = 1_000;
/// How often one product is logged.
const LOG_EVERY: i64 = MINUTE;

#[derive(Default)]
pub struct UncheckedCalls(Mutex<HashMap<String, Counted>>);

#[derive(Default)]
struct Counted {
    calls: Unchecked,
    logged: Option<Timestamp>,
}

impl UncheckedCalls {
    /// Counts one call, and logs the first of each minute.
    pub fn record(
        &self,
        product: &str,
        operation: &str,
        unsaid: &[(String, Unsaid)],
        now: Timestamp,
    ) {
        let mut products = self.0.lock();
        if products.len() >= MAX_PRODUCTS && !products.contains_key(product) {
            return;
        }
        let counted = products.entry(product.to_owned()).or_default();
        let is_over_budget = unsaid.iter().any(|(_, why)| *why == Unsaid::OverBudget);
        if is_over_budget {
            counted.calls.over_budget += 1;
        } else {
            counted.calls.unreadable += 1;
        }
        if counted.logged.is_some_and(|at| now.0 - at.0 < LOG_EVERY) {
            return;
        }
        counted.logged = Some(now);
        let place = unsaid.first().map(|(place, _)| place.as_str()).unwrap_or_default();
        let why = if is_over_budget {
            "the check costs more than it may"
        } else {
            "the schema has a part that cannot be read"
        };
        let Unchecked { over_budget, unreadable } = counted.calls;
        tracing::warn!(
            product,
            operation,
            place,
            why,
            over_budget,
            unreadable,
            "calls were let through unchecked"
        );
    }

    /// Since the server started.
    pub fn of(&self, product: &str) -> Unchecked {
        self.0.lock().get(product).map(|counted| counted.calls).unwrap_or_default()
    }
}
