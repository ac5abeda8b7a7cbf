//! All SQL of notices.

use sqlx::{query, query_as};
use tollgate_types::id::{NoticeId, OrgId};
use tollgate_types::notice::NoticeView;
use tollgate_types::time::Timestamp;

use super::Notice;
use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct NoticeRow {
    id: String,
    title: String,
    body: String,
    link: String,
    created_at: i64,
}

impl NoticeRow {
    pub fn view(self) -> Result<NoticeView> {
        Ok(NoticeView {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            title: self.title,
            body: self.body,
            link: self.link,
            created_at: Timestamp(self.created_at),
        })
    }
}

pub async fn insert(
    tx: &mut Tx,
    id: &NoticeId,
    org: &OrgId,
    notice: &Notice<'_>,
    now: Timestamp,
) -> Result<bool> {
    let inserted = in_tx!(tx, |c| {
        query(
        "insert into notices (id, org_id, kind, subject, title, body, link, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (org_id, kind, subject) do nothing"
    )
    .bind(id.as_str())
    .bind(org.as_str())
    .bind(notice.kind)
    .bind(notice.subject)
    .bind(&notice.title)
    .bind(&notice.body)
    .bind(&notice.link)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

pub async fn delete(tx: &mut Tx, org: &OrgId, kind: &str, subject: &str) -> Result<bool> {
    let deleted = in_tx!(tx, |c| query(
        "delete from notices where org_id = $1 and kind = $2 and subject = $3"
    )
    .bind(org.as_str())
    .bind(kind)
    .bind(subject)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

pub async fn unread(db: &Db, org: &OrgId, limit: i64) -> Result<Vec<NoticeRow>> {
    Ok(on!(db, |c| {
        query_as(
        "select id, title, body, link, created_at from notices where org_id = $1 and read_at is null order by id desc limit $2"
    )
    .bind(org.as_str())
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// False if there is no such notice; a read one is not changed.
pub async fn mark_read(tx: &mut Tx, org: &OrgId, id: &NoticeId, now: Timestamp) -> Result<bool> {
    let changed = in_tx!(tx, |c| query(
        "update notices set read_at = coalesce(read_at, $3) where org_id = $1 and id = $2"
    )
    .bind(org.as_str())
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

/// Notices from before a time.
pub const OLD: Expired = Expired {
    any: "select id from notices where created_at < $1 limit 1",
    delete: "delete from notices where id in (select id from notices where created_at < $1 order by created_at limit $2)",
    chunk: CHUNK,
};
