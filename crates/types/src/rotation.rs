//! Rotation of keys.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::{CreatedKey, KeyView};
use super::time::{DAY, HOUR};

/// Time during which both the old and the new key or secret are valid. `now`: none, the old one
/// ends immediately. `1h`, `24h`, `72h`: 1, 24 or 72 hours. `7d`, `30d`: 7 or 30 days.
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
    pub const ALL: [Self; 6] =
        [Self::Now, Self::OneHour, Self::OneDay, Self::ThreeDays, Self::OneWeek, Self::OneMonth];

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

    /// When the old key stops working, for pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Now => "Immediately",
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

/// How to rotate a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RotateKey {
    /// Time during which the old key continues to work after the rotation. It never works past its
    /// own expiry. Default: `72h`.
    #[cfg_attr(feature = "ssr", schema(example = "72h"))]
    pub overlap: Overlap,
}

/// The new key, with its secret, and the old key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RotatedKey {
    #[serde(flatten)]
    pub created: CreatedKey,
    /// The old key after the rotation. It works until its `retires_at`.
    pub replaces: KeyView,
}
