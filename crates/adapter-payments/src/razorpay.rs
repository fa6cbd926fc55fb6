//! Our clerk at Razorpay: has orders made out, asks after payments and sends money back.

use async_trait::async_trait;
use kernel::{BookingId, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment, GatewayRefund};
use ports::{Gateway, GatewayError, GatewayNews, GatewayReport};
use reqwest::Method;

use crate::line::Line;
use crate::settings::{RazorpaySettings, SettingsError};
use crate::signature;
use crate::wire::{self, Collection, Order, Payment, Refund, RefundRequest};

/// The header that keeps a refund from being made twice.
const REFUND_KEY: &str = "X-Refund-Idempotency";
/// The longest name of a thing at the gateway; theirs have about twenty letters.
const LONGEST_ID: usize = 64;

/// Razorpay's Payments API (v1).
pub struct Razorpay {
    line: Line,
    settings: RazorpaySettings,
}

impl Razorpay {
    /// Collects in this account. Makes no call yet.
    pub fn new(settings: RazorpaySettings) -> Result<Self, SettingsError> {
        let secrets = settings.webhook_secrets.iter().map(|secret| ("webhook_secrets", secret));
        let keys = [("key_id", &settings.key_id), ("key_secret", &settings.key_secret)];
        for (setting, value) in keys.into_iter().chain(secrets) {
            if value.is_empty() {
                return Err(SettingsError::Malformed(setting));
            }
        }
        Ok(Self { line: Line::to(&settings)?, settings })
    }
}

#[async_trait]
impl Gateway for Razorpay {
    fn public_key(&self) -> &str {
        &self.settings.key_id
    }

    async fn create_order(
        &self,
        receipt: PaymentId,
        booking: BookingId,
        amount: Money,
    ) -> Result<GatewayOrder, GatewayError> {
        let request = self.line.call(Method::POST, "/v1/orders");
        let request = request.json(&wire::order_request(receipt, booking, amount));
        Line::ask::<Order>(request).await?.placed(receipt, amount)
    }

    async fn find_order(&self, receipt: PaymentId) -> Result<Option<GatewayOrder>, GatewayError> {
        let request = self.line.call(Method::GET, &format!("/v1/orders?receipt={receipt}"));
        let orders: Collection<Order> = Line::ask(request).await?;
        Ok(wire::find(orders.items, receipt))
    }

    async fn attempts(&self, order: &GatewayOrder) -> Result<Vec<GatewayReport>, GatewayError> {
        let path = format!("/v1/orders/{}/payments", id(&order.0)?);
        let payments: Collection<Payment> = Line::ask(self.line.call(Method::GET, &path)).await?;
        payments.items.into_iter().map(Payment::report).collect()
    }

    async fn attempt(&self, payment: &GatewayPayment) -> Result<GatewayReport, GatewayError> {
        let path = format!("/v1/payments/{}", id(&payment.0)?);
        let report = Line::ask::<Payment>(self.line.call(Method::GET, &path)).await?.report()?;
        if report.payment == *payment {
            Ok(report)
        } else {
            Err(GatewayError::Nonsense("it speaks of another payment".to_owned()))
        }
    }

    /// The key must have at least ten letters, digits, `_` or `-`; else the gateway refuses.
    async fn refund(
        &self,
        payment: &GatewayPayment,
        amount: Money,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError> {
        let path = format!("/v1/payments/{}/refund", id(&payment.0)?);
        let request = self.line.call(Method::POST, &path).header(REFUND_KEY, key);
        let request = request.json(&RefundRequest::of(amount));
        Line::ask::<Refund>(request).await?.of(payment, amount)
    }

    fn is_callback_genuine(
        &self,
        order: &GatewayOrder,
        payment: &GatewayPayment,
        signature: &str,
    ) -> bool {
        signature::payment(&self.settings.key_secret, &order.0, &payment.0, signature)
    }

    fn is_webhook_genuine(&self, body: &[u8], signature: &str) -> bool {
        let mut secrets = self.settings.webhook_secrets.iter();
        secrets.any(|secret| signature::webhook(secret, body, signature))
    }

    fn read_webhook(&self, body: &[u8]) -> Result<GatewayNews, GatewayError> {
        wire::news(body)
    }
}

/// A name as it may stand in a path. Some come from a customer's browser.
fn id(name: &str) -> Result<&str, GatewayError> {
    let is_name = (1..=LONGEST_ID).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { Ok(name) } else { Err(GatewayError::Refused("there is no such name".to_owned())) }
}

/// Shows the settings, which hide the secrets.
impl std::fmt::Debug for Razorpay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Razorpay").field(&self.settings).finish()
    }
}
