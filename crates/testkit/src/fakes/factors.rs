//! Authenticators and recovery codes, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::Proof;
use kernel::{EventId, PersonId};
use ports::{Clock, Event, Factor, Factors, Ids, StoreError};

use super::memory::{Shared, change, read};

/// Somebody's authenticator.
#[derive(Debug, Clone)]
pub(crate) struct FactorRow {
    pub(crate) sealed: Vec<u8>,
    enrolled_at: DateTime<Utc>,
    /// The last step used, once it is confirmed.
    pub(crate) last_step: Option<i64>,
    /// The digests of recovery codes, and when each was used.
    recovery: BTreeMap<[u8; 32], Option<DateTime<Utc>>>,
}

/// The factors in memory.
#[derive(Clone)]
pub struct FakeFactors {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeFactors {
    /// Factors in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }
}

#[async_trait]
impl Factors for FakeFactors {
    async fn enrol(
        &self,
        person: PersonId,
        sealed: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let confirmed = memory.factors.get(&person).is_some_and(|row| row.last_step.is_some());
            if !confirmed {
                let sealed = sealed.to_vec();
                let recovery = BTreeMap::new();
                let row = FactorRow { sealed, enrolled_at: at, last_step: None, recovery };
                memory.factors.insert(person, row);
            }
            !confirmed
        }))
    }

    async fn enrolled(
        &self,
        person: PersonId,
        after: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let row = memory.factors.get(&person);
            let row = row.filter(|row| row.last_step.is_none() && row.enrolled_at > after);
            row.map(|row| row.sealed.clone())
        }))
    }

    async fn confirm(
        &self,
        person: PersonId,
        factor: &Factor,
        recovery: &[[u8; 32]],
        at: DateTime<Utc>,
        event: &Event,
    ) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        let (event_id, now) = (EventId::new(self.ids.next()), self.clock.now());
        Ok(change(&self.memory, |memory| {
            let waiting = memory.factors.get_mut(&person);
            let waiting =
                waiting.filter(|row| row.last_step.is_none() && row.sealed == factor.sealed);
            let Some(row) = waiting else { return false };
            row.last_step = Some(factor.last_step);
            row.recovery = recovery.iter().map(|digest| (*digest, None)).collect();
            memory.note(at, Some(person), "factor.added", format!("person/{person}"), None);
            memory.keep(event_id, event.clone(), now);
            true
        }))
    }

    async fn use_step(&self, person: PersonId, now: &Factor) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let row = memory.factors.get_mut(&person);
            let used =
                |row: &&mut FactorRow| row.last_step.is_some_and(|last| last < now.last_step);
            let Some(row) = row.filter(used) else { return false };
            row.last_step = Some(now.last_step);
            row.sealed.clone_from(&now.sealed);
            true
        }))
    }

    async fn use_recovery(
        &self,
        person: PersonId,
        digest: [u8; 32],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let row = memory.factors.get_mut(&person);
            let used = row.and_then(|row| row.recovery.get_mut(&digest));
            used.filter(|used| used.is_none()).map(|used| *used = Some(at)).is_some()
        }))
    }

    async fn disable(&self, person: PersonId, event: &Event) -> Result<(), StoreError> {
        let (event_id, now) = (EventId::new(self.ids.next()), self.clock.now());
        change(&self.memory, |memory| {
            if let Some(row) = memory.factors.remove(&person) {
                for kept in memory.sessions.values_mut() {
                    let session = &mut kept.session;
                    if session.person == person && session.proof == Proof::TwoFactors {
                        session.proof = Proof::Password;
                    }
                }
                if row.last_step.is_some() {
                    let object = format!("person/{person}");
                    memory.note(now, Some(person), "factor.removed", object, None);
                }
                memory.keep(event_id, event.clone(), now);
            }
        });
        Ok(())
    }
}
