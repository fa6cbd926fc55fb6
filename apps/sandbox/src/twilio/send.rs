//! Taking a text in, and telling the sender how it travels.

use std::sync::Arc;
use std::time::Duration;

use super::error::Refusal;
use super::paper::STEP;
use crate::inbox::Message;
use crate::world::World;
use crate::{ids, sign};

const LONGEST_BODY: usize = 1_600;
/// How often a status callback is tried when nobody answers.
const CALLBACK_TRIES: u32 = 2;
const CALLBACK_PAUSE: Duration = Duration::from_millis(200);

/// Twilio's published test numbers, each of which is refused for its own reason.
const REFUSED: [(&str, u32, &str); 5] = [
    ("+15005550001", 21211, "Invalid 'To' Phone Number"),
    ("+15005550002", 21612, "The 'To' phone number is not currently reachable"),
    ("+15005550003", 21408, "Permission to send an SMS has not been enabled for the region"),
    ("+15005550004", 21610, "Attempt to send to unsubscribed recipient"),
    ("+15005550009", 21614, "'To' number is not a valid mobile number"),
];

/// The form of a message, read.
struct Ask<'a> {
    to: &'a str,
    from: Option<&'a str>,
    service: Option<&'a str>,
    body: &'a str,
    callback: Option<&'a str>,
}

impl<'a> Ask<'a> {
    fn parse(form: &'a [(String, String)], own_number: &str) -> Result<Self, Refusal> {
        let field = |wanted: &str| {
            let found = form.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        let to = field("To").ok_or(Refusal::bad(21604, "A 'To' phone number is required."))?;
        if let Some((_, code, message)) = REFUSED.iter().find(|(number, ..)| *number == to) {
            return Err(Refusal::bad(*code, message));
        }
        if !is_e164(to) {
            return Err(Refusal::bad(21211, "Invalid 'To' Phone Number"));
        }
        let (from, service) = (field("From"), field("MessagingServiceSid"));
        if from.is_none() && service.is_none() {
            return Err(Refusal::bad(21603, "A 'From' phone number is required."));
        }
        if from.is_some_and(|from| from != own_number) {
            let message =
                "The 'From' phone number is not a valid, SMS-capable number of the account";
            return Err(Refusal::bad(21606, message));
        }
        let body = field("Body").ok_or(Refusal::bad(21602, "Message body is required."))?;
        if body.chars().count() > LONGEST_BODY {
            let message = "The concatenated message body exceeds the 1600 character limit";
            return Err(Refusal::bad(21617, message));
        }
        let callback = field("StatusCallback");
        let on_the_web = |url: &str| {
            reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if callback.is_some_and(|url| !on_the_web(url)) {
            return Err(Refusal::bad(21609, "The 'StatusCallback' URL is not a valid URL."));
        }
        Ok(Self { to, from, service, body, callback })
    }
}

pub(super) fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Puts the text in the inbox and sets its reports on their way.
pub(super) fn send(world: &Arc<World>, form: &[(String, String)]) -> Result<Message, Refusal> {
    let ask = Ask::parse(form, &world.settings.twilio.from)?;
    let mut message = Message::new(ids::twilio("SM"), "twilio", ask.to, ask.body.to_owned());
    message.service = ask.service.map(str::to_owned);
    message.from = ask.from.map(str::to_owned);
    world.inbox(|inbox| inbox.put(message.clone()));
    if let Some(url) = ask.callback {
        // Connection overrides travel as a fragment, which is neither called nor signed.
        let url = url.split('#').next().unwrap_or(url).to_owned();
        report(world, &message, url);
    }
    Ok(message)
}

/// Reports `sent` and then `delivered`. Where too many reports wait already, these are dropped,
/// as Twilio promises none.
fn report(world: &Arc<World>, message: &Message, url: String) {
    let Ok(permit) = world.callbacks.clone().try_acquire_owned() else {
        tracing::warn!(sid = message.id, "too many status callbacks wait; dropped");
        return;
    };
    let (world, message) = (world.clone(), message.clone());
    world.clone().background.spawn(async move {
        for status in ["sent", "delivered"] {
            tokio::time::sleep(STEP).await;
            post(&world, &message, &url, status).await;
        }
        drop(permit);
    });
}

async fn post(world: &World, message: &Message, url: &str, status: &str) {
    let account = &world.settings.twilio;
    let mut form = vec![
        ("MessageSid", message.id.as_str()),
        ("SmsSid", message.id.as_str()),
        ("AccountSid", account.account_sid.as_str()),
        ("From", message.from.as_deref().unwrap_or(&account.from)),
        ("To", message.to.as_str()),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("ApiVersion", "2010-04-01"),
    ];
    form.extend(message.service.as_deref().map(|service| ("MessagingServiceSid", service)));
    let owned: Vec<_> =
        form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let signature = sign::twilio(&account.auth_token, url, &owned);
    let token = ids::twilio("");
    for attempt in 1..=CALLBACK_TRIES {
        let request = world
            .client
            .post(url)
            .header("x-twilio-signature", &signature)
            .header("i-twilio-idempotency-token", &token)
            .header("user-agent", "TwilioProxy/1.1")
            .form(&form);
        match request.send().await {
            Ok(answer) => {
                tracing::debug!(sid = message.id, status, answer = %answer.status(), "reported");
                return;
            }
            Err(error) => {
                tracing::warn!(sid = message.id, status, attempt, %error, "nobody answered");
                tokio::time::sleep(CALLBACK_PAUSE).await;
            }
        }
    }
}
