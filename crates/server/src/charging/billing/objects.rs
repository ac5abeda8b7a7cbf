//! Names of plans and products at Stripe. They are derived from our ids, so that creating an object
//! twice, after a crash or by two instances, finds the existing one.

use sha2::{Digest, Sha256};
use tollgate_types::plan::Plan;

/// Kinds of rows in `billing_objects`.
pub const PRODUCT: &str = "product";
pub const PRICE_MONTH: &str = "price_month";
pub const PRICE_UNITS: &str = "price_units";
pub const METER: &str = "meter";

/// The metadata key that identifies our objects.
pub const PLAN: &str = "tollgate_plan";
pub const ORG: &str = "tollgate_org";
pub const API: &str = "tollgate_product";
/// The keys of a meter event's payload.
pub const CUSTOMER_KEY: &str = "stripe_customer_id";
pub const VALUE_KEY: &str = "value";

/// The id of a Stripe product: the same for all versions of a plan.
pub fn product_id(plan: &Plan) -> String {
    format!("tollgate_{}", &fingerprint(&[&plan.product, &plan.name])[..24])
}

pub fn lookup_key(plan: &Plan, kind: &str) -> String {
    format!("tollgate_{}_{kind}", plan.id)
}

pub fn event_name(product: &str) -> String {
    format!("tollgate_{product}_units")
}

/// In hexadecimal; different parts give different names.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A plan's prices as a fingerprint, which never changes.
pub fn plan_fingerprint(plan: &Plan) -> String {
    let tiers: Vec<String> = plan
        .prices
        .tiers()
        .iter()
        .map(|tier| format!("{:?}:{}", tier.up_to, tier.unit_price))
        .collect();
    fingerprint(&[
        &plan.product,
        &plan.name,
        plan.currency.as_str(),
        &plan.monthly_price.to_string(),
        &tiers.join(","),
    ])
}

/// Whether usage of the plan is reported.
pub fn is_metered(plan: &Plan) -> bool {
    plan.prices.are_paid()
}
