//! What an organisation pays, has paid and will pay.

use serde::{Deserialize, Serialize};

use super::error::UiError;
use super::id::{InvoiceId, KeyId, PlanId};
use super::money::Currency;
use super::plan::{KeySpend, Plan};
use super::time::Timestamp;

/// What a subscription's life is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    Trialing,
    Active,
    /// A payment failed.
    PastDue,
    /// The first payment is still to come: the plan is not in force.
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
        [Self::Trialing, Self::Active, Self::PastDue, Self::Incomplete, Self::Canceled].into_iter().find(|state| state.as_str() == text)
    }

    /// Whether its plan holds.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }
}

/// A subscription as its people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    pub state: SubscriptionState,
    /// Whether the payment provider collects for it.
    pub is_charged: bool,
    pub period_end: Option<Timestamp>,
    pub trial_ends_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// From then on live calls are refused.
    pub blocked_at: Option<Timestamp>,
    /// The plan that takes over at the period's end.
    pub next_plan: Option<PlanId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    Draft,
    Open,
    Paid,
    /// A payment was tried and failed.
    Failed,
    Void,
    /// Computed where nobody collects.
    NotCharged,
}

impl InvoiceState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Void => "void",
            Self::NotCharged => "not_charged",
        }
    }

    /// Whether the payment provider never changes it again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Paid | Self::Void)
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Open, Self::Paid, Self::Failed, Self::Void, Self::NotCharged].into_iter().find(|state| state.as_str() == text)
    }
}

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    pub text: String,
    /// Units of usage; none for what is charged by the month.
    pub units: Option<u64>,
    /// In minor units, with decimal places.
    pub unit_price: Option<String>,
    /// In minor units; a credit is negative.
    pub amount: i64,
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: InvoiceId,
    pub product: String,
    pub number: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub currency: Currency,
    pub total: i64,
    pub state: InvoiceState,
    pub lines: Vec<InvoiceLine>,
    /// At the payment provider; empty where there is none.
    pub page_url: String,
    pub pdf_url: String,
    pub created_at: Timestamp,
}

/// What a month will come to if it goes on as it went so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    pub units: u64,
    /// With the monthly price.
    pub total: u64,
}

/// One product's part of the billing page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingView {
    pub product: String,
    /// Products there are, to choose another from.
    pub products: Vec<String>,
    pub plan: Plan,
    pub subscription: Option<SubscriptionView>,
    /// Whether a payment provider is connected.
    pub has_provider: bool,
    /// Whether there is a customer there, who has a portal.
    pub has_portal: bool,
    /// Billed units of this month.
    pub units: u64,
    /// What they cost, in minor units.
    pub overage: u64,
    /// The monthly price, as far as it was in force, and the overage.
    pub so_far: u64,
    pub forecast: Forecast,
    /// What all products together cost this month beyond their monthly prices.
    pub spent: u64,
    pub spend_cap: Option<u64>,
    pub month: Timestamp,
    pub resets_at: Timestamp,
    pub keys: Vec<KeySpend>,
    pub operations: Vec<OperationSpend>,
    pub offers: Vec<Plan>,
    /// The newest first.
    pub invoices: Vec<Invoice>,
}

/// What was billed for one operation in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationSpend {
    pub operation: String,
    pub calls: u64,
    pub units: u64,
}

/// What was billed for one key's calls of an operation in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUnits {
    pub key_id: KeyId,
    pub name: String,
    pub prefix: String,
    pub calls: u64,
    pub units: u64,
}

/// A product's month, or one operation in it: what is behind a line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    pub product: String,
    pub month: Timestamp,
    pub operation: Option<String>,
    /// The most used first; empty where an operation was asked for.
    pub operations: Vec<OperationSpend>,
    /// Of the operation that was asked for.
    pub keys: Vec<KeyUnits>,
}

/// When a change of plan holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// After a payment on the provider's page.
    Checkout,
    AtOnce,
    AtPeriodEnd,
}

/// What a change of plan does, before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePreview {
    pub plan: Plan,
    pub kind: ChangeKind,
    pub holds_from: Timestamp,
    /// Parts of months that are charged or given back.
    pub lines: Vec<InvoiceLine>,
    pub total: i64,
    /// To be confirmed with: what is charged is reckoned at the moment that was shown.
    pub at: Timestamp,
}

/// One day's usage of one organisation and product, in our ledger and at the payment provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DriftDay {
    pub org: String,
    pub product: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub day: Timestamp,
    pub ledger: u64,
    /// Not sent yet.
    pub waiting: u64,
    pub provider: u64,
}

/// A plan or product whose twin at the payment provider is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ObjectDrift {
    pub kind: String,
    pub subject: String,
    pub stripe_id: String,
    pub drift: String,
}

/// What the portal earns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Revenue {
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub month: Timestamp,
    pub rows: Vec<RevenueRow>,
    /// Invoices whose payment failed, the newest first.
    pub failed: Vec<FailedPayment>,
}

/// One organisation's part of one product, in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RevenueRow {
    pub org_id: String,
    pub org_name: String,
    pub product: String,
    pub plan: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    pub monthly_price: u64,
    pub units: u64,
    pub overage: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FailedPayment {
    pub org_name: String,
    pub number: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    pub total: i64,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// Where the payment provider and we differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Plans and meters whose twins there are gone or changed.
    pub objects: Vec<ObjectDrift>,
    /// Units of each of the last 35 days that has any.
    pub days: Vec<DriftDay>,
    /// Reports of usage that were given up.
    pub alarms: u64,
}

/// One organisation's month under the plan and under the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Simulated {
    #[serde(flatten)]
    pub now: RevenueRow,
    /// Monthly price and overage under the draft, in minor units.
    pub draft_total: u64,
}

/// A price to try out, as a person fills it in: amounts as `49.00`, the overage for 1,000 units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceDraft {
    pub plan: String,
    pub price: String,
    pub included: String,
    pub overage: String,
    /// `2026-11`; empty: the month before this one.
    pub month: String,
}

/// The page on which prices are tried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PriceTrial {
    /// Plans whose subscribers' usage can be reckoned anew.
    pub plans: Vec<Plan>,
    pub month: Timestamp,
    /// None before a plan is chosen.
    pub outcome: Option<Result<Vec<Simulated>, UiError>>,
}
