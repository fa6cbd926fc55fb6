//! A payment that has not come is looked for: webhooks get lost, and banks answer days late.

use kernel::{BookingId, PaymentId};
use ledger::policy::FOLLOW_UPS;
use ledger::{GatewayOrder, Payment};
use ports::{Event, GatewayError, StoreError};

use super::settle::{SettleError, settle};
use crate::Ports;

/// Why the look failed; it is repeated.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// The gateway failed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// What was found could not be acted on.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks whether an awaited payment came after all, and plans the next look.
#[tracing::instrument(skip_all, fields(%payment, round))]
pub async fn follow_up(ports: &Ports, payment: PaymentId, round: u8) -> Result<(), FollowUpError> {
    let open = {
        let mut tx = ports.store.begin().await?;
        tx.payment(payment).await?.filter(Payment::is_open)
    };
    let Some(order) = open.as_ref().and_then(Payment::order) else { return Ok(()) };
    if look(ports, order).await? {
        return Ok(());
    }
    let next = round.saturating_add(1);
    if let Some(pause) = FOLLOW_UPS.get(usize::from(next)) {
        let mut tx = ports.store.begin().await?;
        let due = ports.clock.now() + *pause;
        tx.enqueue(Event::PaymentAwaited { payment, round: next }, due);
        tx.commit().await?;
    }
    Ok(())
}

/// Looks for payments of a booking whose hold runs out, so that a lost webhook costs nobody the
/// slot that was paid for. `true` if one came.
#[tracing::instrument(skip_all, fields(%booking))]
pub async fn look_before_expiry(ports: &Ports, booking: BookingId) -> Result<bool, FollowUpError> {
    let payments = {
        let mut tx = ports.store.begin().await?;
        tx.payments_of(booking).await?
    };
    for payment in payments.iter().filter(|payment| payment.is_open()) {
        if let Some(order) = payment.order()
            && look(ports, order).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn look(ports: &Ports, order: &GatewayOrder) -> Result<bool, FollowUpError> {
    let attempts = ports.gateway.attempts(order).await?;
    let Some(report) = attempts.iter().find(|report| report.captured) else { return Ok(false) };
    settle(ports, report).await?;
    Ok(true)
}
