//! Money that must go back goes back, once.

use kernel::PaymentId;
use ledger::{Payment, PaymentRefusal, PaymentState};
use ports::{Event, GatewayError, StoreError};

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

/// Asks the gateway to give a payment back, if it is due. The payment's own name is the key, so
/// that a repeated call gives nothing twice.
#[tracing::instrument(skip_all, fields(%payment))]
pub async fn refund(ports: &Ports, payment: PaymentId) -> Result<(), RefundError> {
    let found = {
        let mut tx = ports.store.begin().await?;
        tx.payment(payment).await?
    };
    let Some(Payment { state: PaymentState::RefundDue { paid_by, .. }, amount, .. }) = found else {
        return Ok(());
    };
    let given = ports.gateway.refund(&paid_by, amount, &payment.to_string()).await?;
    deciding!(save(ports, payment, &given))
}

async fn save(
    ports: &Ports,
    id: PaymentId,
    given: &ledger::GatewayRefund,
) -> Result<(), RefundError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let Some(payment) = tx.payment(id).await? else { return Ok(()) };
    match payment.refunded(given.clone(), now) {
        Ok(payment) => {
            tx.save_payment(&payment);
            tx.enqueue(Event::PaymentRefunded { payment: id }, now);
            tx.commit().await?;
            Ok(())
        }
        // Someone was here before.
        Err(
            PaymentRefusal::OutOfOrder
            | PaymentRefusal::AmountDiffers
            | PaymentRefusal::Busy { .. },
        ) => Ok(()),
    }
}
