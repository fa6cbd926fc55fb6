//! Letters that would have been sent, kept for the test to read.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use identity::Email;
use kernel::EventId;
use ports::{Letter, Mail, MailError};

use super::locked;

/// One letter, as the post took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLetter {
    /// Its name, the same at every try.
    pub name: EventId,
    /// To whom.
    pub to: Email,
    /// What it says.
    pub letter: Letter,
}

/// Why the next letter is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLetter {
    /// Refused for good.
    Refused,
    /// Refused for now, before it was taken.
    Unavailable,
    /// Taken, and the answer was lost.
    NoAnswer,
}

/// A post that keeps letters.
#[derive(Debug, Default)]
pub struct FakeMail {
    sent: Mutex<Vec<SentLetter>>,
    faults: Mutex<VecDeque<NoLetter>>,
}

impl FakeMail {
    /// Every letter taken, the oldest first.
    pub fn sent(&self) -> Vec<SentLetter> {
        locked(&self.sent).clone()
    }

    /// Every letter taken for this address, the oldest first.
    pub fn to(&self, email: &Email) -> Vec<Letter> {
        let sent = self.sent().into_iter();
        sent.filter(|sent| sent.to == *email).map(|sent| sent.letter).collect()
    }

    /// What the link of the last letter to this address carries.
    pub fn last_token_to(&self, email: &Email) -> Option<String> {
        self.to(email).into_iter().rev().find_map(|letter| match letter {
            Letter::Confirm { token } | Letter::Reset { token } => Some(token),
            Letter::KnownAlready
            | Letter::PasswordChanged
            | Letter::LoggedOut
            | Letter::SecondFactor { .. } => None,
        })
    }

    /// The next letter not yet spoken for meets this fault.
    pub fn fail_next(&self, fault: NoLetter) {
        locked(&self.faults).push_back(fault);
    }
}

#[async_trait]
impl Mail for FakeMail {
    async fn send(&self, name: EventId, to: &Email, letter: &Letter) -> Result<(), MailError> {
        let fault = locked(&self.faults).pop_front();
        let what = || "the fake post was told to".to_owned();
        match fault {
            Some(NoLetter::Refused) => return Err(MailError::Refused(what())),
            Some(NoLetter::Unavailable) => return Err(MailError::Unavailable(what())),
            Some(NoLetter::NoAnswer) | None => {}
        }
        let letter = SentLetter { name, to: to.clone(), letter: letter.clone() };
        locked(&self.sent).push(letter);
        if fault.is_none() { Ok(()) } else { Err(MailError::Unavailable(what())) }
    }
}
