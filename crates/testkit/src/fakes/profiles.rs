//! What people keep with us about themselves, in memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::policy::{
    BOOKINGS_LOOKED_THROUGH, MONEY_COMES_WITHIN, MOST_ADDRESSES, MOST_CONSENTS, MOST_DEVICES,
    MOST_FAVOURITES,
};
use identity::{Address, Consent, EndReason, Ended, EraseRefusal, Language, Ties};
use kernel::{AddressId, BookingId, DeviceId, PersonId, SalonId, StaffId};
use ledger::{Capture, Payment, Refund};
use ports::queries::After;
use ports::{
    Addition, Device, Favourite, KeptAddress, KeptSession, Noted, PastProfessional, Profiles,
    StoreError, Whence,
};
use scheduling::{Booking, Status};
use uuid::Uuid;

use super::memory::{Memory, SalonRow, Shared, change, read};

/// The profiles of a memory.
#[derive(Clone)]
pub struct FakeProfiles {
    memory: Shared,
}

impl FakeProfiles {
    /// Profiles in this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

/// What people keep with us, by person.
#[derive(Debug, Default)]
pub(crate) struct KeptProfiles {
    languages: BTreeMap<PersonId, Language>,
    addresses: BTreeMap<PersonId, Vec<KeptAddress>>,
    favourites: BTreeMap<PersonId, BTreeMap<SalonId, DateTime<Utc>>>,
    pub(crate) devices: Vec<Device>,
    consents: BTreeMap<PersonId, Vec<Consent>>,
    erased: BTreeSet<PersonId>,
}

impl Memory {
    /// Whether there is such a person, and nobody erased them.
    pub(crate) fn knows(&self, person: PersonId) -> bool {
        self.people.contains_key(&person) && !self.profiles.erased.contains(&person)
    }

    fn is_in_use(&self, device: &Device) -> bool {
        let kept = self.sessions.get(&device.session);
        kept.is_some_and(|kept| {
            kept.session.person == device.person && kept.session.ended.is_none()
        })
    }

    fn favourites_of(&self, person: PersonId) -> impl Iterator<Item = (&SalonRow, Favourite)> {
        let own = self.profiles.favourites.get(&person).into_iter().flatten();
        own.filter_map(|(id, added_at)| {
            let row = self.salons.get(id)?;
            let (name, city) = (row.new.name.clone(), row.new.city.clone());
            Some((row, Favourite { salon: *id, name, city, added_at: *added_at }))
        })
    }

    fn payments_by(&self, person: PersonId) -> impl Iterator<Item = &Payment> {
        self.payments().filter(move |payment| payment.customer == person)
    }

    fn ties(&self, person: PersonId, now: DateTime<Utc>) -> Ties {
        let ends_at = |booking: &Booking| Some(booking.window().end()).max(booking.lasts_until());
        let comes = |booking: &Booking| match booking.held_until() {
            Some(until) => now < until,
            None => booking.status().is_firm() && Some(now) < ends_at(booking),
        };
        let is_due = |payment: &Payment| {
            let refunds = payment.captured().map(Capture::refunds).unwrap_or_default();
            let placed = self.bookings.get(&payment.booking).map(|at| at.row.placed_at);
            let may_come = placed.is_some_and(|placed| now - MONEY_COMES_WITHIN < placed);
            refunds.iter().any(Refund::is_due) || payment.is_open() && may_come
        };
        let mut own = self.bookings().filter(|booking| booking.customer == person);
        let owned = self.salons_of(person);
        Ties {
            booking_to_come: own.any(comes),
            money_on_its_way: self.payments_by(person).any(is_due),
            runs_platform: self.admins.contains_key(&person),
            works_at_salon: self
                .members
                .keys()
                .any(|(salon, member)| *member == person && !owned.contains(salon)),
            vendor_was_shown: self
                .vendor_of(person)
                .is_some_and(|kept| kept.vendor.state.was_shown()),
            visit_to_come: self
                .bookings()
                .any(|booking| owned.contains(&booking.salon) && comes(booking)),
        }
    }

    /// The salons of the vendor that a person owns.
    fn salons_of(&self, person: PersonId) -> BTreeSet<SalonId> {
        let Some(vendor) = self.vendor_of(person).map(|kept| kept.vendor.id) else {
            return BTreeSet::new();
        };
        self.salons.iter().filter(|(_, row)| row.vendor == vendor).map(|(id, _)| *id).collect()
    }

    /// Closes the salons of a vendor that were never shown. Where somebody was served, the salon stays
    /// without anybody.
    fn close_salons(&mut self, person: PersonId) {
        let served = |id: &SalonId| self.bookings().any(|booking| booking.salon == *id);
        let owned = self.salons_of(person);
        let dropped: BTreeSet<SalonId> = owned.iter().copied().filter(|id| !served(id)).collect();
        self.salons.retain(|id, _| !dropped.contains(id));
        self.members.retain(|(salon, member), _| *member != person && !owned.contains(salon));
        self.staff.retain(|_, row| !dropped.contains(&row.salon));
        self.services.retain(|_, (salon, _)| !dropped.contains(salon));
        self.resources.retain(|_, (salon, _)| !dropped.contains(salon));
        self.vendors.retain(|_, kept| kept.vendor.owner != person);
    }

    fn forget(&mut self, person: PersonId, now: DateTime<Utc>) {
        if let Some((Some(phone), _)) = self.people.insert(person, (None, None)) {
            self.proved_devices.retain(|(of, _), _| *of != phone);
        }
        self.forget_login(person);
        self.close_salons(person);
        let own = self.sessions.values_mut().filter(|kept| kept.session.person == person);
        let mut open = Vec::new();
        for kept in own {
            kept.whence = Whence::default();
            open.extend(kept.session.ended.is_none().then_some(kept.session.id));
        }
        for id in open {
            self.end_session(id, Ended { at: now, why: EndReason::Revoked });
        }
        self.note(now, Some(person), "person.erased", format!("person/{person}"), None);
        let kept = &mut self.profiles;
        kept.erased.insert(person);
        kept.languages.remove(&person);
        kept.addresses.remove(&person);
        kept.favourites.remove(&person);
        kept.devices.retain(|device| device.person != person);
        self.waitlist.retain(|_, place| place.customer != person);
        self.replays.retain(|key, _| key.person != person);
        for at in self.bookings.values_mut().filter(|at| at.row.customer == person) {
            at.row.home = None;
            self.noted.entry(at.row.id).and_modify(|noted| *noted = Noted::default());
        }
    }
}

fn latest_first<T>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> (DateTime<Utc>, Uuid),
    after: Option<&After<DateTime<Utc>>>,
    limit: u32,
) -> Vec<T> {
    let follows = |item: &T| after.is_none_or(|after| key(item) < (after.key, after.id));
    let mut items: Vec<T> = items.filter(follows).collect();
    items.sort_by_key(|item| Reverse(key(item)));
    items.truncate(limit as usize);
    items
}

fn is_full(count: usize, most: u32) -> bool {
    count >= most as usize
}

#[async_trait]
impl Profiles for FakeProfiles {
    async fn language(&self, person: PersonId) -> Result<Option<Language>, StoreError> {
        Ok(read(&self.memory, |memory| memory.profiles.languages.get(&person).copied()))
    }

    async fn describe(
        &self,
        person: PersonId,
        name: Option<&str>,
        language: Option<Language>,
    ) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            if !memory.knows(person) {
                return false;
            }
            if let Some(known) = memory.people.get_mut(&person) {
                known.1 = name.map(str::to_owned);
            }
            match language {
                Some(language) => memory.profiles.languages.insert(person, language),
                None => memory.profiles.languages.remove(&person),
            };
            true
        }))
    }

    async fn addresses(&self, person: PersonId) -> Result<Vec<KeptAddress>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let mut own = memory.profiles.addresses.get(&person).cloned().unwrap_or_default();
            own.sort_by_key(|kept| Reverse((kept.is_default, kept.added_at, kept.id)));
            own
        }))
    }

    async fn add_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
        at: DateTime<Utc>,
    ) -> Result<Addition<KeptAddress>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            if !memory.knows(person) {
                return Addition::Absent;
            }
            let own = memory.profiles.addresses.entry(person).or_default();
            if is_full(own.len(), MOST_ADDRESSES) {
                return Addition::Full;
            }
            let is_default = own.is_empty();
            let kept = KeptAddress { id, address: address.clone(), is_default, added_at: at };
            own.push(kept.clone());
            Addition::There(kept)
        }))
    }

    async fn change_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
    ) -> Result<Option<KeptAddress>, StoreError> {
        Ok(change(&self.memory, |memory| {
            let own = memory.profiles.addresses.get_mut(&person)?;
            let kept = own.iter_mut().find(|kept| kept.id == id)?;
            kept.address = address.clone();
            Some(kept.clone())
        }))
    }

    async fn remove_address(&self, person: PersonId, id: AddressId) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(own) = memory.profiles.addresses.get_mut(&person) else { return false };
            let before = own.len();
            own.retain(|kept| kept.id != id);
            if own.iter().all(|kept| !kept.is_default)
                && let Some(last) = own.iter_mut().max_by_key(|kept| (kept.added_at, kept.id))
            {
                last.is_default = true;
            }
            own.len() < before
        }))
    }

    async fn set_default_address(
        &self,
        person: PersonId,
        id: AddressId,
    ) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(own) = memory.profiles.addresses.get_mut(&person) else { return false };
            let is_there = own.iter().any(|kept| kept.id == id);
            for kept in own.iter_mut().filter(|_| is_there) {
                kept.is_default = kept.id == id;
            }
            is_there
        }))
    }

    async fn favourites(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Favourite>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let shown = memory.favourites_of(person).filter(|(row, _)| memory.is_listed(row));
            let shown = shown.map(|(_, favourite)| favourite);
            latest_first(shown, |shown| (shown.added_at, shown.salon.uuid()), after, limit)
        }))
    }

    async fn all_favourites(&self, person: PersonId) -> Result<Vec<Favourite>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.favourites_of(person).map(|(_, favourite)| favourite);
            latest_first(own, |own| (own.added_at, own.salon.uuid()), None, MOST_FAVOURITES)
        }))
    }

    async fn add_favourite(
        &self,
        person: PersonId,
        salon: SalonId,
        at: DateTime<Utc>,
    ) -> Result<Addition<()>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            let is_shown = memory.salons.get(&salon).is_some_and(|row| memory.is_listed(row));
            if !memory.knows(person) || !is_shown {
                return Addition::Absent;
            }
            let own = memory.profiles.favourites.entry(person).or_default();
            if is_full(own.len(), MOST_FAVOURITES) && !own.contains_key(&salon) {
                return Addition::Full;
            }
            own.entry(salon).or_insert(at);
            Addition::There(())
        }))
    }

    async fn remove_favourite(&self, person: PersonId, salon: SalonId) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let own = memory.profiles.favourites.get_mut(&person);
            own.is_some_and(|own| own.remove(&salon).is_some())
        }))
    }

    async fn past_professionals(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<PastProfessional>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let served = memory.bookings().filter(|booking| {
                booking.customer == person && booking.status() == Status::Completed
            });
            let by_start = |booking: &&Booking| (booking.window().start(), booking.id.uuid());
            let served = latest_first(served, by_start, None, BOOKINGS_LOOKED_THROUGH);
            let mut visits: BTreeMap<StaffId, (DateTime<Utc>, u32)> = BTreeMap::new();
            for booking in served {
                let who: BTreeSet<_> = booking.lines.iter().map(|line| line.staff).collect();
                for staff in who {
                    let start = booking.window().start();
                    visits.entry(staff).or_insert((start, 0)).1 += 1;
                }
            }
            let shown = visits.into_iter().filter_map(|(staff, (last_visit, visits))| {
                let row = memory.staff.get(&staff)?;
                Some(PastProfessional {
                    staff,
                    name: row.name.clone(),
                    salon: row.salon,
                    salon_name: memory.salons.get(&row.salon)?.new.name.clone(),
                    last_visit,
                    visits,
                })
            });
            latest_first(shown, |shown| (shown.last_visit, shown.staff.uuid()), after, limit)
        }))
    }

    async fn devices(&self, person: PersonId) -> Result<Vec<Device>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let all = memory.profiles.devices.iter();
            let own = all.filter(|device| device.person == person);
            let by_age = |device: &Device| (device.registered_at, device.id.uuid());
            latest_first(own.cloned(), by_age, None, MOST_DEVICES)
        }))
    }

    async fn register_device(&self, device: &Device) -> Result<Option<DeviceId>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            if !memory.knows(device.person) || !memory.is_in_use(device) {
                return None;
            }
            let devices = &mut memory.profiles.devices;
            let before = devices.iter().position(|other| other.token == device.token);
            let before = before.map(|place| devices.remove(place));
            let same = before.filter(|before| before.person == device.person);
            let id = same.map_or(device.id, |before| before.id);
            devices.push(Device { id, ..device.clone() });
            let mut own: Vec<_> =
                devices.iter().filter(|other| other.person == device.person).cloned().collect();
            own.sort_by_key(|own| Reverse((own.registered_at, own.id)));
            let leaving: BTreeSet<_> =
                own.iter().skip(MOST_DEVICES as usize).map(|own| own.id).collect();
            memory.profiles.devices.retain(|device| !leaving.contains(&device.id));
            Some(id)
        }))
    }

    async fn remove_device(&self, person: PersonId, id: DeviceId) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let devices = &mut memory.profiles.devices;
            let before = devices.len();
            devices.retain(|device| device.id != id || device.person != person);
            devices.len() < before
        }))
    }

    async fn consents(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Consent>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.profiles.consents.get(&person).into_iter().flatten().cloned();
            latest_first(own, |consent| (consent.at, consent.id.uuid()), after, limit)
        }))
    }

    async fn record_consent(
        &self,
        person: PersonId,
        consent: &Consent,
    ) -> Result<Addition<Consent>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            if !memory.knows(person) {
                return Addition::Absent;
            }
            let own = memory.profiles.consents.entry(person).or_default();
            let alike = own.iter().filter(|other| other.purpose == consent.purpose);
            let last = alike.max_by_key(|other| (other.at, other.id));
            if let Some(last) = last.filter(|last| consent.repeats(last)) {
                return Addition::There(last.clone());
            }
            if consent.given && is_full(own.len(), MOST_CONSENTS) {
                return Addition::Full;
            }
            own.push(consent.clone());
            Addition::There(consent.clone())
        }))
    }

    async fn known_devices(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<DateTime<Utc>>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let phone = memory.people.get(&person).and_then(|(phone, _)| phone.as_ref());
            let own = memory.proved_devices.iter().filter(|((of, _), _)| Some(of) == phone);
            let mut proved: Vec<_> = own.map(|(_, at)| *at).collect();
            proved.sort_unstable_by(|a, b| b.cmp(a));
            proved.truncate(limit as usize);
            proved
        }))
    }

    async fn logins(&self, person: PersonId, limit: u32) -> Result<Vec<KeptSession>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.sessions.values().filter(|kept| kept.session.person == person);
            let by_age = |kept: &KeptSession| (kept.session.opened_at, kept.session.id.uuid());
            latest_first(own.cloned(), by_age, None, limit)
        }))
    }

    async fn payments_for(
        &self,
        person: PersonId,
        bookings: &[BookingId],
    ) -> Result<Vec<Payment>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.payments_by(person);
            own.filter(|payment| bookings.contains(&payment.booking)).cloned().collect()
        }))
    }

    async fn erase(
        &self,
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Result<(), EraseRefusal>, StoreError> {
        tokio::task::yield_now().await;
        Ok(change(&self.memory, |memory| {
            if !memory.knows(person) {
                return Ok(());
            }
            memory.ties(person, at).let_go()?;
            memory.forget(person, at);
            Ok(())
        }))
    }
}
