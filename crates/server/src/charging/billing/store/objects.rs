//! SQL of customers, and of the ids of plans and products at Stripe.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, in_tx, on};

/// The Stripe id of the object `subject` of this `kind`.
pub async fn find(db: &Db, kind: &str, subject: &str) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar(
        "select stripe_id from billing_objects where kind = $1 and subject = $2"
    )
    .bind(kind)
    .bind(subject)
    .fetch_optional(c)
    .await)?)
}

/// The plan of a Stripe price, and whether it is the price of the units.
pub async fn plan_of_price(db: &Db, price: &str) -> Result<Option<(String, bool)>> {
    let row: Option<(String, String)> = on!(db, |c| {
        query_as("select subject, kind from billing_objects where stripe_id = $1 and kind in ('price_month', 'price_units')")
            .bind(price)
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(plan, kind)| (plan, kind == "price_units")))
}

pub async fn save(
    db: &Db,
    (kind, subject): (&str, &str),
    stripe_id: &str,
    fingerprint: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query(
        "insert into billing_objects (kind, subject, stripe_id, fingerprint, synced_at) values ($1, $2, $3, $4, $5)
         on conflict (kind, subject) do update set stripe_id = excluded.stripe_id, fingerprint = excluded.fingerprint,
         synced_at = excluded.synced_at"
    )
    .bind(kind)
    .bind(subject)
    .bind(stripe_id)
    .bind(fingerprint)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    tx.commit().await
}

#[derive(sqlx::FromRow)]
pub struct ObjectRow {
    pub kind: String,
    pub subject: String,
    pub stripe_id: String,
    pub fingerprint: String,
}

/// Objects after the kind and subject `after`, at most `limit`.
pub async fn list(db: &Db, after: (&str, &str), limit: i64) -> Result<Vec<ObjectRow>> {
    Ok(on!(db, |c| {
        query_as(
        "select kind, subject, stripe_id, fingerprint from billing_objects where (kind, subject) > ($1, $2) order by kind, subject limit $3"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// The organisation's customer at Stripe.
pub async fn customer(db: &Db, org: &OrgId) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select stripe_id from billing_customers where org_id = $1")
        .bind(org.as_str())
        .fetch_optional(c)
        .await)?)
}

pub async fn org_of_customer(db: &Db, customer: &str) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar("select org_id from billing_customers where stripe_id = $1")
        .bind(customer)
        .fetch_optional(c)
        .await)?)
}

/// The organisation's customer from now on: the first one that was stored.
pub async fn save_customer(db: &Db, org: &OrgId, customer: &str, now: Timestamp) -> Result<String> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query(
        "insert into billing_customers (org_id, stripe_id, created_at) values ($1, $2, $3) on conflict (org_id) do nothing"
    )
    .bind(org.as_str())
    .bind(customer)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    let held =
        in_tx!(tx, |c| query_scalar("select stripe_id from billing_customers where org_id = $1")
            .bind(org.as_str())
            .fetch_one(c)
            .await)?;
    tx.commit().await?;
    Ok(held)
}
