//! A customer proves the phone with the code.

use chrono::TimeDelta;
use identity::{CodePurpose, CodeRefusal, Place, Proof, Session};
use kernel::{ChallengeId, PersonId, SessionId};
use ports::{LogIn, NewSession, StoreError, Whence};

use super::tries::{self, Wait};
use super::{Tokens, tokens};
use crate::Ports;

/// Why the login failed.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// The code is not taken. The client is told no more than that.
    #[error("the code is not valid")]
    Refused(#[source] CodeRefusal),
    /// Too many wrong codes came from there, whatever the number.
    #[error("too many wrong codes; try again in {} s", again_in.num_seconds())]
    TooOften {
        /// How long to wait.
        again_in: TimeDelta,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Wait> for LogInError {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::TooOften { again_in } => Self::TooOften { again_in },
            Wait::Store(error) => Self::Store(error),
        }
    }
}

/// Counts the guess, judges it, and opens a session for a right one. `place` is where it comes from;
/// what others guess there keeps nobody out whose device is known, and to guess at what is over, or
/// never was, is no guess.
#[tracing::instrument(skip_all, fields(%challenge))]
pub async fn log_in(
    ports: &Ports,
    challenge: ChallengeId,
    code: &str,
    place: Place,
    whence: Whence,
) -> Result<Tokens, LogInError> {
    let now = ports.clock.now();
    let found = ports.challenges.challenge(challenge).await?;
    let guess = match found.filter(|found| found.is_open(now) && !found.is_known) {
        Some(_) => Some(tries::begin_at_code(ports, place, now).await?),
        None => None,
    };
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
    if let Some(guess) = guess {
        guess.succeed(ports).await?;
    }
    let standing = ports.sessions.standing(person).await?;
    Ok(tokens(ports, &Session::open(id, person, Proof::Code, now), standing, now))
}
