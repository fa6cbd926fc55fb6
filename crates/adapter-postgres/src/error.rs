//! What went wrong with the database, said in the words of the port.

use std::future::Future;
use std::time::Duration;

use ports::StoreError;

/// The longest that any one call may take, waiting for a connection included. The server has a
/// shorter limit of its own; this one holds even if the server is frozen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// Runs one call under the deadline.
pub(crate) async fn bounded<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(translate(error)),
        Err(elapsed) => Err(StoreError::Unavailable(Box::new(elapsed))),
    }
}

/// A stored row breaks the rules of its type.
pub(crate) fn corrupt(
    table: &'static str,
    id: impl std::fmt::Display,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Corrupt { table, id: id.to_string(), source: source.into() }
}

fn translate(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match error {
        E::Database(ref database) => match database.code().as_deref() {
            // Our own "no longer stands", serialization, deadlock, exclusion, unique.
            Some("IS001" | "40001" | "40P01" | "23P01" | "23505") => StoreError::Conflict,
            // Connection, resources, operator, system; statement and lock timeouts among them.
            Some(code) if ["08", "53", "57", "58", "55"].contains(&&code[..2]) => {
                StoreError::Unavailable(Box::new(error))
            }
            _ => corrupt("(statement)", "", error),
        },
        E::ColumnDecode { ref index, .. } => {
            let column = index.clone();
            corrupt("(column)", column, error)
        }
        E::Decode(_) | E::ColumnNotFound(_) | E::TypeNotFound { .. } => corrupt("(row)", "", error),
        other => StoreError::Unavailable(Box::new(other)),
    }
}
