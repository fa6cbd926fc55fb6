//! Someone keeps the addresses at which they live or want to be served.

use identity::Address;
use kernel::{AddressId, PersonId};
use ports::KeptAddress;

use super::{ProfileError, added, found};
use crate::Ports;

/// Adds an address; the first one is the default.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn add_address(
    ports: &Ports,
    person: PersonId,
    address: &Address,
) -> Result<KeptAddress, ProfileError> {
    let (id, now) = (AddressId::new(ports.ids.next()), ports.clock.now());
    let addition = ports.profiles.add_address(person, id, address, now).await?;
    added(addition, ProfileError::TooManyAddresses)
}

/// Changes an address.
#[tracing::instrument(skip_all, fields(%person, address = %id))]
pub async fn change_address(
    ports: &Ports,
    person: PersonId,
    id: AddressId,
    address: &Address,
) -> Result<KeptAddress, ProfileError> {
    let changed = ports.profiles.change_address(person, id, address).await?;
    changed.ok_or(ProfileError::NotFound)
}

/// Forgets an address.
#[tracing::instrument(skip_all, fields(%person, address = %id))]
pub async fn remove_address(
    ports: &Ports,
    person: PersonId,
    id: AddressId,
) -> Result<(), ProfileError> {
    found(ports.profiles.remove_address(person, id).await?)
}

/// Makes an address the one that is meant unless another is named.
#[tracing::instrument(skip_all, fields(%person, address = %id))]
pub async fn set_default_address(
    ports: &Ports,
    person: PersonId,
    id: AddressId,
) -> Result<(), ProfileError> {
    found(ports.profiles.set_default_address(person, id).await?)
}
