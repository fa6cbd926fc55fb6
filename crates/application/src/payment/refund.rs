//! Money that must go back goes back, once.

use chrono::{DateTime, Utc};
use kernel::{Money, RefundId};
use ledger::{Payment, PaymentRefusal, RefundReason};
use ports::{Event, GatewayError, StoreError, Tx};

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
