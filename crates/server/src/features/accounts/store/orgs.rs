use tollgate_types::id::{OrgId, UserId};
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct OrgRow {
    #[sqlx(try_from = "String")]
    pub id: OrgId,
    pub name: String,
    pub members: i64,
    pub created_at: i64,
    pub is_demo: bool,
}

const LIST: &str = "
    select o.id, o.name, o.is_demo, o.created_at, (select count(*) from members m where m.org_id = o.id) as members
    from orgs o order by o.id";

/// All organisations: for operators, not for users.
pub async fn list(db: &Db) -> Result<Vec<OrgRow>> {
    Ok(on!(db, |c| sqlx::query_as(LIST).fetch_all(c).await)?)
}

const FIND: &str = "
    select o.id, o.name, o.is_demo, o.created_at, (select count(*) from members m where m.org_id = o.id) as members
    from orgs o where o.id = $1";

pub async fn find(db: &Db, id: &OrgId) -> Result<Option<OrgRow>> {
    Ok(on!(db, |c| sqlx::query_as(FIND).bind(id.as_str()).fetch_optional(c).await)?)
}

const INSERT: &str = "insert into orgs (id, name, is_demo, free_with, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)";

/// `free_with` is the organisation that the free plan of this one is counted with.
pub async fn insert(
    tx: &mut Tx,
    id: &OrgId,
    name: &str,
    is_demo: bool,
    free_with: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(id.as_str())
        .bind(name)
        .bind(is_demo)
        .bind(free_with)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const NAME: &str = "select name from orgs where id = $1";

pub async fn name(tx: &mut Tx, id: &OrgId) -> Result<String> {
    let (name,): (String,) =
        in_tx!(tx, |c| sqlx::query_as(NAME).bind(id.as_str()).fetch_one(c).await)?;
    Ok(name)
}

const RENAME: &str = "update orgs set name = $2, updated_at = $3 where id = $1";

pub async fn rename(tx: &mut Tx, id: &OrgId, name: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(RENAME)
        .bind(id.as_str())
        .bind(name)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const LOCK: &str = "update orgs set updated_at = $2 where id = $1";

/// Makes other transactions that lock this organisation wait until this one ends.
pub async fn lock(tx: &mut Tx, id: &OrgId, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(LOCK).bind(id.as_str()).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub struct MembershipRow {
    #[sqlx(try_from = "String")]
    pub id: OrgId,
    pub name: String,
    pub role: String,
}

const OF_USER: &str = "
    select o.id, o.name, m.role from members m join orgs o on o.id = m.org_id
    where m.user_id = $1 order by lower(o.name), o.id limit $2";

pub async fn of_user(db: &Db, user: &UserId, limit: i64) -> Result<Vec<MembershipRow>> {
    Ok(on!(db, |c| sqlx::query_as(OF_USER).bind(user.as_str()).bind(limit).fetch_all(c).await)?)
}

/// Locks the organisation's row until the transaction ends. The embedded database has one writer,
/// which holds everything.
pub async fn hold(tx: &mut Tx, id: &OrgId) -> Result<()> {
    let mut select = sqlx::QueryBuilder::new("select id from orgs where id = ");
    select.push_bind(id.as_str().to_owned()).push(" for no key update");
    tx.lock(select).await
}
