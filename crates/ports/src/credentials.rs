//! Secrets: who a caller is, and what we handed out and now get back.

use chrono::{DateTime, Utc};
use identity::Challenge;
use kernel::{LinkId, PersonId, SessionId};

use crate::attempts::CountKeys;

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
    /// The token of 256 bits that a mailed link carries: 43 letters, digits, `-` and `_`.
    fn link_token(&self, link: LinkId) -> String;
    /// The same, known by its digest: a link that was made before the keys changed keeps its token
    /// while the old keys are still known.
    fn link_token_of(&self, link: LinkId, digest: [u8; 32]) -> Option<String>;
    /// What is kept of a token that cannot be guessed: SHA-256.
    fn digest(&self, token: &str) -> [u8; 32];
    /// Under what something of somebody is counted, such as logins of an address: who reads the
    /// counts and guesses whose they are cannot see whether the guess is right.
    fn count_keys(&self, whose: &str, what: &str) -> CountKeys;
    /// Makes a text opaque and tamper-proof.
    fn seal(&self, purpose: Purpose, content: &[u8]) -> String;
    /// A signature of a text that anybody can check who knows our public key.
    fn sign(&self, content: &[u8]) -> String;
    /// Is this our signature of the text, which tells of this place of the audit log? A key that is
    /// gone is believed up to the last place that it signed.
    fn is_signed(&self, seq: i64, content: &[u8], signature: &str) -> bool;
    /// What was sealed, if it was sealed here for this purpose.
    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>>;
}
