//! What a new document of a product changes, and for whom.

use serde::{Deserialize, Serialize};

use super::id::{KeyId, OrgId};

/// One change between two documents that a program could notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = Change))]
pub struct ChangeView {
    /// A call that was right can fail now, or be answered with what its program does not expect.
    pub breaking: bool,
    /// The operation in the old document; null where it had none.
    pub operation: Option<String>,
    /// Where it stands: in the new document, or in the old one if it is no longer there. A JSON pointer.
    pub pointer: String,
    pub message: String,
}

/// A key that called what breaks in the last 30 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Affected {
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub org_id: OrgId,
    pub org_name: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub key_id: KeyId,
    pub key_name: String,
    pub key_prefix: String,
    /// Those of the operations that break which it called.
    pub operations: Vec<String>,
    pub calls: u64,
}

/// Two documents of a product, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    pub from: u64,
    pub to: u64,
    /// Breaking ones first.
    pub changes: Vec<ChangeView>,
    /// By organisation.
    pub affected: Vec<Affected>,
}

impl VersionDiff {
    /// The organisations that called what breaks: the first of their keys stands for each.
    pub fn orgs(&self) -> impl Iterator<Item = &[Affected]> {
        self.affected.chunk_by(|a, b| a.org_id == b.org_id)
    }
}
