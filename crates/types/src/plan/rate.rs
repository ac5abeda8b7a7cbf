//! A rate limit of a plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// A rate limit of a plan: a number of calls per time window, with an optional burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanRate {
    /// Maximum calls per window, 1 to 1,000,000,000.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000, example = 20))]
    pub calls: u32,
    /// Length of the window in seconds, 1 to 86,400 (one day).
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 86_400, example = 1))]
    pub seconds: u32,
    /// Maximum calls in a burst, 1 to 1,000,000,000. Absent or null: the same as `calls`.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000))]
    #[serde(default)]
    pub burst: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "must be CALLS/SECONDS or CALLS/SECONDS/BURST, such as 20/1: 1 to 1000000000 calls, and 1 to 86400 seconds"
)]
pub struct PlanRateError;

impl PlanRate {
    /// Reads the form's fields `rate` (calls per second) and `burst`. `None` if both are empty.
    ///
    /// # Errors
    /// The field that is not valid.
    pub fn per_second(rate: &str, burst: &str) -> Result<Option<Self>, FieldError> {
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        let (calls, burst) = (number(rate), number(burst));
        let field = if matches!(calls, Ok(Some(1..))) { "burst" } else { "rate" };
        match (calls, burst) {
            (Ok(None), Ok(None)) => return Ok(None),
            (Ok(Some(calls)), Ok(burst)) => Some(Self { calls, seconds: 1, burst }),
            _ => None,
        }
        .filter(Self::is_right)
        .map(Some)
        .ok_or_else(|| {
            FieldError::new(
                field,
                "invalid_format",
                "Enter whole numbers of at least 1 for calls per second and burst.",
            )
        })
    }

    /// Whether the numbers are within the allowed ranges.
    pub fn is_right(&self) -> bool {
        let calls = 1..=1_000_000_000;
        calls.contains(&self.calls)
            && self.burst.is_none_or(|burst| calls.contains(&burst))
            && (1..=86_400).contains(&self.seconds)
    }
}

impl FromStr for PlanRate {
    type Err = PlanRateError;

    fn from_str(text: &str) -> Result<Self, PlanRateError> {
        let numbers: Result<Vec<u32>, _> =
            text.split('/').map(|number| number.trim().parse()).collect();
        let rate = match numbers.map_err(|_| PlanRateError)?.as_slice() {
            [calls, seconds] => Self { calls: *calls, seconds: *seconds, burst: None },
            [calls, seconds, burst] => {
                Self { calls: *calls, seconds: *seconds, burst: Some(*burst) }
            }
            _ => return Err(PlanRateError),
        };
        if rate.is_right() { Ok(rate) } else { Err(PlanRateError) }
    }
}

impl fmt::Display for PlanRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.calls, self.seconds)?;
        self.burst.map_or(Ok(()), |burst| write!(f, "/{burst}"))
    }
}
