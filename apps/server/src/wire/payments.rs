//! Paying.

use application::payment::create::Checkout;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MoneyView, NamedBooking};

/// What a checkout needs to let the customer pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutView {
    /// Our id of the payment.
    pub payment_id: Uuid,
    /// What is paid for.
    pub booking_id: Uuid,
    /// How much.
    pub amount: MoneyView,
    /// The gateway's order.
    pub razorpay_order_id: String,
    /// The gateway's public key.
    pub razorpay_key_id: String,
    /// A page on which it can be paid; in development only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkout_url: Option<String>,
}

impl CheckoutView {
    /// A checkout with the gateway's public key.
    pub fn of(checkout: Checkout, public_key: &str, checkout_base: Option<&str>) -> Self {
        let order = checkout.order.0;
        Self {
            payment_id: checkout.payment.uuid(),
            booking_id: checkout.booking.uuid(),
            amount: checkout.amount.into(),
            razorpay_key_id: public_key.to_owned(),
            checkout_url: checkout_base.map(|base| format!("{base}/checkout/{order}")),
            razorpay_order_id: order,
        }
    }
}

/// What the checkout gave, as it gave it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRazorpayPayment {
    /// The order.
    pub razorpay_order_id: String,
    /// The attempt that succeeded.
    pub razorpay_payment_id: String,
    /// The gateway's signature on both.
    pub razorpay_signature: String,
}

/// How a payment stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentConfirmation {
    /// `settled`, or `processing` while the gateway is still at it.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// The booking as it stands.
    pub booking: NamedBooking,
}
