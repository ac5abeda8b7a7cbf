//! Organisations: created, renamed, and chosen for a session.

use serde_json::json;
use tollgate_types::account::Membership;
use tollgate_types::code::Code;
use tollgate_types::id::{OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use super::fields;
use super::store::{members, orgs, users};
use crate::access::{Actor, ManageTeam, Permit};
use crate::accounts::sessions::{self, Session};
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::{Error, Result, audit, random};

/// The maximum number of organisations that one person can be a member of.
const MAX_PER_USER: i64 = 100;

/// All organisations of a person, by name.
pub async fn memberships(db: &Db, user: &UserId) -> Result<Vec<Membership>> {
    let rows = orgs::of_user(db, user, MAX_PER_USER).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Membership { id: row.id, name: row.name, role: members::parse_role(&row.role)? })
        })
        .collect()
}

/// Creates an organisation in the transaction of another action, without a limit.
pub(super) async fn create(
    tx: &mut Tx,
    name: &str,
    owner: Option<&UserId>,
    is_demo: bool,
    actor: &Actor,
    now: Timestamp,
) -> Result<OrgId> {
    insert(tx, name, owner, is_demo, None, actor, now).await
}

/// Creates an organisation that the person owns. The free plan applies once per owner, so another
/// organisation has no further free units: see `plans`.
///
/// # Errors
/// `conflict` if the person owns the maximum number of organisations.
pub(super) async fn create_owned(
    tx: &mut Tx,
    name: &str,
    owner: &UserId,
    max_owned: u32,
    actor: &Actor,
    now: Timestamp,
) -> Result<OrgId> {
    let owned = check_owned(tx, owner, max_owned).await?;
    let first = owned.into_iter().next().map(|(id, free_with)| free_with.unwrap_or(id));
    insert(tx, name, Some(owner), false, first.as_deref(), actor, now).await
}

/// Checks that a person may own another organisation, and returns those they own. Until the
/// transaction ends, no other transaction makes them an owner.
///
/// # Errors
/// `conflict` if they already own `max`.
pub(super) async fn check_owned(
    tx: &mut Tx,
    user: &UserId,
    max: u32,
) -> Result<Vec<(String, Option<String>)>> {
    users::hold(tx, user).await?;
    let owned = members::owned(tx, user, MAX_PER_USER).await?;
    if owned.len() >= usize::try_from(max).unwrap_or(usize::MAX) {
        let detail = format!(
            "A person can own at most {max} organisations. Make somebody else the owner of one of them first, or ask the portal's operator."
        );
        return Err(Error::new(Code::Conflict, detail));
    }
    Ok(owned)
}

async fn insert(
    tx: &mut Tx,
    name: &str,
    owner: Option<&UserId>,
    is_demo: bool,
    free_with: Option<&str>,
    actor: &Actor,
    now: Timestamp,
) -> Result<OrgId> {
    let id: OrgId = random::id();
    orgs::insert(tx, &id, name, is_demo, free_with, now).await?;
    let after = json!({ "name": name, "owner": owner });
    audit::record(tx, Some(&id), actor, "org.created", id.as_str(), None, Some(after), now).await?;
    if let Some(owner) = owner {
        join(tx, &id, owner, Role::Owner, now).await?;
    }
    Ok(id)
}

/// Makes a person a member. Returns false if they already were one; they keep their role.
pub(super) async fn join(
    tx: &mut Tx,
    org: &OrgId,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<bool> {
    if members::count_of_user(tx, user).await? >= MAX_PER_USER {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "A person can be a member of at most {MAX_PER_USER} organisations. Leave one first."
            ),
        ));
    }
    members::insert(tx, org, user, role, now).await
}

/// Creates an organisation that the signed-in person owns, and switches to it.
pub async fn create_own(
    db: &Db,
    config: &Config,
    session: &Session,
    name: &str,
    now: Timestamp,
) -> Result<OrgId> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    let id = create_owned(
        &mut tx,
        &name,
        &session.user_id,
        config.limits.max_owned_orgs,
        &session.actor,
        now,
    )
    .await?;
    sessions::choose_org(&mut tx, session, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes the session act for another organisation of the same person.
pub async fn switch(db: &Db, session: &Session, org: &OrgId) -> Result<()> {
    let mut tx = db.begin().await?;
    if members::role(&mut tx, org, session.user_id.as_str()).await?.is_none() {
        return Err(Error::not_found("organisation"));
    }
    sessions::choose_org(&mut tx, session, org).await?;
    tx.commit().await
}

/// Renames the organisation.
pub async fn rename(
    db: &Db,
    permit: &Permit<ManageTeam>,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    let before = json!({ "name": orgs::name(&mut tx, &permit.org).await? });
    orgs::rename(&mut tx, &permit.org, &name, now).await?;
    let after = json!({ "name": name });
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "org.renamed",
        permit.org.as_str(),
        Some(before),
        Some(after),
        now,
    )
    .await?;
    tx.commit().await
}
