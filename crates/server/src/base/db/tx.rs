//! Transactions. However one ends (committed, failed, cancelled at any point, by a panic), its
//! connection returns to the pool without it, or is closed.

use std::sync::Arc;

use sqlx::{Database, Pool, Postgres, QueryBuilder, Sqlite, Transaction};

use super::health::{Failure, Health};
use super::{Change, Changes, Db, fence, in_tx};
use crate::Result;

/// A write transaction. Dropping it without [`Tx::commit`] rolls it back.
pub struct Tx {
    pub(crate) inner: TxInner,
    changes: Arc<Changes>,
    health: Arc<Health>,
    announced: Vec<Change>,
    /// False while a statement runs, and permanently after one failed or was abandoned.
    is_whole: bool,
}

pub enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    pub async fn begin(&self) -> Result<Tx> {
        let begun = match self {
            Self::Sqlite(db) => begin(&db.write, "begin immediate").await.map(TxInner::Sqlite),
            Self::Postgres(db) => begin(&db.pool, "begin").await.map(TxInner::Postgres),
        };
        self.health().note(&begun);
        begun.map(|inner| self.tx(inner))
    }

    /// A read-only transaction, with one snapshot for all queries. Dropped, not committed.
    pub async fn snapshot(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite(db) => TxInner::Sqlite(begin(&db.read, "begin").await?),
            Self::Postgres(db) => TxInner::Postgres(
                begin(&db.pool, "begin isolation level repeatable read, read only").await?,
            ),
        };
        Ok(self.tx(inner))
    }

    fn tx(&self, inner: TxInner) -> Tx {
        let (changes, health) = (Arc::clone(self.changes()), Arc::clone(self.health()));
        Tx { inner, changes, health, announced: Vec::new(), is_whole: true }
    }

    /// Tries to write, with a change that changes nothing.
    ///
    /// # Errors
    /// Fails if the database is full, read-only or locked by another writer.
    pub async fn try_write(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        in_tx!(tx, |c| sqlx::query("update journal_cursors set position = position")
            .execute(c)
            .await
            .map(drop))?;
        tx.commit().await
    }
}

/// Begins in a separate task. If the caller is cancelled before the database has confirmed, an
/// unnoticed transaction would stay open on the connection; the task ends it.
async fn begin<DB: Database>(
    pool: &Pool<DB>,
    statement: &'static str,
) -> Result<Transaction<'static, DB>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    Ok(begun.await.map_err(anyhow::Error::from)??)
}

impl Tx {
    /// Notifies the caches of all instances of `change`, after this transaction is committed.
    pub fn announce(&mut self, change: Change) {
        self.announced.push(change);
    }

    /// Waits for the exclusive lock on `what`, and holds it until the transaction ends. For
    /// check-then-write without an existing row to lock. SQLite has only one writer anyway.
    pub async fn take_turn(&mut self, what: &str) -> Result<()> {
        self.enter()?;
        let taken = match &mut self.inner {
            TxInner::Sqlite(_) => Ok(()),
            TxInner::Postgres(tx) => {
                let lock = "select pg_advisory_xact_lock(hashtextextended('tollgate: ' || $1, 0))";
                sqlx::query(lock).bind(what).execute(&mut **tx).await.map(drop)
            }
        };
        self.leave(&taken);
        Ok(taken?)
    }

    /// Runs a statement that locks rows. The embedded database neither supports nor needs it,
    /// because it has one writer.
    pub async fn lock(&mut self, mut select: QueryBuilder<Postgres>) -> Result<()> {
        self.enter()?;
        let locked = match &mut self.inner {
            TxInner::Sqlite(_) => Ok(()),
            TxInner::Postgres(tx) => {
                select.build().persistent(false).execute(&mut **tx).await.map(drop)
            }
        };
        self.leave(&locked);
        Ok(locked?)
    }

    /// Called by [`in_tx!`](super::in_tx) before each statement. After a failed one, SQLite may
    /// have rolled back by itself (full disk, I/O error) and would commit further statements row by
    /// row; PostgreSQL would respond to `COMMIT` with a rollback that looks like success. So no
    /// further statement is allowed.
    pub(crate) fn enter(&mut self) -> Result<(), sqlx::Error> {
        if !std::mem::replace(&mut self.is_whole, false) {
            return Err(sqlx::Error::AnyDriverError(
                "an earlier statement of this transaction failed".into(),
            ));
        }
        Ok(())
    }

    /// Called after each statement.
    pub(crate) fn leave<T, E: Failure>(&mut self, result: &Result<T, E>) {
        self.is_whole = result.is_ok();
        self.health.note(result);
    }

    /// Commits, and notifies the caches. Continues if the caller is cancelled meanwhile, for
    /// example because a client disconnects: a committed but unannounced change would leave caches
    /// outdated.
    ///
    /// # Errors
    /// Also fails if a statement failed and the caller ignored it: then nothing is committed.
    pub async fn commit(mut self) -> Result<()> {
        fence::pass(&mut self).await?;
        self.enter()?;
        tokio::spawn(self.commit_and_publish()).await.map_err(anyhow::Error::from)?
    }

    async fn commit_and_publish(mut self) -> Result<()> {
        if let TxInner::Postgres(tx) = &mut self.inner {
            for change in &self.announced {
                sqlx::query("select pg_notify('tollgate', $1)")
                    .bind(change.to_string())
                    .execute(&mut **tx)
                    .await?;
            }
        }
        let committed = match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await,
            TxInner::Postgres(tx) => tx.commit().await,
        };
        self.health.note(&committed);
        committed?;
        for change in &self.announced {
            self.changes.announce(change);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::{query, query_scalar};

    use super::super::{Db, Tx, in_tx, on};
    use crate::Result;
    use tollgate_types::code::Code;

    async fn open(folder: &Path) -> Db {
        let db = Db::open(None, folder).await.unwrap();
        execute(&db, "create table t (x blob primary key)").await.unwrap();
        db
    }

    async fn run(tx: &mut Tx, sql: &'static str) -> Result<()> {
        in_tx!(tx, |c| query(sql).execute(c).await.map(drop))?;
        Ok(())
    }

    async fn execute(db: &Db, sql: &'static str) -> Result<()> {
        let mut tx = db.begin().await?;
        run(&mut tx, sql).await?;
        tx.commit().await
    }

    async fn rows(db: &Db) -> i64 {
        on!(db, |c| query_scalar("select count(*) from t").fetch_one(c).await).unwrap()
    }

    /// A limit of the connection: it disappears with it, like a full disk that is freed.
    const LIMIT: &str = "pragma max_page_count = 50";
    const FILL: &str = "insert into t (x) values (zeroblob(1000000))";

    #[tokio::test]
    async fn a_full_database_takes_writes_again_once_there_is_space() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        let mut tx = db.begin().await.unwrap();
        run(&mut tx, LIMIT).await.unwrap();
        assert_eq!(run(&mut tx, FILL).await.unwrap_err().code(), Code::Unavailable);
        drop(tx);
        assert!(!db.health().is_writable());
        execute(&db, "insert into t (x) values ('a')").await.unwrap();
        assert_eq!(rows(&db).await, 1);
    }

    #[tokio::test]
    async fn nothing_that_follows_a_failed_statement_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        execute(&db, "insert into t (x) values ('a')").await.unwrap();
        for failing in ["insert into t (x) values ('a')", FILL] {
            let mut tx = db.begin().await.unwrap();
            run(&mut tx, LIMIT).await.unwrap();
            run(&mut tx, "insert into t (x) values ('b')").await.unwrap();
            assert!(run(&mut tx, failing).await.is_err());
            // A caller that ignores the error continues.
            assert!(run(&mut tx, "insert into t (x) values ('c')").await.is_err());
            assert!(tx.commit().await.is_err());
            assert_eq!(rows(&db).await, 1);
        }
    }

    #[tokio::test]
    async fn a_transaction_whose_statement_is_abandoned_cannot_be_committed() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        let mut tx = db.begin().await.unwrap();
        {
            // Slow, so that it cannot end before it is looked at.
            let slow = "insert into t (x) select 'a' where (with recursive n (i) as
                (select 1 union all select i + 1 from n where i < 2000000) select count(*) from n) > 0";
            let mut running = Box::pin(run(&mut tx, slow));
            assert!(futures::poll!(&mut running).is_pending());
        }
        assert!(tx.commit().await.is_err());
        execute(&db, "insert into t (x) values ('b')").await.unwrap();
        assert_eq!(rows(&db).await, 1);
    }
}
