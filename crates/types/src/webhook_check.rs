//! Checks of a webhook receiver, and diagnosis of a signature.

use serde::{Deserialize, Serialize};

/// Kind of a test delivery. `good`: valid. `bad_signature`: signed with another secret. `stale`:
/// signed 10 minutes ago. `duplicate`: the first one again, with the same `webhook-id`.
/// `reordered`: an event older than the one before. `slow`: a body in two parts, 2 seconds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckCase {
    Good,
    BadSignature,
    Stale,
    Duplicate,
    Reordered,
    Slow,
}

impl CheckCase {
    pub const ALL: [Self; 6] =
        [Self::Good, Self::BadSignature, Self::Stale, Self::Duplicate, Self::Reordered, Self::Slow];

    /// Whether a receiver must respond to it with 2xx.
    pub const fn is_to_be_accepted(self) -> bool {
        !matches!(self, Self::BadSignature | Self::Stale)
    }

    /// What is sent, for pages.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Good => "A delivery with a valid signature",
            Self::BadSignature => "The same delivery, signed with another secret",
            Self::Stale => "A delivery that was correctly signed 10 minutes ago",
            Self::Duplicate => "The first delivery again, with the same webhook-id",
            Self::Reordered => "An event that is older than the previous one",
            Self::Slow => "A body that arrives in two halves, 2 seconds apart",
        }
    }

    /// How to fix a receiver that responds otherwise.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Good => {
                "Respond with 2xx within 15 seconds: store the event and process it afterwards. The debugger reports what is wrong with a signature."
            }
            Self::BadSignature => {
                "Verify `webhook-signature` over the raw body first, and respond with 401 if it is wrong."
            }
            Self::Stale => {
                "Reject a `webhook-timestamp` that is more than 5 minutes off. Otherwise anyone who recorded a delivery can send it again."
            }
            Self::Duplicate => {
                "Respond with 2xx to a `webhook-id` that you have already processed, and do nothing else: a delivery can arrive more than once."
            }
            Self::Reordered => {
                "Accept events in any order: compare `timestamp` in the body, or fetch the current object."
            }
            Self::Slow => "Read the whole body before you verify it.",
        }
    }
}

/// How a receiver responded to one test delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CheckResult {
    /// Kind of the test delivery.
    pub case: CheckCase,
    /// Whether the receiver responded as it should: with 4xx to `bad_signature` and `stale`, and
    /// with 2xx to all other test deliveries.
    pub is_right: bool,
    /// HTTP status of the response. Null if there was no response.
    pub status: Option<u16>,
    /// Why there was no response. Empty if there was one.
    pub error: String,
    /// Time until the response or the failure, in milliseconds.
    pub latency_ms: u64,
}

/// Result of a receiver check. The check stops after the first test delivery if nothing responds to
/// it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ReceiverCheck {
    /// Whether the receiver responded correctly to all test deliveries.
    pub is_right: bool,
    /// One result for each test delivery, in the order in which they were sent.
    pub results: Vec<CheckResult>,
}

/// Diagnosis of a delivery's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub is_right: bool,
    /// The mistakes, or what is correct.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name, such as `reserialised_body`.
    pub code: String,
    pub title: String,
    pub remedy: String,
}
