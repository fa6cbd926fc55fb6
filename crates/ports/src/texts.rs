//! Texts that were handed to a provider, and what became of them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::TextStatus;
use kernel::EventId;

use crate::messages::{Handed, TextNews};
use crate::store::StoreError;

/// A text that a provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentText {
    /// What happened that it tells of. Each event is told once.
    pub event: EventId,
    /// Who took it, and under which name.
    pub handed: Handed,
    /// Which text it is, such as `code`.
    pub kind: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is known of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptText {
    /// The event that it tells of; none while only the provider has told of it.
    pub event: Option<EventId>,
    /// How far it has come.
    pub status: TextStatus,
    /// The provider's reason, such as an error code.
    pub reason: Option<String>,
}

/// Where texts are remembered, without what they say.
#[async_trait]
pub trait Texts: Send + Sync {
    /// Whether somebody was told of this event already.
    async fn was_told(&self, event: EventId) -> Result<bool, StoreError>;
    /// Keeps a text, perhaps after its first news came.
    async fn note_handed(&self, text: &SentText) -> Result<(), StoreError>;
    /// Notes what a provider tells, if that is further than what is known.
    async fn note_news(&self, news: &TextNews, at: DateTime<Utc>) -> Result<(), StoreError>;
    /// What is known of a text.
    async fn text(&self, provider: &str, name: &str) -> Result<Option<KeptText>, StoreError>;
}
