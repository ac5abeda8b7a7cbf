//! Products: published APIs.

mod settings;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
pub use settings::{EncodedSlashes, ProductSettings, Validation};

use super::change::Affected;
use super::id::SigningSecretId;
use super::time::Timestamp;

/// Id of the product that is the portal's own API.
pub const PLATFORM: &str = "platform";

/// Ids that are reserved for the portal's scopes and pages.
const RESERVED: [&str; 12] = [
    PLATFORM,
    "api",
    "customers",
    "events",
    "keys",
    "logs",
    "products",
    "subscriptions",
    "usage",
    "webhooks",
    "request-logs",
    "search",
];

/// Ids that conflict with URLs of pages. Existing products with such an id can be read and removed.
const PAGES: [&str; 4] = ["new", "edit", "import", "all"];

const MAX_ID: usize = 40;

/// `^[a-z][a-z0-9-]*$`, at most 40 characters: part of scopes and URLs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductIdError {
    #[error(
        "a product's id starts with a lower-case letter and has at most 40 lower-case letters, \
         digits and hyphens"
    )]
    Form,
    #[error("this id belongs to the platform itself; choose another one")]
    Reserved,
}

impl ProductId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a page has this URL, so that no new product can have the id.
    pub fn is_page(&self) -> bool {
        PAGES.contains(&self.as_str())
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

/// Status of a product. `active`: generally available. `beta`: available, and shown as beta.
/// `deprecated`: available, and its responses have the header `Deprecation`.
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
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| "must be active, beta or deprecated".into())
    }
}

/// A part of a document's schemas that cannot be read. Values that depend on it are not validated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SchemaProblem {
    /// Location in the document, as a JSON pointer (RFC 6901).
    #[cfg_attr(
        feature = "ssr",
        schema(example = "/components/schemas/Order/properties/code/pattern")
    )]
    pub pointer: String,
    /// What is wrong with this part.
    pub message: String,
}

/// A deviation of a document from the OpenAPI standard that does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DocumentWarning {
    /// Location in the document, as a JSON pointer (RFC 6901). Empty for the whole document.
    #[cfg_attr(feature = "ssr", schema(example = "/paths/~1orders~1{id}/get"))]
    pub pointer: String,
    /// Line in the document, starting at 1. Null if it is unknown.
    pub line: Option<u32>,
    /// What is wrong, how Tollgate reads it, and how to fix it.
    pub message: String,
}

/// The warnings of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentWarnings {
    /// In the order of the document; at most 100.
    pub listed: Vec<DocumentWarning>,
    /// Number of further warnings.
    pub more: u64,
}

/// Number of calls that were let through without validation since the server started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Unchecked {
    /// Calls whose validation would exceed the budget of one check.
    pub over_budget: u64,
    /// Calls that depend on a part of a schema that cannot be read.
    pub unreadable: u64,
}

/// A product: a published API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ProductView {
    /// Id of the product, part of its URLs and scopes.
    #[cfg_attr(feature = "ssr", schema(example = "logistics"))]
    pub id: String,
    /// Name of the product.
    pub name: String,
    /// Description of the product, in Markdown.
    pub description: String,
    /// Category of the product in the portal's API catalogue.
    pub category: String,
    /// Tags of the product in the portal's API catalogue.
    pub tags: Vec<String>,
    /// Status of the product.
    pub status: ProductStatus,
    /// Version that the OpenAPI document states in `info.version`.
    #[cfg_attr(feature = "ssr", schema(example = "1.4.0"))]
    pub version: String,
    /// Number of documents that the product has had, including the current one.
    pub revision: u64,
    /// Number of operations in the document.
    pub operations: u64,
    /// Time of the last change (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
    /// Time since which the product is deprecated (RFC 3339, UTC). Responses have it in
    /// `Deprecation` (RFC 9745). Null if it is not deprecated.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub deprecated_at: Option<Timestamp>,
    /// Time when the product is retired (RFC 3339, UTC). Responses have it in `Sunset` (RFC 8594).
    /// From that time on, calls get 404. Null: no date.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub retires_at: Option<Timestamp>,
}

/// A product with the settings that only operators see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct AdminProduct {
    #[serde(flatten)]
    pub view: ProductView,
    /// Base URL of the product's server, for live calls.
    pub base_url: String,
    /// Base URL of the product's server for sandbox calls. Null: the built-in mock, which follows
    /// the OpenAPI document, responds to them.
    pub sandbox_url: Option<String>,
    /// URL from which the OpenAPI document is fetched every hour. Null: it is not fetched.
    pub source_url: Option<String>,
    /// Time when the OpenAPI document was last fetched from `source_url` (RFC 3339, UTC). Null if
    /// it was never fetched.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub fetched_at: Option<Timestamp>,
    /// Why the last fetch of the OpenAPI document failed. Empty if it succeeded, or if there was
    /// none.
    pub fetch_error: String,
    /// How calls to the product are handled.
    pub settings: ProductSettings,
}

/// A secret that signs requests to a product's server in `Tollgate-Signature`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SigningSecret {
    /// Id of the secret.
    #[cfg_attr(
        feature = "ssr",
        schema(value_type = String, example = "sgn_01h2xcejqtf2nbrexx3vqjhp41")
    )]
    pub id: SigningSecretId,
    /// The secret. Use the whole text, including `tgsig_`, as the key of the HMAC-SHA256 in
    /// `Tollgate-Signature`.
    #[cfg_attr(
        feature = "ssr",
        schema(example = "tgsig_4eC39HqLyjWDarjtT1zdp7dc4eC39HqLyjWDarjtT1z")
    )]
    pub secret: String,
    /// Time when the secret was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time until which this older secret signs requests as well (RFC 3339, UTC). Null for the
    /// newest secret.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
}

/// One version of a product's OpenAPI document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ProductVersion {
    /// Number of the version, starting at 1.
    pub revision: u64,
    /// Version that the document states in `info.version`.
    pub version: String,
    /// Number of operations in the document.
    pub operations: u64,
    /// Whether this version is active: the one that calls are matched against.
    pub is_active: bool,
    /// Time when the document was registered (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// A product's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductDetail {
    pub product: AdminProduct,
    /// Newest first.
    pub versions: Vec<ProductVersion>,
    /// Keys that called it in the last 30 days, by organisation: of the first 50.
    pub callers: Vec<Affected>,
    /// Parts of its document that are not checked; at most 100.
    pub problems: Vec<SchemaProblem>,
    /// Deviations of its document from the standard.
    pub warnings: DocumentWarnings,
    /// Calls that this server could not check.
    pub unchecked: Unchecked,
    /// Whether keys of other organisations called it, too.
    pub has_more_callers: bool,
}

#[cfg(test)]
mod tests;
