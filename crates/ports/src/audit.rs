//! The audit log: what was done that somebody may ask about later, chained so that a change shows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{AuditId, PersonId};

use crate::store::StoreError;

/// Something that was done, written in the commit that does it. It names people by their ids and
/// holds nothing else of them, so that erasing a person leaves the chain whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its name.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, if it was a person.
    pub actor: Option<PersonId>,
    /// What, such as `approveVendor`.
    pub act: String,
    /// To what, such as `vendor/0193c0de-0000-7000-8000-000000000001`.
    pub object: String,
    /// How and why.
    pub detail: Option<String>,
}

/// An entry in its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// Its place, counted from 1 without gaps.
    pub seq: i64,
    /// What was done.
    pub entry: NewEntry,
    /// SHA-256 of the hash before and of the entry.
    pub hash: [u8; 32],
}

/// How far the chain had come at an instant, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The place of the last entry.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// Our signature of both.
    pub signature: String,
}

/// How far whoever watches the log has verified it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Up to this place it was found intact.
    pub through: i64,
    /// It is read again from its beginning, and so far up to this place; `None` between two such
    /// readings.
    pub again: Option<i64>,
    /// When the last such reading began, or the first watch.
    pub since: DateTime<Utc>,
}

/// Which entries are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done by this person.
    pub actor: Option<PersonId>,
    /// This was done.
    pub act: Option<String>,
    /// To this.
    pub object: Option<String>,
}

/// Where the audit log is kept.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Notes something that changes nothing else; what does is noted in its own commit.
    async fn note(&self, entry: &NewEntry) -> Result<(), StoreError>;
    /// The end of the chain and the entries that have no place in it yet, in the order in which they
    /// get one, at most `limit`.
    async fn unsealed(
        &self,
        limit: u32,
    ) -> Result<(Option<SealedEntry>, Vec<NewEntry>), StoreError>;
    /// Adds entries to the chain, which ends where it was read. [`StoreError::Conflict`] if another
    /// one was first.
    async fn seal(&self, entries: &[SealedEntry]) -> Result<(), StoreError>;
    /// The latest checkpoint.
    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError>;
    /// Keeps a checkpoint.
    async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError>;
    /// The chain from a place on, the oldest first, at most `limit`, and the checkpoints that lie
    /// between.
    async fn chain(
        &self,
        from: i64,
        limit: u32,
    ) -> Result<(Vec<SealedEntry>, Vec<Checkpoint>), StoreError>;
    /// How far the log was verified, by what was kept last.
    async fn watched(&self) -> Result<Option<Watched>, StoreError>;
    /// Keeps how far the log was verified.
    async fn keep_watched(&self, watched: &Watched) -> Result<(), StoreError>;
    /// Entries that are looked for, the latest first, at most `limit` before a place.
    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SealedEntry>, StoreError>;
}
