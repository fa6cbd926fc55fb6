//! Someone who is logged in chooses another password.

use identity::{Password, PasswordRefusal, Place};
use ports::{Access, Event, HashError, NewPassword, StoreError};

use super::prove::{self, ProveError};
use super::reset_password::judge;
use crate::Ports;

/// Why the password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// They log in by a code on the phone, and have no password.
    #[error("you have no password")]
    NoPassword,
    /// The present one is not proved.
    #[error(transparent)]
    Proof(#[from] ProveError),
    /// The new one cannot be chosen.
    #[error("the password {0}")]
    Password(#[from] PasswordRefusal),
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<HashError> for ChangeError {
    fn from(error: HashError) -> Self {
        Self::Proof(error.into())
    }
}

/// Proves the present password and changes it; every session ends but the one they ask from.
/// `place` is where they ask from.
#[tracing::instrument(skip_all, fields(person = %access.person))]
pub async fn change_password(
    ports: &Ports,
    access: Access,
    (present, new): (&Password, &Password),
    place: Place,
) -> Result<(), ChangeError> {
    let login = ports.logins.login_of(access.person).await?.ok_or(ChangeError::NoPassword)?;
    let email = login.email.clone();
    let login = prove::password(ports, (&email, Some(login)), present, place).await?;
    judge(ports, new, &login).await??;
    let kept = ports.hasher.hash(new).await?;
    let event = Event::PasswordChanged { person: access.person };
    let new = NewPassword { password: &kept, at: ports.clock.now(), event };
    if !ports.logins.change_password(&login, &new, access.session).await? {
        // It was changed since it was read.
        return Err(ProveError::Wrong.into());
    }
    Ok(())
}
