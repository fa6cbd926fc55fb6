//! Someone proves who they are by a password, and perhaps by a second factor; whoever guesses waits.

use chrono::{DateTime, TimeDelta, Utc};
use identity::{Email, Password, Place, totp};
use ports::{Compared, Factor, HashError, Login, Registration, StoreError};

use super::tries::{Tries, Wait};
use crate::Ports;

/// What is shown beside the password.
#[derive(Debug, Clone)]
pub enum Second {
    /// Six digits of an authenticator.
    Totp(String),
    /// A code that was written down.
    Recovery(String),
}

/// Why nothing is proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Not this password, or nobody by this address. The client is told no more.
    #[error("the address or the password is wrong")]
    Wrong,
    /// The password is right, and a second factor is wanted beside it.
    #[error("a code of the authenticator, or a recovery code, is needed as well")]
    SecondFactorRequired,
    /// The password is right, and what was shown beside it is wrong or was used before.
    #[error("the code of the authenticator or the recovery code is not valid")]
    SecondFactorWrong,
    /// Too many wrong tries came before.
    #[error("too many wrong tries; try again in {} s", again_in.num_seconds())]
    TooOften {
        /// How long to wait.
        again_in: TimeDelta,
    },
    /// The password was not looked at.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed, and so nobody counts: nobody gets in.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Wait> for ProveError {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::TooOften { again_in } => Self::TooOften { again_in },
            Wait::Store(error) => Self::Store(error),
        }
    }
}

/// Proves a password, of an account that is there or not, in the same steps. `place` is where they
/// ask from.
pub(super) async fn password(
    ports: &Ports,
    (email, login): (&Email, Option<Login>),
    password: &Password,
    place: Place,
) -> Result<Login, ProveError> {
    both(ports, (email, login), (password, None), place, false).await
}

/// The same, and the second factor beside it where there is one.
pub(super) async fn password_and_factor(
    ports: &Ports,
    account: (&Email, Option<Login>),
    shown: (&Password, Option<&Second>),
    place: Place,
) -> Result<Login, ProveError> {
    both(ports, account, shown, place, true).await
}

async fn both(
    ports: &Ports,
    (email, login): (&Email, Option<Login>),
    (password, second): (&Password, Option<&Second>),
    place: Place,
    asks_second: bool,
) -> Result<Login, ProveError> {
    let now = ports.clock.now();
    let tries = Tries::begin(ports, email, place, now).await?;
    let kept = login.as_ref().map(|login| login.password.as_str());
    let compared = compare(ports, &tries, password, kept).await?;
    let known = login.as_ref().map(|login| tracing::field::display(login.person));
    let Some(mut login) = login.filter(|_| compared != Compared::Wrong) else {
        tracing::warn!(person = known, %place, "a login failed: the password");
        return Err(ProveError::Wrong);
    };
    if let Some(factor) = login.factor.as_ref().filter(|_| asks_second) {
        let Some(second) = second else {
            tries.give_back(ports).await?;
            return Err(ProveError::SecondFactorRequired);
        };
        if !use_second(ports, &login, factor, second, now).await? {
            tracing::warn!(person = known, %place, "a login failed: the second factor");
            return Err(ProveError::SecondFactorWrong);
        }
    }
    tries.succeed(ports, now).await?;
    if compared == Compared::Outdated {
        // Somebody else is busy: the next login does it.
        if let Ok(dearer) = ports.hasher.hash(password).await {
            ports.logins.rehash(&login, &dearer).await?;
            login.password = dearer;
        }
    }
    Ok(login)
}

/// Proves that whoever has the link of a registration has its password too: they registered, and not
/// somebody else with their address. `place` is where they ask from.
pub(super) async fn registrant(
    ports: &Ports,
    registration: &Registration,
    password: &Password,
    place: Place,
) -> Result<(), ProveError> {
    let now = ports.clock.now();
    let tries = Tries::begin_at_link(ports, registration, place, now).await?;
    match compare(ports, &tries, password, Some(&registration.password)).await? {
        Compared::Wrong => Err(ProveError::Wrong),
        Compared::Right | Compared::Outdated => Ok(tries.succeed(ports, now).await?),
    }
}

/// Compares; a password that was not looked at was no try.
async fn compare(
    ports: &Ports,
    tries: &Tries,
    password: &Password,
    kept: Option<&str>,
) -> Result<Compared, ProveError> {
    match ports.hasher.compare(password, kept).await {
        Ok(compared) => Ok(compared),
        Err(error) => {
            tries.give_back(ports).await?;
            Err(error.into())
        }
    }
}

/// Uses what was shown up; `false` if it is wrong or was used before.
async fn use_second(
    ports: &Ports,
    login: &Login,
    factor: &Factor,
    second: &Second,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let person = login.person;
    match second {
        Second::Totp(code) => {
            let steps: Vec<i64> = totp::steps(now, Some(factor.last_step)).collect();
            let authenticator = &ports.authenticator;
            let step = authenticator.step_of(person, &factor.sealed, &steps, code);
            let Some(last_step) = step else { return Ok(false) };
            let resealed = authenticator.reseal(person, &factor.sealed);
            let sealed = resealed.unwrap_or_else(|| factor.sealed.clone());
            ports.factors.use_step(person, &Factor { sealed, last_step }).await
        }
        Second::Recovery(code) => {
            let digest = recovery_digest(ports, code);
            ports.factors.use_recovery(person, digest, now).await
        }
    }
}

/// What is kept of a recovery code, however it was typed: hyphens, blanks and case do not count.
pub(super) fn recovery_digest(ports: &Ports, code: &str) -> [u8; 32] {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    ports.credentials.digest(&letters)
}
