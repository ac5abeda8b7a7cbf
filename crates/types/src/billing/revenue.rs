//! Revenue, and what it would have been at other prices.

use serde::{Deserialize, Serialize};

use crate::money::Currency;
use crate::page::Page;
use crate::plan::Plan;
use crate::time::Timestamp;

/// Revenue of one calendar month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Revenue {
    /// Start of the month (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub month: Timestamp,
    /// Totals of all organisations, by currency and product.
    pub sums: Vec<RevenueSum>,
    /// Time when the totals were calculated (RFC 3339, UTC). Null while they are being calculated:
    /// `sums` then only includes the first 1,000 entries.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub summed_at: Option<Timestamp>,
    /// One page of up to 100 entries, one for each organisation and product, ordered by
    /// organisation.
    pub rows: Vec<RevenueRow>,
    /// Pass this value as `cursor` to get the next page of `rows`. Null on the last page.
    pub next_cursor: Option<String>,
    /// The 100 newest invoices whose payment failed, newest first.
    pub failed: Vec<FailedPayment>,
    /// Whether there are more invoices whose payment failed than `failed` lists.
    pub has_more_failed: bool,
}

/// Totals of one product in one currency. Amounts of different currencies are never added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RevenueSum {
    /// ISO 4217 code of the currency, in lower case.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    /// Id of the product. `platform` is the portal's own API.
    pub product: String,
    /// Number of organisations with a plan or billed usage.
    pub partners: u64,
    /// Number of these organisations whose plan has a monthly price.
    pub paying: u64,
    /// Billed units of the month.
    pub units: u64,
    /// Sum of the plans' prices per month, in minor units of `currency`.
    pub monthly_price: u64,
    /// Sum of the cost of units beyond the included units, in minor units of `currency`.
    pub overage: u64,
}

impl RevenueSum {
    pub const fn none(currency: Currency, product: String) -> Self {
        Self { currency, product, partners: 0, paying: 0, units: 0, monthly_price: 0, overage: 0 }
    }

    pub fn add(&mut self, row: &RevenueRow) {
        self.partners += 1;
        self.paying += u64::from(row.monthly_price > 0);
        self.units += row.units;
        self.monthly_price += row.monthly_price;
        self.overage += row.overage;
    }
}

/// Revenue of one organisation from one product in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RevenueRow {
    /// Id of the organisation.
    pub org_id: String,
    /// Name of the organisation.
    pub org_name: String,
    /// Id of the product. `platform` is the portal's own API.
    pub product: String,
    /// Name of the organisation's plan.
    pub plan: String,
    /// ISO 4217 code of the currency, in lower case.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    /// Price of the plan per month, in minor units of `currency`: 4900 is 49.00 USD.
    pub monthly_price: u64,
    /// Billed units of the month.
    pub units: u64,
    /// Cost of the units beyond the included units, in minor units of `currency`.
    pub overage: u64,
}

/// An invoice whose payment failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FailedPayment {
    /// Name of the organisation.
    pub org_name: String,
    /// Number of the invoice.
    pub number: String,
    /// ISO 4217 code of the currency, in lower case.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    /// Amount of the invoice, in minor units of `currency`.
    pub total: i64,
    /// Time when the invoice was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// Revenue of one organisation with the current plan and with the draft price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Simulated {
    #[serde(flatten)]
    pub now: RevenueRow,
    /// Total of monthly price and overage at the draft price, in minor units of `currency`.
    pub draft_total: u64,
}

/// The form that simulates a price: amounts as `49.00`, the overage per 1,000 units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceDraft {
    pub plan: String,
    pub price: String,
    pub included: String,
    pub overage: String,
    /// `2026-11`. Empty: the previous month.
    pub month: String,
    /// Cursor of the page. Empty: the first page.
    #[serde(default)]
    pub cursor: String,
}

/// The page that simulates prices. `E` is the error of a draft that cannot be simulated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PriceTrial<E> {
    /// Plans whose price can be simulated.
    pub plans: Vec<Plan>,
    pub month: Timestamp,
    /// Result of the simulation. None until a plan is chosen.
    pub outcome: Option<Result<Page<Simulated>, E>>,
}

impl<E> PriceTrial<E> {
    pub fn map_err<F>(self, f: impl FnOnce(E) -> F) -> PriceTrial<F> {
        PriceTrial {
            plans: self.plans,
            month: self.month,
            outcome: self.outcome.map(|outcome| outcome.map_err(f)),
        }
    }
}
