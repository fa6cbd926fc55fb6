//! Hands texts to the companies that carry them to a phone, and letters to a mail server.
//!
//! Implementations of [`ports::Messages`]: [`Twilio`], [`TwilioVerify`] (codes alone) and [`Fast2Sms`],
//! and [`Failover`] over any of them; one of [`ports::Mail`]: [`Smtp`]. Each call has a deadline, no answer is read without end, and
//! neither a number nor a code ever reaches a log: the providers' own words, which repeat them, are
//! left out of every error.
//!
//! ```no_run
//! use indistylo_adapter_messaging::{Sender, Twilio, TwilioSettings};
//!
//! let twilio = Twilio::new(TwilioSettings {
//!     base_url: TwilioSettings::BASE_URL.to_owned(),
//!     account_sid: "AC00000000000000000000000000000000".to_owned(),
//!     auth_token: "secret".to_owned(),
//!     older_auth_tokens: Vec::new(),
//!     sender: Sender::Number("+15005550006".to_owned()),
//!     status_callback: None,
//! })?;
//! # Ok::<(), indistylo_adapter_messaging::SettingsError>(())
//! ```

mod dlt;
mod failover;
mod fast2sms;
mod letter;
mod line;
mod settings;
pub mod signature;
mod smtp;
mod twilio;
mod verify;

pub use dlt::{DltError, Templates};
pub use failover::Failover;
pub use fast2sms::Fast2Sms;
pub use settings::{
    Fast2SmsSettings, Sender, SettingsError, SmtpSettings, TwilioSettings, VerifySettings,
};
pub use smtp::Smtp;
pub use twilio::Twilio;
pub use verify::TwilioVerify;
