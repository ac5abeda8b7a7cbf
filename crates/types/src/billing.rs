//! Subscriptions, invoices and revenue.

mod drift;
mod invoice;
mod revenue;

use serde::{Deserialize, Serialize};

use super::id::{KeyId, PlanId};
use super::plan::{KeySpend, Plan};
use super::refusal::{Consequence, Refusal};
use super::time::Timestamp;

pub use drift::{Drift, DriftDay, ObjectDrift};
pub use invoice::{Invoice, InvoiceLine, InvoiceState};
pub use revenue::{
    FailedPayment, PriceDraft, PriceTrial, Revenue, RevenueRow, RevenueSum, Simulated,
};

/// The state of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    Trialing,
    Active,
    /// A payment failed.
    PastDue,
    /// The first payment is missing: the plan is not active.
    Incomplete,
    Canceled,
}

impl SubscriptionState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Incomplete => "incomplete",
            Self::Canceled => "canceled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Trialing, Self::Active, Self::PastDue, Self::Incomplete, Self::Canceled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    /// Whether its plan is active.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }
}

/// A subscription as its organisation sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    pub state: SubscriptionState,
    /// Whether the payment provider collects for it.
    pub is_charged: bool,
    pub period_end: Option<Timestamp>,
    pub trial_ends_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// Live calls are refused from this time on.
    pub blocked_at: Option<Timestamp>,
    /// The plan that becomes active at the end of the period.
    pub next_plan: Option<PlanId>,
}

/// The expected usage and total of a month, at the current rate of usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    pub units: u64,
    /// In minor units, including the monthly price.
    pub total: u64,
}

/// The billing page of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingView {
    pub product: String,
    /// All products that can be chosen on the page.
    pub products: Vec<String>,
    pub plan: Plan,
    pub subscription: Option<SubscriptionView>,
    /// Why live calls are refused at the moment. None if they are not.
    pub refusal: Option<Refusal>,
    /// Whether a payment provider is connected.
    pub has_provider: bool,
    /// Whether the organisation has a customer portal at the payment provider.
    pub has_portal: bool,
    /// Billed units of this month.
    pub units: u64,
    /// Cost of these units, in minor units.
    pub overage: u64,
    /// The monthly price, for the part of the month in which it was active, and the overage.
    pub so_far: u64,
    pub forecast: Forecast,
    /// This month's overage of all products, in minor units.
    pub spent: u64,
    pub spend_cap: Option<u64>,
    pub month: Timestamp,
    pub resets_at: Timestamp,
    pub keys: Vec<KeySpend>,
    pub operations: Vec<OperationSpend>,
    pub offers: Vec<Plan>,
    /// Newest first.
    pub invoices: Vec<Invoice>,
}

/// Billed calls and units of one operation in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationSpend {
    pub operation: String,
    pub calls: u64,
    pub units: u64,
}

/// Billed calls and units of one key and operation in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUnits {
    pub key_id: KeyId,
    pub name: String,
    pub prefix: String,
    pub calls: u64,
    pub units: u64,
}

/// Usage behind a line of an invoice: of a product in a month, or of one of its operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    pub product: String,
    pub month: Timestamp,
    pub operation: Option<String>,
    /// Most used first. Empty if `operation` is set.
    pub operations: Vec<OperationSpend>,
    /// Keys that called `operation`.
    pub keys: Vec<KeyUnits>,
}

/// When a plan change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// After a payment on the provider's page.
    Checkout,
    AtOnce,
    AtPeriodEnd,
}

/// Preview of a plan change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePreview {
    pub plan: Plan,
    pub kind: ChangeKind,
    pub holds_from: Timestamp,
    /// Parts of months that are charged or refunded.
    pub lines: Vec<InvoiceLine>,
    pub total: i64,
    /// Time for which the charge was calculated. The confirmation must contain it.
    pub at: Timestamp,
    /// Effect of the change on live calls. If it is set, the change must be confirmed.
    pub consequence: Option<Consequence>,
}
