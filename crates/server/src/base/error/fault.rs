//! Kinds of database errors, the same for both databases.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database is unavailable, overloaded, full or read-only: the same request may succeed
    /// later.
    Unavailable,
    /// Two transactions conflicted. The same request may succeed immediately.
    Conflict,
    /// The data of the request, or stored data, are invalid: the same request fails again.
    Data,
    /// A statement, table or value is not as this program expects.
    Other,
}

impl Fault {
    pub fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::PoolTimedOut
            | E::PoolClosed
            | E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::WorkerCrashed => Self::Unavailable,
            // The connection is in an unexpected state: the pool replaces it.
            E::InvalidSavePointStatement | E::BeginFailed => Self::Unavailable,
            // A stored value does not have its column's type, or a value cannot be stored.
            E::ColumnDecode { .. } | E::Decode(_) | E::Encode(_) => Self::Data,
            E::Database(error) => Self::of_database(&**error),
            _ => Self::Other,
        }
    }

    /// True if the caller may repeat the request.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Unavailable | Self::Conflict)
    }

    fn of_database(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        if error.try_downcast_ref::<SqliteError>().is_some() {
            return code.parse().map_or(Self::Other, Self::of_sqlite);
        }
        if error.try_downcast_ref::<PgDatabaseError>().is_some() {
            return Self::of_postgres(&code);
        }
        Self::Other
    }

    /// By the [result code](https://www.sqlite.org/rescode.html), which may be an extended one.
    const fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
            5..=10 | 13..=15 => Self::Unavailable,
            // CORRUPT, TOOBIG, CONSTRAINT, MISMATCH, RANGE
            11 | 18..=20 | 25 => Self::Data,
            // SCHEMA: another process changed the tables meanwhile.
            17 => Self::Conflict,
            _ => Self::Other,
        }
    }

    /// By the [SQLSTATE](https://www.postgresql.org/docs/current/errcodes-appendix.html).
    fn of_postgres(code: &str) -> Self {
        match code {
            // serialization_failure, deadlock_detected, lock_not_available
            "40001" | "40P01" | "55P03" => Self::Conflict,
            // read_only_sql_transaction (a standby, or default_transaction_read_only),
            // query_canceled, and idle_in_transaction_session_timeout
            "25006" | "57014" | "25P03" => Self::Unavailable,
            // data_corrupted, index_corrupted
            "XX001" | "XX002" => Self::Data,
            _ => match code.get(..2) {
                // Connection, resources (disk full, too many connections), operator intervention,
                // system errors.
                Some("08" | "53" | "57" | "58") => Self::Unavailable,
                // Data and constraints.
                Some("22" | "23") => Self::Data,
                _ => Self::Other,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_errors_are_distinguished_from_permanent_ones_on_sqlite() {
        for code in [5, 6, 8, 13, 10, 14, 261, 517, 778, 1032, 3850] {
            assert_eq!(Fault::of_sqlite(code), Fault::Unavailable, "{code}");
        }
        for code in [11, 267, 19, 1555, 2067, 18] {
            assert_eq!(Fault::of_sqlite(code), Fault::Data, "{code}");
        }
        assert_eq!(Fault::of_sqlite(1), Fault::Other);
    }

    #[test]
    fn transient_errors_are_distinguished_from_permanent_ones_on_postgres() {
        for code in
            ["53100", "53300", "53200", "25006", "08006", "57P01", "57P03", "57014", "58030"]
        {
            assert_eq!(Fault::of_postgres(code), Fault::Unavailable, "{code}");
        }
        assert_eq!(Fault::of_postgres("40001"), Fault::Conflict);
        for code in ["23505", "22003", "22021", "XX001", "XX002"] {
            assert_eq!(Fault::of_postgres(code), Fault::Data, "{code}");
        }
        assert_eq!(Fault::of_postgres("42P01"), Fault::Other);
    }
}
