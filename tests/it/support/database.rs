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

/// Makes two tests of each function: `name::on_sqlite` and `name::on_postgres`. The function takes a
/// [`TestDb`].
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test uses all of them")]
            use super::*;

            $(#[$attribute])*
            async fn run($db: TestDb) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run(TestDb::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(db) = TestDb::postgres().await {
                    run(db).await;
                }
            }
        }
    )*};
}

pub(crate) use on_both;
