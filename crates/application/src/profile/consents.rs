//! Someone agrees to something, or does not agree any more.

use identity::{Consent, ConsentPurpose, NoticeVersion};
use kernel::{ConsentId, PersonId};

use super::{ProfileError, added};
use crate::Ports;

/// Records a consent, or that it was withdrawn; said again it gives what stands.
#[tracing::instrument(skip_all, fields(%person, purpose = purpose.as_str(), given))]
pub async fn record_consent(
    ports: &Ports,
    person: PersonId,
    purpose: ConsentPurpose,
    version: NoticeVersion,
    given: bool,
) -> Result<Consent, ProfileError> {
    let (id, at) = (ConsentId::new(ports.ids.next()), ports.clock.now());
    let consent = Consent { id, purpose, version, given, at };
    let addition = ports.profiles.record_consent(person, &consent).await?;
    added(addition, ProfileError::TooManyConsents)
}
