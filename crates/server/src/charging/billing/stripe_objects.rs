//! The parts of Stripe's objects that are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tollgate_types::time::Timestamp;

/// Any object of which only the id matters.
#[derive(Deserialize)]
pub struct Made {
    pub id: String,
}

#[derive(Deserialize)]
pub struct Found<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// Seconds since the epoch.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub i64);

impl From<Seconds> for Timestamp {
    fn from(seconds: Seconds) -> Self {
        Self(seconds.0.saturating_mul(1_000))
    }
}

/// An id or, if expansion was requested, the object.
fn id_of<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Value>::deserialize(from)?;
    Ok(value.and_then(|value| match value {
        Value::String(id) => Some(id),
        value => value.get("id").and_then(Value::as_str).map(str::to_owned),
    }))
}

#[derive(Deserialize)]
pub struct Subscription {
    pub id: String,
    pub status: String,
    #[serde(deserialize_with = "id_of")]
    pub customer: Option<String>,
    pub items: Found<Item>,
    pub created: Seconds,
    pub start_date: Seconds,
    #[serde(default)]
    pub ended_at: Option<Seconds>,
    #[serde(default)]
    pub cancel_at: Option<Seconds>,
    #[serde(default)]
    pub cancel_at_period_end: bool,
    #[serde(default)]
    pub trial_end: Option<Seconds>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    latest_invoice: Option<Value>,
    #[serde(default, deserialize_with = "id_of")]
    pub schedule: Option<String>,
}

impl Subscription {
    /// The latest invoice, if it was requested.
    pub fn latest_invoice(&self) -> Option<Invoice> {
        self.latest_invoice
            .as_ref()
            .filter(|there| there.is_object())
            .and_then(|there| Invoice::deserialize(there).ok())
    }

    /// When it was created.
    pub fn latest_invoice_at(&self) -> Option<Seconds> {
        self.latest_invoice.as_ref()?.get("created")?.as_i64().map(Seconds)
    }
}

#[derive(Deserialize)]
pub struct Item {
    pub id: String,
    pub price: Price,
    #[serde(default)]
    pub current_period_start: Option<Seconds>,
    #[serde(default)]
    pub current_period_end: Option<Seconds>,
}

#[derive(Deserialize)]
pub struct Price {
    pub id: String,
    #[serde(default)]
    pub active: bool,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    recurring: Option<Value>,
}

impl Price {
    pub fn is_metered(&self) -> bool {
        self.recurring.as_ref().is_some_and(|recurring| recurring["usage_type"] == "metered")
    }
}

#[derive(Deserialize)]
pub struct Meter {
    pub id: String,
    pub event_name: String,
    pub status: String,
}

#[derive(Deserialize)]
pub struct Session {
    pub id: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "id_of")]
    pub subscription: Option<String>,
}

#[derive(Deserialize)]
pub struct PortalSession {
    pub url: String,
}

#[derive(Deserialize)]
pub struct Summary {
    pub aggregated_value: serde_json::Number,
    pub start_time: Seconds,
}

#[derive(Deserialize)]
pub struct Schedule {
    pub id: String,
    pub phases: Vec<Phase>,
}

#[derive(Deserialize)]
pub struct Phase {
    pub start_date: Seconds,
    pub end_date: Seconds,
}

#[derive(Deserialize)]
pub struct Invoice {
    /// `None` for a preview.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub number: Option<String>,
    #[serde(deserialize_with = "id_of")]
    pub customer: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub attempted: bool,
    pub currency: String,
    pub total: i64,
    pub period_start: Seconds,
    pub period_end: Seconds,
    pub created: Seconds,
    #[serde(default)]
    pub hosted_invoice_url: Option<String>,
    #[serde(default)]
    pub invoice_pdf: Option<String>,
    pub lines: Found<Line>,
    #[serde(default)]
    parent: Option<Value>,
}

impl Invoice {
    /// The subscription of the invoice.
    pub fn subscription(&self) -> Option<&str> {
        let found = self.parent.as_ref()?.pointer("/subscription_details/subscription")?;
        found.as_str().or_else(|| found.get("id")?.as_str())
    }
}

#[derive(Deserialize)]
pub struct Line {
    pub amount: i64,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub quantity: Option<u64>,
    pub period: Period,
    #[serde(default)]
    pricing: Option<Value>,
    #[serde(default)]
    parent: Option<Value>,
}

impl Line {
    pub fn price(&self) -> Option<&str> {
        let found = self.pricing.as_ref()?.pointer("/price_details/price")?;
        found.as_str().or_else(|| found.get("id")?.as_str())
    }

    pub fn is_proration(&self) -> bool {
        let details = ["/subscription_item_details/proration", "/invoice_item_details/proration"];
        self.parent.as_ref().is_some_and(|parent| {
            details.iter().any(|at| parent.pointer(at).and_then(Value::as_bool) == Some(true))
        })
    }

    /// In minor units with decimal places.
    pub fn unit_price(&self) -> Option<String> {
        match self.pricing.as_ref()?.get("unit_amount_decimal")? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
pub struct Period {
    pub start: Seconds,
    pub end: Seconds,
}
