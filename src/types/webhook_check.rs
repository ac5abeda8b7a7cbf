//! What a receiver does with good and bad deliveries, and what is wrong with a signature.

use serde::{Deserialize, Serialize};

/// One kind of delivery that a receiver is checked with.
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
    pub const ALL: [Self; 6] = [Self::Good, Self::BadSignature, Self::Stale, Self::Duplicate, Self::Reordered, Self::Slow];

    /// Whether a receiver must answer it with 2xx.
    pub const fn is_to_be_accepted(self) -> bool {
        !matches!(self, Self::BadSignature | Self::Stale)
    }

    /// For people: what is sent.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Good => "A delivery with a right signature",
            Self::BadSignature => "The same with a signature by another secret",
            Self::Stale => "One that was rightly signed 10 minutes ago",
            Self::Duplicate => "The first one again, with the same webhook-id",
            Self::Reordered => "An event that is older than the one before",
            Self::Slow => "A body that comes in two halves, 2 seconds apart",
        }
    }

    /// What to do about a receiver that does otherwise.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Good => {
                "Answer 2xx within 15 seconds: note the event, and work on it afterwards. The debugger says what is wrong with a signature."
            }
            Self::BadSignature => "Verify `webhook-signature` over the raw body before anything else, and answer 401 where it is wrong.",
            Self::Stale => {
                "Refuse a `webhook-timestamp` that is more than 5 minutes off: otherwise whoever recorded a delivery can send it again."
            }
            Self::Duplicate => "Answer 2xx to a `webhook-id` that you have seen, and do nothing: each delivery may come more than once.",
            Self::Reordered => "Take events in any order: look at `timestamp` in the body, or fetch the object as it is now.",
            Self::Slow => "Read the whole body before you verify it.",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CheckResult {
    pub case: CheckCase,
    /// Whether the receiver did as it should.
    pub is_right: bool,
    /// Null where there was no answer.
    pub status: Option<u16>,
    /// Why there was none; empty where there was one.
    pub error: String,
    pub latency_ms: u64,
}

/// What a receiver did with each delivery. Ends after the first where nothing answers at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ReceiverCheck {
    /// Whether all of it was right.
    pub is_right: bool,
    pub results: Vec<CheckResult>,
}

/// What a delivery's signature shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub is_right: bool,
    /// The mistakes, or what is right.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name, such as `reserialised_body`.
    pub code: String,
    pub title: String,
    pub remedy: String,
}
