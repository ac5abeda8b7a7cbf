//! Organisations: made, renamed, and chosen for a session.

use serde_json::json;

use super::fields;
use super::store::{members, orgs};
use crate::server::access::{Actor, ManageTeam, Permit};
use crate::server::db::{Db, Tx};
use crate::server::session::{self, Session};
use crate::server::{Error, Result, audit, random};
use crate::types::account::Membership;
use crate::types::code::Code;
use crate::types::id::{OrgId, UserId};
use crate::types::role::Role;
use crate::types::time::Timestamp;

/// Organisations that one person can belong to.
const MAX_PER_USER: i64 = 100;

/// All organisations of a person, by name.
pub async fn memberships(db: &Db, user: &UserId) -> Result<Vec<Membership>> {
    let rows = orgs::of_user(db, user, MAX_PER_USER).await?;
    rows.into_iter().map(|row| Ok(Membership { id: row.id, name: row.name, role: members::parse_role(&row.role)? })).collect()
}

/// Makes an organisation as part of another act.
pub(super) async fn create(tx: &mut Tx, name: &str, owner: Option<&UserId>, is_demo: bool, actor: &Actor, now: Timestamp) -> Result<OrgId> {
    let id: OrgId = random::id();
    orgs::insert(tx, &id, name, is_demo, now).await?;
    let after = json!({ "name": name, "owner": owner });
    audit::record(tx, Some(&id), actor, "org.created", id.as_str(), None, Some(after), now).await?;
    if let Some(owner) = owner {
        join(tx, &id, owner, Role::Owner, now).await?;
    }
    Ok(id)
}

/// Makes a person a member. False if they were one before, whose role then stays.
pub(super) async fn join(tx: &mut Tx, org: &OrgId, user: &UserId, role: Role, now: Timestamp) -> Result<bool> {
    if members::count_of_user(tx, user).await? >= MAX_PER_USER {
        return Err(Error::new(Code::Conflict, format!("Nobody can belong to more than {MAX_PER_USER} organisations. Leave one first.")));
    }
    members::insert(tx, org, user, role, now).await
}

/// Makes an organisation that the signed-in person owns, and switches to it.
pub async fn create_own(db: &Db, session: &Session, name: &str, now: Timestamp) -> Result<OrgId> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    let id = create(&mut tx, &name, Some(&session.user_id), false, &session.actor, now).await?;
    session::choose_org(&mut tx, session, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes the session act for another organisation of the same person.
pub async fn switch(db: &Db, session: &Session, org: &OrgId) -> Result<()> {
    let mut tx = db.begin().await?;
    if members::role(&mut tx, org, session.user_id.as_str()).await?.is_none() {
        return Err(Error::not_found("organisation"));
    }
    session::choose_org(&mut tx, session, org).await?;
    tx.commit().await
}

/// Renames the organisation.
pub async fn rename(db: &Db, permit: &Permit<ManageTeam>, name: &str, now: Timestamp) -> Result<()> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    let before = json!({ "name": orgs::name(&mut tx, &permit.org).await? });
    orgs::rename(&mut tx, &permit.org, &name, now).await?;
    let after = json!({ "name": name });
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "org.renamed", permit.org.as_str(), Some(before), Some(after), now).await?;
    tx.commit().await
}
