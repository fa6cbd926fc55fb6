//! A customer looks for a free time.

use std::collections::HashMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use kernel::{Money, SalonId, ServiceId, StaffId};
use ports::{Offerable, StoreError};
use scheduling::policy::{ALTERNATIVES, OFFER_LIFETIME, SEARCH_DAYS};
use scheduling::{Claim, Place, Professional, Question, Slot, Window};

use super::Offer;
use crate::Ports;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchSlots {
    /// Where.
    pub salon: SalonId,
    /// What.
    pub service: ServiceId,
    /// By whom; anyone who does it, if nobody is named.
    pub staff: Option<StaffId>,
    /// The window in which it is to begin.
    pub starts: Window,
}

/// A slot one can book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// When the service begins and ends.
    pub window: Window,
    /// Who could do it then, in a fixed order.
    pub staff: Vec<StaffId>,
    /// Who will do it if this offer is taken.
    pub assigned: StaffId,
    /// What it costs.
    pub price: Money,
    /// The offer, sealed.
    pub offer: String,
    /// Until when the offer is good.
    pub good_until: DateTime<Utc>,
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The salon does not sell the service, or the professional does not do it.
    #[error("the service is not offered")]
    NotOffered,
    /// The window is longer than one may search at once.
    #[error("the window is longer than {SEARCH_DAYS} days")]
    WindowTooLong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every free slot of a service in a window: two reads, whatever the number of professionals and
/// days, and no write.
#[tracing::instrument(skip_all, fields(salon = %ask.salon, service = %ask.service))]
pub async fn search(
    ports: &Ports,
    ask: SearchSlots,
) -> Result<(Offerable, Vec<Offered>), SearchError> {
    if ask.starts.duration() > TimeDelta::days(SEARCH_DAYS) {
        return Err(SearchError::WindowTooLong);
    }
    let now = ports.clock.now();
    let offerable = ports
        .catalogue
        .offerable(ask.salon, ask.service, ask.staff)
        .await?
        .filter(|offerable| ask.staff.is_none() || !offerable.staff.is_empty())
        .ok_or(SearchError::NotOffered)?;
    let offered = offered(ports, &offerable, ask.starts, usize::MAX, now).await?;
    Ok((offerable, offered))
}

/// The next free slots for who was refused one: from that start on, by anyone, within a day if it
/// has enough of them, or else within three.
pub(crate) async fn alternatives(
    ports: &Ports,
    salon: SalonId,
    service: ServiceId,
    from: DateTime<Utc>,
) -> Result<Vec<Offered>, StoreError> {
    let now = ports.clock.now();
    let Some(offerable) = ports.catalogue.offerable(salon, service, None).await? else {
        return Ok(Vec::new());
    };
    let from = from.max(now);
    let mut found = Vec::new();
    for days in [1, 3] {
        let until = from.checked_add_days(Days::new(days)).unwrap_or(from);
        let Ok(starts) = Window::new(from, until) else { break };
        found = offered(ports, &offerable, starts, ALTERNATIVES, now).await?;
        if found.len() == ALTERNATIVES {
            break;
        }
    }
    Ok(found)
}

/// The question that search and booking ask alike.
pub(crate) fn question(offerable: &Offerable, now: DateTime<Utc>) -> Question<'_> {
    Question {
        place: Place { zone: offerable.zone, hours: &offerable.hours },
        timing: offerable.timing,
        rules: offerable.rules,
        now,
    }
}

/// Those who could do it, with what is taken of their time.
pub(super) fn professionals<'a>(
    offerable: &'a Offerable,
    claims: &'a HashMap<StaffId, Vec<Claim>>,
) -> impl Iterator<Item = Professional<'a>> {
    offerable.staff.iter().map(|staff| Professional {
        id: staff.id,
        hours: &staff.hours,
        claims: claims.get(&staff.id).map(Vec::as_slice).unwrap_or_default(),
    })
}

async fn offered(
    ports: &Ports,
    offerable: &Offerable,
    starts: Window,
    most: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Offered>, StoreError> {
    let staff: Vec<StaffId> = offerable.staff.iter().map(|staff| staff.id).collect();
    let claims =
        ports.queries.claims(&staff, offerable.rules.reach(offerable.timing, starts)).await?;
    let professionals: Vec<Professional<'_>> = professionals(offerable, &claims).collect();
    let slots = question(offerable, now).search(&professionals, starts);
    let good_until = now + OFFER_LIFETIME;
    Ok(slots
        .iter()
        .take(most)
        .filter_map(|slot| offer(ports, offerable, &claims, slot, good_until))
        .collect())
}

fn offer(
    ports: &Ports,
    offerable: &Offerable,
    claims: &HashMap<StaffId, Vec<Claim>>,
    slot: Slot<'_>,
    good_until: DateTime<Utc>,
) -> Option<Offered> {
    // The least busy of those who could, the first named among equals.
    let staff: Vec<StaffId> = slot.staff().collect();
    let busy = |staff: &&StaffId| claims.get(*staff).map_or(0, Vec::len);
    let assigned = *staff.iter().min_by_key(busy)?;
    let offer = Offer {
        salon: offerable.salon,
        service: offerable.service,
        staff: assigned,
        start: slot.start(),
        price: offerable.price,
        good_until,
    };
    Some(Offered {
        window: offerable.timing.service_window(slot.start()),
        staff,
        assigned,
        price: offerable.price,
        offer: offer.seal(ports.credentials.as_ref()),
        good_until,
    })
}
