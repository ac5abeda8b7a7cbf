//! Looking into a test's database past the server.

use sqlx::{Connection, PgConnection};

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
