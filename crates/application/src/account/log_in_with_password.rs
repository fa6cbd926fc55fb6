//! A vendor or an admin logs in.

use identity::{Email, Password, Place, Proof, Session};
use kernel::SessionId;
use ports::{NewSession, Whence};

use super::prove::{self, ProveError, Second};
use super::{Tokens, tokens};
use crate::Ports;

/// Who logs in, and with what.
#[derive(Debug, Clone)]
pub struct PasswordLogin {
    /// Their address.
    pub email: Email,
    /// The password they typed.
    pub password: Password,
    /// What they showed beside it.
    pub second: Option<Second>,
    /// Where from, as tries are counted.
    pub place: Place,
    /// Where from, as the session shows it.
    pub whence: Whence,
}

/// Proves the password, and the second factor where there is one, and opens a session. Unknown
/// addresses take the same steps as known ones.
#[tracing::instrument(skip_all)]
pub async fn log_in_with_password(
    ports: &Ports,
    ask: &PasswordLogin,
) -> Result<Tokens, ProveError> {
    let login = ports.logins.login(&ask.email).await?;
    let shown = (&ask.password, ask.second.as_ref());
    let login = prove::password_and_factor(ports, (&ask.email, login), shown, ask.place).await?;
    let now = ports.clock.now();
    let whence = ask.whence.clone();
    // Whoever has an authenticator has shown it, or would not be here.
    let proof = if login.factor.is_some() { Proof::TwoFactors } else { Proof::Password };
    let session = NewSession { id: SessionId::new(ports.ids.next()), proof, at: now, whence };
    if !ports.logins.open_session(&login, &session).await? {
        // It was changed since it was read.
        return Err(ProveError::Wrong);
    }
    let standing = ports.sessions.standing(login.person).await?;
    Ok(tokens(ports, &Session::open(session.id, login.person, proof, now), standing, now))
}
