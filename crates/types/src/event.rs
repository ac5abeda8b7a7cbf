//! Events and their types.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use super::environment::Environment;
use super::id::EventId;
use super::raw_json::RawJson;
use super::time::Timestamp;

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $meaning:literal;)*) => {
        /// The type of an event. Names are part of the public API and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventType {
            $($(#[$doc])* $name,)*
        }

        impl EventType {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// When the portal records the event, for the catalogue.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

event_types! {
    CustomerCreated = "customer.created", "A customer was created.";
    CustomerUpdated = "customer.updated", "A customer was changed. The data is the customer after the change.";
    CustomerDeleted = "customer.deleted", "A customer was deleted. The data is the customer before the deletion.";
    EndpointDisabled = "endpoint.disabled", "A webhook endpoint was disabled because it responded with 410 Gone, or because every attempt failed for five days.";
    /// Only sent to the endpoint that is tested.
    EndpointTest = "endpoint.test", "A test event was sent to one endpoint, from the dashboard or with the API. No other endpoint receives it.";
    InvoicePaid = "invoice.paid", "An invoice was paid.";
    InvoicePaymentFailed = "invoice.payment_failed", "The payment of an invoice failed. Live calls are refused with `payment_required` if it is not paid within the grace period, 3 days by default.";
    KeyCreated = "key.created", "A key was created.";
    KeyExpiring = "key.expiring", "A key expires in 30 days, 7 days or 1 day. Recorded once at each of these times.";
    KeyLeaked = "key.leaked", "Somebody reported that a key was found in public. The key continues to work. Recorded at most once per key and day.";
    KeyRevoked = "key.revoked", "A key was revoked.";
    KeyRotated = "key.rotated", "A key was rotated: a new key has replaced it. The data is the old key, which works until `retires_at`.";
    LiveCallsRefused = "live_calls.refused", "Live calls to a product are refused: its quota is used up, the organisation's spend cap is reached, or a payment is overdue. Recorded once per cause, calendar month, and size of the quota or cap.";
    QuotaThresholdReached = "quota.threshold_reached", "50 %, 80 % or 100 % of the units that a plan includes per month are used. Recorded once per month, threshold, and size of the quota.";
    SpendCapReached = "spend_cap.reached", "50 %, 80 % or 100 % of the monthly spend cap of the organisation or of a key is used up. Recorded once per month, threshold, and size of the cap.";
    SubscriptionUpdated = "subscription.updated", "The organisation's subscription to a product changed: its plan or its state.";
}

/// An event: a record of something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Event {
    /// Id of the event. Webhook deliveries send it in the header `webhook-id`.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: EventId,
    /// Type of the event, such as `customer.created`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "invoice.approved"))]
    pub kind: String,
    /// Environment of the event: `sandbox` or `live`. Null if the event concerns the organisation
    /// as a whole.
    pub environment: Option<Environment>,
    /// Data of the event. `/v1/event-types` lists the schema of each type that the portal records.
    #[cfg_attr(feature = "ssr", schema(value_type = Object, example = json!({"invoice": "2026-117"})))]
    pub data: RawJson,
    /// Id of the request that caused the event. Empty if no request caused it.
    pub request_id: String,
    /// Time of the event (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// An event with its deliveries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventDetail {
    pub event: Event,
    /// Whether the request that caused it is in the request log. Requests of the dashboard are not.
    pub is_request_logged: bool,
    pub deliveries: Vec<Delivery>,
}

/// One type of event that the portal records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventTypeView {
    /// Name of the event type.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub kind: String,
    /// When the portal records an event of this type.
    pub meaning: String,
    /// JSON Schema (2020-12) of the event's `data`.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub schema: serde_json::Value,
    /// Example of the body of a webhook delivery of this type.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub example: serde_json::Value,
}
