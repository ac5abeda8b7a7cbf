//! Usage: sums over the journal, by the hour.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// One hour of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct UsagePoint {
    /// The start of the hour.
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub hour: Timestamp,
    pub calls: u64,
    /// Of those, answered with 4xx or 5xx.
    pub errors: u64,
    pub units: u64,
    pub billed_units: u64,
}

/// One calendar month of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MonthUsage {
    /// When it began, UTC.
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub month: Timestamp,
    pub calls: u64,
    pub units: u64,
    pub billed_units: u64,
    /// None in the sandbox, which is never billed.
    pub quota: Option<QuotaUsage>,
    pub by_operation: Vec<OperationUsage>,
    pub by_key: Vec<KeyUsage>,
}

/// The month against the organisation's present plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QuotaUsage {
    pub plan: String,
    pub included_units: u64,
    pub remaining_units: u64,
    /// True if calls are refused once nothing remains; else they go on as overage.
    pub is_hard: bool,
    /// What the units beyond the included ones cost, in minor units of the currency.
    pub overage: u64,
    #[cfg_attr(feature = "ssr", schema(example = "usd"))]
    pub currency: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub resets_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct OperationUsage {
    pub operation: String,
    pub calls: i64,
    pub units: i64,
    pub billed_units: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct KeyUsage {
    #[cfg_attr(feature = "ssr", schema(example = "key_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub key_id: String,
    pub calls: i64,
    pub units: i64,
    pub billed_units: i64,
}

/// The overview page's numbers for one environment over the last 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub calls: u64,
    pub errors: u64,
    pub billed_units: u64,
    /// 95th percentile of latency in microseconds, to within 19 %; none without calls.
    pub p95_us: Option<u64>,
    /// Every hour of the period, the quiet ones too; the present hour is last.
    pub points: Vec<UsagePoint>,
    /// Usable keys in this environment.
    pub active_keys: u64,
}

/// What one applied batch of the journal adds, as the live feed tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveUsage {
    pub points: Vec<UsagePoint>,
}
