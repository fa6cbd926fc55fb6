//! Waiting for what the house does in its own time, but not for ever.

use std::time::Duration;

/// How long is waited.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again until it is there.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, waiting).await;
    found.unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain until {what}"))
}
