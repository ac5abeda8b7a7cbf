//! Accounts and organisations created from the command line.

use serde_json::json;
use tollgate_types::id::{OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use super::fields::{self, Email, Form, Password};
use super::sessions;
use super::store::{links, orgs, users};
use super::{User, orgs as rules, password, sign_up};
use crate::access::Actor;
use crate::db::{Db, Tx};
use crate::{Error, Result, audit, random};

pub struct NewUser {
    pub name: String,
    pub email: String,
    pub password: String,
    pub is_operator: bool,
    /// Whether the address counts as verified without a mail.
    pub verified: bool,
}

/// Creates an account without an organisation.
pub async fn create_user(db: &Db, new: NewUser, now: Timestamp) -> Result<UserId> {
    let mut form = Form::default();
    let name = form.check(fields::name(&new.name, "name"));
    let email = form.check(Email::parse(&new.email));
    let password = form.check(Password::parse(&new.password, "password", &[&new.name, &new.email]));
    let (Some(name), Some(email), Some(password)) = (name, email, password) else {
        return Err(form.into_error());
    };
    let password_hash = password::hash(&password).await?;
    let id: UserId = random::id();
    let user = users::NewUserRow {
        id: &id,
        name: &name,
        email: email.as_str(),
        password_hash: &password_hash,
        is_operator: new.is_operator,
        email_verified_at: new.verified.then_some(now),
        created_at: now,
    };
    let mut tx = db.begin().await?;
    if !users::insert(&mut tx, &user).await? {
        return Err(sign_up::taken());
    }
    let after = json!({ "is_operator": new.is_operator });
    audit::record(
        &mut tx,
        None,
        &Actor::command_line(),
        "user.created",
        id.as_str(),
        None,
        Some(after),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Sets a person's password and ends all their sessions.
pub async fn set_password(db: &Db, email: &str, new: &str, now: Timestamp) -> Result<()> {
    let new = fields::only(Password::parse(new, "password", &[email]))?;
    let user = find_user_by_email(db, email).await?.ok_or_else(|| Error::not_found("account"))?;
    let hash = password::hash(&new).await?;
    let mut tx = db.begin().await?;
    users::set_password(&mut tx, &user.id, &hash, now).await?;
    sessions::end_others(&mut tx, &user.id, None).await?;
    links::delete_of_user(&mut tx, &user.id, super::reset::PURPOSE).await?;
    audit::record(
        &mut tx,
        None,
        &Actor::command_line(),
        "user.password_set",
        user.id.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await
}

pub async fn find_user_by_email(db: &Db, email: &str) -> Result<Option<User>> {
    Ok(users::find_by_email(db, &email.trim().to_lowercase()).await?.map(User::from))
}

/// Creates an organisation, with or without an owner.
pub async fn create_org(
    db: &Db,
    name: &str,
    owner: Option<&UserId>,
    is_demo: bool,
    actor: &Actor,
    now: Timestamp,
) -> Result<OrgId> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    let id = rules::create(&mut tx, &name, owner, is_demo, actor, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a person a member. An existing member keeps their role.
pub async fn add_member(
    db: &Db,
    org: &OrgId,
    user: &UserId,
    role: Role,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    if rules::join(&mut tx, org, user, role, now).await? {
        let after = json!({ "role": role });
        audit::record(
            &mut tx,
            Some(org),
            actor,
            "member.added",
            user.as_str(),
            None,
            Some(after),
            now,
        )
        .await?;
    }
    tx.commit().await
}

/// An organisation as the command line lists it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OrgRow {
    pub id: OrgId,
    pub name: String,
    pub members: i64,
    pub created_at: Timestamp,
    pub is_demo: bool,
}

impl From<orgs::OrgRow> for OrgRow {
    fn from(row: orgs::OrgRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            members: row.members,
            created_at: Timestamp(row.created_at),
            is_demo: row.is_demo,
        }
    }
}

/// Every organisation, oldest first.
pub async fn list_orgs(db: &Db) -> Result<Vec<OrgRow>> {
    Ok(orgs::list(db).await?.into_iter().map(OrgRow::from).collect())
}

/// Serialises transactions that change what belongs to the organisation, which may not exist yet.
pub async fn hold_org(tx: &mut Tx, id: &OrgId) -> Result<()> {
    orgs::hold(tx, id).await
}

pub async fn find_org(db: &Db, id: &OrgId) -> Result<Option<OrgRow>> {
    Ok(orgs::find(db, id).await?.map(OrgRow::from))
}
