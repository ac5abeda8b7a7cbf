//! Both databases have the same tables.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::support::{Portal, TestDb, on_both, process};

/// `table.column type null key` for each column, in SQLite's terms.
async fn columns(db: &TestDb) -> BTreeSet<String> {
    let lines = match db.url() {
        None => {
            db.texts(
                "select t.name || '.' || c.name || ' ' || lower(c.type) || ' ' || c.\"notnull\" || ' ' || (c.pk > 0)
                 from sqlite_master t join pragma_table_info(t.name) c
                 where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '_sqlx%'",
            )
            .await
        }
        Some(_) => {
            db.texts(
                "select c.table_name || '.' || c.column_name || ' ' || case c.data_type when 'bytea' then 'blob' else c.data_type end
                 || ' ' || case c.is_nullable when 'NO' then 1 else 0 end || ' ' ||
                 case when exists (select 1 from information_schema.table_constraints k join information_schema.key_column_usage u
                     on u.constraint_name = k.constraint_name and u.table_name = k.table_name
                     where k.constraint_type = 'PRIMARY KEY' and k.table_name = c.table_name and u.column_name = c.column_name)
                 then 1 else 0 end
                 from information_schema.columns c where c.table_schema = 'public' and c.table_name not like '\\_sqlx%'",
            )
            .await
        }
    };
    lines.into_iter().collect()
}

async fn indexes(db: &TestDb) -> BTreeSet<String> {
    let sql = match db.url() {
        None => {
            "select name || ' ' || tbl_name from sqlite_master where type = 'index' and sql is not null"
        }
        Some(_) => {
            "select indexname || ' ' || tablename from pg_indexes where schemaname = 'public' and indexname not like '%_pkey' and indexname not like '%_key' and tablename not like '\\_sqlx%'"
        }
    };
    db.texts(sql).await.into_iter().collect()
}

/// `table.column default value` for each default, in SQLite's terms.
async fn defaults(db: &TestDb) -> BTreeSet<String> {
    let sql = match db.url() {
        None => {
            "select t.name || '.' || c.name || ' default ' || lower(c.dflt_value)
             from sqlite_master t join pragma_table_info(t.name) c
             where t.type = 'table' and c.dflt_value is not null and t.name not like '_sqlx%'"
        }
        Some(_) => {
            "select table_name || '.' || column_name || ' default ' ||
                 regexp_replace(lower(column_default), '::[a-z ]+', '', 'g')
             from information_schema.columns
             where table_schema = 'public' and column_default is not null
                 and table_name not like '\\_sqlx%'"
        }
    };
    db.texts(sql).await.into_iter().collect()
}

/// `table.column references table on delete action` for each foreign key.
async fn references(db: &TestDb) -> BTreeSet<String> {
    let sql = match db.url() {
        None => {
            "select t.name || '.' || f.\"from\" || ' references ' || f.\"table\" || ' on delete ' || lower(f.on_delete)
             from sqlite_master t join pragma_foreign_key_list(t.name) f where t.type = 'table'"
        }
        Some(_) => {
            "select t.relname || '.' || a.attname || ' references ' || r.relname || ' on delete ' ||
                 case f.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'r' then 'restrict'
                     when 'd' then 'set default' else 'no action' end
             from pg_constraint f join pg_class t on t.oid = f.conrelid join pg_class r on r.oid = f.confrelid
             join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
             where f.contype = 'f' and f.connamespace = 'public'::regnamespace"
        }
    };
    db.texts(sql).await.into_iter().collect()
}

/// `table.column` for each column that a table declares as unique.
async fn uniques(db: &TestDb) -> BTreeSet<String> {
    let sql = match db.url() {
        None => {
            "select t.name || '.' || c.name from sqlite_master t
             join pragma_index_list(t.name) i on i.origin = 'u' join pragma_index_info(i.name) c
             where t.type = 'table' and t.name not like '_sqlx%'"
        }
        Some(_) => {
            "select t.relname || '.' || a.attname from pg_constraint u
             join pg_class t on t.oid = u.conrelid
             join pg_attribute a on a.attrelid = u.conrelid and a.attnum = any (u.conkey)
             where u.contype = 'u' and u.connamespace = 'public'::regnamespace
                 and t.relname not like '\\_sqlx%'"
        }
    };
    db.texts(sql).await.into_iter().collect()
}

/// The tables with a check. The databases word checks differently, so they are not compared: there
/// are none, because Rust checks values.
async fn checked_tables(db: &TestDb) -> Vec<String> {
    let sql = match db.url() {
        None => {
            "select name from sqlite_master where type = 'table' and lower(sql) like '%check (%'"
        }
        Some(_) => {
            "select t.relname::text from pg_constraint c join pg_class t on t.oid = c.conrelid
             where c.contype = 'c' and c.connamespace = 'public'::regnamespace"
        }
    };
    db.texts(sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_and_postgres_have_the_same_tables_indexes_defaults_and_references() {
    let sqlite = TestDb::sqlite();
    let Some(postgres) = TestDb::empty_postgres().await else { return };
    for db in [&sqlite, &postgres] {
        Portal::start(db).await.stop().await;
    }
    let (ours, theirs) = (columns(&sqlite).await, columns(&postgres).await);
    assert!(ours.len() > 50);
    assert_eq!(ours.symmetric_difference(&theirs).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(indexes(&sqlite).await, indexes(&postgres).await);
    let expected = defaults(&sqlite).await;
    assert!(expected.contains("keys.ip_allow_list default '[]'"), "{expected:?}");
    assert_eq!(expected, defaults(&postgres).await);
    let expected = references(&sqlite).await;
    assert!(expected.contains("keys.org_id references orgs on delete cascade"), "{expected:?}");
    assert_eq!(expected, references(&postgres).await);
    let expected = uniques(&sqlite).await;
    assert!(expected.contains("keys.prefix"), "{expected:?}");
    assert_eq!(expected, uniques(&postgres).await);
    for db in [&sqlite, &postgres] {
        assert_eq!(checked_tables(db).await, Vec::<String>::new());
    }
}

on_both! {
    empty;

    async fn several_processes_may_bring_an_empty_database_up_to_date_at_once(db: TestDb) {
        let db = Arc::new(db);
        let starts = (0..4).map(|_| {
            let db = Arc::clone(&db);
            tokio::task::spawn_blocking(move || process::run(&db, &["migrate"]))
        });
        for started in futures::future::join_all(starts).await {
            let output = started.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    async fn a_month_that_began_before_there_were_quotas_is_counted_whole(db: TestDb) {
        let older = |mut all: Migrator| {
            all.migrations = Cow::Owned(all.iter().filter(|migration| migration.version < 8).cloned().collect());
            all
        };
        match db.url() {
            Some(url) => older(sqlx::migrate!("migrations/postgres")).run(&mut PgConnection::connect(url).await.unwrap()).await.unwrap(),
            None => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(db.data_dir().join("tollgate.db")).create_if_missing(true);
                older(sqlx::migrate!("migrations/sqlite")).run(&mut SqliteConnection::connect_with(&options).await.unwrap()).await.unwrap();
            }
        }
        // The last hour of October 2026, the first and a later one of November; others' and the
        // sandbox's.
        db.execute(
            "insert into usage_hourly (org_id, environment, hour, product, operation, key_id, status, calls, units, billed_units, latency_us, request_bytes, response_bytes)
             values ('a', 'live', 1793487600000, 'p', 'o', 'k', 200, 1, 1, 1, 1, 1, 1), ('a', 'live', 1793491200000, 'p', 'o', 'k', 200, 9, 9, 2, 1, 1, 1),
                    ('a', 'live', 1793577600000, 'p', 'q', 'k', 200, 9, 9, 4, 1, 1, 1), ('a', 'live', 1793577600000, 'r', 'q', 'k', 200, 9, 9, 8, 1, 1, 1),
                    ('b', 'live', 1793577600000, 'p', 'q', 'k', 200, 9, 9, 16, 1, 1, 1), ('a', 'sandbox', 1793577600000, 'p', 'q', 'k', 200, 9, 9, 32, 1, 1, 1)",
        )
        .await;
        assert!(process::run(&db, &["migrate"]).status.success());
        let counters = db.texts("select org_id || ' ' || product || ' ' || month || ' ' || units from quota_counters order by org_id, product, month").await;
        assert_eq!(counters, ["a p 1790812800000 1", "a p 1793491200000 6", "a r 1793491200000 8", "b p 1793491200000 16"]);
    }
}
