//! Logins: one for each device, until it ends.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Ended, Proof, Session, Standing};
use kernel::{PersonId, SessionId};

use crate::event::Event;
use crate::store::StoreError;

/// Where someone logs in from, as far as it can be told. Shown to the owner of the session, who
/// knows by it which of theirs it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whence {
    /// How the program calls itself (RFC 9110, section 10.1.5), cut to 200 characters.
    pub agent: Option<String>,
    /// The address that the request came from.
    pub address: Option<String>,
}

/// A session that is to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// What was shown to open it.
    pub proof: Proof,
    /// Now.
    pub at: DateTime<Utc>,
    /// From where.
    pub whence: Whence,
}

/// A session, and what is known of its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// The session.
    pub session: Session,
    /// Where it was opened from.
    pub whence: Whence,
}

/// Where sessions are kept.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session for someone.
    async fn open(&self, person: PersonId, new: &NewSession) -> Result<(), StoreError>;
    /// A session, and what its owner is now.
    async fn find(&self, id: SessionId) -> Result<Option<(Session, Standing)>, StoreError>;
    /// Keeps a session as it stands after a refresh; `false` if another refresh was first, or the
    /// session was ended.
    async fn rotate(&self, refreshed: &Session) -> Result<bool, StoreError>;
    /// Ends a session of this person, with the event that follows, if one does; `false` if they have
    /// no such session that has not been ended.
    async fn end(
        &self,
        person: PersonId,
        id: SessionId,
        ended: Ended,
        event: Option<&Event>,
    ) -> Result<bool, StoreError>;
    /// Ends every session of this person.
    async fn end_all(&self, person: PersonId, ended: Ended) -> Result<(), StoreError>;
    /// The sessions of this person that have not been ended, those refreshed last first, as many as
    /// are shown at most.
    async fn of_person(&self, person: PersonId) -> Result<Vec<KeptSession>, StoreError>;
    /// What this person is now.
    async fn standing(&self, person: PersonId) -> Result<Standing, StoreError>;
    /// Has this session been ended? Asked at every request, so an answer may be as old as
    /// [`identity::policy::ENDED_KNOWN_WITHIN`]; only sessions are known that were ended within an
    /// access token's lifetime.
    async fn is_ended(&self, id: SessionId, now: DateTime<Utc>) -> Result<bool, StoreError>;
}
