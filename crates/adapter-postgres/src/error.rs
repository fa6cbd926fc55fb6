//! What went wrong with the database, said in the words of the port.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ports::StoreError;

/// The longest that any one call may take, waiting for a connection included. The server has a
/// shorter limit of its own; this one holds even if the server is frozen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// Runs one call under the deadline.
pub(crate) async fn bounded<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    within(call).await.map_err(|error| translate(Arc::new(error)))
}

/// The same, for who wants to see the error first.
pub(crate) async fn within<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let done = tokio::time::timeout(DEADLINE, call).await;
    done.unwrap_or_else(|elapsed| Err(sqlx::Error::Io(elapsed.into())))
}

/// A stored row breaks the rules of its type.
pub(crate) fn corrupt(
    table: &'static str,
    id: impl std::fmt::Display,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Corrupt { table, id: id.to_string(), source: source.into() }
}

/// What the error means to the caller of a port; one error may be that of several calls.
pub(crate) fn translate(error: Arc<sqlx::Error>) -> StoreError {
    use sqlx::Error as E;
    match error.as_ref() {
        E::Database(database) => match database.code().as_deref() {
            // Our own "no longer stands", serialization, deadlock, exclusion, unique; and what a row
            // names that has gone meanwhile, or was named meanwhile by what came.
            Some("IS001" | "40001" | "40P01" | "23P01" | "23505" | "23503") => StoreError::Conflict,
            // Connection, resources, operator, system; statement and lock timeouts among them.
            Some(code) if ["08", "53", "57", "58", "55"].contains(&&code[..2]) => {
                StoreError::Unavailable(Box::new(error))
            }
            _ => corrupt("(statement)", "", error),
        },
        E::ColumnDecode { index, .. } => corrupt("(column)", index.clone(), error),
        E::Decode(_) | E::ColumnNotFound(_) | E::TypeNotFound { .. } => corrupt("(row)", "", error),
        _ => StoreError::Unavailable(Box::new(error)),
    }
}
