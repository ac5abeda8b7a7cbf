//! People, organisations and memberships. A person has one account, identified by mail address, and
//! any number of memberships; everything that a partner owns belongs to an organisation.
//!
//! Links in mails contain single-use tokens. No response reveals to a stranger whether an address
//! has an account, except signing up with one: there, the clear error helps its owner more.

mod contacts;
mod fields;
mod invitations;
mod known_browser;
mod limits;
mod log_in;
mod mails;
mod orgs;
mod password;
mod profile;
mod provision;
mod reset;
pub mod sessions;
mod sign_up;
mod store;
mod team;
mod verify;

use tollgate_types::id::UserId;
use tollgate_types::time::{DAY, Timestamp};

use crate::Result;
use crate::db::Db;

pub use contacts::{Contact, billing_contacts, technical_contacts};
pub use invitations::{
    accept as accept_invitation, invite, preview as preview_invitation, revoke as revoke_invitation,
};
pub use known_browser::{VALID as BROWSER_KNOWN_FOR, remember as remember_browser};
pub use log_in::log_in;
pub use orgs::{
    create_own as create_own_org, memberships, rename as rename_org, switch as switch_org,
};
pub use profile::{change_password, update as update_profile};
pub use provision::{
    NewUser, OrgRow, add_member, create_org, create_user, find_org, find_user_by_email, hold_org,
    list_orgs, set_password,
};
pub use reset::{request as request_reset, reset as reset_password};
pub use sign_up::{NewAccount, SignedUp, sign_up};
pub use team::{change_role, load as load_team, managers, remove_member};
pub use verify::{require_verified, resend as resend_verification, verify as verify_email};

/// An account.
#[derive(Clone)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub verified: bool,
    pub is_operator: bool,
}

impl From<store::users::UserRow> for User {
    fn from(row: store::users::UserRow) -> Self {
        Self {
            verified: row.email_verified_at.is_some(),
            id: row.id,
            name: row.name,
            email: row.email,
            is_operator: row.is_operator,
        }
    }
}

/// Whether the person has verified their mail address.
pub async fn is_verified(db: &Db, user: &UserId) -> Result<bool> {
    Ok(store::users::find(db, user).await?.is_some_and(|row| row.email_verified_at.is_some()))
}

/// How long invitations are kept after they expire, so that support can see what happened.
const KEEP_INVITATIONS: i64 = 30 * DAY;

/// Deletes expired sessions, links and mails. Idempotent; called periodically.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    sessions::prune(db, now).await?;
    store::links::EXPIRED.delete(db, now.0).await?;
    store::invitations::EXPIRED.delete(db, now.plus(-KEEP_INVITATIONS).0).await?;
    crate::mail::prune(db, now).await
}

#[cfg(test)]
mod tests;
