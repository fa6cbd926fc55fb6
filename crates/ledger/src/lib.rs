//! Money rules: what a payment is, and which way it may move. Postings, commission, tax, payouts
//! and invoices move in here with their issue.
//!
//! Pure: told the time, told the ids, never calls a gateway.

pub mod capture;
pub mod payment;
pub mod policy;

pub use capture::{Capture, Refund, RefundReason, TooMuchBack};
pub use payment::{
    Captured, GatewayOrder, GatewayPayment, GatewayRefund, Payment, PaymentRefusal, PaymentState,
};
