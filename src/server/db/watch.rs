//! Hearing of changes that another process made: PostgreSQL tells by LISTEN/NOTIFY; SQLite shows it
//! in `pragma data_version`, which on the writing connection moves only when somebody else wrote.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use super::{Change, Db, PostgresDb, SqliteDb};

/// A revoked key must be refused within a second on every instance.
const POLL: Duration = Duration::from_millis(250);

/// Runs until `stop`, telling [`Db::changes`] of what other processes change.
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
    let mut seen: Option<i64> = None;
    loop {
        tokio::time::sleep(POLL).await;
        match sqlx::query_scalar::<_, i64>("pragma data_version").fetch_one(&db.write).await {
            Ok(version) => {
                // The first time counts as a change: what happened since the start was not seen.
                if seen.replace(version) != Some(version) {
                    db.changes.tell(&Change::Everything);
                }
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot see whether another process changed the database");
                db.changes.tell(&Change::Unsure);
            }
        }
    }
}

async fn watch_postgres(db: &PostgresDb) {
    loop {
        match listen(db).await {
            Ok(never) => match never {},
            Err(cause) => tracing::warn!(%cause, "lost the connection that tells of other instances' changes"),
        }
        // While nobody tells us, nothing cached is trusted for longer than this pause, if the database answers.
        db.changes.tell(&Change::Unsure);
        tokio::time::sleep(POLL).await;
    }
}

async fn listen(db: &PostgresDb) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(&db.pool).await?;
    listener.listen("tollgate").await?;
    // Whatever was told before this moment was not heard.
    db.changes.tell(&Change::Unsure);
    loop {
        match listener.try_recv().await? {
            Some(notification) => db.changes.tell(&Change::parse(notification.payload())),
            // It would connect again by itself, without saying when it hears again.
            None => return Err(sqlx::Error::Io(std::io::ErrorKind::ConnectionAborted.into())),
        }
    }
}
