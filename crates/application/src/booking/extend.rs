//! A visit under way will last longer than planned: its time is taken, and who is delayed is told to
//! the salon. Nobody is moved by it.

use chrono::{DateTime, Utc};
use identity::Act;
use kernel::{BookingId, PersonId};
use ports::{Event, StoreError};
use scheduling::{Booking, Refusal};
use serde::{Deserialize, Serialize};

use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "extend_visit";

/// A visit that lasts longer, and what that means for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    /// The visit.
    pub booking: Booking,
    /// The bookings that it delays, in the order of their time.
    pub delays: Vec<BookingId>,
}

/// Why it does not last longer.
#[derive(Debug, thiserror::Error)]
pub enum ExtendError {
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

conflicts!(ExtendError);

/// Lets a visit that has begun last until then, for anyone who belongs to the booking's salon.
#[tracing::instrument(skip_all, fields(%who, %booking, %until))]
pub async fn extend(
    ports: &Ports,
    who: PersonId,
    booking: BookingId,
    until: DateTime<Utc>,
    idempotency: Option<&Idempotency>,
) -> Result<Extended, ExtendError> {
    deciding!(attempt(ports, who, booking, until, idempotency))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    id: BookingId,
    until: DateTime<Utc>,
    idempotency: Option<&Idempotency>,
) -> Result<Extended, ExtendError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let answered = match idempotency {
        Some(key) => key.answered::<Extended, ExtendError>(tx.as_mut(), who, VERB).await?,
        None => None,
    };
    let booking = tx.booking(id).await?.ok_or(ExtendError::NotFound)?;
    let home = booking.home.clone();
    if let Some(Extended { booking, delays }) = answered {
        return Ok(Extended { booking: Booking { home, ..booking }, delays });
    }
    at_salon(ports, Act::ExtendVisit, who, booking.salon).await?;

    let (before, freed) = (booking.lasts_until(), booking.with_overrun());
    let booking = booking.extend(until, now)?;
    let mut diaries = Vec::new();
    for (diary, window) in booking.overrun() {
        diaries.push(tx.diary(diary, booking.zone, window).await?);
    }
    let delays = booking.delays(&diaries);
    tx.save_booking(&booking);
    if booking.lasts_until() < before {
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
