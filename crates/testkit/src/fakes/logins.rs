//! People who log in by e-mail and password, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Email, EndReason, Ended, Vendor};
use kernel::{EventId, LinkId, PersonId, SessionId, VendorId};
use ports::{
    Application, Clock, Event, Factor, Ids, KeptVendor, Login, Logins, NewPassword, NewSession,
    Registration, Reset, StoreError,
};

use super::memory::{Memory, Shared, change, read};

/// Somebody's address and password.
#[derive(Debug)]
pub(crate) struct LoginRow {
    pub(crate) email: Email,
    password: String,
    password_set_at: DateTime<Utc>,
}

/// A registration, with what is known of its link.
#[derive(Debug)]
pub(crate) struct RegistrationRow {
    registration: Registration,
    used: bool,
}

/// A link that resets a password.
#[derive(Debug)]
pub(crate) struct ResetRow {
    digest: [u8; 32],
    /// Nobody, where the address is not known.
    person: Option<PersonId>,
    asked_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used: bool,
}

impl Memory {
    /// Forgets how someone logs in by e-mail.
    pub(crate) fn forget_login(&mut self, person: PersonId) {
        if let Some(login) = self.logins.remove(&person) {
            self.registrations.retain(|_, row| row.registration.email != login.email);
        }
        self.applications.remove(&person);
        self.resets.retain(|_, row| row.person != Some(person));
        self.factors.remove(&person);
    }
}

/// The logins in memory.
#[derive(Clone)]
pub struct FakeLogins {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeLogins {
    /// Logins in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }

    fn event(&self) -> (EventId, DateTime<Utc>) {
        (EventId::new(self.ids.next()), self.clock.now())
    }
}

fn login(memory: &Memory, person: PersonId) -> Option<Login> {
    let row = memory.logins.get(&person)?;
    let factor = memory.factors.get(&person).and_then(|factor| {
        let last_step = factor.last_step?;
        Some(Factor { sealed: factor.sealed.clone(), last_step })
    });
    Some(Login {
        person,
        email: row.email.clone(),
        name: memory.people.get(&person).and_then(|(_, name)| name.clone()),
        password: row.password.clone(),
        factor,
    })
}

fn owner(memory: &Memory, email: &Email) -> Option<PersonId> {
    memory.logins.iter().find(|(_, row)| row.email == *email).map(|(person, _)| *person)
}

/// The reset of this link, if it is good now.
fn good(
    memory: &Memory,
    now: DateTime<Utc>,
    which: impl Fn(LinkId, &ResetRow) -> bool,
) -> Option<Reset> {
    let (link, row) = memory.resets.iter().find(|(link, row)| which(**link, row))?;
    let person = row.person?;
    let set_at = memory.logins.get(&person)?.password_set_at;
    if row.used || row.expires_at <= now || set_at > row.asked_at {
        return None;
    }
    let login = login(memory, person)?;
    Some(Reset { link: *link, digest: row.digest, login, expires_at: row.expires_at })
}

fn end_sessions(memory: &mut Memory, person: PersonId, but: Option<SessionId>, at: DateTime<Utc>) {
    let open = memory.sessions.values().filter(|kept| {
        kept.session.person == person
            && kept.session.ended.is_none()
            && Some(kept.session.id) != but
    });
    let open: Vec<SessionId> = open.map(|kept| kept.session.id).collect();
    for id in open {
        memory.end_session(id, Ended { at, why: EndReason::Revoked });
    }
}

#[async_trait]
impl Logins for FakeLogins {
    async fn login(&self, email: &Email) -> Result<Option<Login>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| login(memory, owner(memory, email)?)))
    }

    async fn login_of(&self, person: PersonId) -> Result<Option<Login>, StoreError> {
        Ok(read(&self.memory, |memory| login(memory, person)))
    }

    async fn register(&self, registration: &Registration, event: &Event) -> Result<(), StoreError> {
        let (event_id, now) = self.event();
        change(&self.memory, |memory| {
            let row = RegistrationRow { registration: registration.clone(), used: false };
            memory.registrations.insert(registration.link, row);
            memory.keep(event_id, event.clone(), now);
        });
        Ok(())
    }

    async fn registration(
        &self,
        link: LinkId,
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let row = memory.registrations.get(&link)?;
            let good = !row.used && row.registration.expires_at > now;
            good.then(|| row.registration.clone())
        }))
    }

    async fn registration_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| {
            let mut rows = memory.registrations.values();
            let row = rows.find(|row| row.registration.digest == digest && !row.used)?;
            (row.registration.expires_at > now).then(|| row.registration.clone())
        }))
    }

    async fn confirm(
        &self,
        digest: [u8; 32],
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let mut rows = memory.registrations.values_mut();
            let row = rows.find(|row| row.registration.digest == digest && !row.used)?;
            if row.registration.expires_at <= at {
                return None;
            }
            let Registration { email, name, phone, password, business_name, .. } =
                row.registration.clone();
            for row in memory.registrations.values_mut() {
                row.used |= row.registration.email == email;
            }
            if owner(memory, &email).is_some() {
                return None;
            }
            memory.people.insert(person, (None, Some(name)));
            let told = Application { business_name: business_name.clone(), phone, applied_at: at };
            memory.applications.insert(person, told);
            memory.logins.insert(person, LoginRow { email, password, password_set_at: at });
            let vendor = Vendor::register(VendorId::new(person.uuid()), person, business_name, at);
            memory.vendors.insert(vendor.id, KeptVendor { vendor, version: 1 });
            note_password(memory, person, at);
            Some(person)
        }))
    }

    async fn invite(
        &self,
        person: PersonId,
        email: &Email,
        password: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError> {
        Ok(change(&self.memory, |memory| {
            if owner(memory, email).is_some() {
                return None;
            }
            let (email, password) = (email.clone(), password.to_owned());
            memory.people.insert(person, (None, None));
            memory.logins.insert(person, LoginRow { email, password, password_set_at: at });
            note_password(memory, person, at);
            Some(person)
        }))
    }

    async fn application(&self, person: PersonId) -> Result<Option<Application>, StoreError> {
        Ok(read(&self.memory, |memory| memory.applications.get(&person).cloned()))
    }

    async fn open_reset(
        &self,
        email: &Email,
        link: LinkId,
        digest: [u8; 32],
        (asked_at, expires_at): (DateTime<Utc>, DateTime<Utc>),
        event: &Event,
    ) -> Result<(), StoreError> {
        let (event_id, now) = self.event();
        change(&self.memory, |memory| {
            let person = owner(memory, email);
            let row = ResetRow { digest, person, asked_at, expires_at, used: false };
            memory.resets.insert(link, row);
            memory.keep(event_id, event.clone(), now);
        });
        Ok(())
    }

    async fn reset(&self, link: LinkId, now: DateTime<Utc>) -> Result<Option<Reset>, StoreError> {
        Ok(read(&self.memory, |memory| good(memory, now, |named, _| named == link)))
    }

    async fn reset_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Reset>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| good(memory, now, |_, row| row.digest == digest)))
    }

    async fn finish_reset(
        &self,
        digest: [u8; 32],
        new: &NewPassword<'_>,
    ) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        let (event_id, now) = self.event();
        Ok(change(&self.memory, |memory| {
            let Some(reset) = good(memory, new.at, |_, row| row.digest == digest) else {
                return false;
            };
            let person = reset.login.person;
            if let Some(row) = memory.resets.get_mut(&reset.link) {
                row.used = true;
            }
            set_password(memory, person, new);
            end_sessions(memory, person, None, new.at);
            memory.keep(event_id, new.event.clone(), now);
            true
        }))
    }

    async fn change_password(
        &self,
        login: &Login,
        new: &NewPassword<'_>,
        but: SessionId,
    ) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        let (event_id, now) = self.event();
        Ok(change(&self.memory, |memory| {
            let stands = memory.logins.get(&login.person);
            if stands.is_none_or(|row| row.password != login.password) {
                return false;
            }
            set_password(memory, login.person, new);
            end_sessions(memory, login.person, Some(but), new.at);
            memory.keep(event_id, new.event.clone(), now);
            true
        }))
    }

    async fn open_session(&self, login: &Login, new: &NewSession) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let stands = memory.logins.get(&login.person);
            let stands = stands.is_some_and(|row| row.password == login.password);
            if stands {
                memory.open_session(login.person, new);
            }
            stands
        }))
    }

    async fn rehash(&self, login: &Login, password: &str) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            let row = memory.logins.get_mut(&login.person);
            if let Some(row) = row.filter(|row| row.password == login.password) {
                password.clone_into(&mut row.password);
            }
        });
        Ok(())
    }
}

fn set_password(memory: &mut Memory, person: PersonId, new: &NewPassword<'_>) {
    if let Some(row) = memory.logins.get_mut(&person) {
        new.password.clone_into(&mut row.password);
        row.password_set_at = new.at;
        note_password(memory, person, new.at);
    }
}

fn note_password(memory: &mut Memory, person: PersonId, at: DateTime<Utc>) {
    memory.note(at, Some(person), "password.set", format!("person/{person}"), None);
}
