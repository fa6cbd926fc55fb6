//! Somebody walks in, or calls, and the salon books for them.

use chrono::{DateTime, Utc};
use identity::Act;
use kernel::{BookingId, PersonId, SalonId};
use ports::{Desk, Event, Misplaced, Noted, Sought, StoreError, Wish};
use scheduling::diary::{self, Ask, Wanted};
use scheduling::{Booking, Chosen, Home, Refusal};

use super::place::{at_desk, give_way};
use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "create_walk_in";

/// What the salon notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkIn {
    /// Where.
    pub salon: SalonId,
    /// What, guest by guest, each with the professional who is to do it.
    pub wishes: Vec<Wish>,
    /// To which home, if it is a home visit.
    pub home: Option<Home>,
    /// From when; now, if they are there.
    pub start: Option<DateTime<Utc>>,
    /// For whom.
    pub noted: Noted,
    /// The salon's key for this intent.
    pub idempotency: Idempotency,
}

/// Why nothing was noted.
#[derive(Debug, thiserror::Error)]
pub enum WalkInError {
    /// The services are not done there.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// They may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(WalkInError);

/// Books for somebody at the counter or on the phone, for anyone who belongs to the salon: without
/// a hold, notice or starting times. They pay at the salon. One that is not shown to everybody books
/// for nobody by their phone: it would stand among the bookings of whoever has it.
#[tracing::instrument(skip_all, fields(%who, salon = %ask.salon))]
pub async fn walk_in(ports: &Ports, who: PersonId, ask: &WalkIn) -> Result<Booking, WalkInError> {
    deciding!(|again| attempt(ports, who, ask, again))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    ask: &WalkIn,
    again: bool,
) -> Result<Booking, WalkInError> {
    // Each time anew: a salon that closed meanwhile has nobody any more.
    at_salon(ports, Act::CreateWalkIn, who, ask.salon).await?;
    let now = ports.clock.now();
    let start = ask.start.unwrap_or_else(|| diary::walk_in_start(now));
    let mut tx = ports.store.begin().await?;
    let idempotency = &ask.idempotency;
    if let Some(booking) =
        idempotency.answered_booking::<WalkInError>(tx.as_mut(), who, VERB).await?
    {
        return Ok(booking);
    }
    let known = match &ask.noted.phone {
        Some(phone) => tx.person_with(phone).await?,
        None => None,
    };
    let guest = known.unwrap_or_else(|| PersonId::new(ports.ids.next()));
    let (salon, wishes) = (ask.salon, ask.wishes.clone());
    let destination = ask.home.as_ref().map(|home| home.destination);
    let sought = Sought { salon, wishes, customer: guest, start, destination, key: None, again };
    let may_book = |desk: &Desk| desk.offerable.is_listed || ask.noted.phone.is_none();
    let desk = tx.desk(&sought).await?.filter(may_book).ok_or(Refusal::NotOffered)?;
    desk.offerable.fits(destination)?;
    let agreed: Vec<Wanted> = desk
        .offerable
        .services
        .iter()
        .filter_map(|service| {
            let price = service.by.first()?.price;
            Some(Wanted { service: service.wish.service, price, chosen: Chosen::Named })
        })
        .collect();
    let id = BookingId::new(ports.ids.next());
    let home = ask.home.as_ref();
    let terms = desk.offerable.terms.for_bookings(desk.offerable.zone, now);
    let wanted = Ask { id, salon, customer: guest, start, home, lines: &agreed, terms };
    let is_there = ask.start.is_none();
    let placed = at_desk(desk, &sought, None, now, |board, visit| {
        diary::walk_in(board, visit, wanted, is_there)
    })?;

    give_way(tx.as_mut(), &placed.lapsed, now).await?;
    tx.save_walk_in(&placed.booking, &ask.noted);
    tx.enqueue(Event::WalkInNoted { booking: placed.booking.id }, now);
    idempotency.answer_booking(tx.as_mut(), who, VERB, &placed.booking);
    tx.commit().await?;
    Ok(placed.booking)
}
