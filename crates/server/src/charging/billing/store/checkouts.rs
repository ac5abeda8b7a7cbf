//! SQL of visits to the payment page.

use sqlx::{query, query_as};
use tollgate_types::id::OrgId;

use crate::Result;
use crate::db::{Db, in_tx, on};

#[derive(Clone, sqlx::FromRow)]
pub struct Checkout {
    pub id: String,
    pub plan_id: String,
    pub round: i64,
    pub session_id: Option<String>,
    pub url: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
}

/// The columns that are read.
macro_rules! checkout {
    ($of:literal) => {
        $crate::db::columns!($of: id, plan_id, round, session_id, url, created_at, expires_at)
    };
}

/// The open visit.
pub async fn open(db: &Db, org: &OrgId, product: &str) -> Result<Option<Checkout>> {
    Ok(on!(db, |c| query_as(concat!(
        "select ",
        checkout!("checkouts"),
        " from checkouts where org_id = $1 and product = $2 and state = 'open'"
    ))
    .bind(org.as_str())
    .bind(product)
    .fetch_optional(c)
    .await)?)
}

/// Open visits after the organisation and product `after`: organisation, product and session of
/// each.
pub async fn open_sessions(
    db: &Db,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<(String, String, String)>> {
    Ok(on!(db, |c| {
        query_as(
        "select org_id, product, session_id from checkouts
         where state = 'open' and (org_id, product) > ($1, $2) and session_id is not null order by org_id, product limit $3"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Records a visit. False if one is already open.
pub async fn insert(db: &Db, org: &OrgId, product: &str, new: &Checkout) -> Result<bool> {
    let mut tx = db.begin().await?;
    let inserted = in_tx!(tx, |c| {
        query(
        "insert into checkouts (id, org_id, product, plan_id, state, round, created_at, expires_at) values ($1, $2, $3, $4, 'open', 0, $5, $6)
         on conflict (org_id, product) where state = 'open' do nothing"
    )
    .bind(&new.id)
    .bind(org.as_str())
    .bind(product)
    .bind(&new.plan_id)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    Ok(inserted == 1)
}

pub async fn next_round(db: &Db, id: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update checkouts set round = round + 1 where id = $1")
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

pub async fn set_session(db: &Db, id: &str, session: &str, url: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update checkouts set session_id = $2, url = $3 where id = $1")
        .bind(id)
        .bind(session)
        .bind(url)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

pub async fn end(db: &Db, id: &str, state: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update checkouts set state = $2 where id = $1")
        .bind(id)
        .bind(state)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

/// Ends the visit of a session.
pub async fn end_session(db: &Db, session: &str, state: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query(
        "update checkouts set state = $2 where session_id = $1 and state = 'open'"
    )
    .bind(session)
    .bind(state)
    .execute(c)
    .await
    .map(drop))?;
    tx.commit().await
}
