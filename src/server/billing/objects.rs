//! What plans and products are called at Stripe. The names are made of ours, so that whoever makes an object twice, after
//! a crash or beside another instance, is told that it is there.

use sha2::{Digest, Sha256};

use crate::types::plan::Plan;

/// Kinds of rows in `billing_objects`.
pub const PRODUCT: &str = "product";
pub const PRICE_MONTH: &str = "price_month";
pub const PRICE_UNITS: &str = "price_units";
pub const METER: &str = "meter";

/// By which our objects are known there.
pub const PLAN: &str = "tollgate_plan";
pub const ORG: &str = "tollgate_org";
pub const API: &str = "tollgate_product";
/// What the payload of a meter event is read by.
pub const CUSTOMER_KEY: &str = "stripe_customer_id";
pub const VALUE_KEY: &str = "value";

/// The id of a Stripe product: one for all versions of a plan.
pub fn product_id(plan: &Plan) -> String {
    format!("tollgate_{}", &fingerprint(&[&plan.product, &plan.name])[..24])
}

pub fn lookup_key(plan: &Plan, kind: &str) -> String {
    format!("tollgate_{}_{kind}", plan.id)
}

pub fn event_name(product: &str) -> String {
    format!("tollgate_{product}_units")
}

/// In hexadecimal; of other parts another one.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a plan's prices are made of, which never changes.
pub fn plan_fingerprint(plan: &Plan) -> String {
    let tiers: Vec<String> = plan.prices.tiers().iter().map(|tier| format!("{:?}:{}", tier.up_to, tier.unit_price)).collect();
    fingerprint(&[&plan.product, &plan.name, plan.currency.as_str(), &plan.monthly_price.to_string(), &tiers.join(",")])
}

/// Whether usage of the plan is reported.
pub fn is_metered(plan: &Plan) -> bool {
    plan.prices.are_paid()
}
