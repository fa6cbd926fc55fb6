//! A booking, or some of its services, is called off by its customer or by the salon; what was paid
//! goes back, but for what its terms let the salon keep.

use chrono::{DateTime, Utc};
use identity::Act;
use kernel::{BookingId, PersonId};
use ledger::{Payment, RefundReason};
use ports::{Event, StoreError, Tx};
use scheduling::booking::{CallOffError, CalledOff};
use scheduling::{Booking, LinesError, Party, Refusal, Shares};

use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Idempotency, KeyReused};
use crate::payment::refund::{give_back, kept_payment};
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
    /// The booking has no such lines.
    #[error(transparent)]
    Lines(LinesError),
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

conflicts!(CancelError);

impl From<CallOffError> for CancelError {
    fn from(error: CallOffError) -> Self {
        match error {
            CallOffError::Lines(error) => Self::Lines(error),
            CallOffError::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

/// Calls a booking off for its customer, all of it or the lines of these numbers.
#[tracing::instrument(skip_all, fields(%customer, %booking))]
pub async fn cancel(
    ports: &Ports,
    customer: PersonId,
    booking: BookingId,
    lines: Option<&[usize]>,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    deciding!(attempt(ports, customer, Party::Customer, booking, lines, idempotency))
}

/// The same for anyone who belongs to its salon.
#[tracing::instrument(skip_all, fields(%who, %booking))]
pub async fn cancel_by_salon(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    lines: Option<&[usize]>,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    deciding!(attempt(ports, who, Party::Salon, booking, lines, idempotency))
}

/// What would be kept and what would go back if its customer called a booking off now. Calling it
/// off at the same instant does exactly that.
#[tracing::instrument(skip_all, fields(%customer, %booking))]
pub async fn preview(
    ports: &Ports,
    customer: PersonId,
    booking: BookingId,
    lines: Option<&[usize]>,
) -> Result<(Booking, Shares), CancelError> {
    let mut tx = ports.store.begin().await?;
    let before = of(ports, tx.as_mut(), customer, Party::Customer, booking).await?;
    let (by, now) = (Party::Customer, ports.clock.now());
    let (off, _) = decide(tx.as_mut(), before.clone(), lines, by, now).await?;
    Ok((before, off.shares))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    by: Party,
    id: BookingId,
    lines: Option<&[usize]>,
    idempotency: Option<&Idempotency>,
) -> Result<Booking, CancelError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(idempotency) = idempotency
        && let Some(booking) =
            idempotency.answered_booking::<CancelError>(tx.as_mut(), who, verb(by)).await?
    {
        return Ok(booking);
    }
    let before = of(ports, tx.as_mut(), who, by, id).await?;
    let (off, paid) = decide(tx.as_mut(), before, lines, by, now).await?;
    let CalledOff { booking, is_all, freed, shares } = off;
    let (event, reason) = if is_all {
        (Event::BookingCancelled { booking: id }, RefundReason::Cancelled)
    } else {
        (Event::LinesCancelled { booking: id, freed }, RefundReason::LinesCancelled)
    };
    if let Some(payment) = paid {
        give_back(ports, tx.as_mut(), payment, shares, reason, now)?;
    }
    tx.save_booking(&booking);
    tx.enqueue(event, now);
    if let Some(idempotency) = idempotency {
        idempotency.answer_booking(tx.as_mut(), who, verb(by), &booking);
    }
    tx.commit().await?;
    Ok(booking)
}

/// The booking, if they may call it off.
async fn of(
    ports: &Ports,
    tx: &mut dyn Tx,
    who: PersonId,
    by: Party,
    id: BookingId,
) -> Result<Booking, CancelError> {
    let booking = tx.booking(id).await?.ok_or(CancelError::NotFound)?;
    match by {
        Party::Customer if booking.customer != who => return Err(CancelError::NotFound),
        Party::Customer => {}
        Party::Salon => {
            at_salon(ports, Act::CancelBookingByVendor, who, booking.salon).await?;
        }
    }
    Ok(booking)
}

/// What calling off comes to, and the payment that is kept, if it was paid for: else nothing is kept
/// of it and nothing goes back.
async fn decide(
    tx: &mut dyn Tx,
    booking: Booking,
    lines: Option<&[usize]>,
    by: Party,
    now: DateTime<Utc>,
) -> Result<(CalledOff, Option<Payment>), CancelError> {
    let paid = kept_payment(tx, booking.id).await?;
    let off = booking.call_off(lines, by, now)?;
    let shares = if paid.is_some() { off.shares } else { Shares::NOTHING };
    Ok((CalledOff { shares, ..off }, paid))
}
