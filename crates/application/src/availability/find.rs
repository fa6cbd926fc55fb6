//! A customer looks for a salon that is open now, or free when it suits them.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{SalonId, ServiceId};
use ports::queries::SalonView;
use ports::{Listing, Offerable, Outlooks, SalonFilter, StoreError};
use scheduling::calendar::Calendar;
use scheduling::local::{end_of_day, start_of_day};
use scheduling::{Slot, Window};

use super::table::{diaries, reach, with_board, with_visit};
use crate::Ports;

/// Salons that are looked at together: their services and diaries are read at once.
const BATCH: u32 = 50;
/// Batches that one request looks at: five hundred salons, which is every one of a part of a city.
/// Where all of them are full, the next request goes on from there.
const MOST_BATCHES: u32 = 10;
/// Services of one salon that are looked at, the cheapest first: more of one kind are seldom sold,
/// and the dearer ones seldom have a free time when the others have none.
const MOST_SERVICES: u32 = 20;

/// When a visit is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On this date at the salon.
    On(NaiveDate),
    /// Within this window.
    Within(Window),
}

/// Which salons are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FindSalons {
    /// What they are like, and what they sell.
    pub filter: SalonFilter,
    /// In which order, and from where on.
    pub listing: Listing,
    /// Whether they must be open now, by their hours and closures.
    pub open_now: bool,
    /// When one of the services that fit is to begin, if they must be free.
    pub when: Option<When>,
    /// How many of them.
    pub limit: usize,
}

/// The first free start that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextFree {
    /// Of which service; of the cheapest, if several are free then.
    pub service: ServiceId,
    /// When.
    pub starts_at: DateTime<Utc>,
}

/// Salons that are as they are to be.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSalons {
    /// The salons, in the order of the list, with the start that was looked for.
    pub salons: Vec<(SalonView, Option<NextFree>)>,
    /// What is left of the list, if anything is: nothing of it was looked at.
    pub rest: Option<Listing>,
}

impl When {
    /// The window that is meant at a salon; none if the date does not happen there.
    fn at(self, zone: Tz) -> Option<Window> {
        match self {
            Self::Within(window) => Some(window),
            Self::On(day) => Window::new(start_of_day(zone, day)?, end_of_day(zone, day)?).ok(),
        }
    }
}

/// The first salons of a list that are open now, or in which a service that fits can begin when it is
/// to, by the rules by which times are searched for. Reads a batch of candidates at a time, two
/// statements each, one more where they must be open and three or four where what some of them sell is
/// not remembered or was edited since, until there are enough; there may be fewer than asked for
/// although the list goes on.
#[tracing::instrument(skip_all)]
pub async fn find_salons(ports: &Ports, ask: FindSalons) -> Result<FoundSalons, StoreError> {
    let FindSalons { filter, mut listing, open_now, when, limit } = ask;
    let now = ports.clock.now();
    let mut salons = Vec::new();
    for _ in 0..MOST_BATCHES {
        let candidates = ports.queries.salons(&filter, &listing, BATCH).await?;
        let goes_on = candidates.len() >= BATCH as usize;
        let asked: Vec<SalonId> = candidates.iter().map(|salon| salon.id).collect();
        let hours = if open_now { Some(ports.catalogue.hours(&asked).await?) } else { None };
        let is_open = |salon: &SalonView| {
            let Some(hours) = &hours else { return true };
            hours.get(&salon.id).is_some_and(|hours| is_open(hours, salon.zone, now))
        };
        let open: Vec<SalonId> =
            candidates.iter().filter(|salon| is_open(salon)).map(|salon| salon.id).collect();
        let table = match when {
            Some(when) => Some(Table::of(ports, &filter, &open, when).await?),
            None => None,
        };
        for salon in candidates {
            if salons.len() >= limit {
                return Ok(FoundSalons { salons, rest: Some(listing) });
            }
            listing = listing.after(&salon);
            if !is_open(&salon) {
                continue;
            }
            match &table {
                None => salons.push((salon, None)),
                Some(table) => {
                    let free = table.next_free(salon.id, now);
                    salons.extend(free.map(|free| (salon, Some(free))));
                }
            }
        }
        if !goes_on {
            return Ok(FoundSalons { salons, rest: None });
        }
    }
    Ok(FoundSalons { salons, rest: Some(listing) })
}

/// Whether a salon with these hours is open at an instant on its clock.
fn is_open(hours: &Calendar, zone: Tz, at: DateTime<Utc>) -> bool {
    let moment = Window::new(at, at + TimeDelta::seconds(1));
    moment.is_ok_and(|moment| hours.open(zone, moment).iter().next().is_some())
}

/// What is known of some salons.
struct Table {
    when: When,
    outlooks: Outlooks,
}

impl Table {
    async fn of(
        ports: &Ports,
        filter: &SalonFilter,
        salons: &[SalonId],
        when: When,
    ) -> Result<Self, StoreError> {
        let needed = |offerables: &HashMap<SalonId, Arc<Offerable>>| {
            let of_each = offerables.values().filter_map(|one| {
                let starts = when.at(one.zone)?;
                let services = one.services.chunks(1);
                services
                    .filter_map(|one_service| reach(one, one_service, starts).ok())
                    .reduce(around)
            });
            of_each.reduce(around)
        };
        let filter = &filter.service;
        let outlooks = ports.catalogue.outlooks(salons, filter, MOST_SERVICES, &needed).await?;
        Ok(Self { when, outlooks })
    }

    /// The first free start of any of a salon's services, each looked at as if it alone were wished for.
    fn next_free(&self, salon: SalonId, now: DateTime<Utc>) -> Option<NextFree> {
        let Outlooks { offerables, busy } = &self.outlooks;
        let offerable = offerables.get(&salon)?;
        let starts = self.when.at(offerable.zone)?;
        let diaries = diaries(busy, offerable.diaries(), None);
        with_board(offerable, &diaries, now, |board| {
            let mut first: Option<NextFree> = None;
            for service in offerable.services.chunks(1) {
                let before = first.map_or(starts.end(), |first| first.starts_at);
                let Ok(earlier) = Window::new(starts.start(), before) else { break };
                let found = with_visit(service, false, |visit| {
                    board.search(visit, earlier).iter().next().map(Slot::start)
                });
                let named = service.first().map(|service| service.wish.service);
                let free = named.zip(found.ok().flatten());
                first = free.map(|(service, starts_at)| NextFree { service, starts_at }).or(first);
            }
            first
        })
    }
}

/// The shortest window that holds two.
fn around(one: Window, other: Window) -> Window {
    let (start, end) = (one.start().min(other.start()), one.end().max(other.end()));
    Window::new(start, end).unwrap_or(one)
}
