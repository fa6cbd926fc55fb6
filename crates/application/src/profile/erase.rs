//! Someone leaves, and is forgotten as far as the law lets us.

use identity::EraseRefusal;
use kernel::PersonId;
use ports::StoreError;

use crate::Ports;

/// Why someone is not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Something ties them still.
    #[error(transparent)]
    Refused(#[from] EraseRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Forgets a person and ends all their sessions; done again it changes nothing.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn erase(ports: &Ports, person: PersonId) -> Result<(), EraseError> {
    ports.profiles.erase(person, ports.clock.now()).await??;
    tracing::info!("a person was erased");
    Ok(())
}
