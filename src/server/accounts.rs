//! People, organisations, and who belongs to what. A person has one account, found by mail address,
//! and any number of memberships; everything a partner owns belongs to an organisation.
//!
//! Links in mails carry single-use tokens. No answer to a stranger tells whether an address has an
//! account, but signing up with one that does: there the honest answer helps its owner more.

mod contacts;
mod fields;
mod invitations;
mod letters;
mod limits;
mod log_in;
mod orgs;
mod password;
mod profile;
mod provision;
mod reset;
mod sign_up;
mod store;
mod team;
mod verify;

use super::Result;
use super::db::Db;
use crate::types::id::UserId;
use crate::types::time::{DAY, Timestamp};

pub use contacts::{Contact, billing_contacts, technical_contacts};
pub use invitations::{accept as accept_invitation, invite, preview as preview_invitation, revoke as revoke_invitation};
pub use log_in::log_in;
pub use orgs::{create_own as create_own_org, memberships, rename as rename_org, switch as switch_org};
pub use profile::{change_password, update as update_profile};
pub use provision::{
    NewUser, OrgRow, add_member, create_org, create_user, find_org, find_user_by_email, hold_org, list_orgs, set_password,
};
pub use reset::{request as request_reset, reset as reset_password};
pub use sign_up::{NewAccount, SignedUp, sign_up};
pub use team::{change_role, load as load_team, managers, remove_member};
pub use verify::{resend as resend_verification, verify as verify_email};

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
        Self { verified: row.email_verified_at.is_some(), id: row.id, name: row.name, email: row.email, is_operator: row.is_operator }
    }
}

/// Whether the person's mail address is known to be theirs.
pub async fn is_verified(db: &Db, user: &UserId) -> Result<bool> {
    Ok(store::users::find(db, user).await?.is_some_and(|row| row.email_verified_at.is_some()))
}

/// Invitations stay so long after they expired, for support to see what happened.
const KEEP_INVITATIONS: i64 = 30 * DAY;

/// Deletes sessions, links and mails that are over. Meant to be called now and then; doing it twice does no harm.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    super::session::prune(&mut tx, now).await?;
    store::links::prune(&mut tx, now).await?;
    store::invitations::prune(&mut tx, now.plus(-KEEP_INVITATIONS)).await?;
    super::mail::prune(&mut tx, now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests;
