//! A pretend Razorpay, Twilio, `Fast2SMS` and mail server, so that the salon's software can be tried
//! without real money and without sending real texts or letters.
//!
//! Each speaks its provider's real wire: the paths, the authentication, the error bodies, the
//! signatures and the habits (late banks, repeated notices, lost replies). Official SDKs run
//! against it unchanged, save for the address.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use sandbox::{Outcome, Sandbox, Settings};
//!
//! let sandbox = Sandbox::start(Settings::development()).await?;
//! sandbox.set_webhook_url("http://127.0.0.1:8080/webhooks/razorpay");
//! // ... the application creates an order at `sandbox.base_url()` ...
//! let paid = sandbox.pay("order_EKwxwAgItmmXdp", Outcome::Success);
//! sandbox.stop().await;
//! # Ok(()) }
//! ```
//!
//! | Module | What it holds |
//! |---|---|
//! | [`Settings`] | keys, secrets, addresses |
//! | [`Sandbox`] | starting, stopping, and the levers a test pulls |
//! | `razorpay` | orders, payments, refunds, the checkout page, the book they stand in |
//! | `webhooks` | posting Razorpay's events to the application, and again, and again |
//! | `twilio`, `fast2sms` | the two ways a text leaves |
//! | `smtp` | the mail server |
//! | `inbox` | every text and letter that was "sent" |
//! | [`Faults`] | the bad weather one can order |
//! | `control` | the same levers over HTTP, under `/_sandbox` |
//! | [`sign`] | the signatures |

mod auth;
mod clock;
mod control;
mod fast2sms;
mod faults;
mod handle;
mod ids;
mod inbox;
mod pages;
mod razorpay;
mod server;
mod settings;
pub mod sign;
mod smtp;
mod snapshot;
mod twilio;
mod webhooks;
mod world;

pub use faults::{ApiFaults, Fast2SmsFaults, Faults, MailFaults, WebhookFaults};
pub use handle::Sandbox;
pub use inbox::Message;
pub use razorpay::{CheckoutResult, EventRecord, EventState, Outcome, PaymentStatus, Refusal};
pub use settings::{Fast2Sms, MailServer, Razorpay, Settings, Twilio};
