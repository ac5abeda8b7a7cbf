//! Detects changes by other processes: PostgreSQL reports them with LISTEN/NOTIFY; SQLite shows
//! them in `pragma data_version`, which on the write connection changes only when another process
//! wrote.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use super::{Change, Db, PostgresDb, SqliteDb};

/// A revoked key must be refused within a second on all instances.
const POLL: Duration = Duration::from_millis(250);

/// Runs until `stop`, and reports other processes' changes to [`Db::changes`].
pub async fn watch(db: Db, stop: CancellationToken) {
    let watching = async {
        match &db {
            Db::Sqlite(db) => watch_sqlite(db).await,
            Db::Postgres(db) => watch_postgres(db).await,
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = watching => {}
    }
}

async fn watch_sqlite(db: &SqliteDb) {
    let mut seen = None;
    loop {
        tokio::time::sleep(POLL).await;
        match sqlx::query_scalar::<_, i64>("pragma data_version").fetch_one(&db.write).await {
            Ok(version) => {
                // The first check counts as a change: earlier changes were not seen. So does
                // another connection, whose versions cannot be compared with the previous one's.
                let version = (db.opened.load(Ordering::Relaxed), version);
                if seen.replace(version) != Some(version) {
                    db.changes.publish(&Change::Everything);
                }
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot see whether another process changed the database");
                db.changes.publish(&Change::Unsure);
            }
        }
    }
}

async fn watch_postgres(db: &PostgresDb) {
    loop {
        match listen(db).await {
            Ok(never) => match never {},
            Err(cause) => {
                tracing::warn!(%cause, "lost the connection that reports changes of other instances")
            }
        }
        // Without notifications, cached entries are trusted only for the length of this pause, if
        // the database responds.
        db.changes.publish(&Change::Unsure);
        tokio::time::sleep(POLL).await;
    }
}

async fn listen(db: &PostgresDb) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(&db.pool).await?;
    listener.listen("tollgate").await?;
    // Earlier notifications were missed.
    db.changes.publish(&Change::Unsure);
    loop {
        match listener.try_recv().await? {
            Some(notification) => db.changes.publish(&Change::parse(notification.payload())),
            // It would reconnect by itself, without reporting when it receives notifications again.
            None => return Err(sqlx::Error::Io(std::io::ErrorKind::ConnectionAborted.into())),
        }
    }
}
