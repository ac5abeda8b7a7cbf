//! Deliveries, each of one event to one endpoint, and their attempts.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::{AttemptId, DeliveryId, EndpointId, EventId};
use super::time::Timestamp;

/// State of a delivery. `pending`: another attempt follows when it is due or, if the endpoint is
/// disabled, after it is enabled. `delivered`: the endpoint responded with 2xx. `failed`: all 8
/// attempts failed, or the endpoint responded with 410; nothing more is sent unless you retry the
/// delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The next attempt is due, or the endpoint is disabled.
    Pending,
    /// The endpoint responded with 2xx.
    Delivered,
    /// All attempts failed. Nothing more is sent automatically.
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

/// A webhook delivery: one event sent to one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookDelivery))]
pub struct Delivery {
    /// Id of the delivery.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "dlv_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: DeliveryId,
    /// Environment of the event: `sandbox` or `live`.
    pub environment: Environment,
    /// Id of the webhook endpoint.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "ep_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub endpoint_id: EndpointId,
    /// Id of the event, which is the `webhook-id` of every attempt.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "evt_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub event_id: EventId,
    /// Type of the event.
    #[cfg_attr(feature = "ssr", schema(example = "customer.created"))]
    pub event_type: String,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts so far.
    pub attempts: u32,
    /// Time when the next attempt is due (RFC 3339, UTC). Null if none is scheduled: the delivery
    /// has succeeded or failed, or the endpoint is disabled.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub next_attempt_at: Option<Timestamp>,
    /// HTTP status of the last attempt's response. Null if there was no response or no attempt.
    pub last_status: Option<u16>,
    /// Why the last attempt got no response. Empty if it got one, or if there was no attempt.
    pub last_error: String,
    /// Time of the last attempt (RFC 3339, UTC). Null if there was none.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_attempt_at: Option<Timestamp>,
    /// Time when the delivery was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// One attempt of a webhook delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookAttempt))]
pub struct Attempt {
    /// Id of the attempt.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: AttemptId,
    /// Time when the attempt started (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    /// Duration of the attempt in milliseconds.
    pub latency_ms: u64,
    /// HTTP status of the response. Null if there was no response.
    pub status: Option<u16>,
    /// Why there was no response. Empty if there was one.
    pub error: String,
    /// First 4 KiB of the body of the receiver's response.
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

    /// Why no next attempt is due, for pages.
    pub const fn why_none(&self) -> &'static str {
        match self.state {
            DeliveryState::Pending => "held back: the endpoint is disabled",
            DeliveryState::Delivered | DeliveryState::Failed => "none",
        }
    }
}

/// A webhook delivery with its body and all attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = WebhookDeliveryDetail))]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: Delivery,
    /// Body that each attempt sends, exactly as it is signed.
    pub body: String,
    /// All attempts, oldest first.
    pub tried: Vec<Attempt>,
    /// Id of the request that caused the event. Empty if no request caused it.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(example = "req_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub request_id: String,
}

/// A delivery for its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryFound {
    pub detail: DeliveryDetail,
    /// Whether the request that caused the event is in the request log. Requests of the dashboard
    /// are not.
    pub is_request_logged: bool,
}

/// Filters of the list of deliveries, as in the URL. An empty text does not filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryFilter {
    pub endpoint: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    pub event_type: String,
    /// Start of the period, inclusive (RFC 3339).
    pub since: String,
    /// End of the period, exclusive (RFC 3339).
    pub until: String,
}

/// Result of recovering or replaying events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Requeued {
    /// Number of deliveries that will be sent.
    pub deliveries: u64,
    /// Call again with this value as `since` to continue (RFC 3339, UTC). Null if no events remain.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub next_since: Option<Timestamp>,
}
