use tollgate_types::id::{InvitationId, OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::accounts::sessions::TokenHash;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct ListedRow {
    #[sqlx(try_from = "String")]
    pub id: InvitationId,
    pub email: String,
    pub role: String,
    pub invited_by: String,
    pub created_at: i64,
    pub expires_at: i64,
}

const LIST_OPEN: &str = "
    select i.id, i.email, i.role, u.name as invited_by, i.created_at, i.expires_at
    from invitations i join users u on u.id = i.invited_by
    where i.org_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
    order by i.id desc limit $3";

pub async fn list_open(db: &Db, org: &OrgId, now: Timestamp, limit: i64) -> Result<Vec<ListedRow>> {
    Ok(on!(db, |c| sqlx::query_as(LIST_OPEN)
        .bind(org.as_str())
        .bind(now.0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// An open invitation, found by the token in its link.
#[derive(sqlx::FromRow)]
pub struct OpenRow {
    pub email: String,
    pub role: String,
    pub org_name: String,
    pub invited_by: String,
    /// `None` for somebody who has left the organisation.
    pub inviter_role: Option<String>,
    pub has_account: bool,
}

const FIND_OPEN: &str = "
    select i.email, i.role, o.name as org_name, u.name as invited_by, m.role as inviter_role,
        exists (select 1 from users a where a.email = i.email) as has_account
    from invitations i join orgs o on o.id = i.org_id join users u on u.id = i.invited_by
        left join members m on m.org_id = i.org_id and m.user_id = i.invited_by
    where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2";

pub async fn find_open(db: &Db, hash: &TokenHash, now: Timestamp) -> Result<Option<OpenRow>> {
    Ok(on!(db, |c| sqlx::query_as(FIND_OPEN).bind(&hash[..]).bind(now.0).fetch_optional(c).await)?)
}

pub struct NewInvitation<'a> {
    pub id: &'a InvitationId,
    pub org: &'a OrgId,
    pub email: &'a str,
    pub role: Role,
    pub token_hash: TokenHash,
    pub invited_by: &'a str,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

const INSERT: &str = "
    insert into invitations (id, org_id, email, role, token_hash, invited_by, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

pub async fn insert(tx: &mut Tx, new: &NewInvitation<'_>) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.org.as_str())
        .bind(new.email)
        .bind(new.role.as_str())
        .bind(&new.token_hash[..])
        .bind(new.invited_by)
        .bind(new.created_at.0)
        .bind(new.expires_at.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const REVOKE_FOR_EMAIL: &str = "
    update invitations set revoked_at = $3
    where org_id = $1 and email = $2 and accepted_at is null and revoked_at is null";

pub async fn revoke_for_email(tx: &mut Tx, org: &OrgId, email: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(REVOKE_FOR_EMAIL)
        .bind(org.as_str())
        .bind(email)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const REVOKE: &str = "
    update invitations set revoked_at = $3
    where id = $1 and org_id = $2 and accepted_at is null and revoked_at is null and expires_at > $3
    returning role";

/// The role it was for, if it was open.
pub async fn revoke(
    tx: &mut Tx,
    id: &InvitationId,
    org: &OrgId,
    now: Timestamp,
) -> Result<Option<String>> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(REVOKE)
        .bind(id.as_str())
        .bind(org.as_str())
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(role,)| role))
}

const OPEN_BY: &str = "
    select id, role from invitations
    where org_id = $1 and invited_by = $2 and accepted_at is null and revoked_at is null and expires_at > $3
    order by id limit $4";

/// The open invitations that one member has sent, with their roles.
pub async fn open_by(
    tx: &mut Tx,
    org: &OrgId,
    inviter: &UserId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    Ok(in_tx!(tx, |c| sqlx::query_as(OPEN_BY)
        .bind(org.as_str())
        .bind(inviter.as_str())
        .bind(now.0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const ORG_OF: &str = "select org_id from invitations where token_hash = $1";

/// Which organisation an invitation is for, open or not.
pub async fn org_of(tx: &mut Tx, hash: &TokenHash) -> Result<Option<OrgId>> {
    let row: Option<(String,)> =
        in_tx!(tx, |c| sqlx::query_as(ORG_OF).bind(&hash[..]).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id.parse()).transpose().map_err(anyhow::Error::from)?)
}

const COUNT_OPEN: &str = "
    select count(*) from invitations
    where org_id = $1 and accepted_at is null and revoked_at is null and expires_at > $2";

pub async fn count_open(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<i64> {
    let (count,): (i64,) = in_tx!(tx, |c| sqlx::query_as(COUNT_OPEN)
        .bind(org.as_str())
        .bind(now.0)
        .fetch_one(c)
        .await)?;
    Ok(count)
}

const COUNT_BY: &str = "select count(*) from invitations where invited_by = $1 and created_at > $2";

/// Invitations that one person has sent since a time, over all organisations.
pub async fn count_by(tx: &mut Tx, inviter: &str, since: Timestamp) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| sqlx::query_as(COUNT_BY).bind(inviter).bind(since.0).fetch_one(c).await)?;
    Ok(count)
}

const COUNT_TO: &str = "select count(*) from invitations where email = $1 and created_at > $2";

/// Invitations that one address has received since a time, from all senders.
pub async fn count_to(tx: &mut Tx, email: &str, since: Timestamp) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| sqlx::query_as(COUNT_TO).bind(email).bind(since.0).fetch_one(c).await)?;
    Ok(count)
}

#[derive(sqlx::FromRow)]
pub struct AcceptedRow {
    #[sqlx(try_from = "String")]
    pub id: InvitationId,
    #[sqlx(try_from = "String")]
    pub org_id: OrgId,
    pub email: String,
    pub role: String,
    pub invited_by: String,
}

const ACCEPT: &str = "
    update invitations set accepted_at = $2
    where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
    returning id, org_id, email, role, invited_by";

/// Uses the invitation up, if it is open.
pub async fn accept(tx: &mut Tx, hash: &TokenHash, now: Timestamp) -> Result<Option<AcceptedRow>> {
    Ok(in_tx!(tx, |c| sqlx::query_as(ACCEPT).bind(&hash[..]).bind(now.0).fetch_optional(c).await)?)
}

/// Invitations that expired before a time.
pub const EXPIRED: Expired = Expired {
    any: "select id from invitations where expires_at <= $1 limit 1",
    delete: "delete from invitations where id in (select id from invitations where expires_at <= $1 order by expires_at limit $2)",
    chunk: CHUNK,
};
