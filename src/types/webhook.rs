//! Webhook endpoints as the dashboard and the API show them. A secret appears only in [`CreatedEndpoint`] and
//! [`RotatedSecret`].

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::EndpointId;
use super::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    Active,
    Disabled,
}

/// Why nothing is delivered to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody disabled it.
    ByHand,
    /// It answered 410 Gone.
    Gone,
    /// Every attempt of five days failed.
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
            Self::Gone => "it answered 410 Gone",
            Self::Failing => "every attempt of the last five days failed",
        }
    }
}

/// An endpoint without its secret, and without the values of its headers, which may be secrets too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookEndpoint))]
pub struct Endpoint {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "ep_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: EndpointId,
    pub environment: Environment,
    #[cfg_attr(feature = "ssr", schema(example = "https://example.com/webhooks"))]
    pub url: String,
    pub description: String,
    #[cfg_attr(feature = "ssr", schema(example = json!(["customer.*", "key.revoked"])))]
    pub event_types: Vec<String>,
    /// The names of its own headers.
    pub header_names: Vec<String>,
    /// Deliveries a second, at most; null: no rate.
    pub rate: Option<u32>,
    pub state: EndpointState,
    /// Null while it is active.
    pub disabled_reason: Option<DisabledReason>,
    /// Until when the secret before the present one signs as well.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub previous_secret_until: Option<Timestamp>,
    /// Since when every attempt has failed.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub failing_since: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_success_at: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_failure_at: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}

/// The answer to creating an endpoint: the first time its secret is shown.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = CreatedWebhookEndpoint))]
pub struct CreatedEndpoint {
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// What signs. Store it now: it cannot be shown again.
    #[cfg_attr(feature = "ssr", schema(example = "whsec_…"))]
    pub secret: String,
}

/// How an endpoint has fared in the last 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub attempts: u64,
    pub successes: u64,
}

impl Health {
    /// In whole percent; none where nothing was attempted.
    pub fn success_percent(self) -> Option<u64> {
        (self.successes * 100).checked_div(self.attempts)
    }
}

/// An endpoint, and how it fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointHealth {
    pub endpoint: Endpoint,
    pub health: Health,
}
