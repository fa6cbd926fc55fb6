//! People who log in by e-mail and password: how they become known, and how they get in again.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Email, Phone};
use kernel::{LinkId, PersonId, SessionId};

use crate::event::Event;
use crate::factors::Factor;
use crate::sessions::NewSession;
use crate::store::StoreError;

/// Somebody who wants to be a vendor, until the address is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The link that confirms the address.
    pub link: LinkId,
    /// What is kept of the link's token.
    pub digest: [u8; 32],
    /// The address.
    pub email: Email,
    /// How they are called.
    pub name: String,
    /// Their phone, which nobody has proved: it names nobody.
    pub phone: Phone,
    /// How the business is called.
    pub business_name: String,
    /// The password as it is kept.
    pub password: String,
    /// From this instant on the link is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// What somebody told of their business when they registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// How the business was called.
    pub business_name: String,
    /// The phone, which nobody has proved.
    pub phone: Phone,
    /// When the address was confirmed.
    pub applied_at: DateTime<Utc>,
}

/// Somebody who forgot a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// The link that lets them choose another.
    pub link: LinkId,
    /// What is kept of the link's token.
    pub digest: [u8; 32],
    /// Who.
    pub login: Login,
    /// From this instant on the link is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// How somebody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub person: PersonId,
    /// Their address.
    pub email: Email,
    /// How they are called, if they said so.
    pub name: Option<String>,
    /// The password as it is kept.
    pub password: String,
    /// Their second factor, if they have confirmed one.
    pub factor: Option<Factor>,
}

/// A password that takes the place of another.
#[derive(Debug, Clone)]
pub struct NewPassword<'a> {
    /// As it is kept.
    pub password: &'a str,
    /// Now.
    pub at: DateTime<Utc>,
    /// What follows from it.
    pub event: Event,
}

/// Where people who log in by e-mail and password are kept.
#[async_trait]
pub trait Logins: Send + Sync {
    /// How the owner of this address logs in.
    async fn login(&self, email: &Email) -> Result<Option<Login>, StoreError>;
    /// How this person logs in.
    async fn login_of(&self, person: PersonId) -> Result<Option<Login>, StoreError>;

    /// Keeps a registration with its event. Whether the address is known makes no difference here.
    async fn register(&self, registration: &Registration, event: &Event) -> Result<(), StoreError>;
    /// A registration whose link was not used and has not expired.
    async fn registration(
        &self,
        link: LinkId,
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError>;
    /// The same, by the digest of its token.
    async fn registration_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError>;
    /// Uses the link up and makes the person, under this name; every other link of the address is
    /// worth nothing then. `None` if this one was, or the address has become somebody's.
    async fn confirm(
        &self,
        digest: [u8; 32],
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError>;

    /// Makes somebody known by this address, with a password that nobody knows until they choose one
    /// by a link. `None` if the address is somebody's.
    async fn invite(
        &self,
        person: PersonId,
        email: &Email,
        password: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError>;
    /// What this person told when they registered, if they did.
    async fn application(&self, person: PersonId) -> Result<Option<Application>, StoreError>;

    /// Keeps a link for whoever has this address, by the digest of its token, with its event. Where
    /// nobody has it, the same is kept and worth nothing: who asks must not tell by the time it takes.
    async fn open_reset(
        &self,
        email: &Email,
        link: LinkId,
        digest: [u8; 32],
        lives: (DateTime<Utc>, DateTime<Utc>),
        event: &Event,
    ) -> Result<(), StoreError>;
    /// The reset of a link that is good now.
    async fn reset(&self, link: LinkId, now: DateTime<Utc>) -> Result<Option<Reset>, StoreError>;
    /// The same, by the digest of its token.
    async fn reset_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Reset>, StoreError>;
    /// Uses the link up, changes the password and ends every session of its owner; every other link
    /// of theirs is worth nothing then. `false` if this one was worth nothing.
    async fn finish_reset(
        &self,
        digest: [u8; 32],
        new: &NewPassword<'_>,
    ) -> Result<bool, StoreError>;

    /// Changes the password where it still is the one that was read, and ends every session but one.
    async fn change_password(
        &self,
        login: &Login,
        new: &NewPassword<'_>,
        but: SessionId,
    ) -> Result<bool, StoreError>;
    /// Opens a session for someone whose password still is the one that was read; `false` if it is
    /// not.
    async fn open_session(&self, login: &Login, new: &NewSession) -> Result<bool, StoreError>;
    /// Keeps the same password in another form, where it still is the one that was read.
    async fn rehash(&self, login: &Login, password: &str) -> Result<(), StoreError>;
}
