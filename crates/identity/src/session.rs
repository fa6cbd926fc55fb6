//! A login on one device, kept alive by a refresh token that changes at every use.

use chrono::{DateTime, Utc};
use kernel::{PersonId, SessionId};

use crate::policy::SESSION_IDLE;

/// One login of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name, which access tokens carry as `sid`.
    pub id: SessionId,
    /// Whose login it is.
    pub person: PersonId,
    /// It ends unless refreshed before.
    pub expires_at: DateTime<Utc>,
    /// When it was ended by hand, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Why a session cannot go on. A client is told one text for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// Nobody refreshed it for sixty days.
    #[error("the session has expired")]
    Expired,
    /// It was logged out.
    #[error("the session was ended")]
    Revoked,
}

impl Session {
    /// A login made now.
    ///
    /// ```
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// use indistylo_identity::Session;
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let id = "0193c0de-0000-7000-8000-000000000001".parse().unwrap();
    /// let person = "0193c0de-0000-7000-8000-000000000002".parse().unwrap();
    /// let session = Session::open(id, person, now);
    /// assert!(session.refresh(now + TimeDelta::days(59)).is_ok());
    /// assert!(session.refresh(now + TimeDelta::days(60)).is_err());
    /// ```
    pub fn open(id: SessionId, person: PersonId, now: DateTime<Utc>) -> Self {
        Self { id, person, expires_at: now + SESSION_IDLE, revoked_at: None }
    }

    /// The same session with a fresh idle time, if it still lives.
    pub fn refresh(&self, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        if self.revoked_at.is_some() {
            Err(SessionRefusal::Revoked)
        } else if now >= self.expires_at {
            Err(SessionRefusal::Expired)
        } else {
            Ok(Self { expires_at: now + SESSION_IDLE, ..self.clone() })
        }
    }
}
