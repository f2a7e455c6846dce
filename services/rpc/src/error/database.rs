//! What a failed statement means to a client.

use sea_orm::{DbErr, RuntimeErr};

use super::{Error, Reason};

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let gone = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => is_away(&cause.to_string()),
            _ => false,
        };
        if gone {
            tracing::warn!(cause = %error, "database unavailable");
            return Self::new(
                Reason::DatabaseUnavailable,
                "the database cannot be reached; retry in a moment",
            );
        }
        Self::internal(error)
    }
}

/// sqlx gives no classes, so the texts of its connection-level errors are what there is.
fn is_away(cause: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "error communicating with database",
        "pool timed out",
        "PoolClosed",
        "closed pool",
        "terminating connection",
        "the database system is",
        "statement timeout",
        "lock timeout",
        "database is locked",
    ];
    SIGNS.iter().any(|sign| cause.contains(sign))
}
