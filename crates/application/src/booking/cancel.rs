//! A booking is called off by its customer or by the salon; what was paid goes back.

use kernel::{BookingId, PersonId};
use ledger::{Capture, RefundReason};
use ports::{Event, StoreError};
use scheduling::{Booking, Party, Refusal};

use crate::Ports;
use crate::idempotency::{Idempotency, KeyReused};
use crate::payment::refund::owe_back;
use crate::retry::{conflicts, deciding};

const fn verb(by: Party) -> &'static str {
    match by {
        Party::Customer => "cancel_booking",
        Party::Salon => "cancel_booking_by_vendor",
    }
}

/// Why the booking was not called off.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such booking of this customer, or at a salon of this person.
    #[error("no such booking")]
    NotFound,
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(CancelError);

/// Calls a booking off for its customer.
#[tracing::instrument(skip_all, fields(%customer, %booking))]
pub async fn cancel(
    ports: &Ports,
    customer: PersonId,
    booking: BookingId,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    deciding!(attempt(ports, customer, Party::Customer, booking, idempotency))
}

/// Calls a booking off for anyone who belongs to its salon.
#[tracing::instrument(skip_all, fields(%who, %booking))]
pub async fn cancel_by_salon(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    deciding!(attempt(ports, who, Party::Salon, booking, idempotency))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    by: Party,
    id: BookingId,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(idempotency) = idempotency
        && let Some(booking) =
            idempotency.answered::<_, CancelError>(tx.as_mut(), who, verb(by)).await?
    {
        return Ok(booking);
    }
    let booking = tx.booking(id).await?.ok_or(CancelError::NotFound)?;
    let may = match by {
        Party::Customer => booking.customer == who,
        Party::Salon => ports.catalogue.role(who, booking.salon).await?.is_some(),
    };
    if !may {
        return Err(CancelError::NotFound);
    }
    let booking = booking.cancel(by, now)?;

    for payment in tx.payments_of(id).await? {
        // Only what is kept of captured money can go back; any other payment says no.
        let kept = payment.captured().map_or(payment.amount, Capture::kept);
        let _ = owe_back(ports, tx.as_mut(), payment, kept, RefundReason::Cancelled, now);
    }
    tx.save_booking(&booking);
    tx.enqueue(Event::BookingCancelled { booking: id }, now);
    if let Some(idempotency) = idempotency {
        idempotency.answer(tx.as_mut(), who, verb(by), &booking);
    }
    tx.commit().await?;
    Ok(booking)
}
