//! Wrong tries, counted where they are not forgotten: without a count nobody gets in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::Backoff;

use crate::store::StoreError;

/// May it be tried now?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Yes; it counts as wrong until it is known to be right.
    Go {
        /// It was right when it was tried last, or not long ago
        /// ([`identity::policy::FAMILIAR`]).
        familiar: bool,
    },
    /// Not before this instant; nothing was counted.
    Wait {
        /// When it may be tried again.
        until: DateTime<Utc>,
    },
}

/// Where tries are counted. A key is a digest of what is tried.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts a try as wrong and lets it go ahead, unless one before it makes it wait; however many
    /// come at once, each is counted before it goes.
    async fn begin(
        &self,
        key: [u8; 32],
        backoff: &Backoff,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError>;
    /// It was right: what was wrong before is forgotten, and the key is familiar.
    async fn succeed(&self, key: [u8; 32], now: DateTime<Utc>) -> Result<(), StoreError>;
    /// It was not wrong: one try less, and no pause.
    async fn give_back(&self, key: [u8; 32]) -> Result<(), StoreError>;
}
