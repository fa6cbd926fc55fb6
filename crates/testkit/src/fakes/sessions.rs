//! Logins, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::policy::SESSIONS_SHOWN;
use identity::{Ended, Session, Standing};
use kernel::{EventId, PersonId, SessionId};
use ports::{Clock, Event, Ids, KeptSession, NewSession, Sessions, StoreError};

use super::memory::{Memory, Shared, change, read};

/// The sessions in memory.
#[derive(Clone)]
pub struct FakeSessions {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeSessions {
    /// Sessions in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }
}

impl Memory {
    pub(crate) fn open_session(&mut self, person: PersonId, new: &NewSession) {
        let session = Session::open(new.id, person, new.proof, new.at);
        self.sessions.insert(new.id, KeptSession { session, whence: new.whence.clone() });
        self.note(new.at, Some(person), "session.opened", format!("session/{}", new.id), None);
    }

    pub(crate) fn end_session(&mut self, id: SessionId, ended: Ended) {
        let Some(kept) = self.sessions.get_mut(&id) else { return };
        kept.session.ended = Some(ended);
        self.profiles.devices.retain(|device| device.session != id);
        let (person, why) = (kept.session.person, ended.why.as_str().to_owned());
        self.note(ended.at, Some(person), "session.ended", format!("session/{id}"), Some(why));
    }

    fn standing(&self, person: PersonId) -> Standing {
        if self.admins.contains_key(&person) {
            Standing::Admin
        } else if self.members.keys().any(|(_, member)| *member == person)
            || self.vendor_of(person).is_some()
        {
            Standing::Vendor
        } else {
            Standing::Customer
        }
    }
}

#[async_trait]
impl Sessions for FakeSessions {
    async fn open(&self, person: PersonId, new: &NewSession) -> Result<(), StoreError> {
        change(&self.memory, |memory| memory.open_session(person, new));
        Ok(())
    }

    async fn find(&self, id: SessionId) -> Result<Option<(Session, Standing)>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| {
            let session = memory.sessions.get(&id)?.session.clone();
            let standing = memory.standing(session.person);
            Some((session, standing))
        }))
    }

    async fn rotate(&self, refreshed: &Session) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let Some(kept) = memory.sessions.get_mut(&refreshed.id) else { return false };
            let stands = kept.session.ended.is_none()
                && kept.session.generation.checked_add(1) == Some(refreshed.generation);
            if stands {
                kept.session.generation = refreshed.generation;
                kept.session.rotated_at = refreshed.rotated_at;
            }
            stands
        }))
    }

    async fn end(
        &self,
        person: PersonId,
        id: SessionId,
        ended: Ended,
        event: Option<&Event>,
    ) -> Result<bool, StoreError> {
        let (event_id, now) = (EventId::new(self.ids.next()), self.clock.now());
        Ok(change(&self.memory, |memory| {
            let kept = memory.sessions.get(&id);
            let is_open = kept
                .is_some_and(|kept| kept.session.person == person && kept.session.ended.is_none());
            if is_open {
                memory.end_session(id, ended);
                if let Some(event) = event {
                    memory.keep(event_id, event.clone(), now);
                }
            }
            is_open
        }))
    }

    async fn end_all(&self, person: PersonId, ended: Ended) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            let open = memory
                .sessions
                .values()
                .filter(|kept| kept.session.person == person && kept.session.ended.is_none());
            let open: Vec<SessionId> = open.map(|kept| kept.session.id).collect();
            for id in open {
                memory.end_session(id, ended);
            }
        });
        Ok(())
    }

    async fn of_person(&self, person: PersonId) -> Result<Vec<KeptSession>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory
                .sessions
                .values()
                .filter(|kept| kept.session.person == person && kept.session.ended.is_none());
            let mut own: Vec<_> = own.cloned().collect();
            own.sort_by_key(|kept| (std::cmp::Reverse(kept.session.rotated_at), kept.session.id));
            own.truncate(SESSIONS_SHOWN as usize);
            own
        }))
    }

    async fn standing(&self, person: PersonId) -> Result<Standing, StoreError> {
        Ok(read(&self.memory, |memory| memory.standing(person)))
    }

    async fn is_ended(&self, id: SessionId, _: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(read(&self.memory, |memory| {
            memory.sessions.get(&id).is_some_and(|kept| kept.session.ended.is_some())
        }))
    }
}
