//! Someone ends a login of theirs from another device, or all of them.

use identity::{EndReason, Ended};
use kernel::{PersonId, SessionId};
use ports::StoreError;

use crate::Ports;

/// Ends one session; `false` if this person has no such session, or it was ended before.
#[tracing::instrument(skip_all, fields(%session))]
pub async fn revoke(
    ports: &Ports,
    person: PersonId,
    session: SessionId,
) -> Result<bool, StoreError> {
    let ended = Ended { at: ports.clock.now(), why: EndReason::Revoked };
    ports.sessions.end(person, session, ended, None).await
}

/// Ends every session of this person, the one they ask from included.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn revoke_all(ports: &Ports, person: PersonId) -> Result<(), StoreError> {
    let ended = Ended { at: ports.clock.now(), why: EndReason::Revoked };
    ports.sessions.end_all(person, ended).await
}
