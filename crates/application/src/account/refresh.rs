//! An app renews its access.

use identity::{EndReason, Ended, Refreshed, Session, SessionRefusal};
use kernel::SessionId;
use ports::{Event, StoreError};

use super::{Tokens, read_refresh_token, tokens};
use crate::Ports;

/// Why the session does not go on.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// We did not make the token, or its session does not go on. The client is told no more.
    #[error("the session cannot be refreshed")]
    Refused(#[source] Option<SessionRefusal>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often a refresh is judged anew because another one of the same session was first.
const ATTEMPTS: u32 = 3;

/// The session that a refresh token of ours goes on with; whether it still stands is not asked.
pub fn session_of(ports: &Ports, token: &str) -> Option<SessionId> {
    read_refresh_token(&*ports.credentials, token).map(|(session, _)| session)
}

/// Exchanges a refresh token for new tokens. Shown again within seconds it gives the same token
/// again, since an answer may get lost; shown later, its session ends for whoever holds it.
#[tracing::instrument(skip_all)]
pub async fn refresh(ports: &Ports, token: &str) -> Result<Tokens, RefreshError> {
    let now = ports.clock.now();
    let (id, generation) =
        read_refresh_token(&*ports.credentials, token).ok_or(RefreshError::Refused(None))?;
    for _ in 0..ATTEMPTS {
        let (session, standing) =
            ports.sessions.find(id).await?.ok_or(RefreshError::Refused(None))?;
        match session.refresh(generation, standing, now) {
            Ok(Refreshed::Again) => return Ok(tokens(ports, &session, standing, now)),
            Ok(Refreshed::Rotated(refreshed)) => {
                if ports.sessions.rotate(&refreshed).await? {
                    return Ok(tokens(ports, &refreshed, standing, now));
                }
            }
            Err(refusal) => {
                if refusal == SessionRefusal::Reused {
                    end_for_everybody(ports, &session).await?;
                }
                return Err(RefreshError::Refused(Some(refusal)));
            }
        }
    }
    Err(StoreError::Conflict.into())
}

/// Nobody knows which of the two who hold the token is its owner.
async fn end_for_everybody(ports: &Ports, session: &Session) -> Result<(), StoreError> {
    tracing::warn!(session = %session.id, person = %session.person, "a refresh token was used twice");
    let ended = Ended { at: ports.clock.now(), why: EndReason::Reused };
    let event = Event::SessionStolen { person: session.person };
    ports.sessions.end(session.person, session.id, ended, Some(&event)).await?;
    Ok(())
}
