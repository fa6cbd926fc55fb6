//! Money rules: what a payment is, which way it may move, and what of a price is tax. Postings,
//! commission, payouts and invoices move in here with their issue.
//!
//! Pure: told the time, told the ids, never calls a gateway.

pub mod capture;
pub mod gstin;
pub mod payment;
pub mod policy;
pub mod tax;

pub use capture::{Capture, Refund, RefundReason, TooMuchBack};
pub use gstin::{Gstin, GstinError};
pub use payment::{
    Captured, GatewayOrder, GatewayPayment, GatewayRefund, Payment, PaymentRefusal, PaymentState,
};
pub use tax::{Tax, beauty_rate};
