//! What can go wrong below the operations, sorted by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the database, or of the way to it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection was free in time, or the database is gone or refuses work; trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A statement ran into its time limit.
    #[error("the database took too long")]
    TimedOut,
    /// A name that must be unique is taken; the constraint says which.
    #[error("unique constraint {0}")]
    Taken(String),
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

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                StoreError::Taken(info.constraint_name().unwrap_or_default().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                StoreError::Unavailable(info.message().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, info) => {
                StoreError::Unavailable(info.message().to_owned())
            }
            DieselError::DatabaseError(_, info) if is_time_out(info.message()) => StoreError::TimedOut,
            DieselError::DatabaseError(_, info) if is_connection_loss(info.message()) => {
                StoreError::Unavailable(info.message().to_owned())
            }
            _ => StoreError::Fault(error),
        }
    }
}

/// Diesel passes no SQLSTATE on for these, so it is read out of the message, which is English where [`super::db`] may set it.
fn is_time_out(message: &str) -> bool {
    message.contains("due to statement timeout") || message.contains("due to lock timeout")
}

fn is_connection_loss(message: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "terminating connection",
        "server closed the connection",
        "the database system is",
        "connection to server",
        "could not send data",
        "could not receive data",
        "no connection to the server",
        "too many clients",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}
