//! Sends texts through Twilio.

use async_trait::async_trait;
use identity::Phone;
use ports::{Message, MessageError, Messages};
use serde::Deserialize;

use crate::line::{Answer, Line};
use crate::settings::{Sender, SettingsError, TwilioSettings, word};

/// Twilio's Messages API (2010-04-01).
pub struct Twilio {
    line: Line,
    settings: TwilioSettings,
}

#[derive(Deserialize)]
struct Accepted {
    sid: String,
}

#[derive(Deserialize)]
struct Rejected {
    code: u32,
}

impl Twilio {
    /// Sends from this account. Makes no call yet.
    pub fn new(settings: TwilioSettings) -> Result<Self, SettingsError> {
        word("account_sid", &settings.account_sid)?;
        if settings.auth_token.is_empty() {
            return Err(SettingsError::Malformed("auth_token"));
        }
        let (Sender::Number(sender) | Sender::Service(sender)) = &settings.sender;
        if sender.is_empty() {
            return Err(SettingsError::Malformed("sender"));
        }
        Ok(Self { line: Line::to(&settings.base_url, None)?, settings })
    }
}

#[async_trait]
impl Messages for Twilio {
    async fn send(&self, to: &Phone, message: &Message) -> Result<String, MessageError> {
        let TwilioSettings { account_sid, auth_token, sender, .. } = &self.settings;
        let text = message.text();
        let from = match sender {
            Sender::Number(number) => ("From", number.as_str()),
            Sender::Service(service) => ("MessagingServiceSid", service.as_str()),
        };
        let request = self
            .line
            .post(&format!("/2010-04-01/Accounts/{account_sid}/Messages.json"))
            .basic_auth(account_sid, Some(auth_token))
            .form(&[("To", to.as_str()), from, ("Body", text.as_str())]);
        read(&Line::ask(request).await?)
    }
}

fn read(answer: &Answer) -> Result<String, MessageError> {
    if let Some(error) = answer.judge_by_status() {
        return Err(error);
    }
    if answer.status.is_success() {
        return match serde_json::from_slice(&answer.body) {
            Ok(Accepted { sid }) if !sid.is_empty() => Ok(sid),
            _ => Err(MessageError::Unknown("Twilio accepted something without a name".to_owned())),
        };
    }
    // Twilio's own sentence may name the number, so only its code is passed on.
    Err(MessageError::Refused(match serde_json::from_slice(&answer.body) {
        Ok(Rejected { code }) => {
            format!("Twilio error {code}, see https://www.twilio.com/docs/errors/{code}")
        }
        Err(_) => format!("Twilio answered HTTP {}", answer.status.as_u16()),
    }))
}

/// Shows the settings, which hide the password.
impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Twilio").field(&self.settings).finish()
    }
}
