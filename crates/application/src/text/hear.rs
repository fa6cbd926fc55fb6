//! A company that carries texts tells what became of one.

use ports::{Forged, StoreError};

use crate::Ports;

/// Why it is not believed or not noted.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    /// It was somebody else who called.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// The store failed; the provider may tell it again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Notes what a provider tells. Told twice, or late, it changes nothing.
#[tracing::instrument(skip_all, fields(provider))]
pub async fn hear(
    ports: &Ports,
    provider: &str,
    body: &[u8],
    signature: &str,
) -> Result<(), HearError> {
    let Some(news) = ports.messages.news(provider, body, signature)? else { return Ok(()) };
    if news.status == identity::TextStatus::Failed {
        let reason = news.reason.as_deref().unwrap_or("unknown");
        tracing::warn!(text = news.handed.name, reason, "a text did not arrive");
    }
    Ok(ports.texts.note_news(&news, ports.clock.now()).await?)
}
