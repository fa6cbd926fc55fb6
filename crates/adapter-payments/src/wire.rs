//! The gateway's papers, and how to read them: orders, payments, refunds and news.

use std::cmp::Reverse;

use kernel::{BookingId, Currency, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment, GatewayRefund};
use ports::{GatewayError, GatewayNews, GatewayReport};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Asks for an order that is captured by itself. A payment that is authorised more than twelve
/// minutes late (the shortest time they take, and longer than a hold) is given back by the gateway.
pub(crate) fn order_request(receipt: PaymentId, booking: BookingId, amount: Money) -> Value {
    json!({
        "amount": amount.minor_units(),
        "currency": amount.currency(),
        "receipt": receipt,
        "notes": { "booking_id": booking, "payment_id": receipt },
        "payment": {
            "capture": "automatic",
            "capture_options": {
                "automatic_expiry_period": 12,
                "manual_expiry_period": 12,
                "refund_speed": "normal",
            },
        },
    })
}

/// Asks for all of an amount back. Word for word the same at every try, as the key demands.
#[derive(Serialize)]
pub(crate) struct RefundRequest {
    amount: i64,
    speed: &'static str,
}

impl RefundRequest {
    pub(crate) const fn of(amount: Money) -> Self {
        Self { amount: amount.minor_units(), speed: "normal" }
    }
}

/// A name that the gateway gave: signs that can be stored and logged as they are.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err("a name must be 1 to 100 visible ASCII signs")
        }
    }
}

/// A list; its `count` is not needed.
#[derive(Deserialize)]
pub(crate) struct Collection<T> {
    pub(crate) items: Vec<T>,
}

#[derive(Deserialize)]
pub(crate) struct Order {
    id: Name,
    amount: i64,
    currency: String,
    receipt: Option<String>,
    status: String,
    created_at: i64,
}

impl Order {
    fn is_for(&self, receipt: PaymentId) -> bool {
        self.receipt.as_deref() == Some(receipt.to_string().as_str())
    }

    /// The order, if it is the one that was asked for.
    pub(crate) fn placed(
        self,
        receipt: PaymentId,
        amount: Money,
    ) -> Result<GatewayOrder, GatewayError> {
        if self.is_for(receipt) && money(self.amount, &self.currency)? == amount {
            Ok(GatewayOrder(self.id.0))
        } else {
            Err(GatewayError::Nonsense(format!("order {} is not what was asked for", self.id.0)))
        }
    }
}

/// The order for a receipt. The gateway would take two orders for one receipt: then the one that
/// was paid counts, else the older one.
pub(crate) fn find(orders: Vec<Order>, receipt: PaymentId) -> Option<GatewayOrder> {
    orders
        .into_iter()
        .filter(|order| order.is_for(receipt))
        .max_by_key(|order| (order.status == "paid", Reverse(order.created_at)))
        .map(|order| GatewayOrder(order.id.0))
}

/// An attempt to pay, as answers and webhooks have it. Its `notes` are `[]` or `{}` and are not
/// looked at, like all else that is not named here.
#[derive(Deserialize)]
pub(crate) struct Payment {
    id: Name,
    amount: i64,
    currency: String,
    status: String,
    order_id: Option<Name>,
}

impl Payment {
    pub(crate) fn report(self) -> Result<GatewayReport, GatewayError> {
        Ok(GatewayReport {
            payment: GatewayPayment(self.id.0),
            order: self.order_id.map(|name| GatewayOrder(name.0)),
            amount: money(self.amount, &self.currency)?,
            captured: self.status == "captured",
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Refund {
    id: Name,
    amount: i64,
    currency: String,
    payment_id: Name,
    status: Option<String>,
}

impl Refund {
    /// The refund, if it is the one that was asked for and has not failed.
    pub(crate) fn of(
        self,
        payment: &GatewayPayment,
        amount: Money,
    ) -> Result<GatewayRefund, GatewayError> {
        if self.status.as_deref() == Some("failed") {
            return Err(GatewayError::Refused(format!("refund {} failed", self.id.0)));
        }
        if self.payment_id.0 == payment.0 && money(self.amount, &self.currency)? == amount {
            Ok(GatewayRefund(self.id.0))
        } else {
            Err(GatewayError::Nonsense(format!("refund {} is not what was asked for", self.id.0)))
        }
    }
}

/// A webhook. Samples of it lack one or the other field beside these.
#[derive(Deserialize)]
struct Envelope {
    event: Name,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct PaymentPayload {
    payment: Entity,
}

#[derive(Deserialize)]
struct Entity {
    entity: Payment,
}

/// What a webhook says. Both `payment.captured` and `order.paid` tell of the same capture.
pub(crate) fn news(body: &[u8]) -> Result<GatewayNews, GatewayError> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| nonsense(&error))?;
    if !matches!(envelope.event.0.as_str(), "payment.captured" | "order.paid") {
        return Ok(GatewayNews::Other(envelope.event.0));
    }
    let payload: PaymentPayload =
        serde_json::from_value(envelope.payload).map_err(|error| nonsense(&error))?;
    let report = payload.payment.entity.report()?;
    if report.captured {
        Ok(GatewayNews::Captured(report))
    } else {
        Ok(GatewayNews::Other(envelope.event.0))
    }
}

fn money(minor_units: i64, currency: &str) -> Result<Money, GatewayError> {
    if currency == Currency::Inr.code() {
        Ok(Money::new(minor_units, Currency::Inr))
    } else {
        Err(GatewayError::Nonsense(format!("the currency {currency:.3} was never asked for")))
    }
}

fn nonsense(error: &serde_json::Error) -> GatewayError {
    GatewayError::Nonsense(error.to_string())
}

#[cfg(test)]
mod tests;
