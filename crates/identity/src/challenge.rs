//! A one-time code that was sent to a phone: it may be guessed a few times, for a few minutes, and
//! used once.

use chrono::{DateTime, Utc};
use kernel::ChallengeId;

use crate::code::{CodePolicy, CodePurpose};
use crate::phone::Phone;
use crate::policy::CODE_GUESSES;

/// One code asked for by one phone for one purpose. The code itself is not here: it is derived
/// from all three by who holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name, which the client gives back with the code.
    pub id: ChallengeId,
    /// Where the code was sent.
    pub phone: Phone,
    /// What the code is for.
    pub purpose: CodePurpose,
    /// When it was asked for.
    pub opened_at: DateTime<Utc>,
    /// Guesses made so far, the present one included; those beyond the last that counts are one.
    pub guesses: u32,
    /// From this instant on the code is worth nothing.
    pub expires_at: DateTime<Utc>,
    /// When the code was used, if it was.
    pub used_at: Option<DateTime<Utc>>,
    /// No text went out, and no code is right: the house sends nothing to this number.
    pub is_withheld: bool,
    /// The device from which it was asked for, if the app names one.
    pub device: Option<String>,
    /// That device was known for this phone.
    pub is_known: bool,
}

/// Why a code is not taken. A client is told one text for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Not this code, or not for this.
    #[error("wrong code")]
    Wrong,
    /// The code is older than it may be.
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
    /// use indistylo_identity::{Challenge, CodePolicy, CodePurpose};
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let id = "0193c0de-0000-7000-8000-000000000001".parse().unwrap();
    /// let (phone, purpose) = ("+919812345678".parse().unwrap(), CodePurpose::LogIn);
    /// let mut challenge = Challenge::open(id, phone, purpose, &CodePolicy::default(), now);
    /// challenge.guesses += 1;
    /// assert!(challenge.judge(purpose, true, now + TimeDelta::minutes(4)).is_ok());
    /// assert!(challenge.judge(purpose, true, now + TimeDelta::minutes(5)).is_err());
    /// ```
    pub fn open(
        id: ChallengeId,
        phone: Phone,
        purpose: CodePurpose,
        policy: &CodePolicy,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            phone,
            purpose,
            opened_at: now,
            guesses: 0,
            expires_at: now + policy.lifetime(),
            used_at: None,
            is_withheld: false,
            device: None,
            is_known: false,
        }
    }

    /// May it be guessed now?
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && now < self.expires_at && self.guesses < CODE_GUESSES
    }

    /// Judges a guess that was counted already (`guesses` includes it).
    pub fn judge(
        &self,
        purpose: CodePurpose,
        code_is_right: bool,
        now: DateTime<Utc>,
    ) -> Result<(), CodeRefusal> {
        if self.used_at.is_some() {
            Err(CodeRefusal::Used)
        } else if now >= self.expires_at {
            Err(CodeRefusal::Expired)
        } else if self.guesses > CODE_GUESSES {
            Err(CodeRefusal::TooManyGuesses)
        } else if code_is_right && purpose == self.purpose && !self.is_withheld {
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

    const LOG_IN: CodePurpose = CodePurpose::LogIn;

    fn challenge(guesses: u32) -> (Challenge, DateTime<Utc>) {
        let now = DateTime::UNIX_EPOCH;
        let id = "0193c0de-0000-7000-8000-000000000001".parse().expect("an id");
        let phone = "+919812345678".parse().expect("a mobile");
        let opened = Challenge::open(id, phone, LOG_IN, &CodePolicy::default(), now);
        (Challenge { guesses, ..opened }, now)
    }

    #[test]
    fn what_is_used_over_or_guessed_to_the_end_is_not_open() {
        let (open, now) = challenge(4);
        assert!(open.is_open(now) && !open.is_open(open.expires_at));
        assert!(!Challenge { guesses: 5, ..open.clone() }.is_open(now));
        assert!(!Challenge { used_at: Some(now), ..open }.is_open(now));
    }

    #[test]
    fn the_fifth_guess_counts_and_the_sixth_does_not() {
        let (fifth, now) = challenge(5);
        assert_eq!(fifth.judge(LOG_IN, true, now), Ok(()));
        let (sixth, now) = challenge(6);
        assert_eq!(sixth.judge(LOG_IN, true, now), Err(CodeRefusal::TooManyGuesses));
    }

    #[test]
    fn a_used_code_is_not_taken_again() {
        let (mut challenge, now) = challenge(1);
        challenge.used_at = Some(now);
        let again = challenge.judge(LOG_IN, true, now + TimeDelta::seconds(1));
        assert_eq!(again, Err(CodeRefusal::Used));
    }

    #[test]
    fn a_code_that_was_never_sent_cannot_be_guessed() {
        let (mut challenge, now) = challenge(1);
        challenge.is_withheld = true;
        assert_eq!(challenge.judge(LOG_IN, true, now), Err(CodeRefusal::Wrong));
    }
}
