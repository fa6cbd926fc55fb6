//! The salon gives services of a booking to other professionals, at the same time.

use identity::Act;
use kernel::{BookingId, PersonId, StaffId};
use ports::{Event, Sought, StoreError, Wish};
use scheduling::{Booking, Chosen, Refusal, diary};

use super::place::{at_desk, give_way};
use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "reassign_booking";

/// Who is to do a service from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reassign {
    /// Which of the booking's lines, counted from 0.
    pub line: usize,
    /// By whom.
    pub staff: StaffId,
}

/// Why nobody else does it.
#[derive(Debug, thiserror::Error)]
pub enum ReassignError {
    /// There is no such booking at a salon of this person.
    #[error("no such booking")]
    NotFound,
    /// The booking has no such line.
    #[error("the booking has no such line")]
    NoSuchLine,
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

conflicts!(ReassignError);

/// Gives services to other professionals, for anyone who belongs to the booking's salon. What was
/// agreed stays, but how long the others take is how long it takes.
#[tracing::instrument(skip_all, fields(%who, %booking))]
pub async fn reassign(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    to: &[Reassign],
    idempotency: Option<&Idempotency>,
) -> Result<Booking, ReassignError> {
    deciding!(|again| attempt(ports, who, booking, to, idempotency, again))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    id: BookingId,
    to: &[Reassign],
    idempotency: Option<&Idempotency>,
    again: bool,
) -> Result<Booking, ReassignError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(idempotency) = idempotency
        && let Some(booking) =
            idempotency.answered_booking::<ReassignError>(tx.as_mut(), who, VERB).await?
    {
        return Ok(booking);
    }
    let booking = tx.booking(id).await?.ok_or(ReassignError::NotFound)?;
    at_salon(ports, Act::ReassignBooking, who, booking.salon).await?;

    let wish = |line: &scheduling::Line| Wish {
        guest: line.guest,
        service: line.service,
        staff: Some(line.staff),
        gender: None,
    };
    let mut wishes: Vec<Wish> = booking.lines.iter().map(wish).collect();
    for Reassign { line, staff } in to {
        wishes.get_mut(*line).ok_or(ReassignError::NoSuchLine)?.staff = Some(*staff);
    }
    let chosen = |(line, wish): (&scheduling::Line, &Wish)| {
        if wish.staff == Some(line.staff) { line.chosen } else { Chosen::Named }
    };
    let chosen: Vec<Chosen> = booking.lines.iter().zip(&wishes).map(chosen).collect();
    let start = booking.window().start();
    let sought = Sought {
        salon: booking.salon,
        wishes,
        customer: booking.customer,
        start,
        destination: booking.destination(),
        key: None,
        again,
    };
    let desk = tx.desk(&sought).await?.ok_or(Refusal::NotOffered)?;
    let reassigned = at_desk(desk, &sought, Some(id), now, |board, visit| {
        diary::reassign(board, visit, &booking, &chosen)
    })?;

    give_way(tx.as_mut(), &reassigned.lapsed, now).await?;
    tx.save_booking(&reassigned.booking);
    tx.enqueue(Event::BookingRescheduled { booking: id, from: booking.window() }, now);
    if let Some(idempotency) = idempotency {
        idempotency.answer_booking(tx.as_mut(), who, VERB, &reassigned.booking);
    }
    tx.commit().await?;
    Ok(reassigned.booking)
}
