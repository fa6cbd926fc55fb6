//! A customer takes an offered slot: the booking is held until it is paid for.

use chrono::{DateTime, Utc};
use kernel::{BookingId, PersonId};
use ports::{Desk, Event, Sought, StoreError, Tx};
use scheduling::diary::{self, Ask, Placed};
use scheduling::{Board, Booking, Refusal, Visit};

use crate::Ports;
use crate::availability::{Offer, OfferError, Offered, alternatives, on_board};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "create_booking";

/// What the customer sends.
#[derive(Debug, Clone)]
pub struct PlaceBooking {
    /// The offer, sealed, as the search gave it.
    pub offer: String,
    /// The customer's key for this intent.
    pub idempotency: Idempotency,
}

/// Why the booking was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The offer is not taken.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// A rule says no; these are the next free slots.
    #[error("{refusal}")]
    Refused {
        /// The rule.
        refusal: Refusal,
        /// What the customer may take instead.
        alternatives: Vec<Offered>,
    },
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One attempt ends with a booking, or with a refusal that says which slot was wanted.
enum Attempt {
    Placed(Booking),
    Refused(Refusal, Offer),
}

conflicts!(PlaceError);

/// Places a booking as a hold.
///
/// The key is looked up only where nothing was placed: a retry of what was placed before finds its
/// time taken, by itself, or its key in the way of the commit, and then gets the first answer.
#[tracing::instrument(skip_all, fields(%customer))]
pub async fn place(
    ports: &Ports,
    customer: PersonId,
    ask: &PlaceBooking,
) -> Result<Booking, PlaceError> {
    let decided = deciding!(attempt(ports, customer, ask));
    if let Ok(Attempt::Placed(booking)) = decided {
        return Ok(booking);
    }
    if let Some(booking) = placed_before(ports, customer, ask).await? {
        return Ok(booking);
    }
    match decided? {
        Attempt::Placed(booking) => Ok(booking),
        Attempt::Refused(refusal, offer) => {
            tracing::info!(code = refusal.code(), salon = %offer.salon, "refused");
            let (salon, wishes) = (offer.salon, offer.wishes());
            let alternatives = alternatives(ports, salon, &wishes, offer.start, None).await?;
            Err(PlaceError::Refused { refusal, alternatives })
        }
    }
}

async fn placed_before(
    ports: &Ports,
    customer: PersonId,
    ask: &PlaceBooking,
) -> Result<Option<Booking>, PlaceError> {
    let mut tx = ports.store.begin().await?;
    ask.idempotency.answered(tx.as_mut(), customer, VERB).await
}

async fn attempt(
    ports: &Ports,
    customer: PersonId,
    ask: &PlaceBooking,
) -> Result<Attempt, PlaceError> {
    let now = ports.clock.now();
    let offer = Offer::open(&ask.offer, None, ports.credentials.as_ref(), now)?;

    let mut tx = ports.store.begin().await?;
    let sought = sought(&offer, customer);
    let Some(desk) = tx.desk(&sought).await? else {
        return Ok(Attempt::Refused(Refusal::NotOffered, offer));
    };
    let agreed = offer.agreed();
    let wanted = Ask {
        id: BookingId::new(ports.ids.next()),
        salon: offer.salon,
        customer,
        start: offer.start,
        lines: &agreed,
    };
    let holds = desk.holds.clone();
    let placed =
        at_desk(desk, None, now, |board, visit| diary::place(board, visit, &holds, wanted));
    let placed = match placed {
        Ok(placed) => placed,
        Err(refusal) => return Ok(Attempt::Refused(refusal, offer)),
    };

    let booking = placed.booking;
    let until = booking.held_until().unwrap_or(now);
    give_way(tx.as_mut(), &placed.lapsed, now).await?;
    tx.save_booking(&booking);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, until);
    ask.idempotency.answer(tx.as_mut(), customer, VERB, &booking);
    tx.commit().await?;
    Ok(Attempt::Placed(booking))
}

/// What is read to decide on an offer.
pub(crate) fn sought(offer: &Offer, customer: PersonId) -> Sought {
    Sought { salon: offer.salon, wishes: offer.wishes(), customer, start: offer.start }
}

/// Decides on what was read. What is no visit any more is nothing that the salon sells.
pub fn at_desk(
    desk: Desk,
    moves: Option<BookingId>,
    now: DateTime<Utc>,
    decide: impl FnOnce(&Board<'_>, Visit<'_>) -> Result<Placed, Refusal>,
) -> Result<Placed, Refusal> {
    let claims = desk.diaries.into_iter().map(|diary| (diary.id, diary.claims)).collect();
    let decided = on_board(&desk.offerable, false, claims, moves, now, decide);
    decided.unwrap_or(Err(Refusal::NotOffered))
}

/// Holds that have run out expire in the same unit of work that takes their time.
pub(crate) async fn give_way(
    tx: &mut dyn Tx,
    lapsed: &[BookingId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for id in lapsed {
        let booking = tx.booking(*id).await?.ok_or(StoreError::Conflict)?;
        let expired = booking.expire(now).map_err(|_| StoreError::Conflict)?;
        tx.save_booking(&expired);
        tx.enqueue(Event::BookingExpired { booking: *id }, now);
    }
    Ok(())
}
