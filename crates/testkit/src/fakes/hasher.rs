//! Passwords kept in a way that costs nothing, and protects nobody.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use identity::Password;
use ports::{Compared, HashError, Hasher};

use super::credentials::{hex, sha256};

/// A hasher that keeps digests, each with the generation of its cost.
#[derive(Debug, Default)]
pub struct FakeHasher {
    generation: AtomicU32,
    is_busy: AtomicBool,
    worked: AtomicU32,
}

impl FakeHasher {
    /// From now on what was kept before is outdated.
    pub fn grow_dearer(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// From now on nobody has time, or has again.
    pub fn be_busy(&self, busy: bool) {
        self.is_busy.store(busy, Ordering::Relaxed);
    }

    /// How many passwords were worked on.
    pub fn worked(&self) -> u32 {
        self.worked.load(Ordering::Relaxed)
    }

    fn work(&self, password: &Password) -> Result<(u32, String), HashError> {
        if self.is_busy.load(Ordering::Relaxed) {
            return Err(HashError::Busy { again_in: TimeDelta::seconds(2) });
        }
        self.worked.fetch_add(1, Ordering::Relaxed);
        let generation = self.generation.load(Ordering::Relaxed);
        Ok((generation, hex(&sha256(password.as_bytes()))))
    }
}

#[async_trait]
impl Hasher for FakeHasher {
    async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let (generation, digest) = self.work(password)?;
        Ok(format!("{generation}${digest}"))
    }

    async fn compare(
        &self,
        password: &Password,
        kept: Option<&str>,
    ) -> Result<Compared, HashError> {
        let (present, digest) = self.work(password)?;
        let Some(kept) = kept else { return Ok(Compared::Wrong) };
        let kept = kept.split_once('$');
        let kept = kept.and_then(|(generation, kept)| Some((generation.parse().ok()?, kept)));
        let (generation, kept): (u32, &str) =
            kept.ok_or_else(|| HashError::Broken("it was not kept here".into()))?;
        Ok(if kept != digest {
            Compared::Wrong
        } else if generation < present {
            Compared::Outdated
        } else {
            Compared::Right
        })
    }
}
