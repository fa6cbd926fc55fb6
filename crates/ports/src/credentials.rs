//! Secrets: who a caller is, and what we handed out and now get back.

use chrono::{DateTime, Utc};
use identity::Challenge;
use kernel::{PersonId, SessionId};

/// Who calls, as an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The person.
    pub person: PersonId,
    /// The session the token was made for.
    pub session: SessionId,
}

/// What a sealed text is for: one made for another purpose does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A slot that can be booked at a price.
    Offer,
    /// Where the next page of a list begins.
    Cursor,
    /// A refresh token: which session, and which of its tokens.
    Refresh,
}

/// Makes and checks what must not be guessed or changed.
pub trait Credentials: Send + Sync {
    /// A short-lived access token.
    fn access_token(&self, access: Access, now: DateTime<Utc>, until: DateTime<Utc>) -> String;
    /// Who a token speaks for, if it is genuine and has not expired.
    fn verify_access(&self, token: &str, now: DateTime<Utc>) -> Option<Access>;
    /// The digits that belong to a challenge, its phone and its purpose.
    fn code_of(&self, challenge: &Challenge) -> String;
    /// Is this the code of the challenge? Takes the same time whatever the answer.
    fn is_code_of(&self, challenge: &Challenge, code: &str) -> bool;
    /// Makes a text opaque and tamper-proof.
    fn seal(&self, purpose: Purpose, content: &[u8]) -> String;
    /// What was sealed, if it was sealed here for this purpose.
    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>>;
}
