use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Environment of a key or object. `sandbox`: for tests; calls are counted and never billed.
/// `live`: for production; calls are billed according to the plan.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    #[default]
    Sandbox,
    Live,
}

impl Environment {
    pub const ALL: [Self; 2] = [Self::Sandbox, Self::Live];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Live => "live",
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Sandbox => Self::Live,
            Self::Live => Self::Sandbox,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("environment must be `sandbox` or `live`")]
pub struct EnvironmentError;

impl FromStr for Environment {
    type Err = EnvironmentError;

    fn from_str(text: &str) -> Result<Self, EnvironmentError> {
        Self::ALL.into_iter().find(|e| e.as_str() == text).ok_or(EnvironmentError)
    }
}
