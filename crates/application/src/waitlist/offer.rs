//! A time has become free: it is held for whoever waited longest for it.

use chrono::{DateTime, Utc};
use kernel::{SalonId, WaitingId};
use ports::{Outlook, StoreError, Waiting};
use scheduling::policy::{
    LONGEST_VISIT_MINUTES, MOST_WAITING, OFFER_LIFETIME, WAITLIST_HOLD_LIFETIME,
};
use scheduling::{Minutes, Window};

use crate::Ports;
use crate::availability::{Looking, Offer, Offered, SearchError, done_at, offered, outlook};
use crate::booking::place::{PlaceError, Placing, place_once};
use crate::idempotency::Idempotency;

const VERB: &str = "waitlist_offer";

/// Offers what has become free around a window to those who wait, in the order in which they came.
#[tracing::instrument(skip_all, fields(%salon))]
pub async fn offer_freed(ports: &Ports, salon: SalonId, freed: Window) -> Result<(), StoreError> {
    // A visit that takes some of the time may begin long before it.
    let starts = freed.widened(Minutes::new(LONGEST_VISIT_MINUTES), Minutes::ZERO);
    for waiting in ports.waitlist.next(salon, starts, MOST_WAITING).await? {
        offer(ports, waiting).await?;
    }
    Ok(())
}

/// Offers the first time there is to one who waits, if nothing was offered to them yet.
#[tracing::instrument(skip_all, fields(%waiting))]
pub async fn offer_to(ports: &Ports, waiting: WaitingId) -> Result<(), StoreError> {
    match ports.waitlist.waiting(waiting).await? {
        Some(waiting) if waiting.offered.is_none() => offer(ports, waiting).await,
        _ => Ok(()),
    }
}

async fn offer(ports: &Ports, waiting: Waiting) -> Result<(), StoreError> {
    let now = ports.clock.now();
    let Ok(starts) = Window::new(waiting.starts.start().max(now), waiting.starts.end()) else {
        return Ok(());
    };
    let Some(offer) = first(ports, &waiting, starts, now).await? else { return Ok(()) };
    let placing = Placing {
        customer: waiting.customer,
        verb: VERB,
        // One place on the list is offered one booking, however often this is tried.
        idempotency: &Idempotency { key: waiting.id.to_string(), fingerprint: [0; 32] },
        hold: WAITLIST_HOLD_LIFETIME,
        waiting: Some(waiting.id),
        home: waiting.home.as_ref(),
    };
    match place_once(ports, &offer, placing).await {
        Ok(Ok(booking)) => {
            tracing::info!(booking = %booking.id, "offered");
            ports.waitlist.note_offer(waiting.id, booking.id).await
        }
        // Somebody was faster, or the customer holds enough already: they go on waiting.
        Ok(Err(refusal)) => {
            tracing::info!(code = refusal.code(), "not offered");
            Ok(())
        }
        Err(PlaceError::Store(error)) => Err(error),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not offered");
            Ok(())
        }
    }
}

/// The first slot within a window, as an offer.
async fn first(
    ports: &Ports,
    waiting: &Waiting,
    starts: Window,
    now: DateTime<Utc>,
) -> Result<Option<Offer>, StoreError> {
    let destination = waiting.home.as_ref().map(|home| home.destination);
    let there = |offerable| done_at(offerable, destination);
    let found = outlook(ports, waiting.salon, &waiting.wishes, starts, there).await;
    let found = found.and_then(|Outlook { offerable, busy }| {
        let (one_professional, moves) = (waiting.one_professional, None);
        let (offerable, busy) = (&offerable, &busy);
        let looking = Looking { offerable, busy, one_professional, moves, destination };
        offered(ports, looking, starts, 1)
    });
    match found {
        Ok(slots) => {
            let good_until = now + OFFER_LIFETIME;
            let wishes = waiting.wishes.iter().copied();
            let offer = |slot: &Offered| {
                Offer::of(waiting.salon, &slot.lines, wishes, None, good_until, slot.terms)
            };
            Ok(slots.first().map(offer).map(|offer| Offer { destination, ..offer }))
        }
        Err(SearchError::Store(error)) => Err(error),
        // It is not sold any more, or not by this professional, or not there.
        Err(_) => Ok(None),
    }
}
