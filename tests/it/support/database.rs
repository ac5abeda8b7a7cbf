//! An empty database and data folder for one test, removed when it ends.

use std::path::Path;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::server::db::Db;
use super::server::random;

pub struct TestDb {
    folder: TempDir,
    /// `None` for SQLite.
    url: Option<String>,
    admin_url: String,
}

impl TestDb {
    pub fn sqlite() -> Self {
        Self { folder: folder(), url: None, admin_url: String::new() }
    }

    /// With all tables, as left by a server that ran before. `None` if the developer chose SQLite
    /// only; never silently.
    pub async fn postgres() -> Option<Self> {
        let admin_url = postgres_server()?;
        let template = TEMPLATE.get_or_init(|| template(&admin_url)).await;
        Some(Self::create(admin_url, &format!(" template {template}")).await)
    }

    /// The same without tables.
    #[allow(dead_code, reason = "unit tests share this file, and need no empty database")]
    pub async fn empty_postgres() -> Option<Self> {
        Some(Self::create(postgres_server()?, "").await)
    }

    async fn create(admin_url: String, how: &str) -> Self {
        let url = create_database(&admin_url, how).await;
        Self { folder: folder(), url: Some(url), admin_url }
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The value of `DATABASE_URL`; `None` for SQLite, whose file is in the data folder.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Some(name) =
            self.url.as_ref().and_then(|url| url.rsplit('/').next()).map(str::to_owned)
        else {
            return;
        };
        let admin_url = self.admin_url.clone();
        // A separate runtime, because this one is ending.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&admin_url).await?;
                sqlx::query(sqlx::AssertSqlSafe(format!(
                    "drop database if exists {name} with (force)"
                )))
                .execute(&mut admin)
                .await?;
                admin.close().await
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("could not drop a test database");
        }
    }
}

/// The template database, because creating all tables takes a second. It is removed with the
/// server, which is private to a run of the tests.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

async fn template(admin_url: &str) -> String {
    let url = create_database(admin_url, "").await;
    let db = Db::open(Some(&url), Path::new("")).await.expect("opens");
    db.migrate().await.expect("all tables are made");
    db.close().await;
    let name = url.rsplit_once('/').expect("a URL with a database").1.to_owned();
    // A database with open connections cannot be copied, and a backend ends a little after its
    // connection.
    let mut admin = PgConnection::connect(admin_url).await.expect("the test server answers");
    let users = "select count(*) from pg_stat_activity where datname = $1";
    while sqlx::query_scalar::<_, i64>(users)
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .expect("counts")
        > 0
    {
        tokio::task::yield_now().await;
    }
    admin.close().await.expect("closed");
    name
}

/// Creates a database with a unique name, and returns its URL.
async fn create_database(admin_url: &str, how: &str) -> String {
    let name = format!("tollgate_{}", random::base62(16).to_lowercase());
    let mut admin = PgConnection::connect(admin_url).await.expect("the test server answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}{how}")))
        .execute(&mut admin)
        .await
        .expect("a database of our own");
    admin.close().await.expect("closed");
    format!("{}/{name}", admin_url.rsplit_once('/').expect("a URL with a database").0)
}

fn postgres_server() -> Option<String> {
    let url = variable("TOLLGATE_TEST_POSTGRES");
    let alone = variable("TOLLGATE_TEST_SQLITE_ONLY").is_some();
    assert!(
        url.is_some() || alone,
        "TOLLGATE_TEST_POSTGRES is not set: run `make test`, or set TOLLGATE_TEST_SQLITE_ONLY=1"
    );
    url
}

fn folder() -> TempDir {
    // As private as a server would make it.
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    tempfile::Builder::new().permissions(private).tempdir().expect("a folder of our own")
}

#[expect(clippy::disallowed_methods, reason = "the environment names the servers of a test")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Makes two tests of each function: `name::on_sqlite` and `name::on_postgres`. The function takes
/// a [`TestDb`]; with `empty;` before the first one, it has no tables on PostgreSQL either.
macro_rules! on_both {
    (empty; $($functions:tt)*) => { on_both! { @ empty_postgres $($functions)* } };
    (@ $postgres:ident $($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)*) => {$(
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
                if let Some(db) = TestDb::$postgres().await {
                    run(db).await;
                }
            }
        }
    )*};
    ($($functions:tt)*) => { on_both! { @ postgres $($functions)* } };
}

pub(crate) use on_both;
