//! Someone leaves, and is forgotten as far as the law lets us.

use identity::EraseRefusal;
use kernel::PersonId;
use ports::StoreError;

use crate::Ports;
use crate::account::tries::forget;
use crate::retry::deciding;

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

crate::retry::conflicts!(EraseError);

/// Forgets a person and ends all their sessions; done again it changes nothing.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn erase(ports: &Ports, person: PersonId) -> Result<(), EraseError> {
    deciding!(attempt(ports, person))?;
    tracing::info!("a person was erased");
    Ok(())
}

async fn attempt(ports: &Ports, person: PersonId) -> Result<(), EraseError> {
    let login = ports.logins.login_of(person).await?;
    ports.profiles.erase(person, ports.clock.now()).await??;
    // They are erased, whatever becomes of what is counted: that names nobody without our secret, and
    // goes by itself within sixty days.
    if let Some(login) = login
        && let Err(error) = forget(ports, &login.email).await
    {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "what was counted of who is erased stays for a while");
    }
    Ok(())
}
