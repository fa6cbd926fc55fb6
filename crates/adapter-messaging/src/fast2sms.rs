//! Sends texts through `Fast2SMS`, an Indian provider that sends registered templates.

use async_trait::async_trait;
use identity::Phone;
use ports::{Message, MessageError, Messages};
use serde_json::Value;

use crate::line::{Answer, Line};
use crate::settings::{Fast2SmsSettings, SettingsError};

/// The longest value of a template's variable, in characters: the operators drop a text with a
/// longer one.
const LONGEST_VALUE: usize = 30;

/// The `bulkV2` API of `Fast2SMS`. Codes go by its route `otp`, whose wording is fixed; other texts by
/// its route `dlt`, as templates that were registered before.
pub struct Fast2Sms {
    line: Line,
    settings: Fast2SmsSettings,
}

impl Fast2Sms {
    /// Sends from this account. Makes no call yet.
    pub fn new(settings: Fast2SmsSettings) -> Result<Self, SettingsError> {
        if settings.api_key.is_empty() {
            return Err(SettingsError::Malformed("api_key"));
        }
        let line = Line::to(&settings.base_url, Some(&settings.api_key))?;
        Ok(Self { line, settings })
    }

    /// The fields that say which text it is.
    fn fields(&self, message: &Message) -> Result<Vec<(&'static str, String)>, MessageError> {
        let (setting, message_id) = match message {
            Message::Code { code, .. } => {
                return Ok(vec![("route", "otp".to_owned()), ("variables_values", code.clone())]);
            }
            Message::Confirmed { .. } => {
                ("confirmed_message_id", &self.settings.confirmed_message_id)
            }
            Message::Offered { .. } => ("offered_message_id", &self.settings.offered_message_id),
            Message::Refund { .. } => ("refund_message_id", &self.settings.refund_message_id),
        };
        let values: Vec<String> = message.values().into_iter().map(variable).collect();
        Ok(vec![
            ("route", "dlt".to_owned()),
            ("sender_id", set("sender_id", self.settings.sender_id.as_ref())?),
            ("message", set(setting, message_id.as_ref())?),
            ("variables_values", values.join("|")),
        ])
    }
}

#[async_trait]
impl Messages for Fast2Sms {
    async fn send(&self, to: &Phone, message: &Message) -> Result<String, MessageError> {
        let mut fields = self.fields(message)?;
        fields.push(("numbers", to.national().to_owned()));
        fields.push(("flash", "0".to_owned()));
        read(&Line::ask(self.line.post("/dev/bulkV2").form(&fields)).await?)
    }
}

fn set(setting: &str, value: Option<&String>) -> Result<String, MessageError> {
    value
        .filter(|value| !value.is_empty())
        .cloned()
        .ok_or_else(|| MessageError::Refused(format!("the Fast2SMS setting {setting} is missing")))
}

/// A value as a template takes it: `|` would begin the next variable, and a long one is cut.
fn variable(value: &str) -> String {
    let replaced = value.chars().map(|c| match c {
        '|' => '/',
        c if c.is_control() => ' ',
        c => c,
    });
    replaced.take(LONGEST_VALUE).collect()
}

fn read(answer: &Answer) -> Result<String, MessageError> {
    if let Some(error) = answer.judge_by_status() {
        return Err(error);
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let has_gone = &body["return"];
    match body["request_id"].as_str().filter(|id| !id.is_empty()) {
        // Only the truth itself: `"true"` and 1 have been refusals.
        Some(id) if answer.status.is_success() && *has_gone == Value::Bool(true) => {
            return Ok(id.to_owned());
        }
        _ => {}
    }
    if answer.status.is_success() && *has_gone != Value::Bool(false) {
        return Err(MessageError::Unknown("Fast2SMS said neither yes nor no".to_owned()));
    }
    // Their own sentence may name the number, so only its code is passed on.
    Err(MessageError::Refused(match body["status_code"].as_u64() {
        Some(code) => format!("Fast2SMS error {code}: {}", meaning(code)),
        None => format!("Fast2SMS answered HTTP {}", answer.status.as_u16()),
    }))
}

/// What their `status_code` means to who must act on it. (It is not an HTTP status.)
const fn meaning(code: u64) -> &'static str {
    match code {
        401 | 406 => "the sender id is missing or not approved",
        411 => "the number is not taken",
        412..=415 => "the account's key is wrong, disabled or used from a barred address",
        416 | 999 => "the account has too little money",
        424 | 425 | 500 => "the message id or its template is unknown or barred",
        426 => "a variable has a link in it",
        995 => "the same number was texted a moment ago",
        996 => "the account is not verified for the route otp",
        997 => "a code may only have digits",
        _ => "see the list in Fast2SMS' documentation",
    }
}

/// Shows the settings, which hide the key.
impl std::fmt::Debug for Fast2Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fast2Sms").field(&self.settings).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_another_and_is_cut_by_characters() {
        assert_eq!(variable("Cut | Colour\nand more"), "Cut / Colour and more");
        assert_eq!(variable(&"₹".repeat(31)), "₹".repeat(30));
    }
}
