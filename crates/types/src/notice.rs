//! Notices that an organisation sees in its dashboard.

use serde::{Deserialize, Serialize};

use super::id::NoticeId;
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    pub id: NoticeId,
    pub title: String,
    pub body: String,
    /// A path of this portal. Empty: no link.
    pub link: String,
    pub created_at: Timestamp,
}
