//! Signing up: an account together with an organisation of its own or, by invitation, a membership.

use super::fields::{self, Email, Form, Password};
use super::store::users;
use super::{invitations as invite, orgs, password, verify};
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::session::Visitor;
use crate::server::{App, Error, Result, audit, random};
use crate::types::id::{OrgId, UserId};
use crate::types::time::Timestamp;

/// The form, as it was sent.
pub struct NewAccount {
    pub name: String,
    pub email: String,
    pub password: String,
    /// Not looked at with an invitation.
    pub org_name: String,
    /// The token of an invitation's link; empty without one.
    pub invitation: String,
}

pub struct SignedUp {
    pub user: UserId,
    pub org: OrgId,
}

pub async fn sign_up(app: &App, form: NewAccount, visitor: &Visitor) -> Result<SignedUp> {
    super::limits::from_source(app, visitor)?;
    create(&app.db, &app.config, form, visitor, app.clock.now()).await
}

pub(super) async fn create(db: &Db, config: &Config, form: NewAccount, visitor: &Visitor, now: Timestamp) -> Result<SignedUp> {
    let invited = !form.invitation.trim().is_empty();
    let mut checked = Form::default();
    let name = checked.check(fields::name(&form.name, "name"));
    let email = checked.check(Email::parse(&form.email));
    let password = checked.check(Password::parse(&form.password, "password"));
    let org_name = if invited { Some(String::new()) } else { checked.check(fields::name(&form.org_name, "org_name")) };
    let (Some(name), Some(email), Some(password), Some(org_name)) = (name, email, password, org_name) else {
        return Err(checked.into_error());
    };
    // Asked before the costly hash, and once more, for certain, by the insert.
    if users::find_by_email(db, email.as_str()).await?.is_some() {
        return Err(taken());
    }
    let password_hash = password::hash(&password).await?;

    let id: UserId = random::id();
    let actor = visitor.actor(&id);
    let mut tx = db.begin().await?;
    let user = users::NewUserRow {
        id: &id,
        name: &name,
        email: email.as_str(),
        password_hash: &password_hash,
        is_operator: false,
        // The invitation's link came to this address by mail.
        email_verified_at: invited.then_some(now),
        created_at: now,
    };
    if !users::insert(&mut tx, &user).await? {
        return Err(taken());
    }
    audit::record(&mut tx, None, &actor, "user.signed_up", id.as_str(), None, None, now).await?;
    let org = if invited {
        let invitation = invite::use_up(&mut tx, &form.invitation, email.as_str(), now).await?;
        invite::join(&mut tx, &invitation, &id, &actor, now).await?;
        invitation.org_id
    } else {
        verify::send(&mut tx, config, &id, &name, email.as_str(), now).await?;
        orgs::create(&mut tx, &org_name, Some(&id), false, &actor, now).await?
    };
    tx.commit().await?;
    Ok(SignedUp { user: id, org })
}

pub(super) fn taken() -> Error {
    Error::field("email", "taken", "This address has an account. Log in, or reset the password if you have lost it.")
}
