//! Someone who has a password adds an authenticator, or takes it away.

use identity::policy::{ENROLMENT_LIFETIME, RECOVERY_CODES};
use identity::{Password, PasswordRefusal, Place, totp};
use kernel::PersonId;
use ports::{Event, Factor, Login, StoreError};

use super::prove::{self, ProveError, Second, recovery_digest};
use super::tries::Tries;
use crate::Ports;

/// Why the authenticators stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticatorError {
    /// They log in by a code on the phone, and have no password.
    #[error("you have no password, beside which an authenticator would stand")]
    NoPassword,
    /// There is one already.
    #[error("there is an authenticator already")]
    Enrolled,
    /// There is none, or none that waits to be confirmed.
    #[error("there is no such authenticator")]
    NotEnrolled,
    /// Not a code of the authenticator that waits to be confirmed.
    #[error("the code is not valid")]
    WrongCode,
    /// The password is too short to stand alone.
    #[error("without an authenticator the password {0}")]
    Password(#[from] PasswordRefusal),
    /// Who asks is not proved.
    #[error(transparent)]
    Proof(#[from] ProveError),
}

impl From<StoreError> for AuthenticatorError {
    fn from(error: StoreError) -> Self {
        Self::Proof(error.into())
    }
}

/// An authenticator that waits to be confirmed.
#[derive(Clone)]
pub struct Enrolled {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as a QR code shows it.
    pub key_uri: String,
}

async fn login(ports: &Ports, person: PersonId) -> Result<Login, AuthenticatorError> {
    ports.logins.login_of(person).await?.ok_or(AuthenticatorError::NoPassword)
}

/// Proves the password and makes a secret, which counts once it is confirmed. Asked again before
/// that, another takes its place. `place` is where they ask from.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn enrol(
    ports: &Ports,
    person: PersonId,
    password: &Password,
    place: Place,
) -> Result<Enrolled, AuthenticatorError> {
    let login = login(ports, person).await?;
    let email = login.email.clone();
    prove::password(ports, (&email, Some(login)), password, place).await?;
    let sealed = ports.authenticator.new_secret(person);
    if !ports.factors.enrol(person, &sealed, ports.clock.now()).await? {
        return Err(AuthenticatorError::Enrolled);
    }
    let secret = ports.authenticator.reveal(person, &sealed);
    let secret = secret.ok_or(AuthenticatorError::NotEnrolled)?;
    Ok(Enrolled { key_uri: totp::key_uri(&email, &secret), secret })
}

/// Confirms the secret by a first code, within a quarter of an hour. Gives the recovery codes, which are
/// shown this once. `place` is where they ask from: a wrong code counts like a wrong password.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn confirm(
    ports: &Ports,
    person: PersonId,
    code: &str,
    place: Place,
) -> Result<Vec<String>, AuthenticatorError> {
    let now = ports.clock.now();
    let email = login(ports, person).await?.email;
    let sealed = ports.factors.enrolled(person, now - ENROLMENT_LIFETIME).await?;
    let sealed = sealed.ok_or(AuthenticatorError::NotEnrolled)?;
    let tries = Tries::begin(ports, &email, place, now).await.map_err(ProveError::from)?;
    let steps: Vec<i64> = totp::steps(now, None).collect();
    let step = ports.authenticator.step_of(person, &sealed, &steps, code);
    let last_step = step.ok_or(AuthenticatorError::WrongCode)?;
    tries.succeed(ports, now).await?;
    let codes = || ports.authenticator.recovery_code();
    let codes: Vec<String> = std::iter::repeat_with(codes).take(RECOVERY_CODES).collect();
    let digests: Vec<_> = codes.iter().map(|code| recovery_digest(ports, code)).collect();
    let event = Event::SecondFactorChanged { person, on: true };
    let factor = Factor { sealed, last_step };
    if !ports.factors.confirm(person, &factor, &digests, now, &event).await? {
        return Err(AuthenticatorError::NotEnrolled);
    }
    Ok(codes)
}

/// Proves the password and the factor, and takes the authenticator and its recovery codes away, if
/// the password is good enough to stand alone. `place` is where they ask from.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn disable(
    ports: &Ports,
    person: PersonId,
    shown: (&Password, Option<&Second>),
    place: Place,
) -> Result<(), AuthenticatorError> {
    let login = login(ports, person).await?;
    if login.factor.is_none() {
        return Err(AuthenticatorError::NotEnrolled);
    }
    shown.0.judge(false, &[])?;
    let email = login.email.clone();
    prove::password_and_factor(ports, (&email, Some(login)), shown, place).await?;
    Ok(ports.factors.disable(person, &Event::SecondFactorChanged { person, on: false }).await?)
}
