//! A customer moves a booking to another time: what was agreed and paid stays.

use kernel::{BookingId, PersonId};
use ports::{Event, Sought, StoreError};
use scheduling::{Booking, Chosen, Refusal, diary};

use super::place::{at_desk, give_way, sought};
use crate::Ports;
use crate::availability::{Offer, OfferError, Offered, alternatives};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "reschedule_booking";

/// Why the booking was not moved.
#[derive(Debug, thiserror::Error)]
pub enum RescheduleError {
    /// There is no such booking of this customer.
    #[error("no such booking")]
    NotFound,
    /// The offer is not taken.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// A rule says no; these are the next free slots.
    #[error("{refusal}")]
    Refused {
        /// The rule.
        refusal: Refusal,
        /// Where the booking may be moved instead.
        alternatives: Vec<Offered>,
    },
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One attempt ends with the booking moved, or with a refusal.
enum Attempt {
    Moved(Booking),
    Refused { refusal: Refusal, booking: Booking, offer: Offer },
}

conflicts!(RescheduleError);

/// Moves a booking to the slot of an offer that a search made for it. The old time is given back
/// and the new one taken in one commit: there is no moment at which the customer has neither.
#[tracing::instrument(skip_all, fields(%customer, %booking))]
pub async fn reschedule(
    ports: &Ports,
    customer: PersonId,
    booking: BookingId,
    offer: &str,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, RescheduleError> {
    match deciding!(|again| attempt(ports, customer, booking, offer, idempotency, again))? {
        Attempt::Moved(booking) => Ok(booking),
        Attempt::Refused { refusal, booking, offer } => {
            let alternatives = alternatives(ports, &offer, Some(&booking)).await?;
            Err(RescheduleError::Refused { refusal, alternatives })
        }
    }
}

async fn attempt(
    ports: &Ports,
    customer: PersonId,
    id: BookingId,
    offer: &str,
    idempotency: Option<&Idempotency>,
    again: bool,
) -> Result<Attempt, RescheduleError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(idempotency) = idempotency
        && let Some(booking) =
            idempotency.answered_booking::<RescheduleError>(tx.as_mut(), customer, VERB).await?
    {
        return Ok(Attempt::Moved(booking));
    }
    let booking = tx
        .booking(id)
        .await?
        .filter(|booking| booking.customer == customer)
        .ok_or(RescheduleError::NotFound)?;
    let offer = Offer::open(offer, Some(id), ports.credentials.as_ref(), now)?;
    // Services were called off since it was searched for.
    if !booking.lines.are_of(offer.lines.iter().map(|line| (line.guest, line.service))) {
        return Err(OfferError::Expired.into());
    }
    let refused = |refusal, booking, offer| Ok(Attempt::Refused { refusal, booking, offer });

    let sought = Sought { again, ..sought(&offer, customer) };
    let Some(desk) = tx.desk(&sought).await? else {
        return refused(Refusal::NotOffered, booking, offer);
    };
    let chosen: Vec<Chosen> = offer.lines.iter().map(|line| line.chosen).collect();
    let moved = at_desk(desk, &sought, Some(id), now, |board, visit| {
        diary::reschedule(board, visit, &booking, offer.start, &chosen)
    });
    let moved = match moved {
        Ok(moved) => moved,
        Err(refusal) => return refused(refusal, booking, offer),
    };

    give_way(tx.as_mut(), &moved.lapsed, now).await?;
    tx.save_booking(&moved.booking);
    tx.enqueue(Event::BookingRescheduled { booking: id, from: booking.window() }, now);
    if let Some(idempotency) = idempotency {
        idempotency.answer_booking(tx.as_mut(), customer, VERB, &moved.booking);
    }
    tx.commit().await?;
    Ok(Attempt::Moved(moved.booking))
}
