//! Texts to a phone.

use async_trait::async_trait;
use identity::{Phone, TextStatus};

/// What a text says. Each is one template that the operators know (TRAI, TCCCPR 2018).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A one-time code.
    Code {
        /// Its digits.
        code: String,
        /// How many minutes it lives.
        minutes: String,
    },
    /// A booking is confirmed.
    Confirmed {
        /// The salon's name.
        salon: String,
        /// The service's name.
        service: String,
        /// The start on the salon's clock, such as `Sun 22 Nov, 10:30`.
        when: String,
    },
    /// A time that somebody waited for is held for them.
    Offered {
        /// The salon's name.
        salon: String,
        /// The service's name.
        service: String,
        /// The start on the salon's clock, such as `Sun 22 Nov, 10:30`.
        when: String,
        /// Until when it is held, on the same clock.
        until: String,
    },
    /// Somebody else held a login of theirs, and it was ended.
    LoggedOut,
    /// Money is on its way back.
    Refund {
        /// The amount, such as `₹499.00`.
        amount: String,
        /// The salon's name.
        salon: String,
    },
}

impl Message {
    /// Which texts there are, and how many variables each has.
    pub const KINDS: [(&str, usize); 5] =
        [("code", 2), ("confirmed", 3), ("offered", 4), ("logged_out", 0), ("refund", 2)];

    /// Which text it is, in a word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Code { .. } => "code",
            Self::Confirmed { .. } => "confirmed",
            Self::Offered { .. } => "offered",
            Self::LoggedOut => "logged_out",
            Self::Refund { .. } => "refund",
        }
    }

    /// The values of the template's variables, in order.
    pub fn values(&self) -> Vec<&str> {
        match self {
            Self::Code { code, minutes } => vec![code, minutes],
            Self::Confirmed { salon, service, when } => vec![service, salon, when],
            Self::Offered { salon, service, when, until } => vec![service, salon, when, until],
            Self::LoggedOut => Vec::new(),
            Self::Refund { amount, salon } => vec![amount, salon],
        }
    }

    /// The text as the customer reads it.
    pub fn text(&self) -> String {
        match self {
            Self::Code { code, minutes } => {
                format!(
                    "{code} is your IndiStylo code. It is valid for {minutes} minutes. Do not \
                     share it."
                )
            }
            Self::Confirmed { salon, service, when } => {
                format!("Your booking is confirmed: {service} at {salon} on {when}. - IndiStylo")
            }
            Self::Offered { salon, service, when, until } => {
                format!(
                    "{service} at {salon} on {when} is free and held for you until {until}. Pay \
                     in the app to confirm. - IndiStylo"
                )
            }
            Self::LoggedOut => {
                "For your safety a device was logged out of your IndiStylo account: its login was \
                 used twice. Please log in again. - IndiStylo"
                    .to_owned()
            }
            Self::Refund { amount, salon } => {
                format!("{amount} for your booking at {salon} is being refunded. - IndiStylo")
            }
        }
    }
}

/// A text that a provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Which provider, such as `twilio`.
    pub provider: &'static str,
    /// The provider's name for it.
    pub name: String,
}

/// What a provider tells of a text that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextNews {
    /// Which text.
    pub handed: Handed,
    /// How far it has come.
    pub status: TextStatus,
    /// The provider's reason, such as an error code. It names nobody.
    pub reason: Option<String>,
}

/// Sends texts.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Hands a text to a provider.
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError>;
    /// What a call in this provider's name tells, if it is genuine; `None` if that is nothing new.
    /// `signature` is what came beside the body, empty if nothing did.
    fn news(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Option<TextNews>, Forged>;
}

/// A call was not made by the provider in whose name it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call does not come from the provider")]
pub struct Forged;

/// Why a text was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The provider refused it for good: another try gives the same answer.
    #[error("the provider refused the text: {0}")]
    Refused(String),
    /// The provider does not carry texts of this kind; another one may.
    #[error("the provider does not carry the text: {0}")]
    NotCarried(String),
    /// The provider refused it for now, before taking it, or serves us no longer: another try, or
    /// another provider, may succeed.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// No answer: it may have been sent. It is not sent again, by nobody.
    #[error("the provider did not answer: {0}")]
    Unknown(String),
}
