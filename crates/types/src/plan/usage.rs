//! An organisation's plan and its usage in a month.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::id::KeyId;
use crate::time::Timestamp;

/// An organisation's plan and its usage this month, for the plan page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanUsage {
    /// The product of everything except `keys`.
    pub product: String,
    /// Products with plans, which can be chosen on the page.
    pub products: Vec<String>,
    pub plan: Plan,
    /// Billed units.
    pub units: u64,
    /// Overage, in minor units.
    pub overage: u64,
    /// Maximum overage per month, in minor units.
    pub spend_cap: Option<u64>,
    /// When the next month starts and the usage resets.
    pub resets_at: Timestamp,
    /// Keys that were billed this month, over all products, highest amount first.
    pub keys: Vec<KeySpend>,
    /// Plans that can be switched to.
    pub offers: Vec<Plan>,
}

/// Cost of one key's calls this month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySpend {
    pub key_id: KeyId,
    pub name: String,
    pub prefix: String,
    pub units: u64,
    /// In minor units.
    pub amount: u64,
}
