//! Hands letters to the mail server.

use std::time::Duration;

use async_trait::async_trait;
use identity::Email;
use kernel::EventId;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use ports::{Letter, Mail, MailError};

use crate::letter;
use crate::settings::{SettingsError, SmtpSettings};

/// How long the server may take for one answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(8);
/// How long a letter may take in all.
const LETTER_DEADLINE: Duration = Duration::from_secs(20);

/// A mail server that takes letters to carry (RFC 5321, and RFC 6409 where one logs in).
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: String,
}

impl Smtp {
    /// Sends through this server. Makes no call yet.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SettingsError> {
        // Fails if somebody installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let malformed = |_| SettingsError::Malformed("url");
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(malformed)?
            .timeout(Some(ANSWER_DEADLINE))
            .build();
        let from = settings.from.parse().map_err(|_| SettingsError::Malformed("from"))?;
        let site = settings.site.trim_end_matches('/').to_owned();
        if !site.starts_with("https://") && !site.starts_with("http://") {
            return Err(SettingsError::Malformed("site"));
        }
        Ok(Self { transport, from, site })
    }

    fn envelope(&self, name: EventId, to: &Email, letter: &Letter) -> Option<Message> {
        let written = letter::write(letter, &self.site);
        let to = Mailbox::new(None, to.as_str().parse().ok()?);
        // No answer of a machine to a machine (RFC 3834, section 5).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(format!("<{name}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(to)
            .subject(written.subject)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(written.text, written.html))
            .ok()
    }
}

#[async_trait]
impl Mail for Smtp {
    async fn send(&self, name: EventId, to: &Email, letter: &Letter) -> Result<(), MailError> {
        let envelope = self.envelope(name, to, letter);
        let envelope = envelope.ok_or_else(|| MailError::Refused("it cannot be written".into()))?;
        match tokio::time::timeout(LETTER_DEADLINE, self.transport.send(envelope)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judge(&error)),
            Err(_) => Err(MailError::Unavailable("it did not answer in time".into())),
        }
    }
}

/// The server's own words may name the receiver, so only its code is passed on.
fn judge(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        Some(code) if error.is_permanent() && !is_our_fault(code) => {
            MailError::Refused(format!("SMTP {code}"))
        }
        Some(code) => MailError::Unavailable(format!("SMTP {code}")),
        None if error.is_timeout() => MailError::Unavailable("it did not answer in time".into()),
        None if error.is_tls() => MailError::Unavailable("no TLS with it".into()),
        None => MailError::Unavailable("no connection, or it broke off".into()),
    }
}

/// It wants another login or TLS (RFC 4954, section 6): the letter is good, and goes out once the
/// setting is put right.
fn is_our_fault(code: Code) -> bool {
    ["530", "534", "535", "538"].contains(&code.to_string().as_str())
}

/// Shows who writes.
impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("site", &self.site).finish_non_exhaustive()
    }
}
