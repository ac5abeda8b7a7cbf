//! Signing up: creates an account with its own organisation or, by invitation, with a membership.

use tollgate_types::id::{OrgId, UserId};
use tollgate_types::time::Timestamp;

use super::fields::{self, Email, Form, Password};
use super::store::users;
use super::{invitations as invite, orgs, password, verify};
use crate::accounts::sessions::Visitor;
use crate::config::Config;
use crate::db::Db;
use crate::{Base, Error, Result, audit, random};

/// The form, as it was sent.
pub struct NewAccount {
    pub name: String,
    pub email: String,
    pub password: String,
    /// Ignored with an invitation.
    pub org_name: String,
    /// The token of an invitation's link; empty without one.
    pub invitation: String,
}

pub struct SignedUp {
    pub user: UserId,
    pub org: OrgId,
}

pub async fn sign_up(base: &Base, form: NewAccount, visitor: &Visitor) -> Result<SignedUp> {
    super::limits::from_source(base, visitor)?;
    create(&base.db, &base.config, form, visitor, base.clock.now()).await
}

pub(super) async fn create(
    db: &Db,
    config: &Config,
    form: NewAccount,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<SignedUp> {
    let invited = !form.invitation.trim().is_empty();
    let mut checked = Form::default();
    let name = checked.check(fields::name(&form.name, "name"));
    let email = checked.check(Email::parse(&form.email));
    let password = checked.check(Password::parse(
        &form.password,
        "password",
        &[&form.name, &form.email, &form.org_name],
    ));
    let org_name = if invited {
        Some(String::new())
    } else {
        checked.check(fields::name(&form.org_name, "org_name"))
    };
    let (Some(name), Some(email), Some(password), Some(org_name)) =
        (name, email, password, org_name)
    else {
        return Err(checked.into_error());
    };
    // Checked before the expensive hash, and again by the insert.
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
        // The invitation's link was mailed to this address.
        email_verified_at: invited.then_some(now),
        created_at: now,
    };
    if !users::insert(&mut tx, &user).await? {
        return Err(taken());
    }
    audit::record(&mut tx, None, &actor, "user.signed_up", id.as_str(), None, None, now).await?;
    let org = if invited {
        let invitation = invite::use_up(&mut tx, &form.invitation, email.as_str(), now).await?;
        invite::join(&mut tx, config, &invitation, &id, &actor, now).await?;
        invitation.org_id
    } else {
        verify::send(&mut tx, config, &id, &name, email.as_str(), now).await?;
        orgs::create_owned(&mut tx, &org_name, &id, config.limits.max_owned_orgs, &actor, now)
            .await?
    };
    tx.commit().await?;
    Ok(SignedUp { user: id, org })
}

pub(super) fn taken() -> Error {
    Error::field(
        "email",
        "taken",
        "This address has an account. Log in, or reset the password if you forgot it.",
    )
}
