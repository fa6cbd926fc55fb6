//! The checkout says that it was paid: a hint, checked and then looked up at the gateway.

use kernel::{BookingId, PersonId};
use ledger::{GatewayOrder, GatewayPayment};
use ports::{GatewayError, StoreError};

use super::settle::{SettleError, settle};
use crate::Ports;

/// What the checkout gave the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The order.
    pub order: GatewayOrder,
    /// The attempt that succeeded.
    pub payment: GatewayPayment,
    /// The gateway's signature on both.
    pub signature: String,
}

/// How the payment stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The gateway has the money, and the booking knows.
    Settled(BookingId),
    /// The gateway is still at it; the webhook will tell.
    Processing(BookingId),
}

/// Why the callback was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// There is no such order of this customer.
    #[error("no such order")]
    NotFound,
    /// The signature is not the gateway's.
    #[error("the signature is not valid")]
    BadSignature,
    /// The gateway failed; the webhook will tell.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The news could not be acted on.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a checkout's answer. Any number of times, before or after the webhook: the outcome is the
/// same.
#[tracing::instrument(skip_all, fields(%customer, order = callback.order.0))]
pub async fn confirm(
    ports: &Ports,
    customer: PersonId,
    callback: &Callback,
) -> Result<Confirmation, ConfirmError> {
    let payment = {
        let mut tx = ports.store.begin().await?;
        tx.payment_of_order(&callback.order)
            .await?
            .filter(|payment| payment.customer == customer)
            .ok_or(ConfirmError::NotFound)?
    };
    let order = payment.order().ok_or(ConfirmError::NotFound)?;
    if !ports.gateway.is_callback_genuine(order, &callback.payment, &callback.signature) {
        return Err(ConfirmError::BadSignature);
    }
    if payment.is_open() {
        let report = ports.gateway.attempt(&callback.payment).await?;
        if !report.captured || report.order.as_ref() != Some(order) {
            return Ok(Confirmation::Processing(payment.booking));
        }
        settle(ports, &report).await?;
    }
    Ok(Confirmation::Settled(payment.booking))
}
