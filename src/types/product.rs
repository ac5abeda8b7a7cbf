//! Products: published APIs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::change::Affected;
use super::time::Timestamp;

/// The product that the platform's own API is.
pub const PLATFORM: &str = "platform";

/// Names that the platform's own scopes, or its pages, have already.
const RESERVED: [&str; 12] =
    [PLATFORM, "api", "customers", "events", "keys", "logs", "products", "subscriptions", "usage", "webhooks", "request-logs", "search"];

const MAX_ID: usize = 40;

/// `^[a-z][a-z0-9-]*$`, at most 40 characters: part of scopes and URLs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductIdError {
    #[error("a product's id begins with a small letter and has small letters, digits and hyphens, 40 at most")]
    Form,
    #[error("this id belongs to the platform itself; choose another one")]
    Reserved,
}

impl ProductId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductId {
    type Err = ProductIdError;

    fn from_str(text: &str) -> Result<Self, ProductIdError> {
        let is_right = text.len() <= MAX_ID
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        match is_right {
            false => Err(ProductIdError::Form),
            true if RESERVED.contains(&text) => Err(ProductIdError::Reserved),
            true => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ProductId {
    type Error = ProductIdError;

    fn try_from(text: String) -> Result<Self, ProductIdError> {
        text.parse()
    }
}

impl From<ProductId> for String {
    fn from(id: ProductId) -> String {
        id.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ProductStatus {
    #[default]
    Active,
    Beta,
    Deprecated,
}

impl ProductStatus {
    pub const ALL: [Self; 3] = [Self::Active, Self::Beta, Self::Deprecated];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Beta => "beta",
            Self::Deprecated => "deprecated",
        }
    }
}

impl FromStr for ProductStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| "must be active, beta or deprecated".into())
    }
}

/// What is done with a request that the document does not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Validation {
    /// It is not looked at.
    #[default]
    Off,
    /// It goes on, and the answer names the faults in `Tollgate-Validation`.
    Warn,
    /// It is refused with `validation_failed`.
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
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| "must be off, warn or enforce".into())
    }
}

/// How calls to a product are handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProductSettings {
    pub validation: Validation,
    /// Whether calls to paths that the document does not declare go to the upstream, too.
    pub allow_undeclared: bool,
    /// Milliseconds until the upstream must have taken the connection, and begun to answer.
    pub connect_timeout_ms: u32,
    pub timeout_ms: u32,
    /// Bytes that a request may carry; none for the server's own limit.
    pub max_body_bytes: Option<u64>,
    /// Origins whose pages may call the product from a browser, such as `https://app.example.com`; `*` for all.
    pub cors_origins: Vec<String>,
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
        }
    }
}

/// A product as everybody may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ProductView {
    #[cfg_attr(feature = "ssr", schema(example = "logistics"))]
    pub id: String,
    pub name: String,
    /// Markdown.
    pub description: String,
    pub category: String,
    pub tags: Vec<String>,
    pub status: ProductStatus,
    /// The document's own version.
    #[cfg_attr(feature = "ssr", schema(example = "1.4.0"))]
    pub version: String,
    /// Counts the documents that the product has had.
    pub revision: u64,
    pub operations: u64,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}

/// A product as its operator sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct AdminProduct {
    #[serde(flatten)]
    pub view: ProductView,
    /// Where live calls go.
    pub base_url: String,
    /// Where sandbox calls go; null: the built-in mock answers them.
    pub sandbox_url: Option<String>,
    /// Where the document is fetched from again.
    pub source_url: Option<String>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub fetched_at: Option<Timestamp>,
    /// Why the last fetch brought nothing; empty if it did.
    pub fetch_error: String,
    pub settings: ProductSettings,
}

/// One document that a product has had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ProductVersion {
    pub revision: u64,
    /// The document's own version.
    pub version: String,
    pub operations: u64,
    pub is_active: bool,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// A product's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductDetail {
    pub product: AdminProduct,
    /// The newest first.
    pub versions: Vec<ProductVersion>,
    /// Keys that called it in the last 30 days, by organisation.
    pub callers: Vec<Affected>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_fits_into_scopes_and_urls_and_is_not_the_platforms() {
        for good in ["logistics", "a", "a-1"] {
            assert!(good.parse::<ProductId>().is_ok(), "{good}");
        }
        for bad in ["", "1a", "A", "a_b", "a b", "-a", "ä", "platform", "keys", "customers"] {
            assert!(bad.parse::<ProductId>().is_err(), "{bad}");
        }
        assert!("a".repeat(41).parse::<ProductId>().is_err());
    }
}
