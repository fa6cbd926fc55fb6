//! An app renews its access.

use ports::StoreError;

use super::{Tokens, tokens};
use crate::Ports;

/// Why the session does not go on.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is unknown, was used before, or its session has ended. The client is told no more.
    #[error("the session cannot be refreshed")]
    Refused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Exchanges a refresh token for new tokens; the old one is worth nothing afterwards.
#[tracing::instrument(skip_all)]
pub async fn refresh(ports: &Ports, token: &str) -> Result<Tokens, RefreshError> {
    let now = ports.clock.now();
    let old = ports.credentials.digest(token);
    let session = ports.accounts.session_of(old).await?.ok_or(RefreshError::Refused)?;
    let session = session.refresh(now).map_err(|_| RefreshError::Refused)?;
    let new = ports.credentials.refresh_token();
    if !ports.accounts.rotate(&session, old, ports.credentials.digest(&new)).await? {
        return Err(RefreshError::Refused);
    }
    Ok(tokens(ports, &session, new, now))
}
