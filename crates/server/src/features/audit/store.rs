//! All SQL of the audit trail.

use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::access::Actor;
use crate::db::{Db, Tx, in_tx, on};

pub struct Entry<'a> {
    pub id: &'a str,
    pub org_id: Option<&'a str>,
    pub actor: &'a Actor,
    pub action: &'a str,
    pub target_id: &'a str,
    pub before_json: Option<String>,
    pub after_json: Option<String>,
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
pub struct EntryRow {
    pub id: String,
    pub actor_kind: String,
    pub actor_id: String,
    pub user_name: Option<String>,
    pub key_prefix: Option<String>,
    pub action: String,
    pub target_id: String,
    pub before_json: Option<String>,
    pub after_json: Option<String>,
    pub source_ip: String,
    pub request_id: String,
    pub created_at: i64,
}

const INSERT: &str = "
    insert into audit_entries
        (id, org_id, actor_kind, actor_id, action, target_id, before_json, after_json, source_ip, request_id, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub async fn insert(tx: &mut Tx, entry: &Entry<'_>) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(entry.id)
        .bind(entry.org_id)
        .bind(entry.actor.kind.as_str())
        .bind(&*entry.actor.id)
        .bind(entry.action)
        .bind(entry.target_id)
        .bind(entry.before_json.as_deref())
        .bind(entry.after_json.as_deref())
        .bind(entry.actor.source_ip.map(|ip| ip.to_string()).unwrap_or_default())
        .bind(entry.actor.request_id())
        .bind(entry.created_at.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

// The names are the current ones: an entry stores ids, which never change.
macro_rules! list {
    ($filter:literal) => {
        concat!(
            "
    select a.id, a.actor_kind, a.actor_id, u.name as user_name, k.prefix as key_prefix, a.action, a.target_id,
        a.before_json, a.after_json, a.source_ip, a.request_id, a.created_at
    from audit_entries a
        left join users u on a.actor_kind = 'user' and u.id = a.actor_id
        left join keys k on a.actor_kind = 'key' and k.id = a.actor_id
    where (cast($1 as text) is null or a.id < $1) and ",
            $filter,
            "
    order by a.id desc limit $2"
        )
    };
}

const OF_ORG: &str = list!("a.org_id = $3");
/// Everything that belongs to no organisation, except what people do with their own accounts. The
/// index `audit_entries_of_operators` has the same conditions.
const OF_OPERATORS: &str =
    list!("a.org_id is null and a.action not like 'user.%' and a.action not like 'session.%'");

pub async fn of_org(
    db: &Db,
    org: &OrgId,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<EntryRow>> {
    Ok(on!(db, |c| sqlx::query_as(OF_ORG)
        .bind(after)
        .bind(limit)
        .bind(org.as_str())
        .fetch_all(c)
        .await)?)
}

pub async fn of_operators(db: &Db, after: Option<&str>, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(on!(db, |c| sqlx::query_as(OF_OPERATORS).bind(after).bind(limit).fetch_all(c).await)?)
}
