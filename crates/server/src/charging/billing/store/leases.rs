//! SQL of leases: work for one instance at a time. A lease expires if its holder dies.

use sqlx::query;
use tollgate_types::time::{SECOND, Timestamp};

use crate::Result;
use crate::db::{Db, in_tx};

const FOR: i64 = 20 * SECOND;

/// Whether `holder` may do `name` now: it has the lease, or nobody has.
pub async fn hold(db: &Db, name: &str, holder: &str, now: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    let held = in_tx!(tx, |c| {
        query(
        "insert into leases as l (name, holder, until) values ($1, $2, $3)
         on conflict (name) do update set holder = excluded.holder, until = excluded.until where l.holder = excluded.holder or l.until < $4"
    )
    .bind(name)
    .bind(holder)
    .bind(now.plus(FOR).0)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    Ok(held == 1)
}

/// Releases the lease for another instance.
pub async fn release(db: &Db, name: &str, holder: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("delete from leases where name = $1 and holder = $2")
        .bind(name)
        .bind(holder)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}
