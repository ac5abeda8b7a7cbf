//! Tokens of the admin API. A token's text appears only in [`CreatedAdminToken`].

use serde::{Deserialize, Serialize};

use super::id::AdminTokenId;
use super::time::Timestamp;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = AdminToken))]
pub struct AdminTokenView {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "adm_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: AdminTokenId,
    pub name: String,
    /// The visible part of the token, safe to show and log.
    #[cfg_attr(feature = "ssr", schema(example = "tg_admin_4eC39HqLyjWD"))]
    pub prefix: String,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Exact to the minute.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub revoked_at: Option<Timestamp>,
}

/// A new token, with its text, this once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreatedAdminToken {
    #[serde(flatten)]
    pub view: AdminTokenView,
    pub token: String,
}
