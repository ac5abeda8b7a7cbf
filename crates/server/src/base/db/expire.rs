//! Deletes expired rows without delaying other writers.

use sqlx::{Encode, Postgres, Sqlite, Type, query};

use super::{Db, Tx, in_tx, on};
use crate::Result;

/// Rows per transaction: a few milliseconds of the embedded database's only writer.
pub const CHUNK: i64 = 500;

/// Two statements on the same rows, which must use an index. `$1` is the time before which rows are
/// expired.
pub struct Expired {
    /// Returns a row if there is anything to delete.
    pub any: &'static str,
    /// Deletes at most `$2` rows.
    pub delete: &'static str,
    /// The maximum per transaction; [`CHUNK`] if deleted rows cascade to no others.
    pub chunk: i64,
}

impl Expired {
    /// Deletes all rows from before `before`, one chunk per transaction. Without such rows, nothing
    /// is written. Returns the number of rows.
    pub async fn delete<T>(&self, db: &Db, before: T) -> Result<u64>
    where
        T: for<'q> Encode<'q, Sqlite>
            + Type<Sqlite>
            + for<'q> Encode<'q, Postgres>
            + Type<Postgres>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let mut deleted = 0;
        while self.is_any(db, before.clone()).await? {
            let mut tx = db.begin().await?;
            let rows = self.delete_chunk(&mut tx, before.clone()).await?;
            tx.commit().await?;
            deleted += rows;
            // Another instance was faster.
            if rows == 0 {
                break;
            }
        }
        Ok(deleted)
    }

    async fn is_any<T>(&self, db: &Db, before: T) -> Result<bool>
    where
        T: for<'q> Encode<'q, Sqlite>
            + Type<Sqlite>
            + for<'q> Encode<'q, Postgres>
            + Type<Postgres>
            + Send
            + 'static,
    {
        Ok(on!(db, |c| query(self.any)
            .bind(before)
            .fetch_optional(c)
            .await
            .map(|row| row.is_some()))?)
    }

    async fn delete_chunk<T>(&self, tx: &mut Tx, before: T) -> Result<u64>
    where
        T: for<'q> Encode<'q, Sqlite>
            + Type<Sqlite>
            + for<'q> Encode<'q, Postgres>
            + Type<Postgres>
            + Send
            + 'static,
    {
        Ok(in_tx!(tx, |c| query(self.delete)
            .bind(before)
            .bind(self.chunk)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?)
    }
}
