//! Every text and every letter that was "sent", as its receiver would have read it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{clock, pages};

/// How many messages are remembered.
const CAPACITY: usize = 1_000;

/// One text, or one letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The provider's own number for it.
    pub id: String,
    /// `twilio`, `fast2sms` or `smtp`.
    pub provider: &'static str,
    /// The receiver, in E.164; of a letter the address.
    pub to: String,
    /// A letter's subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// A letter's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// When it was handed to the provider, for example `2026-01-01T10:00:00.000Z`.
    pub sent_at: String,
    /// The sender that was asked for.
    #[serde(skip)]
    pub(crate) from: Option<String>,
    /// Twilio's messaging service, where one was named.
    #[serde(skip)]
    pub(crate) service: Option<String>,
    #[serde(skip)]
    pub(crate) at: DateTime<Utc>,
}

impl Message {
    pub(crate) fn new(id: String, provider: &'static str, to: &str, body: String) -> Self {
        let at = clock::now();
        let (to, sent_at) = (known_as(to), clock::iso(at));
        let (subject, html, from, service) = (None, None, None, None);
        Self { id, provider, to, subject, body, html, sent_at, from, service, at }
    }

    pub(crate) fn letter(
        id: String,
        to: &str,
        from: Option<String>,
        subject: Option<String>,
        body: String,
        html: Option<String>,
    ) -> Self {
        Self { subject, html, from, ..Self::new(id, "smtp", to, body) }
    }
}

/// The last thousand messages, oldest first.
#[derive(Default)]
pub(crate) struct Inbox {
    messages: VecDeque<Message>,
}

impl Inbox {
    pub(crate) fn put(&mut self, message: Message) {
        if self.messages.len() == CAPACITY {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    /// Newest first, of one receiver if one is named.
    pub(crate) fn newest<'a>(&'a self, to: Option<&str>) -> impl Iterator<Item = &'a Message> {
        let to = to.map(known_as);
        self.messages
            .iter()
            .rev()
            .filter(move |message| to.as_ref().is_none_or(|to| message.to == *to))
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.id == id)
    }
}

/// The one way to write who a message is for.
fn known_as(to: &str) -> String {
    if to.contains('@') { to.to_ascii_lowercase() } else { e164(to) }
}

/// `+91…` from what people and programs write: ten digits, `91…`, or a plus that a query string
/// turned into a space.
fn e164(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 10 && !number.starts_with('+') {
        format!("+91{digits}")
    } else {
        format!("+{digits}")
    }
}

/// The inbox as a page that refreshes itself.
pub(crate) fn page(inbox: &Inbox) -> String {
    let mut body = String::from("<h1>Inbox</h1>");
    for message in inbox.newest(None) {
        let _ = write!(
            body,
            "<article><header><b>{}</b> <span>{} · {}</span></header>{}<p>{}</p></article>",
            pages::escape(&message.to),
            message.provider,
            pages::escape(&message.sent_at),
            message.subject.as_ref().map_or_else(String::new, |subject| {
                format!("<p><b>{}</b></p>", pages::escape(subject))
            }),
            pages::escape(&message.body).replace('\n', "<br>"),
        );
    }
    if inbox.messages.is_empty() {
        body += "<p>No message has been sent yet. This page looks again every 3 seconds.</p>";
    }
    pages::page("Inbox", &body, Some(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_one_way() {
        for written in ["9812345678", "919812345678", "+919812345678", " 919812345678"] {
            assert_eq!(e164(written), "+919812345678");
        }
    }

    #[test]
    fn the_oldest_message_makes_room() {
        let mut inbox = Inbox::default();
        for n in 0..=CAPACITY {
            inbox.put(Message::new(n.to_string(), "twilio", "+919812345678", String::new()));
        }
        assert_eq!(inbox.newest(None).count(), CAPACITY);
        assert!(inbox.find("0").is_none());
        assert_eq!(inbox.newest(None).next().map(|m| m.id.clone()), Some(CAPACITY.to_string()));
    }
}
