//! Databases of every earlier version are updated with their content, while others have them open.

use std::borrow::Cow;

use reqwest::Method;
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tollgate::server::random;
use tollgate::types::id::{CustomerId, KeyId, OrgId, PlanId, UserId};

use crate::support::{Portal, TestDb, on_both, process, sources};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

fn only(all: &Migrator, up_to: i64) -> Migrator {
    Migrator {
        migrations: Cow::Owned(
            all.iter().filter(|migration| migration.version <= up_to).cloned().collect(),
        ),
        ignore_missing: true,
        ..Migrator::DEFAULT
    }
}

/// Updates an empty database to a version, with rows of each version before it.
async fn make(db: &TestDb, version: i64, org: &OrgId) {
    for step in SQLITE.iter().map(|migration| migration.version).filter(|step| *step <= version) {
        match db.url() {
            Some(url) => only(&POSTGRES, step)
                .run(&mut PgConnection::connect(url).await.unwrap())
                .await
                .unwrap(),
            None => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(db.data_dir().join("tollgate.db"))
                    .create_if_missing(true);
                only(&SQLITE, step)
                    .run(&mut SqliteConnection::connect_with(&options).await.unwrap())
                    .await
                    .unwrap();
            }
        }
        if let Some(sql) = rows(step, org, if db.url().is_some() { "bytea" } else { "blob" }) {
            db.execute_text(sql).await;
        }
    }
}

/// Data that a database of this version may have and an earlier one cannot.
fn rows(version: i64, org: &OrgId, blob: &str) -> Option<String> {
    let now = Portal::start_of_tests().0;
    Some(match version {
        1 => format!(
            "insert into users (id, email, name, password_hash, created_at, updated_at) values ('{}', 'ada@example.com', 'Ada', '', {now}, {now});
             insert into orgs (id, name, created_at, updated_at) values ('{org}', 'Acme', {now}, {now});
             insert into mails (id, recipient, subject, body, created_at) values ('mail_1', 'ada@example.com', 'Hi', 'Secret', {now})",
            random::id::<UserId>()
        ),
        2 => format!(
            "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at)
             values ('{}', '{org}', 'live', 'tg_live_{}', cast('x' as {blob}), 'Old', '[\"customers:read\"]', '', {now})",
            random::id::<KeyId>(),
            random::base62(12)
        ),
        3 => format!(
            "insert into usage_hourly values ('{org}', 'live', {}, 'platform', 'listCustomers', 'k', 200, 7, 7, 7, 1, 1, 1)",
            now - now % 3_600_000
        ),
        4 => format!(
            "insert into customers (id, org_id, environment, name, metadata, created_at, updated_at)
             values ('{}', '{org}', 'live', 'Grace', '{{}}', {now}, {now})",
            random::id::<CustomerId>()
        ),
        8 => format!(
            "insert into plans (id, product, name, version, is_default, is_public, currency, monthly_price, included_units, is_hard, prices_json, created_at)
             values ('{}', 'platform', 'Old', 1, true, true, 'usd', 0, 10, false, '[{{\"up_to\":null,\"unit_price\":\"0\"}}]', {now})",
            random::id::<PlanId>()
        ),
        _ => return None,
    })
}

on_both! {
    empty;

    async fn databases_of_every_version_are_upgraded_with_what_is_in_them_while_another_process_has_them_open(db: TestDb) {
        // Each version has a database of its own.
        let on_postgres = db.url().is_some();
        let latest = SQLITE.iter().map(|migration| migration.version).max().unwrap();
        for version in SQLITE.iter().map(|migration| migration.version) {
            let db = if on_postgres { TestDb::empty_postgres().await.unwrap() } else { TestDb::sqlite() };
            let org: OrgId = random::id();
            make(&db, version, &org).await;
            // A connection that has read the old tables.
            let reader = Reader::open(&db).await;
            let output = process::run(&db, &["migrate"]);
            assert!(output.status.success(), "from {version}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(db.number("select max(version) from _sqlx_migrations").await, latest);
            reader.close().await;
            assert_eq!(db.texts("select name from orgs").await, ["Acme"], "from {version}");
            if version >= 2 {
                let keys = process::json(&db, &["key", "list", "--org", org.as_str(), "--json"]);
                assert_eq!(keys[0]["name"], "Old", "from {version}");
            }
            if version >= 8 {
                assert!(process::run(&db, &["plan", "list", "--json"]).status.success(), "from {version}");
            }
            // The server updates automatically, too; here the command has done it.
            let portal = Portal::start(&db).await;
            let keys = portal.with_keys(org).await;
            let customers = portal.get(&keys.live, "/v1/customers").await.json();
            assert_eq!(customers["data"].as_array().map(Vec::len), Some(usize::from(version >= 4)), "from {version}");
            portal.stop().await;
            let doctor = process::run(&db, &["doctor"]);
            assert!(doctor.status.success(), "from {version}: {}", String::from_utf8_lossy(&doctor.stdout));
        }
    }

    async fn a_server_upgrades_a_database_of_every_version_at_its_start(db: TestDb) {
        let on_postgres = db.url().is_some();
        for version in SQLITE.iter().map(|migration| migration.version) {
            let db = if on_postgres { TestDb::empty_postgres().await.unwrap() } else { TestDb::sqlite() };
            let org: OrgId = random::id();
            make(&db, version, &org).await;
            let reader = Reader::open(&db).await;
            let portal = Portal::start(&db).await;
            let keys = portal.with_keys(org).await;
            assert_eq!(portal.get(&keys.live, "/v1/customers").await.status, 200, "from {version}");
            assert_eq!(portal.call(&keys.live, Method::POST, "/v1/customers", &json!({ "name": "Ada" })).await.status, 201);
            reader.close().await;
            portal.stop().await;
        }
    }

    async fn a_running_server_goes_on_while_a_newer_program_adds_columns_to_its_tables(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let use_it = async || {
            let created = portal.call(&org.live, Method::POST, "/v1/customers", &json!({ "name": "Ada" })).await;
            assert_eq!(created.status, 201, "{}", created.text);
            let id = created.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(portal.call(&org.live, Method::PATCH, &format!("/v1/customers/{id}"), &json!({ "name": "Grace" })).await.status, 200);
            for path in ["customers", "events", "webhook-endpoints", "webhook-deliveries", "keys", "usage", "request-logs"] {
                let response = portal.get(&org.live, &format!("/v1/{path}")).await;
                assert_eq!(response.status, 200, "{path}: {}", response.text);
            }
        };
        use_it().await;
        let tables = match db.url() {
            None => db.texts("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_sqlx%'").await,
            Some(_) => db.texts("select cast(tablename as text) from pg_tables where schemaname = 'public' and tablename not like '\\_sqlx%'").await,
        };
        assert!(tables.len() > 30);
        for table in tables {
            db.execute_text(format!("alter table {table} add column added_later bigint not null default 7")).await;
        }
        use_it().await;
        portal.stop().await;
    }

    async fn tables_of_a_newer_program_are_reported_and_not_changed(db: TestDb) {
        assert!(process::run(&db, &["migrate"]).status.success());
        let blob = if db.url().is_some() { "bytea" } else { "blob" };
        db.execute_text(format!(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, cast('x' as {blob}), 1)"
        ))
        .await;
        let doctor = process::run(&db, &["doctor"]);
        let printed = String::from_utf8(doctor.stdout).unwrap();
        assert!(!doctor.status.success() && printed.contains("version 9999") && printed.contains("newer version of Tollgate"), "{printed}");
        let refused = process::run(&db, &["migrate"]);
        let printed = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && printed.contains("newer than this program"), "{printed}");
    }
}

/// A connection that has read all tables and keeps its knowledge of them.
enum Reader {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

impl Reader {
    async fn open(db: &TestDb) -> Self {
        let count = "select count(*) from orgs, users";
        match db.url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query(count).execute(&mut connection).await.unwrap();
                Self::Postgres(Box::new(connection))
            }
            None => {
                let mut connection = db.sqlite_connection().await;
                sqlx::query(count).execute(&mut connection).await.unwrap();
                Self::Sqlite(Box::new(connection))
            }
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}

#[test]
fn no_query_reads_columns_that_it_does_not_name() {
    let files = sources("crates/server/src");
    assert!(files.len() > 300);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (i, line) in
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            let line = line.to_lowercase();
            let after = |word: &str| {
                line.split(word).skip(1).any(|rest| rest.trim_start().starts_with('*'))
            };
            let of_alias = line.split(".*").zip(line.split(".*").skip(1)).any(|(before, rest)| {
                before.contains("select ") && (rest.starts_with(',') || rest.starts_with(" from"))
            });
            assert!(
                !after("select ") && !after("returning ") && !of_alias,
                "{}:{}: {line}",
                file.display(),
                i + 1
            );
        }
    }
}
