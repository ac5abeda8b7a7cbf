//! Direct access to a test's database.

use sqlx::{Connection, PgConnection, Row};

use tollgate::server::access::{Permit, ReadLogs};
use tollgate::server::db::Db;
use tollgate::server::request_logs;
use tollgate::server::webhooks::events;
use tollgate::types::environment::Environment;
use tollgate::types::id::RequestId;
use tollgate::types::log::{LogFilter, RequestLog};

use super::TestDb;

impl TestDb {
    /// The one number that a query gives.
    pub async fn number(&self, sql: &'static str) -> i64 {
        match self.url() {
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

    /// Calls in the request log.
    pub async fn logged(&self) -> i64 {
        self.number("select cast(coalesce(sum(calls), 0) as bigint) from request_log_blocks").await
    }

    /// All of the request log.
    pub async fn logs(&self) -> Vec<RequestLog> {
        let db = Db::open(self.url(), self.data_dir()).await.expect("opens");
        let mut logs = Vec::new();
        for org in self.texts("select distinct org_id from request_log_blocks").await {
            let permit = Permit::<ReadLogs>::for_command_line(org.parse().expect("an id"));
            for environment in Environment::ALL {
                let mut cursor = None;
                loop {
                    let all = LogFilter::default();
                    let page =
                        request_logs::list(&db, &permit, environment, &all, cursor.as_ref(), 1000)
                            .await
                            .expect("reads");
                    logs.extend(page.data);
                    let Some(next) = page.next_cursor else { break };
                    cursor = Some(next.parse::<RequestId>().expect("an id"));
                }
            }
        }
        db.close().await;
        logs
    }

    /// The one text of each row that a query gives.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match self.url() {
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

    /// Checks that each event of the portal matches the catalogue, and that there is one of each of
    /// `kinds`.
    pub async fn expect_events_of_the_catalogue(&self, kinds: &[&str]) {
        let recorded = self.texts("select type || ' ' || data_json from events").await;
        let recorded: Vec<(&str, &str)> =
            recorded.iter().filter_map(|text| text.split_once(' ')).collect();
        for kind in kinds {
            assert!(recorded.iter().any(|(found, _)| found == kind), "{kind} was not recorded");
        }
        for event in events::catalogue() {
            let schema = jsonschema::options()
                .should_validate_formats(true)
                .offline()
                .build(&event.schema)
                .expect("a schema");
            for (_, data) in recorded.iter().filter(|(kind, _)| *kind == event.kind) {
                let found = schema
                    .validate(&serde_json::from_str(data).expect("JSON"))
                    .map_err(|error| error.to_string());
                assert_eq!(found, Ok(()), "{}: {data}", event.kind);
            }
        }
    }

    /// Changes data in ways that the server would not.
    pub async fn execute(&self, sql: &'static str) {
        self.execute_text(sql.into()).await;
    }

    /// The same, with a composed statement. Several at once are separated by semicolons.
    pub async fn execute_text(&self, sql: String) {
        let sql = sqlx::AssertSqlSafe(sql);
        match self.url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("connects");
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("changes");
            }
            None => {
                let mut connection = self.sqlite_connection().await;
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("changes");
            }
        }
    }

    /// The database's plan of a statement, line by line: for any values and any size of tables.
    pub async fn plan(&self, sql: &str) -> Vec<String> {
        let safe = |text: String| sqlx::AssertSqlSafe(text);
        let Some(url) = self.url() else {
            let mut connection = self.sqlite_connection().await;
            let rows: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(safe(format!("explain query plan {sql}")))
                    .fetch_all(&mut connection)
                    .await
                    .unwrap_or_else(|error| panic!("{error}: {sql}"));
            return rows.into_iter().map(|(.., detail)| detail).collect();
        };
        let mut connection = PgConnection::connect(url).await.expect("connects");
        // A list of values does not determine the types of its columns. The driver does, and here
        // nothing else would.
        let sql = &sql.replace(
            "with used (id, at, ip, agent) as (VALUES ($1, $2,",
            "with used (id, at, ip, agent) as (VALUES ($1, $2::bigint,",
        );
        let parameters = (1..10_000).take_while(|number| names_parameter(sql, *number)).count();
        let values = if parameters == 0 {
            String::new()
        } else {
            format!("({})", vec!["null"; parameters].join(", "))
        };
        let statements = [
            // Small tables are scanned, whatever indexes they have.
            "set enable_seqscan = off".to_owned(),
            "set plan_cache_mode = force_generic_plan".to_owned(),
            format!("prepare asked as {sql}"),
        ];
        for statement in statements {
            sqlx::raw_sql(safe(statement))
                .execute(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
        let explain = format!("explain (costs off) execute asked {values}");
        let rows = sqlx::raw_sql(safe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }

    pub async fn sqlite_connection(&self) -> sqlx::SqliteConnection {
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(self.data_dir().join("tollgate.db"));
        sqlx::SqliteConnection::connect_with(&options).await.expect("connects")
    }
}

/// Whether a statement has the parameter `$number`.
fn names_parameter(sql: &str, number: usize) -> bool {
    let name = format!("${number}");
    sql.match_indices(&name)
        .any(|(at, _)| !sql[at + name.len()..].starts_with(|next: char| next.is_ascii_digit()))
}
