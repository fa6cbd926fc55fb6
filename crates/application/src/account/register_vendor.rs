//! Someone wants to be a vendor: nobody is anybody before the address is confirmed.

use chrono::TimeDelta;
use identity::policy::CONFIRM_LIFETIME;
use identity::{Email, Password, PasswordRefusal, Phone, Place};
use kernel::{LinkId, PersonId};
use ports::{Event, HashError, Registration, StoreError};

use super::postage::{self, Asked};
use super::prove::{self, ProveError};
use crate::Ports;

/// What they told.
#[derive(Debug, Clone)]
pub struct RegisterVendor {
    /// Their address.
    pub email: Email,
    /// How they are called.
    pub name: String,
    /// Their phone.
    pub phone: Phone,
    /// How the business is called.
    pub business_name: String,
    /// The password they chose.
    pub password: Password,
    /// Where from, as tries are counted.
    pub place: Place,
}

/// Why nobody is registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The password cannot be chosen.
    #[error("the password {0}")]
    Password(#[from] PasswordRefusal),
    /// Too many mails were asked for.
    #[error("too many mails were asked for; try again in {} s", again_in.num_seconds())]
    TooOften {
        /// How long to wait.
        again_in: TimeDelta,
    },
    /// The password was not looked at.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keeps what they told, and has a letter sent to the address: a link that confirms it, or word that
/// it is known already. The answer is the same, and so is the work.
#[tracing::instrument(skip_all)]
pub async fn register_vendor(ports: &Ports, ask: &RegisterVendor) -> Result<(), RegisterError> {
    let now = ports.clock.now();
    let own = [ask.email.as_str(), ask.email.local(), &ask.name, &ask.business_name];
    ask.password.judge(false, &own)?;
    let counted = postage::count(ports, Asked::Registration, &ask.email, ask.place, now);
    if let Err(again_in) = counted.await? {
        return Err(RegisterError::TooOften { again_in });
    }
    let link = LinkId::new(ports.ids.next());
    let registration = Registration {
        link,
        digest: ports.credentials.digest(&ports.credentials.link_token(link)),
        email: ask.email.clone(),
        name: ask.name.clone(),
        phone: ask.phone.clone(),
        business_name: ask.business_name.clone(),
        password: ports.hasher.hash(&ask.password).await?,
        expires_at: now + CONFIRM_LIFETIME,
    };
    Ok(ports.logins.register(&registration, &Event::VendorRegistered { link }).await?)
}

/// Why an address is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailError {
    /// The link was never made, was used or has expired, or the address has become somebody's. The
    /// client is told no more.
    #[error("the link is not valid any more; ask for a new one")]
    Invalid,
    /// Who has the link did not register, or the password was not looked at. The link stays good.
    #[error(transparent)]
    Proof(#[from] ProveError),
}

impl From<StoreError> for ConfirmEmailError {
    fn from(error: StoreError) -> Self {
        Self::Proof(error.into())
    }
}

/// The owner of the address has the link, and its password too, so it was they who registered: they
/// are somebody from now on. Anybody may register with the address of another, and the letters look
/// alike; whoever takes a stranger's for their own must not let the stranger in. `place` is where
/// they ask from.
#[tracing::instrument(skip_all)]
pub async fn confirm_email(
    ports: &Ports,
    token: &str,
    password: &Password,
    place: Place,
) -> Result<PersonId, ConfirmEmailError> {
    let digest = ports.credentials.digest(token);
    let found = ports.logins.registration_by(digest, ports.clock.now()).await?;
    let registration = found.ok_or(ConfirmEmailError::Invalid)?;
    prove::registrant(ports, &registration, password, place).await?;
    let person = PersonId::new(ports.ids.next());
    let confirmed = ports.logins.confirm(digest, person, ports.clock.now()).await?;
    confirmed.ok_or(ConfirmEmailError::Invalid)
}
