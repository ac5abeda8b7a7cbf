//! Deliveries: one event to one endpoint, and the attempts at it.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::{AttemptId, DeliveryId, EndpointId, EventId};
use super::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its first or next attempt, or for the endpoint to be enabled.
    Pending,
    /// The endpoint answered 2xx.
    Delivered,
    /// All attempts failed: nothing more happens by itself.
    Failed,
}

impl DeliveryState {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookDelivery))]
pub struct Delivery {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "dlv_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: DeliveryId,
    pub environment: Environment,
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "ep_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub endpoint_id: EndpointId,
    /// The event, and the `webhook-id` of every attempt.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub event_id: EventId,
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub event_type: String,
    pub state: DeliveryState,
    /// Attempts that were made.
    pub attempts: u32,
    /// When the next attempt is due; null where none is.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub next_attempt_at: Option<Timestamp>,
    /// The last answer's status; null where there was none.
    pub last_status: Option<u16>,
    /// Why the last attempt got no answer; empty where it did.
    pub last_error: String,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_attempt_at: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookAttempt))]
pub struct Attempt {
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: AttemptId,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    pub latency_ms: u64,
    /// Null where there was no answer.
    pub status: Option<u16>,
    /// Why there was none; empty where there was one.
    pub error: String,
    /// The first 4 KiB of the answer's body.
    pub answer: String,
}

impl Attempt {
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Delivery {
    /// Whether the first attempt is due or being made.
    pub fn is_under_way(&self) -> bool {
        self.attempts == 0 && self.next_attempt_at.is_some()
    }

    /// For people: why no next attempt is due.
    pub const fn why_none(&self) -> &'static str {
        match self.state {
            DeliveryState::Pending => "held back: the endpoint is disabled",
            DeliveryState::Delivered | DeliveryState::Failed => "none",
        }
    }
}

/// A delivery with what was sent, and all attempts, the first one first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookDeliveryDetail))]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The body of each attempt, to the byte.
    pub body: String,
    pub tried: Vec<Attempt>,
}

/// Filters of deliveries, as they stand in the URL. Empty texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryFilter {
    pub endpoint: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    pub event_type: String,
    /// The first moment, RFC 3339.
    pub since: String,
    /// The end, not included.
    pub until: String,
}

/// How many deliveries will be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Requeued {
    pub deliveries: u64,
    /// Where to go on from, if there was more than one call takes; else null.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub next_since: Option<Timestamp>,
}
