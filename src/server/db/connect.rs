//! Opening the database and bringing its tables up to date.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Changes, Db, PostgresDb, SqliteDb};
use crate::server::Result;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a call waits for a connection before it is told that the database is away.
const ACQUIRE: Duration = Duration::from_secs(5);

impl Db {
    /// Opens `url` (`postgres://…`), or the file `tollgate.db` in `data_dir` if there is none.
    pub async fn open(url: Option<&str>, data_dir: &Path) -> Result<Self> {
        match url {
            None => Self::open_sqlite(&data_dir.join("tollgate.db")).await,
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Self::open_postgres(url).await,
            Some(url) => {
                let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
                let path = path.context("DATABASE_URL must begin with postgres:// or sqlite:")?;
                Self::open_sqlite(Path::new(path)).await
            }
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-16000")
            // 32 MiB: pages that many calls touch are written back once rather than each time.
            .pragma("wal_autocheckpoint", "8000");
        // The first to open the file makes it one with a write-ahead log, and SQLite refuses whoever else opens it in
        // that moment instead of making him wait.
        let lock = lock_file(path).await?;
        let opened = async {
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(ACQUIRE)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(options.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(4)
                .acquire_timeout(ACQUIRE)
                .connect_with(options.read_only(true).create_if_missing(false))
                .await?;
            Ok::<_, sqlx::Error>((read, write))
        };
        let (read, write) = opened.await.with_context(|| format!("cannot open the database {}", path.display()))?;
        drop(lock);
        Ok(Self::Sqlite(SqliteDb { read, write, file: path.to_owned(), changes: Arc::new(Changes::default()) }))
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse().context("DATABASE_URL is not a PostgreSQL URL")?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(ACQUIRE)
            .connect_with(options)
            .await
            .context("cannot connect to the PostgreSQL server in DATABASE_URL")?;
        Ok(Self::Postgres(PostgresDb { pool, changes: Arc::new(Changes::default()) }))
    }

    /// Applies the migrations that are missing, under a lock, so that several instances may start
    /// at once.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => {
                // sqlx has no lock of its own for SQLite.
                let lock = lock_file(&db.file).await?;
                let migrated = SQLITE.run(&db.write).await;
                drop(lock);
                migrated
            }
            Self::Postgres(db) => POSTGRES.run(&db.pool).await,
        }
        .context("cannot bring the database's tables up to date")?;
        Ok(())
    }

    /// Succeeds if the database answers and its tables are those this program expects.
    pub async fn ping(&self) -> Result<()> {
        let wanted = SQLITE.iter().map(|m| m.version).max();
        let found: (Option<i64>,) =
            super::on!(self, |c| sqlx::query_as("select max(version) from _sqlx_migrations where success").fetch_one(c).await)?;
        if found.0 < wanted {
            return Err(anyhow::anyhow!("the database's tables are older than this program: run `tollgate migrate`").into());
        }
        Ok(())
    }
}

/// Waits for the lock that lets one process at a time open a SQLite file, or change its tables.
async fn lock_file(database: &Path) -> Result<File> {
    let path = database.with_extension("migrate-lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::create(path)?;
        fs4::FileExt::lock(&file)?;
        Ok::<_, std::io::Error>(file)
    });
    Ok(locked.await.map_err(anyhow::Error::from)?.context("cannot lock the database while it is opened")?)
}
