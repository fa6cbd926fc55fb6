//! People, their codes and their logins, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Challenge, Phone};
use kernel::{ChallengeId, EventId, PersonId};
use ports::{Accounts, Clock, Event, Ids, LogIn, Person, StoreError};

use super::memory::{Shared, change, read};

/// The accounts in memory.
#[derive(Clone)]
pub struct FakeAccounts {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeAccounts {
    /// Accounts in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }
}

#[async_trait]
impl Accounts for FakeAccounts {
    async fn open_challenge(&self, challenge: &Challenge, event: &Event) -> Result<(), StoreError> {
        let (event_id, now) = (EventId::new(self.ids.next()), self.clock.now());
        change(&self.memory, |memory| {
            if memory.challenges.contains_key(&challenge.id) {
                return Err(StoreError::Conflict);
            }
            let fresh = Challenge { guesses: 0, used_at: None, ..challenge.clone() };
            memory.challenges.insert(challenge.id, fresh);
            memory.keep(event_id, event.clone(), now);
            Ok(())
        })
    }

    async fn count_guess(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let challenge = memory.challenges.get_mut(&id)?;
            challenge.guesses += 1;
            Some(challenge.clone())
        }))
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        Ok(read(&self.memory, |memory| memory.challenges.get(&id).cloned()))
    }

    async fn log_in(&self, log_in: &LogIn) -> Result<Option<PersonId>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let challenge = memory.challenges.get_mut(&log_in.challenge)?;
            if challenge.used_at.is_some() {
                return None;
            }
            challenge.used_at = Some(log_in.session.at);
            let person = memory.person_with(&log_in.phone, log_in.person_if_new);
            memory.open_session(person, &log_in.session);
            Some(person)
        }))
    }

    async fn guest(
        &self,
        if_new: PersonId,
        phone: Option<&Phone>,
        name: Option<&str>,
        _: DateTime<Utc>,
    ) -> Result<PersonId, StoreError> {
        Ok(change(&self.memory, |memory| {
            let known = phone.map(|phone| memory.person_with(phone, if_new));
            let person = known.unwrap_or(if_new);
            if person == if_new {
                let name = name.map(str::to_owned);
                memory.people.insert(person, (phone.cloned(), name));
            }
            person
        }))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let (phone, name) = memory.people.get(&id)?.clone();
            let phone = phone?;
            let own = memory.members.iter().filter(|((_, person), _)| *person == id);
            let memberships = own.map(|((salon, _), role)| (*salon, *role)).collect();
            Some(Person { id, phone, name, memberships })
        }))
    }
}
