//! One-time codes that were asked for, and how many may be, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::{Count, Counter, Granted, Past, TooOften};
use identity::policy::{CODE_GUESSES, DEVICE_KNOWN_FOR};
use identity::{Asker, Challenge, CodeLimits, Phone};
use kernel::{ChallengeId, EventId};
use ports::{Challenges, Clock, Event, Ids, StoreError};

use super::memory::{Memory, Shared, change, read};

/// The challenges in memory.
#[derive(Clone)]
pub struct FakeChallenges {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeChallenges {
    /// Challenges in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }

    /// From now on numbers that begin like this get no code.
    pub fn block(&self, begins: &str) {
        change(&self.memory, |memory| memory.blocked_numbers.push(begins.to_owned()));
    }
}

#[async_trait]
impl Challenges for FakeChallenges {
    async fn open(
        &self,
        challenge: &Challenge,
        asker: &Asker,
        limits: &CodeLimits,
        event: &Event,
    ) -> Result<Result<Granted, TooOften>, StoreError> {
        tokio::task::yield_now().await;
        let (event_id, due) = (EventId::new(self.ids.next()), self.clock.now());
        let now = challenge.opened_at;
        change(&self.memory, |memory| {
            if memory.challenges.contains_key(&challenge.id) {
                return Err(StoreError::Conflict);
            }
            let counters = limits.counters(asker);
            let counts: Vec<_> =
                counters.into_iter().map(|counter| memory.count_of(counter, now)).collect();
            let granted = match limits.decide(&counts, &memory.past(asker, limits, now), now) {
                Ok(granted) => granted,
                Err(refused) => return Ok(Err(refused)),
            };
            for ((counter, count), taken) in counts.into_iter().zip(&granted.taken) {
                memory.code_counts.insert(counter.key, Count { taken: *taken, ..count });
            }
            let Granted { is_withheld, is_known, .. } = granted;
            let fresh = Challenge {
                guesses: 0,
                used_at: None,
                is_withheld,
                is_known,
                device: asker.device.clone(),
                ..challenge.clone()
            };
            memory.challenges.insert(challenge.id, fresh);
            if !is_withheld {
                memory.keep(event_id, event.clone(), due);
            }
            Ok(Ok(granted))
        })
    }

    async fn count_guess(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let challenge = memory.challenges.get_mut(&id)?;
            challenge.guesses = challenge.guesses.min(CODE_GUESSES) + 1;
            Some(challenge.clone())
        }))
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        Ok(read(&self.memory, |memory| memory.challenges.get(&id).cloned()))
    }
}

impl Memory {
    fn count_of(&self, counter: Counter, now: DateTime<Utc>) -> (Counter, Count) {
        let present = self.code_counts.get(&counter.key).filter(|count| count.ends_at > now);
        let count = present.copied().unwrap_or(Count { taken: 0, ends_at: now + counter.rate.per });
        (counter, count)
    }

    fn past(&self, asker: &Asker, limits: &CodeLimits, now: DateTime<Utc>) -> Past {
        let of = |is_it: &dyn Fn(&Phone) -> bool, per: TimeDelta| -> Vec<&Challenge> {
            let all = self.challenges.values();
            all.filter(|known| is_it(&known.phone) && known.opened_at > now - per).collect()
        };
        let is_known = asker.device.as_ref().is_some_and(|device| {
            let proved_at = self.proved_devices.get(&(asker.phone.clone(), device.clone()));
            proved_at.is_some_and(|at| *at > now - DEVICE_KNOWN_FOR)
        });
        let mut own = of(&|phone| *phone == asker.phone, TimeDelta::days(1));
        own.retain(|challenge| challenge.is_known || !is_known);
        let used = own.iter().filter(|known| known.used_at.is_some());
        let last_used = used.map(|known| known.opened_at).max();
        let unused = || own.iter().filter(|known| Some(known.opened_at) > last_used);
        let mut alike = of(&|phone| phone.prefix() == asker.phone.prefix(), limits.breaker_window);
        alike.retain(|known| !known.is_withheld);
        let used_alike = alike.iter().filter(|known| known.used_at.is_some());
        Past {
            is_known,
            unused: u32::try_from(unused().count()).unwrap_or(u32::MAX),
            last_at: unused().map(|known| known.opened_at).max(),
            prefix_sent: alike.len() as u64,
            prefix_used: used_alike.count() as u64,
            is_blocked: self
                .blocked_numbers
                .iter()
                .any(|begins| asker.phone.as_str().starts_with(begins)),
        }
    }
}
