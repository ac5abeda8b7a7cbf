//! Handing over from one key to the next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::{CreatedKey, KeyView};
use super::time::{DAY, HOUR};

/// For how long both keys work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Overlap {
    #[serde(rename = "now")]
    Now,
    #[serde(rename = "1h")]
    OneHour,
    #[serde(rename = "24h")]
    OneDay,
    #[default]
    #[serde(rename = "72h")]
    ThreeDays,
    #[serde(rename = "7d")]
    OneWeek,
    #[serde(rename = "30d")]
    OneMonth,
}

impl Overlap {
    pub const ALL: [Self; 6] = [Self::Now, Self::OneHour, Self::OneDay, Self::ThreeDays, Self::OneWeek, Self::OneMonth];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::OneHour => "1h",
            Self::OneDay => "24h",
            Self::ThreeDays => "72h",
            Self::OneWeek => "7d",
            Self::OneMonth => "30d",
        }
    }

    /// In milliseconds.
    pub const fn length(self) -> i64 {
        match self {
            Self::Now => 0,
            Self::OneHour => HOUR,
            Self::OneDay => DAY,
            Self::ThreeDays => 3 * DAY,
            Self::OneWeek => 7 * DAY,
            Self::OneMonth => 30 * DAY,
        }
    }

    /// For people: when the old key ends.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Now => "At once",
            Self::OneHour => "In 1 hour",
            Self::OneDay => "In 24 hours",
            Self::ThreeDays => "In 72 hours",
            Self::OneWeek => "In 7 days",
            Self::OneMonth => "In 30 days",
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("must be one of now, 1h, 24h, 72h, 7d, 30d")]
pub struct OverlapError;

impl FromStr for Overlap {
    type Err = OverlapError;

    fn from_str(text: &str) -> Result<Self, OverlapError> {
        Self::ALL.into_iter().find(|overlap| overlap.as_str() == text).ok_or(OverlapError)
    }
}

/// How a key is to be rotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RotateKey {
    /// For how long the old key still works, though never past its own expiry.
    #[cfg_attr(feature = "ssr", schema(example = "72h"))]
    pub overlap: Overlap,
}

/// The answer to rotating a key: the new key, and the old one as it is now.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RotatedKey {
    #[serde(flatten)]
    pub created: CreatedKey,
    pub replaces: KeyView,
}
