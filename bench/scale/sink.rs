//! Bulk writes: statements of many rows to SQLite, `copy` to PostgreSQL.

use std::fmt::Write;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, QueryBuilder, Sqlite, SqliteConnection};
use tollgate::server::db::Db;

pub enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
    Bytes(Vec<u8>),
    Null,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

pub type Row = Vec<Value>;

pub struct Table {
    pub name: &'static str,
    /// As in `insert into`.
    pub columns: &'static str,
}

/// Maximum number of parameters in one statement, well below SQLite's limit of 32,766.
const PARAMETERS: usize = 4_000;
/// Size of one message of `copy` in bytes.
const MESSAGE: usize = 1 << 20;

pub enum Sink {
    Sqlite { connection: SqliteConnection, rows: Vec<Row> },
    Postgres { connection: PgConnection, text: String },
}

impl Sink {
    /// Opens the database and migrates its tables.
    pub async fn open(target: &str) -> Self {
        let url = target.starts_with("postgres").then_some(target);
        let folder = Path::new(if url.is_some() { "." } else { target });
        let db = Db::open(url, folder).await.expect("opens the database");
        db.migrate().await.expect("migrates the database");
        db.close().await;
        if url.is_some() {
            let connection = PgConnection::connect(target).await.expect("connects");
            return Self::Postgres { connection, text: String::new() };
        }
        let options = SqliteConnectOptions::new()
            .filename(folder.join("tollgate.db"))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-500000");
        Self::Sqlite {
            connection: options.connect().await.expect("opens the database"),
            rows: Vec::new(),
        }
    }

    pub async fn begin(&mut self) {
        match self {
            Self::Sqlite { connection, .. } => {
                sqlx::query("begin").execute(connection).await.map(drop)
            }
            Self::Postgres { connection, .. } => {
                sqlx::query("begin").execute(connection).await.map(drop)
            }
        }
        .expect("begins");
    }

    pub async fn write(&mut self, table: &Table, row: Row) {
        let is_full = match self {
            Self::Sqlite { rows, .. } => {
                rows.push(row);
                rows.len() * rows[0].len() >= PARAMETERS
            }
            Self::Postgres { text, .. } => {
                copy_line(text, row);
                text.len() >= MESSAGE
            }
        };
        if is_full {
            self.flush(table).await;
        }
    }

    async fn flush(&mut self, table: &Table) {
        match self {
            Self::Sqlite { connection, rows } if !rows.is_empty() => {
                let mut insert = QueryBuilder::<Sqlite>::new(format!(
                    "insert into {} ({}) ",
                    table.name, table.columns
                ));
                insert.push_values(rows.drain(..), |mut line, row| {
                    for value in row {
                        match value {
                            Value::Text(text) => line.push_bind(text),
                            Value::Int(number) => line.push_bind(number),
                            Value::Bool(value) => line.push_bind(value),
                            Value::Bytes(bytes) => line.push_bind(bytes),
                            Value::Null => line.push("null"),
                        };
                    }
                });
                insert.build().persistent(false).execute(connection).await.expect("writes");
            }
            Self::Postgres { connection, text } if !text.is_empty() => {
                let sql = format!("copy {} ({}) from stdin", table.name, table.columns);
                let mut copy = connection.copy_in_raw(&sql).await.expect("begins to copy");
                copy.send(text.as_bytes()).await.expect("copies");
                copy.finish().await.expect("copies");
                text.clear();
            }
            _ => {}
        }
    }

    pub async fn commit(&mut self, table: &Table) {
        self.flush(table).await;
        match self {
            Self::Sqlite { connection, .. } => {
                sqlx::query("commit").execute(connection).await.map(drop)
            }
            Self::Postgres { connection, .. } => {
                sqlx::query("commit").execute(connection).await.map(drop)
            }
        }
        .expect("commits");
    }

    /// PostgreSQL plans with statistics, which a running server would have collected by now. SQLite
    /// has none there either.
    pub async fn close(self) {
        match self {
            Self::Sqlite { connection, .. } => connection.close().await.expect("closes"),
            Self::Postgres { mut connection, .. } => {
                sqlx::query("vacuum analyze").execute(&mut connection).await.expect("analyzes");
                connection.close().await.expect("closes");
            }
        }
    }
}

/// One line in the text format of `copy`.
fn copy_line(text: &mut String, row: Row) {
    for (i, value) in row.into_iter().enumerate() {
        if i > 0 {
            text.push('\t');
        }
        match value {
            Value::Text(value) => {
                for c in value.chars() {
                    match c {
                        '\\' => text.push_str("\\\\"),
                        '\t' => text.push_str("\\t"),
                        '\n' => text.push_str("\\n"),
                        c => text.push(c),
                    }
                }
            }
            Value::Int(number) => write!(text, "{number}").expect("writes"),
            Value::Bool(value) => text.push(if value { 't' } else { 'f' }),
            Value::Bytes(bytes) => {
                text.push_str("\\\\x");
                bytes.iter().for_each(|byte| write!(text, "{byte:02x}").expect("writes"));
            }
            Value::Null => text.push_str("\\N"),
        }
    }
    text.push('\n');
}
