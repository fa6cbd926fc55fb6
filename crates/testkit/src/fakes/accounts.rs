//! People and their logins, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{AdminRole, Phone};
use kernel::PersonId;
use ports::{Accounts, Clock, LogIn, Person, StoreError};

use super::memory::{Shared, change, read};

/// The accounts in memory.
#[derive(Clone)]
pub struct FakeAccounts {
    memory: Shared,
    clock: Arc<dyn Clock>,
}

impl FakeAccounts {
    /// Accounts in this memory, by this clock.
    pub fn new(memory: Shared, clock: Arc<dyn Clock>) -> Self {
        Self { memory, clock }
    }
}

#[async_trait]
impl Accounts for FakeAccounts {
    async fn log_in(&self, log_in: &LogIn) -> Result<Option<PersonId>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let challenge = memory.challenges.get_mut(&log_in.challenge)?;
            if challenge.used_at.is_some() {
                return None;
            }
            challenge.used_at = Some(log_in.session.at);
            if let Some(device) = challenge.device.clone() {
                let key = (challenge.phone.clone(), device);
                memory.proved_devices.insert(key, log_in.session.at);
            }
            let person = memory.person_with(&log_in.phone, log_in.person_if_new);
            memory.open_session(person, &log_in.session);
            Some(person)
        }))
    }

    async fn person_with(
        &self,
        phone: &Phone,
        if_new: PersonId,
        _: DateTime<Utc>,
    ) -> Result<PersonId, StoreError> {
        Ok(change(&self.memory, |memory| memory.person_with(phone, if_new)))
    }

    async fn admin_role(&self, person: PersonId) -> Result<Option<AdminRole>, StoreError> {
        Ok(read(&self.memory, |memory| memory.admins.get(&person).copied()))
    }

    async fn appoint(
        &self,
        person: PersonId,
        role: AdminRole,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if memory.admins.insert(person, role) != Some(role) {
                let (object, role) = (format!("person/{person}"), role.as_str().to_owned());
                memory.note(at, None, "admin.appointed", object, Some(role));
            }
        });
        Ok(())
    }

    async fn dismiss(&self, person: PersonId) -> Result<bool, StoreError> {
        let now = self.clock.now();
        Ok(change(&self.memory, |memory| {
            let was = memory.admins.remove(&person).is_some();
            if was {
                memory.note(now, None, "admin.dismissed", format!("person/{person}"), None);
            }
            was
        }))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let (phone, name) = memory.people.get(&id)?.clone();
            let email = memory.logins.get(&id).map(|login| login.email.clone());
            if phone.is_none() && email.is_none() {
                return None;
            }
            let own = memory.members.iter().filter(|((_, person), _)| *person == id);
            let memberships = own.map(|((salon, _), role)| (*salon, *role)).collect();
            Some(Person { id, phone, email, name, memberships })
        }))
    }
}
