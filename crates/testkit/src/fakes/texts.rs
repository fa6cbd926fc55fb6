//! What became of texts, in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::TextStatus;
use kernel::EventId;
use ports::{KeptText, SentText, StoreError, TextNews, Texts};

use super::memory::{Shared, change, read};

/// The texts in memory.
#[derive(Clone)]
pub struct FakeTexts {
    memory: Shared,
}

impl FakeTexts {
    /// Texts in this memory.
    pub const fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

#[async_trait]
impl Texts for FakeTexts {
    async fn was_told(&self, event: EventId) -> Result<bool, StoreError> {
        Ok(read(&self.memory, |memory| memory.texts.values().any(|text| text.event == Some(event))))
    }

    async fn note_handed(&self, text: &SentText) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        change(&self.memory, |memory| {
            let key = (text.handed.provider.to_owned(), text.handed.name.clone());
            let kept = memory.texts.entry(key).or_insert_with(nothing);
            kept.event.get_or_insert(text.event);
        });
        Ok(())
    }

    async fn note_news(&self, news: &TextNews, _: DateTime<Utc>) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        change(&self.memory, |memory| {
            let key = (news.handed.provider.to_owned(), news.handed.name.clone());
            let kept = memory.texts.entry(key).or_insert_with(nothing);
            if news.status.rank() > kept.status.rank() {
                (kept.status, kept.reason) = (news.status, news.reason.clone());
            }
        });
        Ok(())
    }

    async fn text(&self, provider: &str, name: &str) -> Result<Option<KeptText>, StoreError> {
        Ok(read(&self.memory, |memory| {
            memory.texts.get(&(provider.to_owned(), name.to_owned())).cloned()
        }))
    }
}

fn nothing() -> KeptText {
    KeptText { event: None, status: TextStatus::Handed, reason: None }
}
