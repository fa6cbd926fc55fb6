//! A visit under way will last longer than planned: its time is taken, and who is delayed is told to
//! the salon. Nobody is moved by it.

use chrono::{DateTime, Utc};
use identity::Act;
use kernel::{BookingId, PersonId};
use ports::Event;
use scheduling::Booking;
use serde::{Deserialize, Serialize};

use super::progress::ProgressError;
use crate::Ports;
use crate::authority::at_salon;
use crate::idempotency::Idempotency;
use crate::retry::deciding;

const VERB: &str = "extend_visit";

/// A visit that lasts longer, and what that means for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    /// The visit.
    pub booking: Booking,
    /// The bookings that it delays, in the order of their time.
    pub delays: Vec<BookingId>,
}

/// Lets a visit that has begun last until then, for anyone who belongs to the booking's salon.
#[tracing::instrument(skip_all, fields(%who, %booking, %until))]
pub async fn extend(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    until: DateTime<Utc>,
    idempotency: Option<&Idempotency>,
) -> Result<Extended, ProgressError> {
    deciding!(attempt(ports, who, booking, until, idempotency))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    id: BookingId,
    until: DateTime<Utc>,
    idempotency: Option<&Idempotency>,
) -> Result<Extended, ProgressError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let answered = match idempotency {
        Some(key) => key.answered::<Extended, ProgressError>(tx.as_mut(), who, VERB).await?,
        None => None,
    };
    let booking = tx.booking(id).await?.ok_or(ProgressError::NotFound)?;
    let home = booking.home.clone();
    if let Some(Extended { booking, delays }) = answered {
        return Ok(Extended { booking: Booking { home, ..booking }, delays });
    }
    at_salon(ports, Act::ExtendVisit, who, booking.salon).await?;

    let (is_shorter, freed) = (booking.is_shortened_by(until), booking.with_overrun());
    let booking = booking.extend(until, now)?;
    let mut diaries = Vec::new();
    for (diary, window) in booking.overrun() {
        diaries.push(tx.diary(diary, booking.zone, window).await?);
    }
    let delays = booking.delays(&diaries);
    tx.save_booking(&booking);
    if is_shorter {
        tx.enqueue(Event::BookingProgressed { booking: id, freed }, now);
    }
    let extended = Extended { booking: Booking { home: None, ..booking }, delays };
    if let Some(idempotency) = idempotency {
        // Without its home, which may be forgotten before the key is.
        idempotency.answer(tx.as_mut(), who, VERB, &extended);
    }
    tx.commit().await?;
    Ok(Extended { booking: Booking { home, ..extended.booking }, ..extended })
}
