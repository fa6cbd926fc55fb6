//! Wrong tries, counted in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::Backoff;
use identity::policy::FAMILIAR;
use ports::{Attempts, StoreError, Turn};

use super::memory::{Shared, change};

/// What is known of a key.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    wrong: u32,
    free_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    familiar_at: Option<DateTime<Utc>>,
}

/// The attempts in memory.
#[derive(Clone)]
pub struct FakeAttempts {
    memory: Shared,
}

impl FakeAttempts {
    /// Attempts in this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

#[async_trait]
impl Attempts for FakeAttempts {
    async fn begin(
        &self,
        key: [u8; 32],
        backoff: &Backoff,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let tried = memory.attempts.entry(key).or_default();
            if tried.free_at > now {
                return Turn::Wait { until: tried.free_at };
            }
            let forgotten = tried.last_at <= now - backoff.forgets;
            tried.wrong = if forgotten { 1 } else { tried.wrong + 1 };
            // Who comes at once need not come in order.
            let pause = backoff.pause(tried.wrong);
            tried.free_at = if pause.is_zero() { DateTime::default() } else { now + pause };
            tried.last_at = now;
            Turn::Go { familiar: tried.familiar_at.is_some_and(|at| at > now - FAMILIAR) }
        }))
    }

    async fn succeed(&self, key: [u8; 32], now: DateTime<Utc>) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if let Some(tried) = memory.attempts.get_mut(&key) {
                (tried.wrong, tried.free_at) = (0, DateTime::default());
                tried.familiar_at = Some(now);
            }
        });
        Ok(())
    }

    async fn adopt(&self, key: [u8; 32], other: [u8; 32]) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if let Some(other) = memory.attempts.remove(&other) {
                let tried = memory.attempts.entry(key).or_default();
                tried.wrong += other.wrong;
                tried.free_at = tried.free_at.max(other.free_at);
                tried.last_at = tried.last_at.max(other.last_at);
                tried.familiar_at = tried.familiar_at.max(other.familiar_at);
            }
        });
        Ok(())
    }

    async fn forget(&self, whose: [u8; 16]) -> Result<(), StoreError> {
        change(&self.memory, |memory| memory.attempts.retain(|key, _| !key.starts_with(&whose)));
        Ok(())
    }

    async fn give_back(&self, key: [u8; 32]) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if let Some(tried) = memory.attempts.get_mut(&key) {
                (tried.wrong, tried.free_at) = (tried.wrong.saturating_sub(1), DateTime::default());
            }
        });
        Ok(())
    }
}
