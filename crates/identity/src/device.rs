//! A phone or a browser that can be woken by a message, and by whom.

use crate::policy::LONGEST_PUSH_TOKEN;
use crate::words::words;

words! {
    /// What an app runs on.
    Platform {
        /// Android.
        Android = "android",
        /// iOS and iPadOS.
        Ios = "ios",
        /// A browser.
        Web = "web",
    }

    /// Who delivers a message to an app that is asleep.
    PushBy {
        /// Firebase Cloud Messaging.
        Fcm = "fcm",
        /// The Apple Push Notification service.
        Apns = "apns",
    }
}

impl PushBy {
    /// Whether it reaches what runs on this: Apple's service reaches Apple's devices only.
    ///
    /// ```
    /// use indistylo_identity::{Platform, PushBy};
    /// assert!(PushBy::Fcm.reaches(Platform::Ios) && PushBy::Apns.reaches(Platform::Ios));
    /// assert!(PushBy::Fcm.reaches(Platform::Web) && !PushBy::Apns.reaches(Platform::Android));
    /// ```
    pub const fn reaches(self, platform: Platform) -> bool {
        match self {
            Self::Fcm => true,
            Self::Apns => matches!(platform, Platform::Ios),
        }
    }
}

/// The address of one install of an app: 1 to 1,024 visible ASCII characters, whose form is a
/// matter of the provider.
///
/// ```
/// use indistylo_identity::PushToken;
/// let token: PushToken = "cT9:APA91bH".parse()?;
/// assert_eq!(token.as_str(), "cT9:APA91bH");
/// assert_eq!(format!("{token:?}"), "PushToken(11 characters)");
/// assert!("".parse::<PushToken>().is_err() && "a b".parse::<PushToken>().is_err());
/// # Ok::<(), indistylo_identity::PushTokenError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushToken(String);

/// The text is not a push token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {LONGEST_PUSH_TOKEN} visible ASCII characters")]
pub struct PushTokenError;

impl PushToken {
    /// The token as its provider knows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PushToken {
    type Err = PushTokenError;

    fn from_str(text: &str) -> Result<Self, PushTokenError> {
        let fits = (1..=LONGEST_PUSH_TOKEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(PushTokenError) }
    }
}

/// Its length only: whoever has a token can be told from a log who got which message.
impl std::fmt::Debug for PushToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushToken({} characters)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_bounded_and_printable() {
        assert!("x".repeat(1_024).parse::<PushToken>().is_ok());
        for bad in ["", " ", "a\n", "a\u{0}", "é", &"x".repeat(1_025)] {
            assert_eq!(bad.parse::<PushToken>(), Err(PushTokenError), "{bad:?}");
        }
    }
}
