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

/// Under what something is counted, told by no one who has but the counts: keyed digests. The first
/// half says whose it is, so that all that is counted of somebody is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountKeys {
    /// By the newest secret.
    pub newest: [u8; 32],
    /// By those that are coming or going.
    pub others: Vec<[u8; 32]>,
}

impl CountKeys {
    /// Whose it is, by each secret.
    pub fn whose(&self) -> impl Iterator<Item = [u8; 16]> {
        let keys = std::iter::once(&self.newest).chain(&self.others);
        keys.map(|key| std::array::from_fn(|at| key[at]))
    }
}

/// Where tries are counted, by [`CountKeys`].
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
    /// What was counted under another key is counted under this one from now on, together with what
    /// is already: a secret that changes starts no count anew, in whatever order the nodes have it.
    async fn adopt(&self, key: [u8; 32], other: [u8; 32]) -> Result<(), StoreError>;
    /// Nothing was ever counted of whom these halves of keys name.
    async fn forget(&self, whose: [u8; 16]) -> Result<(), StoreError>;
}
