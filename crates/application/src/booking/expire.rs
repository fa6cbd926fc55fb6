//! A hold runs out unpaid, and its time is free again.

use kernel::BookingId;
use ports::{Event, StoreError};

use crate::Ports;
use crate::retry::deciding;

/// Lets a hold expire that has run out; does nothing to any other booking. `true` if it expired.
#[tracing::instrument(skip_all, fields(%booking))]
pub async fn expire(ports: &Ports, booking: BookingId) -> Result<bool, StoreError> {
    deciding!(attempt(ports, booking))
}

async fn attempt(ports: &Ports, id: BookingId) -> Result<bool, StoreError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let Some(booking) = tx.booking(id).await? else { return Ok(false) };
    let Ok(expired) = booking.expire(now) else { return Ok(false) };
    tx.save_booking(&expired);
    tx.enqueue(Event::BookingExpired { booking: id }, now);
    tx.commit().await?;
    Ok(true)
}
