//! Looking into a test's database past the server.

use sqlx::{Connection, PgConnection};

use tollgate::server::access::{Permit, ReadLogs};
use tollgate::server::db::Db;
use tollgate::server::{events, request_logs};
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
                    let page = request_logs::list(&db, &permit, environment, &all, cursor.as_ref(), 1000).await.expect("reads");
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

    /// Each event of the portal's own is as the catalogue says, and there is one of each of `kinds`.
    pub async fn expect_events_of_the_catalogue(&self, kinds: &[&str]) {
        let told = self.texts("select type || ' ' || data_json from events").await;
        let told: Vec<(&str, &str)> = told.iter().filter_map(|text| text.split_once(' ')).collect();
        for kind in kinds {
            assert!(told.iter().any(|(found, _)| found == kind), "{kind} was not told");
        }
        for event in events::catalogue() {
            let schema = jsonschema::options().should_validate_formats(true).offline().build(&event.schema).expect("a schema");
            for (_, data) in told.iter().filter(|(kind, _)| *kind == event.kind) {
                let found = schema.validate(&serde_json::from_str(data).expect("JSON")).map_err(|error| error.to_string());
                assert_eq!(found, Ok(()), "{}: {data}", event.kind);
            }
        }
    }

    /// Changes what the server would not.
    pub async fn execute(&self, sql: &'static str) {
        match self.url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("connects");
                sqlx::query(sql).execute(&mut connection).await.expect("changes");
            }
            None => {
                let mut connection = self.sqlite_connection().await;
                sqlx::query(sql).execute(&mut connection).await.expect("changes");
            }
        }
    }

    async fn sqlite_connection(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.data_dir().join("tollgate.db"));
        sqlx::SqliteConnection::connect_with(&options).await.expect("connects")
    }
}
