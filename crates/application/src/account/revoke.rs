//! Someone ends a login of theirs from another device, or all of them; or the platform ends theirs.

use identity::{Act, EndReason, Ended};
use kernel::{PersonId, SessionId};
use ports::{Access, StoreError};

use crate::Ports;
use crate::authority::{Denied, noted_on_platform};

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

/// The platform ends every session of somebody, whose phone or password is in other hands (OWASP ASVS
/// 5.0, 7.4.5).
#[tracing::instrument(skip_all, fields(who = %who.person, %person))]
pub async fn revoke_all_of(ports: &Ports, who: Access, person: PersonId) -> Result<(), Denied> {
    noted_on_platform(ports, Act::RevokeSessionsOf, who, format!("person/{person}")).await?;
    if ports.accounts.person(person).await?.is_none() {
        return Err(Denied::NotTheirs);
    }
    Ok(revoke_all(ports, person).await?)
}
