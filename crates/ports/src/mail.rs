//! Letters by e-mail to vendors and admins.

use async_trait::async_trait;
use identity::Email;
use kernel::EventId;

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// Somebody registered with this address: is it theirs? Nothing of what they wrote is in it:
    /// anybody may write anything, to anybody's address.
    Confirm {
        /// What the link carries.
        token: String,
    },
    /// Somebody registered with this address, which is known.
    KnownAlready,
    /// Somebody forgot the password of this address.
    Reset {
        /// What the link carries.
        token: String,
    },
    /// The password was changed.
    PasswordChanged,
    /// Somebody else held a login of theirs, and it was ended.
    LoggedOut,
    /// An authenticator was added, or taken away.
    SecondFactor {
        /// Is there one now?
        on: bool,
    },
}

/// Sends letters.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands a letter to the post. `name` is the letter's own at every try, so that a mailbox that
    /// gets it twice can tell.
    async fn send(&self, name: EventId, to: &Email, letter: &Letter) -> Result<(), MailError>;
}

/// Why a letter was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Refused for good: another try gives the same answer.
    #[error("the mail server refused the letter: {0}")]
    Refused(String),
    /// Refused for now, or no answer: another try may succeed. A letter that comes twice does no
    /// harm, one that never comes does.
    #[error("the mail server is not available: {0}")]
    Unavailable(String),
}
