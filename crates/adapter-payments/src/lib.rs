//! Takes payments through Razorpay, the company that collects our customers' money.
//!
//! [`Razorpay`] implements [`ports::Gateway`]. Each call has a deadline, no answer is read without
//! end, and what the gateway says is believed only where it makes sense.
//!
//! - [`signature`]: whose word a callback or a webhook is. `examples/vectors.rs` runs it over files
//!   of known answers.
//! - `wire`: the gateway's JSON, and what it means in our words.
//! - `line`: deadlines, bounds and errors of a call.
//!
//! ```no_run
//! use indistylo_adapter_payments::{Razorpay, RazorpaySettings};
//!
//! let gateway = Razorpay::new(RazorpaySettings {
//!     base_url: RazorpaySettings::BASE_URL.to_owned(),
//!     key_id: "rzp_test_00000000000000".to_owned(),
//!     key_secret: "secret".to_owned(),
//!     webhook_secrets: vec!["new".to_owned(), "old, until its last retries are over".to_owned()],
//! })?;
//! # Ok::<(), indistylo_adapter_payments::SettingsError>(())
//! ```

mod line;
mod razorpay;
mod settings;
pub mod signature;
mod wire;

pub use razorpay::Razorpay;
pub use settings::{RazorpaySettings, SettingsError};
