//! The audit log, in memory.

use async_trait::async_trait;
use ports::{Audit, AuditFilter, Checkpoint, NewEntry, SealedEntry, StoreError, Watched};

use super::memory::{Memory, Shared, change, read};

/// The audit log in memory.
#[derive(Clone)]
pub struct FakeAudit {
    memory: Shared,
}

impl FakeAudit {
    /// The log of this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

fn is_sealed(memory: &Memory, entry: &NewEntry) -> bool {
    memory.chain.iter().any(|sealed| sealed.entry.id == entry.id)
}

#[async_trait]
impl Audit for FakeAudit {
    async fn note(&self, entry: &NewEntry) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            let NewEntry { at, actor, act, object, detail, .. } = entry.clone();
            memory.note(at, actor, &act, object, detail);
        });
        Ok(())
    }

    async fn unsealed(
        &self,
        limit: u32,
    ) -> Result<(Option<SealedEntry>, Vec<NewEntry>), StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| {
            let open = memory.audit.iter().filter(|entry| !is_sealed(memory, entry));
            let mut open: Vec<_> = open.cloned().collect();
            open.sort_by_key(|entry| entry.id);
            open.truncate(limit as usize);
            (memory.chain.last().cloned(), open)
        }))
    }

    async fn seal(&self, entries: &[SealedEntry]) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        change(&self.memory, |memory| {
            let is_taken = |sealed: &SealedEntry| {
                is_sealed(memory, &sealed.entry)
                    || memory.chain.iter().any(|known| known.seq == sealed.seq)
            };
            if entries.iter().any(is_taken) {
                return Err(StoreError::Conflict);
            }
            memory.chain.extend_from_slice(entries);
            Ok(())
        })
    }

    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        Ok(read(&self.memory, |memory| memory.checkpoints.last().cloned()))
    }

    async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if memory.checkpoints.iter().any(|known| known.seq == checkpoint.seq) {
                return Err(StoreError::Conflict);
            }
            memory.checkpoints.push(checkpoint.clone());
            Ok(())
        })
    }

    async fn chain(
        &self,
        from: i64,
        limit: u32,
    ) -> Result<(Vec<SealedEntry>, Vec<Checkpoint>), StoreError> {
        Ok(read(&self.memory, |memory| {
            let mut entries: Vec<_> =
                memory.chain.iter().filter(|sealed| sealed.seq >= from).cloned().collect();
            entries.sort_by_key(|sealed| sealed.seq);
            entries.truncate(limit as usize);
            let last = entries.last().map_or(from.saturating_sub(1), |last| last.seq);
            let between = memory.checkpoints.iter().filter(|one| (from..=last).contains(&one.seq));
            let checkpoints = between.cloned().collect();
            (entries, checkpoints)
        }))
    }

    async fn watched(&self) -> Result<Option<Watched>, StoreError> {
        Ok(read(&self.memory, |memory| memory.watched))
    }

    async fn keep_watched(&self, watched: &Watched) -> Result<(), StoreError> {
        change(&self.memory, |memory| memory.watched = Some(*watched));
        Ok(())
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        let AuditFilter { actor, act, object } = filter;
        let fits = |sealed: &&SealedEntry| {
            before.is_none_or(|before| sealed.seq < before)
                && actor.is_none_or(|actor| sealed.entry.actor == Some(actor))
                && act.as_ref().is_none_or(|act| sealed.entry.act == *act)
                && object.as_ref().is_none_or(|object| sealed.entry.object == *object)
        };
        Ok(read(&self.memory, |memory| {
            let mut found: Vec<_> = memory.chain.iter().filter(fits).cloned().collect();
            found.sort_by_key(|sealed| std::cmp::Reverse(sealed.seq));
            found.truncate(limit as usize);
            found
        }))
    }
}
