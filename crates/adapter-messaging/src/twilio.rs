//! Sends texts through Twilio.

use async_trait::async_trait;
use identity::Phone;
use identity::TextStatus;
use ports::{Forged, Handed, Message, MessageError, Messages, TextNews};
use serde::Deserialize;

use crate::line::{Answer, Line};
use crate::settings::{Sender, SettingsError, TwilioSettings, word};
use crate::signature;

/// The longest name or code of theirs that is kept, in bytes; a `MessageSid` has 34.
const LONGEST_NAME: usize = 64;

/// The name of this provider.
const NAME: &str = "twilio";

/// What is wrong with our account or its numbers, and so may be right with another provider: not
/// allowed in the region, not a number of ours, a trial account, no way there.
const OURS_TO_MEND: [u32; 6] = [20003, 20005, 21408, 21606, 21608, 21612];

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
        if settings.older_auth_tokens.iter().any(String::is_empty) {
            return Err(SettingsError::Malformed("older_auth_tokens"));
        }
        Ok(Self { line: Line::to(&settings.base_url, None)?, settings })
    }
}

#[async_trait]
impl Messages for Twilio {
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError> {
        let settings = &self.settings;
        let TwilioSettings { account_sid, auth_token, sender, .. } = settings;
        let text = message.text();
        let from = match sender {
            Sender::Number(number) => ("From", number.as_str()),
            Sender::Service(service) => ("MessagingServiceSid", service.as_str()),
        };
        let mut form = vec![("To", to.as_str()), from, ("Body", text.as_str())];
        form.extend(settings.status_callback.as_deref().map(|url| ("StatusCallback", url)));
        let request = self
            .line
            .post(&format!("/2010-04-01/Accounts/{account_sid}/Messages.json"))
            .basic_auth(account_sid, Some(auth_token))
            .form(&form);
        let name = read(&Line::ask(request).await?)?;
        Ok(Handed { provider: NAME, name })
    }

    /// Twilio signs the address that it was given, so that is the one it is checked against.
    fn news(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Option<TextNews>, Forged> {
        let settings = &self.settings;
        let address = settings.status_callback.as_deref().filter(|_| provider == NAME);
        let address = address.ok_or(Forged)?;
        let tokens = std::iter::once(&settings.auth_token).chain(&settings.older_auth_tokens);
        let is_genuine = tokens.fold(false, |genuine, token| {
            genuine | signature::twilio::form(token, address, body, signature)
        });
        if is_genuine { Ok(self.report(body)) } else { Err(Forged) }
    }
}

impl Twilio {
    fn report(&self, body: &[u8]) -> Option<TextNews> {
        let (mut name, mut status, mut reason, mut account) = (None, None, None, None);
        for (field, value) in form_urlencoded::parse(body) {
            match &*field {
                "MessageSid" => name = Some(value.into_owned()),
                "MessageStatus" => status = word_of(&value),
                "ErrorCode" => reason = Some(value.into_owned()),
                "AccountSid" => account = Some(value.into_owned()),
                _ => {}
            }
        }
        let name = name.filter(|name| (1..=LONGEST_NAME).contains(&name.len()))?;
        let reason = reason.filter(|code| !code.is_empty() && code.len() <= LONGEST_NAME);
        (account? == self.settings.account_sid).then_some(())?;
        Some(TextNews { handed: Handed { provider: NAME, name }, status: status?, reason })
    }
}

/// What their word means. Those before a text has left are no news.
fn word_of(status: &str) -> Option<TextStatus> {
    match status {
        "sent" => Some(TextStatus::Sent),
        "delivered" | "read" => Some(TextStatus::Delivered),
        "undelivered" | "failed" | "canceled" => Some(TextStatus::Failed),
        _ => None,
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
    Err(refusal(answer))
}

/// A refusal of any of Twilio's APIs. Its own sentence may name the number, so only its code is
/// passed on.
pub(crate) fn refusal(answer: &Answer) -> MessageError {
    let code = serde_json::from_slice(&answer.body).map(|Rejected { code }| code).ok();
    let what = match code {
        Some(code) => format!("Twilio error {code}, see https://www.twilio.com/docs/errors/{code}"),
        None => format!("Twilio answered HTTP {}", answer.status.as_u16()),
    };
    let is_shut = matches!(answer.status.as_u16(), 401..=403);
    if is_shut || code.is_some_and(|code| OURS_TO_MEND.contains(&code)) {
        return MessageError::Unavailable(what);
    }
    MessageError::Refused(what)
}

/// Shows the settings, which hide the password.
impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Twilio").field(&self.settings).finish()
    }
}
