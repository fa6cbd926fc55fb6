//! What screens show, from the same memory.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{BookingId, DiaryId, PersonId, Point, SalonId, ServiceId};
use ports::queries::{
    After, BookingView, Busy, LineNames, ResourceView, SalonView, ServiceView, StaffView,
};
use ports::{Listing, Queries, SalonFilter, ServiceFilter, StoreError};
use scheduling::{Booking, Line, Lines, Window};
use uuid::Uuid;

use super::memory::{Memory, SalonRow, Shared, read};

/// The views of a memory.
#[derive(Debug, Clone)]
pub struct FakeQueries {
    memory: Shared,
}

impl FakeQueries {
    /// Views of this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

/// In order of a key and a name that breaks ties, at most `limit` after a place.
fn page<V, K: Ord + Clone>(
    views: impl Iterator<Item = V>,
    key: impl Fn(&V) -> (K, Uuid),
    after: Option<&After<K>>,
    limit: u32,
) -> Vec<V> {
    let follows = |view: &V| after.is_none_or(|after| key(view) > (after.key.clone(), after.id));
    let mut views: Vec<V> = views.filter(follows).collect();
    views.sort_by_key(&key);
    views.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    views
}

/// Names are compared without their case.
fn lowered(after: Option<&After<String>>) -> Option<After<String>> {
    after.map(|after| After { key: after.key.to_lowercase(), id: after.id })
}

fn salon_view(memory: &Memory, row: &SalonRow) -> SalonView {
    SalonView {
        id: row.new.id,
        name: row.new.name.clone(),
        city: row.new.city.clone(),
        address: row.new.address.clone(),
        location: row.new.location,
        distance_m: None,
        rating: row.rating,
        home_visits: row.new.home_visits,
        zone: row.new.zone,
        is_listed: memory.is_listed(row),
        version: row.version,
    }
}

fn booking_view(memory: &Memory, booking: &Booking) -> Option<BookingView> {
    let salon = memory.salons.get(&booking.salon)?;
    Some(BookingView {
        booking: booking.clone(),
        salon_name: salon.new.name.clone(),
        lines: line_names(memory, &booking.lines)?,
        customer_name: memory.people.get(&booking.customer)?.1.clone(),
        customer_phone: memory.people.get(&booking.customer)?.0.clone(),
        noted: memory.noted.get(&booking.id).cloned(),
        delays: booking.delays(&memory.diaries_over(booking)),
    })
}

/// The booking with what it runs over by.
fn whole(booking: &Booking) -> Window {
    let planned = booking.window();
    let until = booking.lasts_until().unwrap_or(planned.end());
    Window::new(planned.start(), until).unwrap_or(planned)
}

fn line_names(memory: &Memory, lines: &Lines) -> Option<Vec<LineNames>> {
    let names = |line: &Line| {
        Some(LineNames {
            service: memory.services.get(&line.service)?.1.name.clone(),
            staff: memory.staff.get(&line.staff)?.name.clone(),
        })
    };
    lines.iter().map(names).collect()
}

fn by_start(view: &BookingView) -> (DateTime<Utc>, Uuid) {
    (view.booking.window().start(), view.booking.id.uuid())
}

fn fits(memory: &Memory, salon: &SalonRow, filter: &SalonFilter) -> bool {
    let lower = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
    let SalonRow { new, .. } = salon;
    memory.is_listed(salon)
        && lower(&filter.text).is_none_or(|text| new.name.to_lowercase().contains(&text))
        && lower(&filter.city).is_none_or(|city| new.city.to_lowercase() == city)
        && filter.min_rating_tenths.is_none_or(|least| rated(salon, least))
        && (filter.service.is_empty() || sells(memory, new.id, &filter.service))
}

fn rated(salon: &SalonRow, least: u8) -> bool {
    salon.rating.is_some_and(|rating| rating.tenths >= least)
}

fn sells(memory: &Memory, salon: SalonId, filter: &ServiceFilter) -> bool {
    memory.services.values().any(|(seller, sold)| *seller == salon && filter.fits(sold))
}

/// A salon that is at most so far away.
fn near(memory: &Memory, row: &SalonRow, to: Point, within_m: u32) -> Option<SalonView> {
    let metres = to.metres_to(row.new.location?);
    let view = SalonView { distance_m: Some(metres), ..salon_view(memory, row) };
    (metres <= within_m).then_some(view)
}

/// When the diaries of these salons are busy.
pub(super) fn busy(memory: &Memory, salons: &[SalonId], window: Window) -> HashMap<DiaryId, Busy> {
    let staff = memory.staff.iter().filter(|(_, row)| salons.contains(&row.salon));
    let kinds = memory.resources.values().filter(|(salon, _)| salons.contains(salon));
    let units = kinds.flat_map(|(_, kind)| &kind.units).map(|unit| (*unit).into());
    let diaries = staff.map(|(id, _)| (*id).into()).chain(units);
    diaries.map(|id| (id, memory.busy_within(id, window))).collect()
}

#[async_trait]
impl Queries for FakeQueries {
    async fn salons(
        &self,
        filter: &SalonFilter,
        listing: &Listing,
        limit: u32,
    ) -> Result<Vec<SalonView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let fitting = memory.salons.values().filter(|row| fits(memory, row, filter));
            match listing {
                Listing::ByName { after } => page(
                    fitting.map(|row| salon_view(memory, row)),
                    |salon| (salon.name.to_lowercase(), salon.id.uuid()),
                    lowered(after.as_ref()).as_ref(),
                    limit,
                ),
                Listing::Nearest { to, within_m, after } => page(
                    fitting.filter_map(|row| near(memory, row, *to, *within_m)),
                    |salon| (salon.distance_m, salon.id.uuid()),
                    after
                        .as_ref()
                        .map(|after| After { key: Some(after.key), id: after.id })
                        .as_ref(),
                    limit,
                ),
            }
        }))
    }

    async fn salon(&self, id: SalonId) -> Result<Option<SalonView>, StoreError> {
        Ok(read(&self.memory, |memory| memory.salons.get(&id).map(|row| salon_view(memory, row))))
    }

    async fn services(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ServiceView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.services.values().filter(|(seller, _)| *seller == salon);
            let views = own.map(|(_, sold)| ServiceView {
                id: sold.id,
                name: sold.name.clone(),
                category: sold.category.clone(),
                timing: sold.timing,
                price: sold.price,
                mode: sold.mode,
                for_gender: sold.for_gender,
                resources: sold.resources.clone(),
            });
            page(
                views,
                |view| (view.name.to_lowercase(), view.id.uuid()),
                lowered(after).as_ref(),
                limit,
            )
        }))
    }

    async fn staff(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<StaffView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.staff.iter().filter(|(_, row)| row.salon == salon);
            let views = own.map(|(id, row)| StaffView {
                id: *id,
                name: row.name.clone(),
                gender: row.gender,
                services: row.skills.keys().copied().collect::<Vec<ServiceId>>(),
                version: row.version,
            });
            page(
                views,
                |view| (view.name.to_lowercase(), view.id.uuid()),
                lowered(after).as_ref(),
                limit,
            )
        }))
    }

    async fn resources(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ResourceView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.resources.values().filter(|(owner, _)| *owner == salon);
            let views = own.map(|(_, new)| ResourceView {
                id: new.id,
                name: new.name.clone(),
                units: u16::try_from(new.units.len()).unwrap_or(u16::MAX),
            });
            page(
                views,
                |view| (view.name.to_lowercase(), view.id.uuid()),
                lowered(after).as_ref(),
                limit,
            )
        }))
    }

    async fn booking(&self, id: BookingId) -> Result<Option<BookingView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let found = memory.bookings.get(&id)?;
            booking_view(memory, &found.row)
        }))
    }

    async fn line_names(&self, lines: &Lines) -> Result<Vec<LineNames>, StoreError> {
        Ok(read(&self.memory, |memory| line_names(memory, lines).unwrap_or_default()))
    }

    async fn bookings_of(
        &self,
        customer: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory.bookings().filter(|booking| booking.customer == customer);
            let mut views: Vec<_> = own
                .filter_map(|booking| booking_view(memory, booking))
                .filter(|view| after.is_none_or(|after| by_start(view) < (after.key, after.id)))
                .collect();
            views.sort_by_key(|view| std::cmp::Reverse(by_start(view)));
            views.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            views
        }))
    }

    async fn diary(
        &self,
        salon: SalonId,
        window: Window,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let own = memory
                .bookings()
                .filter(|booking| booking.salon == salon && whole(booking).overlaps(window))
                .filter_map(|booking| booking_view(memory, booking));
            page(own, by_start, after, limit)
        }))
    }
}
