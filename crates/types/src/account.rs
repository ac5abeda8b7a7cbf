//! People, organisations and sessions as the dashboard shows them.

use serde::{Deserialize, Serialize};

use super::id::{InvitationId, OrgId, SessionId, UserId};
use super::money::Currency;
use super::role::Role;
use super::time::Timestamp;

/// The person who is signed in, and the organisation that they act for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub is_operator: bool,
    /// The organisation that is chosen in this session. None until the first one is created.
    pub org: Option<Membership>,
    /// The currency of the chosen organisation's invoices and spend caps.
    pub currency: Currency,
    /// All organisations this person belongs to, by name.
    pub orgs: Vec<Membership>,
    /// True if mail is shown on the local outbox page.
    pub dev_outbox: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    pub id: OrgId,
    pub name: String,
    pub role: Role,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberView {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: Timestamp,
    pub is_you: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvitationView {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The team page: members and open invitations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    pub members: Vec<MemberView>,
    pub invitations: Vec<InvitationView>,
    pub can_manage: bool,
}

/// What an invitation's link shows before it is accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvitationPreview {
    pub org_name: String,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    /// Whether the address already has an account (then: log in; else: sign up).
    pub has_account: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    pub id: SessionId,
    pub source_ip: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub is_current: bool,
}

/// A mail in the local outbox (development only).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxMail {
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditView {
    pub id: String,
    /// A person's name, a key's prefix, `command line`, or `somebody without an account`.
    pub actor: String,
    pub action: String,
    pub target_id: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub source_ip: String,
    pub request_id: String,
    pub created_at: Timestamp,
}
