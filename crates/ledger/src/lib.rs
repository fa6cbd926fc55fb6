//! Money rules: what a payment is, and which way it may move. Postings, commission, tax, payouts
//! and invoices move in here with their issue.
//!
//! Pure: told the time, told the ids, never calls a gateway.

pub mod payment;
pub mod policy;

pub use payment::{
    Captured, GatewayOrder, GatewayPayment, GatewayRefund, Payment, PaymentRefusal, PaymentState,
    RefundReason,
};
