//! How calls to a product are handled.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How calls to a product are handled. Absent settings have their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProductSettings {
    /// What happens to a request that does not match the product's document. Default: `off`.
    pub validation: Validation,
    /// Whether calls to paths that the document does not declare are sent to the product's server.
    /// They cost one unit. Default: false, they get 404.
    pub allow_undeclared: bool,
    /// Time limit for connecting to the product's server, in milliseconds, 1 to 100,000. Default:
    /// 2,000.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 100_000))]
    pub connect_timeout_ms: u32,
    /// Time limit until the product's server starts its response, in milliseconds, 1 to 100,000.
    /// Default: 30,000.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 100_000))]
    pub timeout_ms: u32,
    /// Maximum size of a request's body in bytes. Absent or null: the server's default limit
    /// applies.
    pub max_body_bytes: Option<u64>,
    /// Origins whose pages can call the product from a browser, such as `https://app.example.com`,
    /// up to 50. `*`: all origins. Default: none.
    #[cfg_attr(feature = "ssr", schema(max_items = 50))]
    pub cors_origins: Vec<String>,
    /// Whether the product's server itself carries out each `Idempotency-Key` only once per
    /// organisation (header `Tollgate-Org`). If true, a call that got no response is sent to the
    /// server again when the caller repeats it with the same key. If false, such a repetition is
    /// refused with `idempotency_unknown`. Default: false.
    pub honours_idempotency_key: bool,
    /// What happens to calls whose path has an encoded slash or backslash (`%2F`, `%5C`). Default:
    /// `refuse`.
    pub encoded_slashes: EncodedSlashes,
    /// Whether headers that make a server treat a request as another method or path, such as
    /// `X-HTTP-Method-Override` and `X-Original-URL`, reach the product's server. They bypass
    /// scopes, so they are removed by default. Default: false.
    pub allow_override_headers: bool,
}

impl Default for ProductSettings {
    fn default() -> Self {
        Self {
            validation: Validation::default(),
            allow_undeclared: false,
            connect_timeout_ms: 2_000,
            timeout_ms: 30_000,
            max_body_bytes: None,
            cors_origins: Vec::new(),
            honours_idempotency_key: false,
            encoded_slashes: EncodedSlashes::default(),
            allow_override_headers: false,
        }
    }
}

/// What happens to a request that does not match the product's document. `off`: requests are not
/// validated. `warn`: the request is sent, and the response lists the faults in
/// `Tollgate-Validation`. `enforce`: the request is refused with `validation_failed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Validation {
    /// Requests are not validated.
    #[default]
    Off,
    /// The request is sent, and the response lists the faults in `Tollgate-Validation`.
    Warn,
    /// The request is refused with `validation_failed`.
    Enforce,
}

impl Validation {
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Enforce];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

impl FromStr for Validation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| "must be off, warn or enforce".into())
    }
}

/// What happens to calls whose path has an encoded slash or backslash. `refuse`: they are refused
/// with `invalid_request`, because a server that decodes the path before it routes could treat the
/// call as another operation than the one that the key has a scope for. `allow`: they are forwarded
/// unchanged; the server must route before it decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum EncodedSlashes {
    /// They are refused with `invalid_request`: a server that decodes the path before it routes
    /// could treat the call as another operation than the one that the key has a scope for.
    #[default]
    Refuse,
    /// They are forwarded unchanged: the server must route before it decodes.
    Allow,
}

impl EncodedSlashes {
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Allow];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }
}

impl FromStr for EncodedSlashes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| "must be refuse or allow".into())
    }
}
