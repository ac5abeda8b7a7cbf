//! Webhook endpoints as the dashboard and the API show them. A secret appears only in
//! [`CreatedEndpoint`].

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::EndpointId;
use super::time::Timestamp;

/// State of a webhook endpoint. `active`: it receives deliveries. `disabled`: nothing is sent to
/// it; pending deliveries are kept until it is enabled, and new events create no deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    Active,
    Disabled,
}

/// Why a webhook endpoint is disabled. `by_hand`: somebody disabled it. `gone`: it responded with
/// 410 Gone. `failing`: every attempt failed for five days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody disabled it.
    ByHand,
    /// It responded with 410 Gone.
    Gone,
    /// Every attempt failed for five days.
    Failing,
}

impl DisabledReason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// For people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::ByHand => "somebody disabled it",
            Self::Gone => "it responded with 410 Gone",
            Self::Failing => "every attempt of the last five days failed",
        }
    }
}

/// A webhook endpoint, without its secret and without the values of its headers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookEndpoint))]
pub struct Endpoint {
    /// Id of the endpoint.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "ep_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: EndpointId,
    /// Environment whose events the endpoint receives: `sandbox` or `live`.
    pub environment: Environment,
    /// URL that receives the events.
    #[cfg_attr(feature = "ssr", schema(example = "https://example.com/webhooks"))]
    pub url: String,
    /// Your description of the endpoint. Empty if none was set.
    pub description: String,
    /// Event types and patterns, such as `customer.*` or `*`, that the endpoint receives.
    #[cfg_attr(feature = "ssr", schema(example = json!(["customer.*", "key.revoked"])))]
    pub event_types: Vec<String>,
    /// Names of the HTTP headers that each delivery has. Their values are never shown.
    pub header_names: Vec<String>,
    /// Maximum deliveries per second to the endpoint, from all instances of the server together.
    /// Null: no limit.
    pub rate: Option<u32>,
    /// State of the endpoint.
    pub state: EndpointState,
    /// Why the endpoint is disabled. Null while it is active.
    pub disabled_reason: Option<DisabledReason>,
    /// Time until which deliveries are signed with the previous secret as well (RFC 3339, UTC).
    /// Null if no rotation is in progress.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub previous_secret_until: Option<Timestamp>,
    /// Time since which every attempt has failed (RFC 3339, UTC). Null if the last attempt
    /// succeeded, or if there was none.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub failing_since: Option<Timestamp>,
    /// Time of the last attempt with a 2xx response (RFC 3339, UTC). Null if there was none.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_success_at: Option<Timestamp>,
    /// Time of the last attempt without a 2xx response (RFC 3339, UTC). Null if there was none.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_failure_at: Option<Timestamp>,
    /// Time when the endpoint was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time of the last change to the endpoint (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}

/// A webhook endpoint with its new signing secret. No other response contains it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = CreatedWebhookEndpoint))]
pub struct CreatedEndpoint {
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// Secret that signs deliveries (`whsec_…`). Store it now: it cannot be shown again.
    #[cfg_attr(feature = "ssr", schema(example = "whsec_…"))]
    pub secret: String,
}

/// Attempts of an endpoint in the last 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub attempts: u64,
    pub successes: u64,
}

/// An endpoint and its recent attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointHealth {
    pub endpoint: Endpoint,
    pub health: Health,
}
