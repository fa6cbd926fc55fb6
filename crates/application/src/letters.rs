//! The letters that follow from what has happened.

use identity::Email;
use kernel::{EventId, LinkId, PersonId};
use ports::{HandleError, Letter, MailError};

use crate::Ports;
use crate::effects::failed;

/// A link that confirms the address, or word that it is known. Not once the link is worth nothing.
pub(crate) async fn registered(
    ports: &Ports,
    name: EventId,
    link: LinkId,
) -> Result<(), HandleError> {
    let found = ports.logins.registration(link, ports.clock.now()).await.map_err(failed)?;
    let Some(registration) = found else { return Ok(()) };
    let email = registration.email;
    let letter = if ports.logins.login(&email).await.map_err(failed)?.is_some() {
        Letter::KnownAlready
    } else {
        let Some(token) = token(ports, link, registration.digest) else { return Ok(()) };
        Letter::Confirm { token }
    };
    send(ports, name, &email, &letter).await
}

/// A link that lets them choose another password. Not once it is worth nothing.
pub(crate) async fn reset_requested(
    ports: &Ports,
    name: EventId,
    link: LinkId,
) -> Result<(), HandleError> {
    let found = ports.logins.reset(link, ports.clock.now()).await.map_err(failed)?;
    let Some(reset) = found else { return Ok(()) };
    let Some(token) = token(ports, link, reset.digest) else { return Ok(()) };
    send(ports, name, &reset.login.email, &Letter::Reset { token }).await
}

/// Something about how somebody logs in has changed, and they should know.
pub(crate) async fn changed(
    ports: &Ports,
    name: EventId,
    person: PersonId,
    letter: &Letter,
) -> Result<(), HandleError> {
    match ports.logins.login_of(person).await.map_err(failed)? {
        Some(login) => send(ports, name, &login.email, letter).await,
        None => Ok(()),
    }
}

/// The token of a link, unless our keys have changed so far that it is worth nothing.
fn token(ports: &Ports, link: LinkId, digest: [u8; 32]) -> Option<String> {
    let token = ports.credentials.link_token_of(link, digest);
    if token.is_none() {
        tracing::error!(%link, "the key of a link is gone; no letter was sent");
    }
    token
}

async fn send(
    ports: &Ports,
    name: EventId,
    to: &Email,
    letter: &Letter,
) -> Result<(), HandleError> {
    match ports.mail.send(name, to, letter).await {
        Ok(()) => Ok(()),
        Err(error @ MailError::Unavailable(_)) => Err(failed(error)),
        Err(error @ MailError::Refused(_)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a letter was not sent");
            Ok(())
        }
    }
}
