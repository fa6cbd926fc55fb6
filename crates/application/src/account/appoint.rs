//! Somebody is let run the platform, or not any longer. Whoever holds the house does it: nobody on the
//! other side of the API can.

use identity::policy::RESET_LIFETIME;
use identity::{AdminRole, Email, Password};
use kernel::{LinkId, PersonId};
use ports::{Event, HashError, StoreError};

use crate::Ports;

/// Why nobody is appointed.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// The password could not be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lets whoever has this address run the platform in this role, instead of the one they had. If it is
/// nobody's, they are made known and get a letter by which they choose a password: `true`. They can do
/// nothing before they have added an authenticator and shown it.
#[tracing::instrument(skip_all)]
pub async fn appoint(ports: &Ports, email: &Email, role: AdminRole) -> Result<bool, AppointError> {
    let (person, is_new) = match ports.logins.login(email).await? {
        Some(login) => (login.person, false),
        None => (invite(ports, email).await?, true),
    };
    // After the password was set that the link is to replace.
    let now = ports.clock.now();
    ports.accounts.appoint(person, role, now).await?;
    if is_new {
        let link = LinkId::new(ports.ids.next());
        let digest = ports.credentials.digest(&ports.credentials.link_token(link));
        let (lives, event) = ((now, now + RESET_LIFETIME), Event::ResetRequested { link });
        ports.logins.open_reset(email, link, digest, lives, &event).await?;
    }
    Ok(is_new)
}

async fn invite(ports: &Ports, email: &Email) -> Result<PersonId, AppointError> {
    let nobodys = Password::parse(&ports.authenticator.recovery_code());
    let nobodys = nobodys.map_err(|_| StoreError::Conflict)?;
    let kept = ports.hasher.hash(&nobodys).await?;
    let person = PersonId::new(ports.ids.next());
    let made = ports.logins.invite(person, email, &kept, ports.clock.now()).await?;
    Ok(made.ok_or(StoreError::Conflict)?)
}

/// Lets whoever has this address run the platform no longer; `false` if they did not.
#[tracing::instrument(skip_all)]
pub async fn dismiss(ports: &Ports, email: &Email) -> Result<bool, StoreError> {
    match ports.logins.login(email).await? {
        Some(login) => ports.accounts.dismiss(login.person).await,
        None => Ok(false),
    }
}
