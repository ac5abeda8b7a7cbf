//! The events there are.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use super::environment::Environment;
use super::id::EventId;
use super::time::Timestamp;

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $meaning:literal;)*) => {
        /// What an event tells of. Names are part of the public API and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventType {
            $($(#[$doc])* $name,)*
        }

        impl EventType {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// For the catalogue: when it happens.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

event_types! {
    CustomerCreated = "customer.created", "A customer was created.";
    CustomerUpdated = "customer.updated", "A customer was changed.";
    CustomerDeleted = "customer.deleted", "A customer was deleted; the data is as it was last.";
    EndpointDisabled = "endpoint.disabled", "A webhook endpoint was disabled, because it answered 410 Gone or every attempt of five days failed.";
    /// Goes to the one endpoint that is tested.
    EndpointTest = "endpoint.test", "Somebody sends a test to one endpoint. It goes to no other, and there whatever types it wants.";
    InvoicePaid = "invoice.paid", "The payment provider has collected an invoice.";
    InvoicePaymentFailed = "invoice.payment_failed", "An invoice could not be collected. After the days of grace live calls are refused.";
    KeyCreated = "key.created", "A key was created.";
    KeyExpiring = "key.expiring", "A key expires within 30, 7 or 1 days.";
    KeyLeaked = "key.leaked", "Somebody reported a key that was found where it should not be. It still works.";
    KeyRevoked = "key.revoked", "A key was revoked.";
    KeyRotated = "key.rotated", "A new key takes over from this one, which works until `retires_at`.";
    QuotaThresholdReached = "quota.threshold_reached", "50 %, 80 % or 100 % of a month's included units are used.";
    SpendCapReached = "spend_cap.reached", "50 %, 80 % or 100 % of a spend cap of the organisation or of a key are spent.";
    SubscriptionUpdated = "subscription.updated", "The organisation changed to another plan of a product.";
}

/// An event as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Event {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: EventId,
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "invoice.approved"))]
    pub kind: String,
    /// Null where it belongs to no environment.
    pub environment: Option<Environment>,
    /// What it tells of.
    #[cfg_attr(feature = "ssr", schema(value_type = Object, example = json!({"invoice": "2026-117"})))]
    pub data: serde_json::Value,
    /// The call or page request that caused it; empty where none did.
    pub request_id: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// An event, and what became of it at each endpoint that wants it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventDetail {
    pub event: Event,
    pub deliveries: Vec<Delivery>,
}

/// One type of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventTypeView {
    #[serde(rename = "type")]
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub kind: String,
    /// When it happens.
    pub meaning: String,
    /// JSON Schema (2020-12) of `data`.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub schema: serde_json::Value,
    /// A delivery's body.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub example: serde_json::Value,
}
