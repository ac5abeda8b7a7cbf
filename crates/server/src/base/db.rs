//! One database, two kinds: SQLite (embedded, one writer and separate readers) or PostgreSQL.
//!
//! The SQL text is the same for both: lower case, `$1`, `returning`, `on conflict`, and only types
//! with the same meaning in both. [`on!`] repeats a query for each kind; [`in_tx!`] does so inside
//! a transaction. All writes go through [`Tx`], which takes SQLite's write lock at the start, so
//! that a transaction cannot fail half-way because it does not get the lock.

mod change;
mod connect;
mod expire;
mod fence;
mod health;
mod scans;
mod tx;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

pub use crate::error::Fault;
pub use change::{Change, Changes};
pub use connect::Schema;
pub use expire::{CHUNK, Expired};
pub use fence::{Fence, behind};
pub use health::Health;
pub use scans::{OPERATORS, Place, Scans};
pub use tx::{Tx, TxInner};
pub use watch::watch;

use crate::Result;

/// The maximum time for closing the connections.
const CLOSE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub enum Db {
    Sqlite(SqliteDb),
    Postgres(PostgresDb),
}

#[derive(Clone)]
pub struct SqliteDb {
    pub(crate) read: SqlitePool,
    /// A single connection: SQLite has one writer at a time, and queueing here is better than
    /// `SQLITE_BUSY`.
    write: SqlitePool,
    /// A reader for the applier only.
    applier: SqlitePool,
    /// Readers for the gateway only.
    gateway: SqlitePool,
    scans: Arc<Scans>,
    file: PathBuf,
    /// How often the write connection was opened.
    opened: Arc<AtomicU64>,
    changes: Arc<Changes>,
    health: Arc<Health>,
}

#[derive(Clone)]
pub struct PostgresDb {
    pub(crate) pool: PgPool,
    /// Connections for the applier only.
    applier: PgPool,
    /// Connections for the gateway only.
    gateway: PgPool,
    scans: Arc<Scans>,
    changes: Arc<Changes>,
    health: Arc<Health>,
}

impl Db {
    /// The same database through separate connections for the journal's applier, which must
    /// continue however many others wait for a connection.
    #[must_use]
    pub fn for_applier(&self) -> Self {
        match self {
            Self::Sqlite(db) => Self::Sqlite(SqliteDb { read: db.applier.clone(), ..db.clone() }),
            Self::Postgres(db) => {
                Self::Postgres(PostgresDb { pool: db.applier.clone(), ..db.clone() })
            }
        }
    }

    /// The same database through separate connections for what every metered call may need: its
    /// key, plan, quota and the products. Calls never wait behind pages and searches.
    #[must_use]
    pub fn for_gateway(&self) -> Self {
        match self {
            Self::Sqlite(db) => Self::Sqlite(SqliteDb { read: db.gateway.clone(), ..db.clone() }),
            Self::Postgres(db) => {
                Self::Postgres(PostgresDb { pool: db.gateway.clone(), ..db.clone() })
            }
        }
    }

    /// A slot for an expensive read of `org`, or of [`OPERATORS`] for reads over all organisations.
    ///
    /// # Errors
    /// `rate_limited` if the organisation runs too many at the same time.
    pub async fn scan(&self, org: &str) -> Result<Place> {
        match self {
            Self::Sqlite(db) => db.scans.acquire(org).await,
            Self::Postgres(db) => db.scans.acquire(org).await,
        }
    }

    /// Notified when a transaction that announced a change has been committed, by this instance or
    /// another.
    pub fn changes(&self) -> &Arc<Changes> {
        match self {
            Self::Sqlite(db) => &db.changes,
            Self::Postgres(db) => &db.changes,
        }
    }

    /// Whether the database is writable.
    pub const fn health(&self) -> &Arc<Health> {
        match self {
            Self::Sqlite(db) => &db.health,
            Self::Postgres(db) => &db.health,
        }
    }

    /// True for the embedded database, which only one server uses.
    pub const fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Closes all connections. A connection whose database does not respond is abandoned.
    pub async fn close(&self) {
        let closing = async {
            match self {
                Self::Sqlite(db) => {
                    db.read.close().await;
                    db.applier.close().await;
                    db.gateway.close().await;
                    db.write.close().await;
                }
                Self::Postgres(db) => {
                    db.pool.close().await;
                    db.applier.close().await;
                    db.gateway.close().await;
                }
            }
        };
        if tokio::time::timeout(CLOSE, closing).await.is_err() {
            tracing::warn!("some connections to the database were not closed in time");
        }
    }
}

/// Runs a reading query on either kind of database: `on!(db, |c| query(…).fetch_all(c).await)`.
macro_rules! on {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite(db) => {
                let $c = &db.read;
                $body
            }
            $crate::db::Db::Postgres(db) => {
                let $c = &db.pool;
                $body
            }
        }
    };
}

/// Runs a query inside a transaction on either kind of database. `$c` may be used once or,
/// reborrowed as `&mut *c`, several times. After a failed query, the transaction accepts no further
/// query and cannot be committed.
macro_rules! in_tx {
    ($tx:expr, |$c:ident| $body:expr) => {{
        $tx.enter()?;
        let done = match &mut $tx.inner {
            $crate::db::TxInner::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::TxInner::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        };
        $tx.leave(&done);
        done
    }};
}

/// The columns of a table or its alias, as a query lists them: `columns!("k": id, name)`. Never
/// `select *`: a connection that was opened before a migration would get other columns than it
/// expects, and new columns would be read for nothing.
macro_rules! columns {
    ($of:literal: $first:ident $(, $more:ident)*) => {
        concat!($of, ".", stringify!($first) $(, ", ", $of, ".", stringify!($more))*)
    };
}

pub(crate) use {columns, in_tx, on};
