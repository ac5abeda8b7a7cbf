//! Differences between Tollgate and the payment provider.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Billed units of one day, organisation and product: in Tollgate and at the payment provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DriftDay {
    /// Id of the organisation.
    pub org: String,
    /// Id of the product. `platform` is the portal's own API.
    pub product: String,
    /// Start of the day (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub day: Timestamp,
    /// Billed units of the day in Tollgate.
    pub ledger: u64,
    /// Units that are included in `ledger` and are not yet sent to the payment provider.
    pub waiting: u64,
    /// Billed units of the day at the payment provider.
    pub provider: u64,
}

/// A plan or product whose object at the payment provider is missing or was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ObjectDrift {
    /// Kind of the object at the payment provider: `product`, `price_month` (the monthly price of a
    /// plan), `price_units` (the unit prices of a plan) or `meter` (the usage of a product).
    pub kind: String,
    /// Id of the plan or, for a meter, of the product in Tollgate.
    pub subject: String,
    /// Id of the object in Stripe.
    pub stripe_id: String,
    /// What is wrong with the object, in words.
    pub drift: String,
}

/// Differences between Tollgate and the payment provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Plans and products whose objects at the payment provider are missing or were changed.
    pub objects: Vec<ObjectDrift>,
    /// Billed units of each subscription and day, for the last 35 days. Days without a difference
    /// are included; days without units are not.
    pub days: Vec<DriftDay>,
    /// Pass this value as `cursor` to compare the days of the next 200 subscriptions. Null if there
    /// are no more.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// Number of usage reports that Tollgate could not send to the payment provider and no longer
    /// tries to send.
    pub alarms: u64,
}
