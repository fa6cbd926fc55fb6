//! Whose account the texts are sent from, and under which name.

use std::fmt;

/// What stands in a log in the place of a secret.
const REDACTED: &str = "[redacted]";

/// A Twilio account.
#[derive(Clone)]
pub struct TwilioSettings {
    /// Where its API is; [`TwilioSettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The account's name (`AC...`).
    pub account_sid: String,
    /// The account's password.
    pub auth_token: String,
    /// Who the texts come from.
    pub sender: Sender,
}

/// Who a text of Twilio comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number in E.164, or a registered name.
    Number(String),
    /// A messaging service (`MG...`), which picks one of its numbers.
    Service(String),
}

/// A `Fast2SMS` account, with the names of the templates that it sends (TRAI, TCCCPR 2018).
#[derive(Clone)]
pub struct Fast2SmsSettings {
    /// Where its API is; [`Fast2SmsSettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The account's key.
    pub api_key: String,
    /// The registered header of 3 to 6 letters. Codes go without it, other texts are refused.
    pub sender_id: Option<String>,
    /// The provider's message id (not TRAI's template id) of the text for a confirmed booking,
    /// whose variables are service, salon and time. Without it that text is refused.
    pub confirmed_message_id: Option<String>,
    /// The provider's message id of the text for a time that somebody waited for, whose variables
    /// are service, salon, time and until when it is held. Without it that text is refused.
    pub offered_message_id: Option<String>,
    /// The provider's message id of the text for a refund, whose variables are amount and salon.
    /// Without it that text is refused.
    pub refund_message_id: Option<String>,
}

/// A mail server, and who writes through it.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Where it is and how one logs in: `smtps://user:password@host` (port 465, TLS from the start),
    /// `smtp://user:password@host?tls=required` (port 587, TLS after a greeting), or, on this machine
    /// only, `smtp://host:port` without TLS. What is no letter or digit in user or password is
    /// written as `%41`.
    pub url: String,
    /// Whose letters they are, such as `IndiStylo <noreply@indistylo.example>`.
    pub from: String,
    /// Where the pages are that links lead to, such as `https://indistylo.example`. It never comes
    /// from a request: whoever sent one would choose where a link leads.
    pub site: String,
}

/// Why an account cannot be used as it is set.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A setting is empty or has characters that it cannot have.
    #[error("the setting {0} is empty or malformed")]
    Malformed(&'static str),
    /// There is no way to make calls, for example because the system has no root certificates.
    #[error("calls to the provider cannot be made")]
    Client(#[from] reqwest::Error),
}

impl TwilioSettings {
    /// The provider's own API.
    pub const BASE_URL: &str = "https://api.twilio.com";
}

impl Fast2SmsSettings {
    /// The provider's own API.
    pub const BASE_URL: &str = "https://www.fast2sms.com";
}

/// Shows everything but the password.
impl fmt::Debug for TwilioSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioSettings")
            .field("base_url", &self.base_url)
            .field("account_sid", &self.account_sid)
            .field("auth_token", &REDACTED)
            .field("sender", &self.sender)
            .finish()
    }
}

/// Shows everything but the key.
impl fmt::Debug for Fast2SmsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fast2SmsSettings")
            .field("base_url", &self.base_url)
            .field("api_key", &REDACTED)
            .field("sender_id", &self.sender_id)
            .field("confirmed_message_id", &self.confirmed_message_id)
            .field("offered_message_id", &self.offered_message_id)
            .field("refund_message_id", &self.refund_message_id)
            .finish()
    }
}

/// Shows whose letters they are.
impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("url", &REDACTED)
            .field("from", &self.from)
            .field("site", &self.site)
            .finish()
    }
}

/// The value of a setting that must be letters and digits, as it stands in a path.
pub(crate) fn word(setting: &'static str, value: &str) -> Result<(), SettingsError> {
    let is_word = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_word { Ok(()) } else { Err(SettingsError::Malformed(setting)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_shows_no_secret() {
        let twilio = TwilioSettings {
            base_url: TwilioSettings::BASE_URL.to_owned(),
            account_sid: "AC1".to_owned(),
            auth_token: "hidden".to_owned(),
            sender: Sender::Service("MG1".to_owned()),
        };
        let fast2sms = Fast2SmsSettings {
            offered_message_id: None,
            base_url: Fast2SmsSettings::BASE_URL.to_owned(),
            api_key: "hidden".to_owned(),
            sender_id: None,
            confirmed_message_id: None,
            refund_message_id: None,
        };
        let smtp = SmtpSettings {
            url: "smtps://user:hidden@mail.example".to_owned(),
            from: "noreply@indistylo.example".to_owned(),
            site: "https://indistylo.example".to_owned(),
        };
        let shown = format!("{twilio:?} {fast2sms:?} {smtp:?}");
        assert!(shown.contains("AC1") && !shown.contains("hidden"), "{shown}");
    }
}
