//! What can go wrong below the operations, sorted by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the database, or of the way to it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection was free in time, or the database is gone or refuses work; trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Two transactions waited for each other, or could not both be true, and PostgreSQL ended this one; the same work done
    /// again may succeed at once.
    #[error("the database ended a transaction that was in the way of another: {0}")]
    Deadlock(String),
    /// A statement ran into its time limit.
    #[error("the database took too long")]
    TimedOut,
    /// A name that must be unique is taken; the constraint says which.
    #[error("unique constraint {0}")]
    Taken(String),
    /// All seats of the tenant are taken.
    #[error("all {limit} seats are taken ({used} in use)")]
    NoSeat {
        /// How many there are.
        limit: i64,
        /// How many are taken.
        used: i64,
    },
    /// Everything else: a fault of ours or of the data.
    #[error("database: {0}")]
    Fault(#[source] DieselError),
    /// A row holds what no code of ours writes.
    #[error("{table} {row}: {column} holds {value:?}")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// Id of the row.
        row: String,
        /// The value.
        value: String,
    },
}

impl StoreError {
    /// Whether a row was asked for that is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, StoreError::Fault(DieselError::NotFound))
    }
}

/// The error of work that is done in the database.
pub trait StoreFailure: From<StoreError> {
    /// What the store said, if it is the store's.
    fn store(&self) -> Option<&StoreError>;
}

impl StoreFailure for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind as Kind;
        match error {
            DieselError::DatabaseError(Kind::UniqueViolation, info) => {
                StoreError::Taken(info.constraint_name().unwrap_or_default().to_owned())
            }
            DieselError::DatabaseError(Kind::CheckViolation, info)
                if info.constraint_name() == Some("licences_seats") =>
            {
                match numbers_of_seats(info.message()) {
                    Some((limit, used)) => StoreError::NoSeat { limit, used },
                    None => StoreError::Fault(DieselError::DatabaseError(Kind::CheckViolation, info)),
                }
            }
            // The way to the database is cut; a standby that took over takes no writes yet.
            DieselError::DatabaseError(
                Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction,
                info,
            ) => StoreError::Unavailable(info.message().trim_end().to_owned()),
            DieselError::DatabaseError(Kind::SerializationFailure, info) => {
                StoreError::Deadlock(info.message().trim_end().to_owned())
            }
            DieselError::DatabaseError(_, info) if is_deadlock(info.message()) => {
                StoreError::Deadlock(info.message().trim_end().to_owned())
            }
            DieselError::DatabaseError(_, info) if is_time_out(info.message()) => StoreError::TimedOut,
            DieselError::DatabaseError(_, info) if is_passing(info.message()) => {
                StoreError::Unavailable(info.message().trim_end().to_owned())
            }
            // The connection broke at the commit: what went wrong there says more than that nothing could be rolled back.
            DieselError::RollbackErrorOnCommit { commit_error, .. } => (*commit_error).into(),
            DieselError::BrokenTransactionManager => {
                StoreError::Unavailable("the connection broke in an earlier transaction".to_owned())
            }
            error => StoreError::Fault(error),
        }
    }
}

/// The numbers in the message of the trigger on accounts: `no seat is free: limit 10, used 10`.
fn numbers_of_seats(message: &str) -> Option<(i64, i64)> {
    let (limit, used) = message.strip_prefix("no seat is free: limit ")?.split_once(", used ")?;
    Some((limit.parse().ok()?, used.trim_end().parse().ok()?))
}

/// Diesel passes no SQLSTATE on for these, so it is read out of the message, which is English where [`super::db`] may set it.
fn is_time_out(message: &str) -> bool {
    message.contains("due to statement timeout") || message.contains("due to lock timeout")
}

/// SQLSTATE 40P01, which is not passed on either.
fn is_deadlock(message: &str) -> bool {
    message.contains("deadlock detected")
}

/// Whether the failure passes by itself: PostgreSQL hung up, restarts or is full of clients.
fn is_passing(message: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "terminating connection",
        "server closed the connection",
        "the database system is",
        "connection to server",
        "could not send data",
        "could not receive data",
        "no connection to the server",
        "too many clients",
        "connection slots are reserved",
        "SSL connection has been closed",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn what_passes_by_itself_is_no_fault_of_ours() {
        let lost = || database(DatabaseErrorKind::UnableToSendCommand, "no connection to the server\n");
        let at_commit = DieselError::RollbackErrorOnCommit {
            rollback_error: Box::new(lost()),
            commit_error: Box::new(lost()),
        };
        let unknown = |message| database(DatabaseErrorKind::Unknown, message);
        for error in [
            lost(),
            at_commit,
            DieselError::BrokenTransactionManager,
            database(DatabaseErrorKind::ClosedConnection, "anything"),
            unknown("FATAL:  terminating connection due to administrator command"),
        ] {
            let shown = format!("{error:?}");
            assert!(matches!(StoreError::from(error), StoreError::Unavailable(_)), "{shown}");
        }
        for error in [unknown("deadlock detected"), database(DatabaseErrorKind::SerializationFailure, "any")]
        {
            assert!(matches!(StoreError::from(error), StoreError::Deadlock(_)));
        }
        let slow = unknown("canceling statement due to statement timeout");
        assert!(matches!(StoreError::from(slow), StoreError::TimedOut));
        assert!(matches!(StoreError::from(unknown("division by zero")), StoreError::Fault(_)));
    }
}
