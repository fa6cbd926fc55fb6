//! A text as Twilio writes it down, and how far it has travelled.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::clock;
use crate::inbox::Message;

/// How long a text stays `queued`, and then `sent`, before it is `delivered`.
pub(super) const STEP: Duration = Duration::from_millis(150);

/// How far a text has come by now.
pub(super) fn status(message: &Message) -> &'static str {
    let age = (clock::now() - message.at).to_std().unwrap_or_default();
    if age >= STEP * 2 {
        "delivered"
    } else if age >= STEP {
        "sent"
    } else if message.service.is_some() {
        "accepted"
    } else {
        "queued"
    }
}

/// The message resource.
pub(super) fn write(message: &Message, account: &str) -> Value {
    let status = status(message);
    let sent = message.at + STEP;
    let travelling = matches!(status, "sent" | "delivered");
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", message.id);
    let segments = if status == "accepted" { 0 } else { segments(&message.body) };
    json!({
        "sid": message.id,
        "account_sid": account,
        "messaging_service_sid": message.service,
        "to": message.to,
        "from": message.from,
        "body": message.body,
        "status": status,
        "direction": "outbound-api",
        "num_segments": segments.to_string(),
        "num_media": "0",
        "price": null,
        "price_unit": "USD",
        "error_code": null,
        "error_message": null,
        "date_created": rfc2822(message.at),
        "date_sent": travelling.then(|| rfc2822(sent)),
        "date_updated": rfc2822(if travelling { sent } else { message.at }),
        "api_version": "2010-04-01",
        "uri": format!("{uri}.json"),
        "subresource_uris": { "media": format!("{uri}/Media.json") },
    })
}

fn rfc2822(at: DateTime<Utc>) -> String {
    at.to_rfc2822()
}

/// How many texts a body is cut into: 160 letters of the old alphabet or 70 of any other, and a
/// little less each when it is cut.
fn segments(body: &str) -> usize {
    const EXTRA: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r";
    const DOUBLE: &str = "^{}\\[~]|€";
    let old = |c: char| c != '`' && (c.is_ascii_graphic() || c == ' ' || EXTRA.contains(c));
    let (length, whole, part) = if body.chars().all(|c| old(c) || DOUBLE.contains(c)) {
        (body.chars().map(|c| 1 + usize::from(DOUBLE.contains(c))).sum(), 160, 153)
    } else {
        (body.encode_utf16().count(), 70, 67)
    };
    if length <= whole { 1 } else { usize::div_ceil(length, part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_indian_texts_cost_more() {
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"₹".repeat(70)), 1);
        assert_eq!(segments(&"₹".repeat(71)), 2);
        assert_eq!(segments(&"€".repeat(81)), 2);
    }
}
