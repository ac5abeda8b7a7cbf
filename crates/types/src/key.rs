//! Keys as the dashboard and `/v1/keys` show and accept them: [`KeyView`], [`NewKey`],
//! [`KeyUpdate`] and the texts of a form, [`KeyInput`]. A key's text appears only in
//! [`CreatedKey`].

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::KeyId;
use super::money::Currency;
use super::patch::present;
use super::scope::Scope;
use super::time::Timestamp;

/// State of a key. `active`: it works. `disabled`: calls with it are refused until it is enabled.
/// `rotating`: a new key has replaced it, and it works until `retires_at`. `expired`: its expiry
/// has passed. `revoked`: it was revoked, or the overlap of its rotation has ended. Calls with an
/// expired or revoked key are refused permanently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    Active,
    Disabled,
    /// Another key has replaced it. This one works until `retires_at`.
    Rotating,
    Expired,
    Revoked,
}

impl KeyState {
    pub const ALL: [Self; 5] =
        [Self::Active, Self::Disabled, Self::Rotating, Self::Expired, Self::Revoked];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Rotating => "rotating",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// True if the key can never work again.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Expired | Self::Revoked)
    }
}

/// Filters of the list of keys, as in the URL. An empty text does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyFilter {
    /// Part of the name, the beginning of the visible prefix, or an id.
    pub text: String,
    /// The name of a [`KeyState`].
    pub state: String,
}

/// A rate limit: a number of calls per time window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Maximum calls per window, 1 to 1,000,000,000.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000, example = 5))]
    pub calls: u32,
    /// Length of the window in seconds, 1 to 86,400 (one day).
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 86_400, example = 1))]
    pub seconds: u32,
}

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = Key))]
pub struct KeyView {
    /// Id of the key.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "key_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: KeyId,
    /// Name of the key.
    pub name: String,
    /// Environment in which the key works: `sandbox` or `live`.
    pub environment: Environment,
    /// Visible part of the key: its first characters. Safe to show and log.
    #[cfg_attr(feature = "ssr", schema(example = "tg_sandbox_4eC39HqLyjWD"))]
    pub prefix: String,
    /// Scopes of the key: the operations that it can call, such as `customers:read`.
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<String>))]
    pub scopes: Vec<Scope>,
    /// State of the key: `active`, `disabled`, `rotating` (replaced by a new key, works until
    /// `retires_at`), `expired` or `revoked`.
    pub state: KeyState,
    /// Networks (CIDR) from which the key can be used. Empty: from all addresses.
    #[cfg_attr(feature = "ssr", schema(example = json!(["203.0.113.0/24"])))]
    pub ip_allow_list: Vec<String>,
    /// Rate limit of the key. It can only tighten the plan's limit: the smaller burst and the
    /// slower rate apply. Null: only the plan's limits apply.
    pub rate_limit: Option<RateLimit>,
    /// Maximum cost of the key's calls beyond the units that the plan includes, per calendar month
    /// (UTC), in minor units of the organisation's currency: 5000 is 50.00 USD, 5,000 JPY or 5.000
    /// KWD. Further calls get `spend_cap_reached`. Null: no cap.
    pub spend_cap: Option<u64>,
    /// Time when the key was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time when the key expires (RFC 3339, UTC). Null: never.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// Id of the key that this key has replaced in a rotation. Null if it has replaced none.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub rotated_from: Option<KeyId>,
    /// Id of the key that has replaced this key in a rotation. Null if it was not rotated.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub rotated_to: Option<KeyId>,
    /// Time when a new key replaced this key (RFC 3339, UTC). Null if it was not rotated.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub rotated_at: Option<Timestamp>,
    /// Time when this key stops working after its rotation (RFC 3339, UTC). Null if it was not
    /// rotated.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub retires_at: Option<Timestamp>,
    /// Time of the last call with this key (RFC 3339, UTC). Null if it was never used.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
    /// IP address of the last caller with this key. Null if it was never used.
    pub last_used_ip: Option<String>,
    /// `User-Agent` header of the last call with this key. Null if it was never used.
    pub last_used_agent: Option<String>,
}

impl KeyView {
    /// An active key without settings that was never used.
    pub fn new(
        id: KeyId,
        name: impl Into<String>,
        environment: Environment,
        prefix: impl Into<String>,
        scopes: Vec<Scope>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            environment,
            prefix: prefix.into(),
            scopes,
            state: KeyState::Active,
            ip_allow_list: Vec::new(),
            rate_limit: None,
            spend_cap: None,
            created_at,
            expires_at: None,
            rotated_from: None,
            rotated_to: None,
            rotated_at: None,
            retires_at: None,
            last_used_at: None,
            last_used_ip: None,
            last_used_agent: None,
        }
    }
}

/// A new key with its secret. No other response contains the secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CreatedKey {
    #[serde(flatten)]
    pub view: KeyView,
    /// The whole key, including its secret: the text to send in `Authorization: Bearer`. Store it
    /// now: it cannot be shown again.
    #[cfg_attr(feature = "ssr", schema(example = "tg_sandbox_…"))]
    pub key: String,
}

/// A key to create.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Name of the key, 1 to 80 characters.
    #[cfg_attr(
        feature = "ssr",
        schema(min_length = 1, max_length = 80, example = "Checkout service")
    )]
    pub name: String,
    /// Environment in which the key works: `sandbox` or `live`.
    pub environment: Environment,
    /// Scopes of the key, 1 to 100: the operations that it can call, such as `customers:read` or
    /// `customers:*`.
    #[cfg_attr(feature = "ssr", schema(min_items = 1, max_items = 100, example = json!(["customers:read"])))]
    pub scopes: Vec<String>,
    /// Time when the key expires (RFC 3339, UTC): in the future, at most ten years from now. Absent
    /// or null: never.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// IP addresses and networks (CIDR) from which the key can be used, up to 50. Default: empty,
    /// from all addresses.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(max_items = 50))]
    pub ip_allow_list: Vec<String>,
    /// Rate limit of the key. It can only tighten the plan's limit: the smaller burst and the
    /// slower rate apply. Absent or null: only the plan's limits apply.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// Maximum cost of the key's calls beyond the units that the plan includes, per calendar month
    /// (UTC), in minor units of the organisation's currency: 5000 is 50.00 USD. Further calls get
    /// `spend_cap_reached`. Absent or null: no cap.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(maximum = 1_000_000_000_000_u64))]
    pub spend_cap: Option<u64>,
}

/// Changes to a key. Absent fields keep their values.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct KeyUpdate {
    /// New name, 1 to 80 characters. Absent or null: unchanged.
    #[cfg_attr(
        feature = "ssr",
        schema(min_length = 1, max_length = 80, example = "Checkout service")
    )]
    pub name: Option<String>,
    /// Scopes that the key keeps, 1 to 100. Scopes can be removed, never added. Absent or null:
    /// unchanged.
    #[cfg_attr(feature = "ssr", schema(min_items = 1, max_items = 100))]
    pub scopes: Option<Vec<String>>,
    /// IP addresses and networks (CIDR) from which the key can be used, up to 50. Replaces the
    /// whole list. Null or an empty list: from all addresses. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Vec<String>>, max_items = 50))]
    pub ip_allow_list: Option<Option<Vec<String>>>,
    /// Rate limit of the key. It can only tighten the plan's limit: the smaller burst and the
    /// slower rate apply. Null removes it. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<RateLimit>))]
    pub rate_limit: Option<Option<RateLimit>>,
    /// Maximum cost of the key's calls beyond the units that the plan includes, per calendar month
    /// (UTC), in minor units of the organisation's currency: 5000 is 50.00 USD. Further calls get
    /// `spend_cap_reached`. Null removes the cap. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<u64>, maximum = 1_000_000_000_000_u64))]
    pub spend_cap: Option<Option<u64>>,
}

/// What the forms of a key and the command line can set at first and later, as texts. An empty text
/// sets nothing, or removes what was set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInput {
    pub name: String,
    /// One entry per line, or separated by commas.
    #[serde(default)]
    pub ip_allow_list: String,
    /// Calls and seconds, such as `5/60`.
    #[serde(default)]
    pub rate_limit: String,
    /// An amount in the organisation's billing currency, such as `50` or `12.50`.
    #[serde(default)]
    pub spend_cap: String,
}

impl KeyInput {
    /// The texts that set what the key has.
    pub fn of(key: &KeyView, currency: Currency) -> Self {
        let rate = key.rate_limit.map(|rate| format!("{}/{}", rate.calls, rate.seconds));
        Self {
            name: key.name.clone(),
            ip_allow_list: key.ip_allow_list.join("\n"),
            rate_limit: rate.unwrap_or_default(),
            spend_cap: key.spend_cap.map(|cap| currency.plain(cap)).unwrap_or_default(),
        }
    }
}
