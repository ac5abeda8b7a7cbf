//! Usage: hourly totals of the journal.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Usage of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct UsagePoint {
    /// Start of the hour (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub hour: Timestamp,
    /// Number of calls.
    pub calls: u64,
    /// Number of calls that got a 4xx or 5xx response.
    pub errors: u64,
    /// Units that the calls used, in the sandbox as well. A billable call uses 1 unit unless its
    /// operation sets another number.
    pub units: u64,
    /// Units that were billed. Always 0 in the sandbox.
    pub billed_units: u64,
}

/// Usage of one calendar month (UTC) in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MonthUsage {
    /// Start of the month (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub month: Timestamp,
    /// Id of the product, if the request named one. Null: `calls`, `units` and `billed_units` are
    /// totals over all products.
    pub product: Option<String>,
    /// Number of calls.
    pub calls: u64,
    /// Units that the calls used, in the sandbox as well. A billable call uses 1 unit unless its
    /// operation sets another number.
    pub units: u64,
    /// Units that were billed. Always 0 in the sandbox.
    pub billed_units: u64,
    /// Quota of one product: the one in the request, or otherwise the portal's own API. Null in the
    /// sandbox, which is never billed.
    pub quota: Option<QuotaUsage>,
    /// Usage by product and operation, highest billed units first.
    pub by_operation: Vec<OperationUsage>,
    /// Usage by product and key, highest billed units first. At most 1,000 entries.
    pub by_key: Vec<KeyUsage>,
    /// Whether there are more entries than `by_key` lists.
    pub has_more_keys: bool,
}

/// Usage of one product's quota in the month, according to the organisation's current plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QuotaUsage {
    /// Id of the product. `platform` is the portal's own API.
    #[cfg_attr(feature = "ssr", schema(example = "logistics"))]
    pub product: String,
    /// Name of the organisation's plan.
    pub plan: String,
    /// Units that the plan includes per calendar month (UTC).
    pub included_units: u64,
    /// Included units that remain in this calendar month (UTC).
    pub remaining_units: u64,
    /// Whether calls are refused with `quota_exceeded` when no included units remain. If false,
    /// further units are billed as overage.
    pub is_hard: bool,
    /// Cost of the units that exceed the included units, in minor units of `currency`: 5000 is
    /// 50.00 USD.
    pub overage: u64,
    /// ISO 4217 code of the currency, in lower case.
    #[cfg_attr(feature = "ssr", schema(example = "usd"))]
    pub currency: String,
    /// Time when the next month starts and the quota resets (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub resets_at: Timestamp,
}

/// Usage of one operation of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct OperationUsage {
    /// Id of the product. `platform` is the portal's own API.
    #[cfg_attr(feature = "ssr", schema(example = "logistics"))]
    pub product: String,
    /// Id of the operation. Empty for calls that matched no operation.
    pub operation: String,
    /// Number of calls.
    pub calls: i64,
    /// Units that the calls used, in the sandbox as well. A billable call uses 1 unit unless its
    /// operation sets another number.
    pub units: i64,
    /// Units that were billed. Always 0 in the sandbox.
    pub billed_units: i64,
}

/// Usage of one key for one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct KeyUsage {
    /// Id of the product. `platform` is the portal's own API.
    #[cfg_attr(feature = "ssr", schema(example = "logistics"))]
    pub product: String,
    /// Id of the key.
    #[cfg_attr(feature = "ssr", schema(example = "key_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub key_id: String,
    /// Number of calls.
    pub calls: i64,
    /// Units that the calls used, in the sandbox as well. A billable call uses 1 unit unless its
    /// operation sets another number.
    pub units: i64,
    /// Units that were billed. Always 0 in the sandbox.
    pub billed_units: i64,
}

/// The overview page's numbers for one environment over the last 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub calls: u64,
    pub errors: u64,
    pub billed_units: u64,
    /// 95th percentile of latency in microseconds, to within 19 %. None without calls.
    pub p95_us: Option<u64>,
    /// Every hour of the period, including hours without calls. The current hour is last.
    pub points: Vec<UsagePoint>,
    /// Keys that work in this environment.
    pub active_keys: u64,
}

/// Usage that one applied batch of the journal adds, for the live feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveUsage {
    pub points: Vec<UsagePoint>,
}
