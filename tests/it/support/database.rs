//! An empty database and data folder for one test, gone when it ends.

use std::path::Path;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tollgate::server::random;

pub struct TestDb {
    folder: TempDir,
    /// None for SQLite.
    url: Option<String>,
    admin_url: String,
}

impl TestDb {
    pub fn sqlite() -> Self {
        Self { folder: folder(), url: None, admin_url: String::new() }
    }

    /// None where the person at the terminal asked for SQLite alone; never silently.
    pub async fn postgres() -> Option<Self> {
        let Some(admin_url) = variable("TOLLGATE_TEST_POSTGRES") else {
            let alone = variable("TOLLGATE_TEST_SQLITE_ONLY").is_some();
            assert!(alone, "TOLLGATE_TEST_POSTGRES is not set: run `make test`, or set TOLLGATE_TEST_SQLITE_ONLY=1");
            return None;
        };
        let name = format!("tollgate_{}", random::base62(16).to_lowercase());
        let mut admin = PgConnection::connect(&admin_url).await.expect("the test server answers");
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.expect("a database of our own");
        admin.close().await.expect("closed");
        let base = admin_url.rsplit_once('/').expect("a URL with a database").0;
        Some(Self { folder: folder(), url: Some(format!("{base}/{name}")), admin_url })
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The value of `DATABASE_URL`; none for SQLite, which lies in the data folder.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// All rows of a query of one number.
    pub async fn number(&self, sql: &'static str) -> i64 {
        match &self.url {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("connects");
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("counts")
            }
            None => {
                let mut connection = self.sqlite_connection().await;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("counts")
            }
        }
    }

    /// All rows of a query of one text.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match &self.url {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("connects");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("reads")
            }
            None => {
                let mut connection = self.sqlite_connection().await;
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("reads")
            }
        }
    }

    async fn sqlite_connection(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.data_dir().join("tollgate.db"));
        sqlx::SqliteConnection::connect_with(&options).await.expect("connects")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Some(name) = self.url.as_ref().and_then(|url| url.rsplit('/').next()).map(str::to_owned) else { return };
        let admin_url = self.admin_url.clone();
        // A runtime of its own, because this one is busy ending.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&admin_url).await?;
                sqlx::query(sqlx::AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut admin).await?;
                admin.close().await
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("could not drop a test database");
        }
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder of our own")
}

#[expect(clippy::disallowed_methods, reason = "tests are told of their servers by the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
