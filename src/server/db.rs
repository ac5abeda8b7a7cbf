//! One database, two kinds: SQLite (embedded, one writer and separate readers) or PostgreSQL.
//!
//! SQL is the same text for both: lower case, `$1`, `returning`, `on conflict`, and only types
//! that mean the same on both. [`on!`] repeats a query for each kind; [`in_tx!`] does so inside a
//! transaction. All writes go through [`Tx`], which on SQLite takes the write lock at once, so
//! that a transaction never fails half-way for want of it.

mod change;
mod connect;
mod fence;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use change::{Change, Changes};
pub use fence::{Fence, behind};
pub use watch::watch;

use super::Result;

#[derive(Clone)]
pub enum Db {
    Sqlite(SqliteDb),
    Postgres(PostgresDb),
}

#[derive(Clone)]
pub struct SqliteDb {
    pub(crate) read: SqlitePool,
    /// A single connection: SQLite has one writer at a time, and queueing here beats `SQLITE_BUSY`.
    write: SqlitePool,
    file: PathBuf,
    changes: Arc<Changes>,
}

#[derive(Clone)]
pub struct PostgresDb {
    pub(crate) pool: PgPool,
    changes: Arc<Changes>,
}

/// A transaction that can write. Dropping it without [`Tx::commit`] rolls it back.
pub struct Tx {
    pub(crate) inner: TxInner,
    changes: Arc<Changes>,
    announced: Vec<Change>,
}

pub enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite(db) => TxInner::Sqlite(db.write.begin_with("begin immediate").await?),
            Self::Postgres(db) => TxInner::Postgres(db.pool.begin().await?),
        };
        Ok(Tx { inner, changes: Arc::clone(self.changes()), announced: Vec::new() })
    }

    /// A transaction that only reads, and sees all of one moment however many queries it takes. Dropped, not
    /// committed.
    pub async fn snapshot(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite(db) => TxInner::Sqlite(db.read.begin().await?),
            Self::Postgres(db) => TxInner::Postgres(db.pool.begin_with("begin isolation level repeatable read, read only").await?),
        };
        Ok(Tx { inner, changes: Arc::clone(self.changes()), announced: Vec::new() })
    }

    /// What is told here when a transaction that announced something has been committed, by this
    /// instance or another.
    pub fn changes(&self) -> &Arc<Changes> {
        match self {
            Self::Sqlite(db) => &db.changes,
            Self::Postgres(db) => &db.changes,
        }
    }

    /// True for the embedded database, which one server has for itself.
    pub const fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(db) => {
                db.read.close().await;
                db.write.close().await;
            }
            Self::Postgres(db) => db.pool.close().await,
        }
    }
}

impl Tx {
    /// Tells every instance's caches of `change`, once this transaction is committed.
    pub fn announce(&mut self, change: Change) {
        self.announced.push(change);
    }

    /// Commits, and tells the caches. Goes on to the end though the caller is dropped meanwhile, as a
    /// handler is whose client hangs up: a change that is committed and not told would leave caches wrong.
    pub async fn commit(mut self) -> Result<()> {
        fence::pass(&mut self).await?;
        tokio::spawn(self.commit_and_tell()).await.map_err(anyhow::Error::from)?
    }

    async fn commit_and_tell(mut self) -> Result<()> {
        if let TxInner::Postgres(tx) = &mut self.inner {
            for change in &self.announced {
                sqlx::query("select pg_notify('tollgate', $1)").bind(change.to_string()).execute(&mut **tx).await?;
            }
        }
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        for change in &self.announced {
            self.changes.announce(change);
        }
        Ok(())
    }
}

/// Runs a reading query on either kind of database: `on!(db, |c| query(…).fetch_all(c).await)`.
macro_rules! on {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::server::db::Db::Sqlite(db) => {
                let $c = &db.read;
                $body
            }
            $crate::server::db::Db::Postgres(db) => {
                let $c = &db.pool;
                $body
            }
        }
    };
}

/// Runs a query inside a transaction on either kind of database. `$c` may be used once or, reborrowed
/// as `&mut *c`, many times.
macro_rules! in_tx {
    ($tx:expr, |$c:ident| $body:expr) => {
        match &mut $tx.inner {
            $crate::server::db::TxInner::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::server::db::TxInner::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}

pub(crate) use {in_tx, on};
