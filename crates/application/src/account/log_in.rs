//! A customer proves the phone with the code.

use identity::{CodePurpose, CodeRefusal, Proof, Session};
use kernel::{ChallengeId, PersonId, SessionId};
use ports::{LogIn, NewSession, StoreError, Whence};

use super::{Tokens, tokens};
use crate::Ports;

/// Why the login failed.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// The code is not taken. The client is told no more than that.
    #[error("the code is not valid")]
    Refused(#[source] CodeRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Counts the guess, judges it, and opens a session for a right one.
#[tracing::instrument(skip_all, fields(%challenge))]
pub async fn log_in(
    ports: &Ports,
    challenge: ChallengeId,
    code: &str,
    whence: Whence,
) -> Result<Tokens, LogInError> {
    let now = ports.clock.now();
    let Some(challenge) = ports.challenges.count_guess(challenge).await? else {
        return Err(LogInError::Refused(CodeRefusal::Wrong));
    };
    let is_right = ports.credentials.is_code_of(&challenge, code);
    challenge.judge(CodePurpose::LogIn, is_right, now).map_err(LogInError::Refused)?;

    let id = SessionId::new(ports.ids.next());
    let session = NewSession { id, proof: Proof::Code, at: now, whence };
    let log_in = LogIn {
        challenge: challenge.id,
        phone: challenge.phone,
        person_if_new: PersonId::new(ports.ids.next()),
        session,
    };
    let person = ports.accounts.log_in(&log_in).await?;
    let person = person.ok_or(LogInError::Refused(CodeRefusal::Used))?;
    let standing = ports.sessions.standing(person).await?;
    Ok(tokens(ports, &Session::open(id, person, Proof::Code, now), standing, now))
}
