//! Money that must go back goes back, once.

use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, RefundId};
use ledger::{Payment, PaymentRefusal, RefundReason};
use ports::{Event, GatewayError, StoreError, Tx};
use scheduling::Shares;

use crate::Ports;
use crate::retry::{conflicts, deciding};

/// Why the money did not go back yet; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The gateway failed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(RefundError);

/// Stages a captured payment, of which so much goes back.
pub(crate) fn owe_back(
    ports: &Ports,
    tx: &mut dyn Tx,
    payment: Payment,
    amount: Money,
    reason: RefundReason,
    now: DateTime<Utc>,
) -> Result<(), PaymentRefusal> {
    let refund = RefundId::new(ports.ids.next());
    tx.save_payment(&payment.owe_back(refund, amount, reason, now)?);
    tx.enqueue(Event::RefundDue { refund }, now);
    Ok(())
}

/// The payment of a booking of which something is kept; there is one at most.
pub(crate) async fn kept_payment(
    tx: &mut dyn Tx,
    booking: BookingId,
) -> Result<Option<Payment>, StoreError> {
    let is_kept =
        |payment: &Payment| payment.captured().is_some_and(|capture| !capture.goes_back());
    Ok(tx.payments_of(booking).await?.into_iter().find(is_kept))
}

/// Stages the payment of a booking, of which the customer's share goes back, if there is one.
pub(crate) fn give_back(
    ports: &Ports,
    tx: &mut dyn Tx,
    payment: Payment,
    shares: Shares,
    reason: RefundReason,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if shares.refunded.minor_units() == 0 {
        return Ok(());
    }
    let id = payment.id;
    owe_back(ports, tx, payment, shares.refunded, reason, now).map_err(|error| {
        // What is kept of a payment is what its booking costs, and fees beside it.
        StoreError::Corrupt { table: "payments", id: id.to_string(), source: Box::new(error) }
    })
}

/// Asks the gateway for a refund, if it is due. The refund's own name is the key, so that a
/// repeated call gives nothing twice.
#[tracing::instrument(skip_all, fields(%refund))]
pub async fn refund(ports: &Ports, refund: RefundId) -> Result<(), RefundError> {
    let found = {
        let mut tx = ports.store.begin().await?;
        tx.payment_of_refund(refund).await?
    };
    let Some(capture) = found.as_ref().and_then(Payment::captured) else { return Ok(()) };
    let Some(due) = capture.refund(refund).filter(|refund| refund.is_due()) else { return Ok(()) };
    let key = refund.to_string();
    let given = ports.gateway.refund(capture.paid_by(), due.amount, &key).await?;
    deciding!(save(ports, refund, &given))
}

async fn save(
    ports: &Ports,
    refund: RefundId,
    given: &ledger::GatewayRefund,
) -> Result<(), RefundError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let Some(payment) = tx.payment_of_refund(refund).await? else { return Ok(()) };
    // Any refusal means that someone was here before.
    let Ok(payment) = payment.refunded(refund, given.clone(), now) else { return Ok(()) };
    tx.save_payment(&payment);
    tx.enqueue(Event::PaymentRefunded { refund }, now);
    tx.commit().await?;
    Ok(())
}
