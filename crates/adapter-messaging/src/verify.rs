//! Sends codes through Twilio Verify, which knows how to get a code to a phone and carries nothing
//! else.
//!
//! The code is ours, and so is the judgement of it: Verify is told which one to send and is never
//! asked whether a guess is right. So whatever it forgets, limits and guesses are counted here.

use async_trait::async_trait;
use identity::Phone;
use ports::{Forged, Handed, Message, MessageError, Messages, TextNews};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;

use crate::line::Line;
use crate::settings::{SettingsError, VerifySettings, word};
use crate::twilio::refusal;

/// The name of this provider.
const NAME: &str = "twilio_verify";

/// One service of Twilio's Verify API (version 2).
pub struct TwilioVerify {
    line: Line,
    settings: VerifySettings,
}

#[derive(Deserialize)]
struct Started {
    sid: String,
    status: String,
}

impl TwilioVerify {
    /// Sends from this service. Makes no call yet.
    pub fn new(settings: VerifySettings) -> Result<Self, SettingsError> {
        word("account_sid", &settings.account_sid)?;
        word("service_sid", &settings.service_sid)?;
        if settings.auth_token.is_empty() {
            return Err(SettingsError::Malformed("auth_token"));
        }
        Ok(Self { line: Line::to(&settings.base_url, None)?, settings })
    }

    fn post(&self, path: &str) -> RequestBuilder {
        let VerifySettings { account_sid, auth_token, service_sid, .. } = &self.settings;
        let path = format!("/v2/Services/{service_sid}/Verifications{path}");
        self.line.post(&path).basic_auth(account_sid, Some(auth_token))
    }

    /// Ends what is still open for this number: within ten minutes Verify sends the code of before
    /// again instead of a new one.
    async fn forget(&self, to: &Phone) -> Result<(), MessageError> {
        // The number's plus is written out; everything else in it is a digit.
        let path = format!("/%2B91{}", to.national());
        // Nothing has been sent yet, so no answer is no worse than a refusal.
        let answer = match Line::ask(self.post(&path).form(&[("Status", "canceled")])).await {
            Err(MessageError::Unknown(what)) => return Err(MessageError::Unavailable(what)),
            answer => answer?,
        };
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(MessageError::Unavailable(format!("HTTP {}", status.as_u16())))
            }
            _ => Err(refusal(&answer)),
        }
    }
}

#[async_trait]
impl Messages for TwilioVerify {
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError> {
        let Message::Code { code, .. } = message else {
            return Err(MessageError::NotCarried("Twilio Verify carries codes alone".to_owned()));
        };
        self.forget(to).await?;
        let form = [("To", to.as_str()), ("Channel", "sms"), ("CustomCode", code.as_str())];
        let answer = Line::ask(self.post("").form(&form)).await?;
        if let Some(error) = answer.judge_by_status() {
            return Err(error);
        }
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Started { sid, status }) if !sid.is_empty() && status == "pending" => {
                Ok(Handed { provider: NAME, name: sid })
            }
            _ => Err(MessageError::Unknown("Twilio Verify said neither yes nor no".to_owned())),
        }
    }

    /// Verify tells nothing of texts by itself.
    fn news(&self, _: &str, _: &[u8], _: &str) -> Result<Option<TextNews>, Forged> {
        Err(Forged)
    }
}

/// Shows the settings, which hide the password.
impl std::fmt::Debug for TwilioVerify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TwilioVerify").field(&self.settings).finish()
    }
}
