//! Keys as the dashboard and `/v1/keys` show them. A key's text appears only in [`CreatedKey`].

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::KeyId;
use super::scope::Scope;
use super::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    Active,
    Disabled,
    /// Another key has taken over; this one works until `retires_at`.
    Rotating,
    Expired,
    Revoked,
}

impl KeyState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Rotating => "rotating",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// True if the key is over, for good.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Expired | Self::Revoked)
    }
}

/// So many calls in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000, example = 5))]
    pub calls: u32,
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 86_400, example = 1))]
    pub seconds: u32,
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = Key))]
pub struct KeyView {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "key_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: KeyId,
    pub name: String,
    pub environment: Environment,
    /// The visible part of the key, safe to show and log.
    #[cfg_attr(feature = "ssr", schema(example = "tg_sandbox_4eC39HqLyjWD"))]
    pub prefix: String,
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<String>))]
    pub scopes: Vec<Scope>,
    pub state: KeyState,
    /// The networks (CIDR) it may be used from; from anywhere, if empty.
    #[cfg_attr(feature = "ssr", schema(example = json!(["203.0.113.0/24"])))]
    pub ip_allow_list: Vec<String>,
    /// The key's own rate limit, where it is tighter than what else holds.
    pub rate_limit: Option<RateLimit>,
    /// What its calls may cost in a calendar month (UTC), in minor units.
    pub spend_cap: Option<u64>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// The key this one took over from.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub rotated_from: Option<KeyId>,
    /// The key that took over from this one.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub rotated_to: Option<KeyId>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub rotated_at: Option<Timestamp>,
    /// When a rotated key stops working.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub retires_at: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
    pub last_used_ip: Option<String>,
    pub last_used_agent: Option<String>,
}

/// The answer to creating a key: the only time its text is shown.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CreatedKey {
    #[serde(flatten)]
    pub view: KeyView,
    /// The whole key. Store it now: it cannot be shown again.
    #[cfg_attr(feature = "ssr", schema(example = "tg_sandbox_…"))]
    pub key: String,
}

/// What is asked for when a key is created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// 1 to 80 characters.
    #[cfg_attr(feature = "ssr", schema(min_length = 1, max_length = 80, example = "Checkout service"))]
    pub name: String,
    pub environment: Environment,
    /// At least one.
    #[cfg_attr(feature = "ssr", schema(min_items = 1, max_items = 100, example = json!(["customers:read"])))]
    pub scopes: Vec<String>,
    /// When the key stops working by itself; never, if absent.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// Addresses and networks (CIDR) it may be used from; from anywhere, if absent or empty.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(max_items = 50))]
    pub ip_allow_list: Vec<String>,
    /// A rate limit of its own. It only tightens what else holds.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// What its calls may cost in a calendar month (UTC), in minor units.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(maximum = 1_000_000_000_000_u64))]
    pub spend_cap: Option<u64>,
}
