//! Someone likes a salon, or does not any more.

use kernel::{PersonId, SalonId};

use super::{ProfileError, added, found};
use crate::Ports;

/// Adds a salon to the favourites; one that is there stays where it is.
#[tracing::instrument(skip_all, fields(%person, %salon))]
pub async fn add_favourite(
    ports: &Ports,
    person: PersonId,
    salon: SalonId,
) -> Result<(), ProfileError> {
    let addition = ports.profiles.add_favourite(person, salon, ports.clock.now()).await?;
    added(addition, ProfileError::TooManyFavourites)
}

/// Takes a salon off the favourites.
#[tracing::instrument(skip_all, fields(%person, %salon))]
pub async fn remove_favourite(
    ports: &Ports,
    person: PersonId,
    salon: SalonId,
) -> Result<(), ProfileError> {
    found(ports.profiles.remove_favourite(person, salon).await?)
}
