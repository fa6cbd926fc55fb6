//! The payment gateway.

use async_trait::async_trait;
use kernel::{BookingId, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment, GatewayRefund};

/// What the gateway says of one attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayReport {
    /// The attempt.
    pub payment: GatewayPayment,
    /// The order it was made for, if any.
    pub order: Option<GatewayOrder>,
    /// How much.
    pub amount: Money,
    /// Is the money with the gateway, for us?
    pub captured: bool,
}

/// What a webhook says, as far as it concerns us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayNews {
    /// An attempt to pay succeeded.
    Captured(GatewayReport),
    /// Something else, by its name; kept and not acted on.
    Other(String),
}

/// Takes payments. No method is called while a unit of work is open.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// The public key that a checkout needs.
    fn public_key(&self) -> &str;
    /// Asks for an order of an amount, captured automatically; `receipt` finds it again.
    async fn create_order(
        &self,
        receipt: PaymentId,
        booking: BookingId,
        amount: Money,
    ) -> Result<GatewayOrder, GatewayError>;
    /// The order made for this receipt, if there is one: the way back after an answer was lost.
    async fn find_order(&self, receipt: PaymentId) -> Result<Option<GatewayOrder>, GatewayError>;
    /// All attempts to pay an order.
    async fn attempts(&self, order: &GatewayOrder) -> Result<Vec<GatewayReport>, GatewayError>;
    /// One attempt to pay.
    async fn attempt(&self, payment: &GatewayPayment) -> Result<GatewayReport, GatewayError>;
    /// Gives so much of a captured amount back. The same key never gives it back twice.
    async fn refund(
        &self,
        payment: &GatewayPayment,
        amount: Money,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError>;
    /// Is this the gateway's signature on a checkout's answer?
    fn is_callback_genuine(
        &self,
        order: &GatewayOrder,
        payment: &GatewayPayment,
        signature: &str,
    ) -> bool;
    /// Is this the gateway's signature on the raw body of a webhook?
    fn is_webhook_genuine(&self, body: &[u8], signature: &str) -> bool;
    /// What a genuine webhook says.
    fn read_webhook(&self, body: &[u8]) -> Result<GatewayNews, GatewayError>;
}

/// Why the gateway did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It refused: another try gives the same answer.
    #[error("the gateway refused: {0}")]
    Refused(String),
    /// It failed or did not answer: what was asked may have been done.
    #[error("the gateway is unavailable: {0}")]
    Unavailable(String),
    /// It said something that is not its protocol.
    #[error("the gateway's answer makes no sense: {0}")]
    Nonsense(String),
}
