//! Second factors: the authenticators of those who have one, and the codes for when it is lost.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PersonId;

use crate::event::Event;
use crate::store::StoreError;

/// An authenticator that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Its secret, sealed for its owner.
    pub sealed: Vec<u8>,
    /// The last step whose code was used.
    pub last_step: i64,
}

/// Where authenticators and recovery codes are kept.
#[async_trait]
pub trait Factors: Send + Sync {
    /// Keeps a sealed secret until it is confirmed, in the place of another that was not. `false` if
    /// they have a confirmed one.
    async fn enrol(
        &self,
        person: PersonId,
        sealed: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// The sealed secret that waits to be confirmed, if it was kept after this instant.
    async fn enrolled(
        &self,
        person: PersonId,
        after: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Confirms the secret by a first code's step, and keeps the digests of recovery codes. `false`
    /// if it is not the one that waits.
    async fn confirm(
        &self,
        person: PersonId,
        factor: &Factor,
        recovery: &[[u8; 32]],
        at: DateTime<Utc>,
        event: &Event,
    ) -> Result<bool, StoreError>;
    /// Uses a step, and with it all before, and keeps the secret as it is sealed now; `false` if the
    /// step was used already.
    async fn use_step(&self, person: PersonId, now: &Factor) -> Result<bool, StoreError>;
    /// Uses a recovery code; `false` if they have none such that was not used.
    async fn use_recovery(
        &self,
        person: PersonId,
        digest: [u8; 32],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Takes the authenticator and its recovery codes away; sessions opened with them are worth no
    /// more than the password from then on.
    async fn disable(&self, person: PersonId, event: &Event) -> Result<(), StoreError>;
}

/// Makes and checks what an authenticator knows.
pub trait Authenticator: Send + Sync {
    /// A new secret of 160 random bits, sealed for its owner.
    fn new_secret(&self, person: PersonId) -> Vec<u8>;
    /// A secret that was made elsewhere and comes in base32, sealed for its owner; `None` if it is
    /// none.
    fn seal(&self, person: PersonId, secret: &str) -> Option<Vec<u8>>;
    /// The secret as it is typed into an app: base32 (RFC 4648, section 6). `None` if it was not
    /// sealed here for this person.
    fn reveal(&self, person: PersonId, sealed: &[u8]) -> Option<String>;
    /// The same secret sealed anew, if our keys have changed since.
    fn reseal(&self, person: PersonId, sealed: &[u8]) -> Option<Vec<u8>>;
    /// The first of these steps whose code this is. Takes the same time for every wrong code.
    fn step_of(&self, person: PersonId, sealed: &[u8], steps: &[i64], code: &str) -> Option<i64>;
    /// A new recovery code of 120 random bits: 24 letters and digits in groups of four.
    fn recovery_code(&self) -> String;
}
