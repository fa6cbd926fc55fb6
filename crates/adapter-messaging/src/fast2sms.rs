//! Sends texts through `Fast2SMS`, an Indian provider that sends registered templates.

use async_trait::async_trait;
use identity::{Phone, TextStatus};
use ports::{Forged, Handed, Message, MessageError, Messages, TextNews};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::dlt::Route;
use crate::line::{Answer, Line};
use crate::settings::{Fast2SmsSettings, SettingsError};

/// The name of this provider.
const NAME: &str = "fast2sms";
/// The longest name or reason of theirs that is kept, in bytes; a `request_id` has 15.
const LONGEST_NAME: usize = 64;
/// The shortest secret that vouches for a call.
const SHORTEST_SECRET: usize = 16;

/// The `bulkV2` API of `Fast2SMS`. Texts go as templates that were registered before, by its routes
/// `dlt` or `dlt_manual`; a code without a template goes by its route `otp`, whose wording is fixed.
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
        if settings.webhook_secrets.iter().any(|secret| secret.len() < SHORTEST_SECRET) {
            return Err(SettingsError::Malformed("webhook_secrets"));
        }
        let line = Line::to(&settings.base_url, Some(&settings.api_key))?;
        Ok(Self { line, settings })
    }

    /// The fields that say which text it is.
    fn fields(&self, message: &Message) -> Result<Vec<(&'static str, String)>, MessageError> {
        let Some(template) = self.settings.templates.of(message) else {
            return match message {
                Message::Code { code, .. } => {
                    Ok(vec![("route", "otp".to_owned()), ("variables_values", code.clone())])
                }
                other => Err(MessageError::NotCarried(format!(
                    "no template is registered for the text {:?}",
                    other.kind()
                ))),
            };
        };
        let filled = template
            .fill(&message.values())
            .map_err(|error| MessageError::Refused(error.to_string()))?;
        let sender = ("sender_id", template.header.clone());
        Ok(match template.route {
            Route::Dlt => vec![
                ("route", "dlt".to_owned()),
                sender,
                ("message", template.message_id.clone()),
                ("variables_values", filled.values.join("|")),
            ],
            Route::DltManual => vec![
                ("route", "dlt_manual".to_owned()),
                sender,
                ("message", filled.text),
                ("template_id", template.registered_as.clone()),
                ("entity_id", template.entity_id.clone()),
            ],
        })
    }
}

#[async_trait]
impl Messages for Fast2Sms {
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError> {
        let mut fields = self.fields(message)?;
        fields.push(("numbers", to.national().to_owned()));
        fields.push(("flash", "0".to_owned()));
        let name = read(&Line::ask(self.line.post("/dev/bulkV2").form(&fields)).await?)?;
        Ok(Handed { provider: NAME, name })
    }

    /// `Fast2SMS` signs nothing. Its dashboard lets us choose what it posts: a JSON object with our
    /// secret in it, which stands in no address and so in no log.
    fn news(&self, provider: &str, body: &[u8], _: &str) -> Result<Option<TextNews>, Forged> {
        let report: Report = serde_json::from_slice(body).map_err(|_| Forged)?;
        let is_ours = self.settings.webhook_secrets.iter().fold(false, |ours, secret| {
            ours | bool::from(secret.as_bytes().ct_eq(report.secret.as_bytes()))
        });
        if provider == NAME && is_ours { Ok(report.news()) } else { Err(Forged) }
    }
}

/// What the dashboard is told to post.
#[derive(Deserialize)]
struct Report {
    secret: String,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Report {
    /// What it says, where that is known: their words for it are written down nowhere.
    fn news(self) -> Option<TextNews> {
        let status = match self.status.to_lowercase().as_str() {
            "sent" | "submitted" => TextStatus::Sent,
            "delivered" | "delivrd" => TextStatus::Delivered,
            "failed" | "undelivered" | "undeliv" | "rejected" | "expired" => TextStatus::Failed,
            _ => return None,
        };
        let name = Some(self.request_id).filter(|name| (1..=LONGEST_NAME).contains(&name.len()))?;
        let reason = self.reason.filter(|reason| {
            // A sentence may name somebody, a code does not.
            (1..=8).contains(&reason.len()) && reason.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        Some(TextNews { handed: Handed { provider: NAME, name }, status, reason })
    }
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
    let code = body["status_code"].as_u64();
    let what = match code {
        Some(code) => format!("Fast2SMS error {code}: {}", meaning(code)),
        None => format!("Fast2SMS answered HTTP {}", answer.status.as_u16()),
    };
    Err(match code {
        Some(code) if is_ours_to_mend(code) => MessageError::Unavailable(what),
        _ => MessageError::Refused(what),
    })
}

/// Is it our account that is out of order, and not the text?
const fn is_ours_to_mend(code: u64) -> bool {
    matches!(code, 401 | 406 | 409 | 412..=416 | 990 | 996 | 999)
}

/// What their `status_code` means to who must act on it. (It is not an HTTP status.)
const fn meaning(code: u64) -> &'static str {
    match code {
        401 | 406 => "the sender id is missing or not approved",
        409 => "the account may not use the route",
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
