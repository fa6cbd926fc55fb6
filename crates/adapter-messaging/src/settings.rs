//! Whose account the texts are sent from, and under which name.

use std::fmt;

use crate::dlt::Templates;

/// What stands in a log in the place of a secret.
const REDACTED: &str = "[redacted]";

/// A Twilio account.
#[derive(Clone)]
pub struct TwilioSettings {
    /// Where its API is; [`TwilioSettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The account's name (`AC...`).
    pub account_sid: String,
    /// The account's password. It also signs what Twilio tells of texts.
    pub auth_token: String,
    /// Passwords that were changed, whose signatures are still taken.
    pub older_auth_tokens: Vec<String>,
    /// Who the texts come from.
    pub sender: Sender,
    /// The public address at which Twilio tells what became of texts. Without it Twilio is not
    /// asked to, and nothing in its name is taken.
    pub status_callback: Option<String>,
}

/// A service of Twilio Verify, which sends codes alone. The codes are ours: Twilio must have let the
/// account choose them (custom verification codes).
#[derive(Clone)]
pub struct VerifySettings {
    /// Where its API is; [`VerifySettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The account's name (`AC...`).
    pub account_sid: String,
    /// The account's password.
    pub auth_token: String,
    /// The service's name (`VA...`).
    pub service_sid: String,
}

/// Who a text of Twilio comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number in E.164, or a registered name.
    Number(String),
    /// A messaging service (`MG...`), which picks one of its numbers.
    Service(String),
}

/// A `Fast2SMS` account, with the templates that it sends (TRAI, TCCCPR 2018).
#[derive(Clone)]
pub struct Fast2SmsSettings {
    /// Where its API is; [`Fast2SmsSettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The account's key.
    pub api_key: String,
    /// The registered texts. Codes go without one, by the route `otp`; other texts do not.
    pub templates: Templates,
    /// The secrets that `Fast2SMS` may show when it tells what became of texts, as set in its
    /// dashboard. Without any, nothing in its name is taken.
    pub webhook_secrets: Vec<String>,
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

impl VerifySettings {
    /// The provider's own API.
    pub const BASE_URL: &str = "https://verify.twilio.com";
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
            .field("older_auth_tokens", &self.older_auth_tokens.len())
            .field("sender", &self.sender)
            .field("status_callback", &self.status_callback)
            .finish()
    }
}

/// Shows everything but the password.
impl fmt::Debug for VerifySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifySettings")
            .field("base_url", &self.base_url)
            .field("account_sid", &self.account_sid)
            .field("auth_token", &REDACTED)
            .field("service_sid", &self.service_sid)
            .finish()
    }
}

/// Shows everything but the key.
impl fmt::Debug for Fast2SmsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fast2SmsSettings")
            .field("base_url", &self.base_url)
            .field("api_key", &REDACTED)
            .field("templates", &self.templates)
            .field("webhook_secrets", &self.webhook_secrets.len())
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
        let hidden = || "hidden".to_owned();
        let twilio = TwilioSettings {
            base_url: TwilioSettings::BASE_URL.to_owned(),
            account_sid: "AC1".to_owned(),
            auth_token: hidden(),
            older_auth_tokens: vec![hidden()],
            sender: Sender::Service("MG1".to_owned()),
            status_callback: None,
        };
        let verify = VerifySettings {
            base_url: VerifySettings::BASE_URL.to_owned(),
            account_sid: "AC1".to_owned(),
            auth_token: hidden(),
            service_sid: "VA1".to_owned(),
        };
        let fast2sms = Fast2SmsSettings {
            base_url: Fast2SmsSettings::BASE_URL.to_owned(),
            api_key: hidden(),
            templates: Templates::default(),
            webhook_secrets: vec![hidden()],
        };
        let smtp = SmtpSettings {
            url: "smtps://user:hidden@mail.example".to_owned(),
            from: "noreply@indistylo.example".to_owned(),
            site: "https://indistylo.example".to_owned(),
        };
        let shown = format!("{twilio:?} {verify:?} {fast2sms:?} {smtp:?}");
        assert!(shown.contains("AC1") && !shown.contains("hidden"), "{shown}");
    }
}
