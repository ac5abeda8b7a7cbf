//! Opens the database and updates its tables.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, PostgresDb, Scans, SqliteDb};
use crate::{Result, private};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long a call waits for a connection before the database counts as unavailable.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Read connections to the embedded database, and connections to PostgreSQL.
const READERS: u32 = 4;
const CONNECTIONS: u32 = 16;
/// The same for the gateway only, opened on demand.
const GATEWAY_READERS: u32 = 2;
const GATEWAY_CONNECTIONS: u32 = 8;

/// Versions of the tables: the number of the last migration, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    pub found: i64,
    pub known: i64,
}

impl Db {
    /// Opens `url` (`postgres://…`), or without it the file `tollgate.db` in `data_dir`.
    pub async fn open(url: Option<&str>, data_dir: &Path) -> Result<Self> {
        match url {
            None => {
                private::create_folder(data_dir)
                    .with_context(|| format!("cannot create {}", data_dir.display()))?;
                Self::open_sqlite(&data_dir.join("tollgate.db")).await
            }
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Self::open_postgres(url).await
            }
            Some(url) => {
                let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
                let path = path.context("DATABASE_URL must begin with postgres:// or sqlite:")?;
                Self::open_sqlite(Path::new(path)).await
            }
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        private::prepare_database(path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        check_links(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-16000")
            // 32 MiB: frequently changed pages are written back once instead of each time.
            .pragma("wal_autocheckpoint", "8000");
        // The first connection to the file creates the write-ahead log, and SQLite rejects other
        // connections at that moment instead of making them wait.
        let lock = lock_file(path).await?;
        let opened = Arc::new(AtomicU64::new(0));
        let pools = async {
            let count = Arc::clone(&opened);
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(ACQUIRE)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |_, _| {
                    count.fetch_add(1, Ordering::Relaxed);
                    Box::pin(async { Ok(()) })
                })
                .after_release(|connection, _| Box::pin(is_clean(connection)))
                .connect_with(options.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(READERS)
                .acquire_timeout(ACQUIRE)
                .after_release(|connection, _| Box::pin(is_clean(connection)))
                .connect_with(options.clone().read_only(true).create_if_missing(false))
                .await?;
            let reserved = |connections| {
                SqlitePoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(ACQUIRE)
                    .connect_lazy_with(options.clone().read_only(true).create_if_missing(false))
            };
            Ok::<_, sqlx::Error>((read, write, reserved(1), reserved(GATEWAY_READERS)))
        };
        let (read, write, applier, gateway) =
            pools.await.with_context(|| format!("cannot open the database {}", path.display()))?;
        drop(lock);
        // Half of the readers are reserved for quick reads.
        let scans = Arc::new(Scans::new(READERS as usize / 2, 1));
        let (file, changes, health) = (path.to_owned(), Arc::default(), Arc::default());
        Ok(Self::Sqlite(SqliteDb {
            read,
            write,
            applier,
            gateway,
            scans,
            file,
            opened,
            changes,
            health,
        }))
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions =
            url.parse().context("DATABASE_URL is not a PostgreSQL URL")?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(options.clone())
            .await
            .context("cannot connect to the PostgreSQL server in DATABASE_URL")?;
        let reserved = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE)
                .after_release(|connection, _| Box::pin(is_clean(connection)))
                .connect_lazy_with(options.clone())
        };
        let (applier, gateway) = (reserved(2), reserved(GATEWAY_CONNECTIONS));
        let scans = Arc::new(Scans::new(CONNECTIONS as usize / 4, 2));
        Ok(Self::Postgres(PostgresDb {
            pool,
            applier,
            gateway,
            scans,
            changes: Arc::default(),
            health: Arc::default(),
        }))
    }

    /// Applies the missing migrations, under a lock, so that several instances may start
    /// concurrently. Connections that were opened before know the old tables and are replaced.
    ///
    /// # Errors
    /// Also fails if the tables are those of a newer program.
    pub async fn migrate(&self) -> Result<()> {
        let Schema { found, known } = self.schema().await?;
        if found > known {
            return Err(anyhow::anyhow!(
                "the database's tables are newer than this program (version {found}; this program supports {known}): upgrade the program"
            )
            .into());
        }
        match self {
            Self::Sqlite(db) => {
                // sqlx has no lock for SQLite.
                let lock = lock_file(&db.file).await?;
                let migrated = SQLITE.run(&db.write).await;
                drop(lock);
                migrated
            }
            Self::Postgres(db) => POSTGRES.run(&db.pool).await,
        }
        .context("cannot update the database's tables")?;
        if found < known {
            self.reopen().await?;
        }
        Ok(())
    }

    /// Closes the idle connections. After columns were added, SQLite still describes statements by
    /// the table that a connection has read before, and PostgreSQL rejects statements that were
    /// prepared for other columns.
    async fn reopen(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => {
                close_idle(&db.read).await?;
                close_idle(&db.write).await
            }
            Self::Postgres(db) => close_idle(&db.pool).await,
        }
    }

    /// The version of the tables, and the version of this program.
    pub async fn schema(&self) -> Result<Schema> {
        let known = SQLITE.iter().map(|migration| migration.version).max().unwrap_or_default();
        let exists = match self {
            Self::Sqlite(db) => {
                sqlx::query_scalar::<_, i64>(
                    "select count(*) from sqlite_master where name = '_sqlx_migrations'",
                )
                .fetch_one(&db.read)
                .await?
                    > 0
            }
            Self::Postgres(db) => {
                sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
                    .fetch_one(&db.pool)
                    .await?
            }
        };
        if !exists {
            return Ok(Schema { found: 0, known });
        }
        let found: Option<i64> = super::on!(self, |c| sqlx::query_scalar(
            "select max(version) from _sqlx_migrations where success"
        )
        .fetch_one(c)
        .await)?;
        Ok(Schema { found: found.unwrap_or_default(), known })
    }

    /// Locks out other servers while the embedded database is open: one server cannot know when
    /// another one's cached data is outdated. Commands do not take this lock.
    ///
    /// # Errors
    /// Fails if another server uses the database, from any data folder.
    pub fn lock(&self) -> Result<Option<File>> {
        let Self::Sqlite(db) = self else { return Ok(None) };
        // A separate file: SQLite loses its locks when the process closes any handle on the
        // database file.
        let path = std::fs::canonicalize(&db.file)
            .with_context(|| format!("cannot find {}", db.file.display()))?;
        let lock = private::create(&path.with_extension("server-lock"))
            .context("cannot create the database's lock file")?;
        fs4::FileExt::try_lock(&lock).map_err(|_| {
            anyhow::anyhow!(
                "another server is using the database {}: an embedded database can be used by one server only. Stop the other server, or use PostgreSQL (DATABASE_URL) for several",
                path.display()
            )
        })?;
        Ok(Some(lock))
    }

    /// Succeeds if the database responds and has the tables that this program expects.
    pub async fn ping(&self) -> Result<()> {
        let wanted = SQLITE.iter().map(|m| m.version).max();
        let found: (Option<i64>,) = super::on!(self, |c| sqlx::query_as(
            "select max(version) from _sqlx_migrations where success"
        )
        .fetch_one(c)
        .await)?;
        if found.0 < wanted {
            return Err(anyhow::anyhow!(
                "the database's tables are older than this program: run `tollgate migrate`"
            )
            .into());
        }
        Ok(())
    }
}

/// SQLite names the write-ahead log, and [`Db::lock`] its file, after the database file. Two
/// programs that open a file by different hard links would not see each other's log, and would
/// damage the database (<https://www.sqlite.org/howtocorrupt.html>, 2.5).
///
/// # Errors
/// Fails if the file has more than one hard link.
fn check_links(path: &Path) -> Result<()> {
    let links =
        fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.nlink();
    if links > 1 {
        return Err(anyhow::anyhow!(
            "the database {} has {links} hard links: two programs that open it by different names would damage it. Find the other names \
             with `find / -xdev -samefile {}`, delete them, and try again",
            path.display(),
            path.display()
        )
        .into());
    }
    Ok(())
}

async fn close_idle<DB: sqlx::Database>(pool: &sqlx::Pool<DB>) -> Result<()> {
    for _ in 0..pool.num_idle() {
        match pool.try_acquire() {
            Some(connection) => connection.close().await?,
            None => break,
        }
    }
    Ok(())
}

/// Whether a connection may return to the pool: not with a transaction that could not be rolled
/// back. If SQLite has rolled back by itself (full disk, I/O error), the following `rollback`
/// fails, and sqlx would consider the connection to be inside a transaction forever.
async fn is_clean<C: Connection>(connection: &mut C) -> Result<bool, sqlx::Error> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // The rollback is in progress: this statement completes after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Waits for the lock under which one process at a time opens a SQLite file or changes its tables.
async fn lock_file(database: &Path) -> Result<File> {
    let path = database.with_extension("migrate-lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = private::create(&path)?;
        fs4::FileExt::lock(&file)?;
        Ok::<_, std::io::Error>(file)
    });
    Ok(locked.await.map_err(anyhow::Error::from)?.context("cannot lock the database to open it")?)
}
