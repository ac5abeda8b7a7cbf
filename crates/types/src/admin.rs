//! Tokens of the admin API. A token's text appears only in [`CreatedAdminToken`].

use serde::{Deserialize, Serialize};

use super::id::AdminTokenId;
use super::time::Timestamp;

/// A token for the admin API, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = AdminToken))]
pub struct AdminTokenView {
    /// Id of the token.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "adm_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: AdminTokenId,
    /// Name of the token.
    pub name: String,
    /// Visible part of the token: its first characters. Safe to show and log.
    #[cfg_attr(feature = "ssr", schema(example = "tg_admin_4eC39HqLyjWD"))]
    pub prefix: String,
    /// Time when the token was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time of the last request with the token, to the minute (RFC 3339, UTC). Null if it was never
    /// used.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
    /// Time when the token was revoked (RFC 3339, UTC). Null if it is active.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub revoked_at: Option<Timestamp>,
}

/// A new token with its secret, which is only shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedAdminToken {
    #[serde(flatten)]
    pub view: AdminTokenView,
    pub token: String,
}
