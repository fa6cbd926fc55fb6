//! A one-time code that was sent to a phone: it may be guessed a few times, for a few minutes, and
//! used once.

use chrono::{DateTime, Utc};
use kernel::ChallengeId;

use crate::phone::Phone;
use crate::policy::{CODE_GUESSES, CODE_LIFETIME};

/// One code asked for by one phone. The code itself is not here: it is derived from the id by who
/// holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name, which the client gives back with the code.
    pub id: ChallengeId,
    /// Where the code was sent.
    pub phone: Phone,
    /// Guesses made so far, the present one included.
    pub guesses: u32,
    /// From this instant on the code is worth nothing.
    pub expires_at: DateTime<Utc>,
    /// When the code was used, if it was.
    pub used_at: Option<DateTime<Utc>>,
}

/// Why a code is not taken. A client is told one text for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Not this code.
    #[error("wrong code")]
    Wrong,
    /// The code is over five minutes old.
    #[error("the code has expired")]
    Expired,
    /// The code was guessed too often.
    #[error("too many guesses")]
    TooManyGuesses,
    /// The code was used before.
    #[error("the code was used")]
    Used,
}

impl Challenge {
    /// A challenge opened now.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc, TimeZone};
    /// use indistylo_identity::Challenge;
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let id = "0193c0de-0000-7000-8000-000000000001".parse().unwrap();
    /// let mut challenge = Challenge::open(id, "+919812345678".parse().unwrap(), now);
    /// challenge.guesses += 1;
    /// assert!(challenge.judge(true, now + TimeDelta::minutes(4)).is_ok());
    /// assert!(challenge.judge(true, now + TimeDelta::minutes(5)).is_err());
    /// ```
    pub fn open(id: ChallengeId, phone: Phone, now: DateTime<Utc>) -> Self {
        Self { id, phone, guesses: 0, expires_at: now + CODE_LIFETIME, used_at: None }
    }

    /// Judges a guess that was counted already (`guesses` includes it).
    pub fn judge(&self, code_is_right: bool, now: DateTime<Utc>) -> Result<(), CodeRefusal> {
        if self.used_at.is_some() {
            Err(CodeRefusal::Used)
        } else if now >= self.expires_at {
            Err(CodeRefusal::Expired)
        } else if self.guesses > CODE_GUESSES {
            Err(CodeRefusal::TooManyGuesses)
        } else if code_is_right {
            Ok(())
        } else {
            Err(CodeRefusal::Wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn challenge(guesses: u32) -> (Challenge, DateTime<Utc>) {
        let now = DateTime::UNIX_EPOCH;
        let id = "0193c0de-0000-7000-8000-000000000001".parse().expect("an id");
        let phone = "+919812345678".parse().expect("a mobile");
        (Challenge { guesses, ..Challenge::open(id, phone, now) }, now)
    }

    #[test]
    fn the_fifth_guess_counts_and_the_sixth_does_not() {
        let (fifth, now) = challenge(5);
        assert_eq!(fifth.judge(true, now), Ok(()));
        let (sixth, now) = challenge(6);
        assert_eq!(sixth.judge(true, now), Err(CodeRefusal::TooManyGuesses));
    }

    #[test]
    fn a_used_code_is_not_taken_again() {
        let (mut challenge, now) = challenge(1);
        challenge.used_at = Some(now);
        assert_eq!(challenge.judge(true, now + TimeDelta::seconds(1)), Err(CodeRefusal::Used));
    }
}
