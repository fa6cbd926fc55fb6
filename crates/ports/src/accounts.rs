//! People and their logins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{AdminRole, Email, Phone, Role};
use kernel::{ChallengeId, PersonId, SalonId};

use crate::sessions::NewSession;
use crate::store::StoreError;

/// Someone, with what they are to which salon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name in the house.
    pub id: PersonId,
    /// Their phone, if they have proved one.
    pub phone: Option<Phone>,
    /// Their e-mail address, if they have proved one.
    pub email: Option<Email>,
    /// How they are called, if they said so.
    pub name: Option<String>,
    /// The salons they belong to.
    pub memberships: Vec<(SalonId, Role)>,
}

/// A login that a right code opens.
#[derive(Debug, Clone)]
pub struct LogIn {
    /// The code's challenge; it is used up.
    pub challenge: ChallengeId,
    /// Whose phone it was.
    pub phone: Phone,
    /// The name of the person, if the phone is new.
    pub person_if_new: PersonId,
    /// The session.
    pub session: NewSession,
}

/// Where people and sessions are kept.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Uses the challenge up and opens the session, making the person if the phone is new. `None`
    /// if another login used the challenge first.
    async fn log_in(&self, log_in: &LogIn) -> Result<Option<PersonId>, StoreError>;
    /// Whoever has this phone, or else a new person.
    async fn person_with(
        &self,
        phone: &Phone,
        if_new: PersonId,
        at: DateTime<Utc>,
    ) -> Result<PersonId, StoreError>;
    /// What someone is on the platform, if anything.
    async fn admin_role(&self, person: PersonId) -> Result<Option<AdminRole>, StoreError>;
    /// Lets someone run the platform in this role, instead of the one they had.
    async fn appoint(
        &self,
        person: PersonId,
        role: AdminRole,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Lets someone run the platform no longer; `false` if they did not.
    async fn dismiss(&self, person: PersonId) -> Result<bool, StoreError>;
    /// A person who can log in.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError>;
}
