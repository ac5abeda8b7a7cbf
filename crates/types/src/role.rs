//! Roles of members of an organisation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, including adding and removing owners.
    Owner,
    /// Everything except adding and removing owners.
    Admin,
    /// Keys, sandbox, logs and usage.
    Developer,
    /// Plans, invoices and usage.
    Billing,
    /// Read only.
    Viewer,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Admin, Self::Developer, Self::Billing, Self::Viewer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Billing => "billing",
            Self::Viewer => "viewer",
        }
    }

    /// One line for the team page.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Owner => "Everything, including owners",
            Self::Admin => "Everything except owners",
            Self::Developer => "Keys, sandbox, logs and usage",
            Self::Billing => "Plans, invoices and usage",
            Self::Viewer => "Read-only access",
        }
    }

    pub const fn can_manage_keys(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Developer)
    }

    pub const fn can_manage_team(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Whether somebody with this role may invite others as `role`.
    pub const fn can_invite(self, role: Self) -> bool {
        self.can_manage_team() && (matches!(self, Self::Owner) || !matches!(role, Self::Owner))
    }

    pub const fn can_manage_plan(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Billing)
    }

    pub const fn can_read_logs(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Developer | Self::Viewer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("role must be one of owner, admin, developer, billing, viewer")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}
