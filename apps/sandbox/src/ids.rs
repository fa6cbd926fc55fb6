//! Numbers for orders, payments, refunds and messages, shaped as the providers shape them.

#![expect(clippy::disallowed_methods, reason = "a simulated provider makes its own names")]

use rand::RngExt as _;
use rand::distr::{Alphanumeric, SampleString as _};

/// Razorpay's shape: a prefix, an underscore and 14 case-sensitive letters or digits.
pub(crate) fn razorpay(prefix: &str) -> String {
    format!("{prefix}_{}", event())
}

/// The number of a webhook event: 14 letters or digits without a prefix.
pub(crate) fn event() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 14)
}

/// Twilio's shape: two capitals and 32 hexadecimal digits.
pub(crate) fn twilio(prefix: &str) -> String {
    format!("{prefix}{:032x}", rand::rng().random::<u128>())
}

/// `Fast2SMS`' shape: 15 small letters or digits.
pub(crate) fn fast2sms() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 15).to_lowercase()
}

/// A code of six digits.
pub(crate) fn code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// A bank's reference number: 12 digits.
pub(crate) fn bank_reference() -> String {
    rand::rng().random_range(100_000_000_000_u64..1_000_000_000_000).to_string()
}

/// A mail server's number of a letter: 12 capitals or digits.
pub(crate) fn smtp() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 12).to_uppercase()
}
