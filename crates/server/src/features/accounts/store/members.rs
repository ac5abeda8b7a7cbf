use tollgate_types::id::{OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct MemberRow {
    #[sqlx(try_from = "String")]
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: String,
    pub created_at: i64,
}

const LIST: &str = "
    select u.id as user_id, u.name, u.email, m.role, m.created_at
    from members m join users u on u.id = m.user_id
    where m.org_id = $1 order by m.created_at, u.id limit $2";

pub async fn list(db: &Db, org: &OrgId, limit: i64) -> Result<Vec<MemberRow>> {
    Ok(on!(db, |c| sqlx::query_as(LIST).bind(org.as_str()).bind(limit).fetch_all(c).await)?)
}

const MANAGERS: &str = "
    select u.email from members m join users u on u.id = m.user_id
    where m.org_id = $1 and m.role in ('owner', 'admin') and u.email_verified_at is not null order by u.id limit $2";

pub async fn managers(tx: &mut Tx, org: &OrgId, limit: i64) -> Result<Vec<String>> {
    Ok(in_tx!(tx, |c| sqlx::query_scalar(MANAGERS)
        .bind(org.as_str())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const INSERT: &str = "
    insert into members (org_id, user_id, role, created_at) values ($1, $2, $3, $4)
    on conflict (org_id, user_id) do nothing
    returning role";

/// False if the person was already a member, who keeps their role.
pub async fn insert(
    tx: &mut Tx,
    org: &OrgId,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(INSERT)
        .bind(org.as_str())
        .bind(user.as_str())
        .bind(role.as_str())
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

const ROLE: &str = "select role from members where org_id = $1 and user_id = $2";

pub async fn role(tx: &mut Tx, org: &OrgId, user: &str) -> Result<Option<Role>> {
    let row: Option<(String,)> =
        in_tx!(tx, |c| sqlx::query_as(ROLE).bind(org.as_str()).bind(user).fetch_optional(c).await)?;
    row.map(|(role,)| parse_role(&role)).transpose()
}

const COUNT_OWNERS: &str = "select count(*) from members where org_id = $1 and role = 'owner'";

pub async fn count_owners(tx: &mut Tx, org: &OrgId) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| sqlx::query_as(COUNT_OWNERS).bind(org.as_str()).fetch_one(c).await)?;
    Ok(count)
}

const COUNT_OF_USER: &str = "select count(*) from members where user_id = $1";

pub async fn count_of_user(tx: &mut Tx, user: &UserId) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| sqlx::query_as(COUNT_OF_USER).bind(user.as_str()).fetch_one(c).await)?;
    Ok(count)
}

const OWNED: &str = "
    select o.id, o.free_with from members m join orgs o on o.id = m.org_id
    where m.user_id = $1 and m.role = 'owner' order by o.id limit $2";

/// The organisations that a person owns, oldest first, each with the one that its free plan is
/// counted with.
pub async fn owned(
    tx: &mut Tx,
    user: &UserId,
    limit: i64,
) -> Result<Vec<(String, Option<String>)>> {
    Ok(in_tx!(tx, |c| sqlx::query_as(OWNED).bind(user.as_str()).bind(limit).fetch_all(c).await)?)
}

const COUNT: &str = "select count(*) from members where org_id = $1";

pub async fn count(tx: &mut Tx, org: &OrgId) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| sqlx::query_as(COUNT).bind(org.as_str()).fetch_one(c).await)?;
    Ok(count)
}

const IS_ORG_VERIFIED: &str = "
    select not exists (select 1 from members m where m.org_id = $1) or exists (
        select 1 from members m join users u on u.id = m.user_id where m.org_id = $1 and u.email_verified_at is not null)";

/// Whether one of the members has a verified address; true for an organisation without members.
pub async fn is_org_verified(db: &Db, org: &OrgId) -> Result<bool> {
    let (is_verified,): (bool,) =
        on!(db, |c| sqlx::query_as(IS_ORG_VERIFIED).bind(org.as_str()).fetch_one(c).await)?;
    Ok(is_verified)
}

#[derive(sqlx::FromRow)]
pub struct ContactRow {
    pub email: String,
    pub name: String,
    pub org_name: String,
}

const BILLING_CONTACTS: &str = "
    select u.email, u.name, o.name as org_name
    from members m join users u on u.id = m.user_id join orgs o on o.id = m.org_id
    where m.org_id = $1 and m.role in ('owner', 'admin', 'billing') order by m.created_at, u.id limit $2";

pub async fn billing_contacts(tx: &mut Tx, org: &OrgId, limit: i64) -> Result<Vec<ContactRow>> {
    Ok(in_tx!(tx, |c| sqlx::query_as(BILLING_CONTACTS)
        .bind(org.as_str())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const TECHNICAL_CONTACTS: &str = "
    select u.email, u.name, o.name as org_name
    from members m join users u on u.id = m.user_id join orgs o on o.id = m.org_id
    where m.org_id = $1 and m.role in ('owner', 'admin', 'developer') and u.email_verified_at is not null
    order by m.created_at, u.id limit $2";

pub async fn technical_contacts(tx: &mut Tx, org: &OrgId, limit: i64) -> Result<Vec<ContactRow>> {
    Ok(in_tx!(tx, |c| sqlx::query_as(TECHNICAL_CONTACTS)
        .bind(org.as_str())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const HAS_EMAIL: &str = "
    select u.id from members m join users u on u.id = m.user_id where m.org_id = $1 and u.email = $2";

pub async fn has_email(tx: &mut Tx, org: &OrgId, email: &str) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(HAS_EMAIL)
        .bind(org.as_str())
        .bind(email)
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

const SET_ROLE: &str = "update members set role = $3 where org_id = $1 and user_id = $2";

pub async fn set_role(tx: &mut Tx, org: &OrgId, user: &UserId, role: Role) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(SET_ROLE)
        .bind(org.as_str())
        .bind(user.as_str())
        .bind(role.as_str())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const DELETE: &str = "delete from members where org_id = $1 and user_id = $2";

pub async fn delete(tx: &mut Tx, org: &OrgId, user: &UserId) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(DELETE)
        .bind(org.as_str())
        .bind(user.as_str())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// A role as it is stored.
pub fn parse_role(text: &str) -> Result<Role> {
    Ok(text.parse().map_err(|_| anyhow::anyhow!("the database contains an invalid role"))?)
}
