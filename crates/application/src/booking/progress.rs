//! The salon's day: the customer comes or does not, the service begins, the service is done.

use identity::Act;
use kernel::{BookingId, PersonId};
use ledger::RefundReason;
use ports::{Event, StoreError};
use scheduling::{Booking, Refusal};

use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Idempotency, KeyReused};
use crate::payment::refund::{give_back, kept_payment};
use crate::retry::{conflicts, deciding};

/// A step of a booking at the salon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The customer has come.
    Arrive,
    /// The service begins.
    Start,
    /// The service is done.
    Complete,
    /// The customer never came. What was paid goes back, but for what the terms let the salon keep.
    NoShow,
}

impl Step {
    const fn act(self) -> Act {
        match self {
            Self::Arrive => Act::MarkArrived,
            Self::Start => Act::StartBooking,
            Self::Complete => Act::CompleteBooking,
            Self::NoShow => Act::MarkNoShow,
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Arrive => "mark_arrived",
            Self::Start => "start_booking",
            Self::Complete => "complete_booking",
            Self::NoShow => "mark_no_show",
        }
    }
}

/// Why the step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    /// There is no such booking at a salon of this person.
    #[error("no such booking")]
    NotFound,
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

conflicts!(ProgressError);

/// Takes a step, for anyone who belongs to the booking's salon.
#[tracing::instrument(skip_all, fields(%who, %booking, ?step))]
pub async fn progress(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    step: Step,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, ProgressError> {
    deciding!(attempt(ports, who, booking, step, idempotency))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    id: BookingId,
    step: Step,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, ProgressError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(idempotency) = idempotency
        && let Some(booking) =
            idempotency.answered_booking::<ProgressError>(tx.as_mut(), who, step.verb()).await?
    {
        return Ok(booking);
    }
    let booking = tx.booking(id).await?.ok_or(ProgressError::NotFound)?;
    at_salon(ports, step.act(), who, booking.salon).await?;

    let freed = booking.with_overrun();
    let booking = match step {
        Step::Arrive => booking.arrive(now),
        Step::Start => booking.start(now),
        Step::Complete => booking.complete(now),
        Step::NoShow => booking.no_show(now),
    }?;
    if step == Step::NoShow
        && let Some(payment) = kept_payment(tx.as_mut(), id).await?
    {
        let shares = booking.terms.cancellation.no_show(booking.price());
        give_back(ports, tx.as_mut(), payment, shares, RefundReason::NoShow, now)?;
    }
    tx.save_booking(&booking);
    tx.enqueue(Event::BookingProgressed { booking: id, freed }, now);
    if let Some(idempotency) = idempotency {
        idempotency.answer_booking(tx.as_mut(), who, step.verb(), &booking);
    }
    tx.commit().await?;
    Ok(booking)
}
