//! Differences between documents of a product, and the keys that they affect.

use serde::{Deserialize, Serialize};

use super::id::{KeyId, OrgId};

/// One difference between two documents of a product that a client can notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = Change))]
pub struct ChangeView {
    /// Whether a call that worked can now fail, or get a response that its client does not expect.
    pub breaking: bool,
    /// Id of the operation in the old document. Null if the old document does not have the
    /// operation.
    pub operation: Option<String>,
    /// Location of the change, as a JSON pointer (RFC 6901): in the new document, or in the old one
    /// if the part was removed.
    pub pointer: String,
    /// What has changed, in words.
    pub message: String,
}

/// A key that called an operation with a breaking change in the last 30 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Affected {
    /// Id of the organisation.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub org_id: OrgId,
    /// Name of the organisation.
    pub org_name: String,
    /// Id of the key.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub key_id: KeyId,
    /// Name of the key.
    pub key_name: String,
    /// Visible part of the key: its first characters.
    pub key_prefix: String,
    /// Ids of the operations with breaking changes that the key called.
    pub operations: Vec<String>,
    /// Number of calls to these operations in the last 30 days.
    pub calls: u64,
}

/// Differences between two documents of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    /// Number (`revision`) of the old version.
    pub from: u64,
    /// Number (`revision`) of the new version.
    pub to: u64,
    /// Differences, breaking ones first.
    pub changes: Vec<ChangeView>,
    /// Keys that called operations with breaking changes in the last 30 days, of up to 50
    /// organisations.
    pub affected: Vec<Affected>,
    /// Pass this value as `after` to get the keys of the next organisations. Null if there are no
    /// more.
    #[serde(default)]
    pub next_cursor: Option<String>,
}
