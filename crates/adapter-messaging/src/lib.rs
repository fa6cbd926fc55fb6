//! Hands texts to the companies that carry them to a phone, and letters to a mail server.
//!
//! Two implementations of [`ports::Messages`]: [`Twilio`] and [`Fast2Sms`]; one of [`ports::Mail`]:
//! [`Smtp`]. Each call has a
//! deadline, no answer is read without end, and neither a number nor a code ever reaches a log: the
//! providers' own words, which repeat them, are left out of every error.
//!
//! ```no_run
//! use indistylo_adapter_messaging::{Sender, Twilio, TwilioSettings};
//!
//! let twilio = Twilio::new(TwilioSettings {
//!     base_url: TwilioSettings::BASE_URL.to_owned(),
//!     account_sid: "AC00000000000000000000000000000000".to_owned(),
//!     auth_token: "secret".to_owned(),
//!     sender: Sender::Number("+15005550006".to_owned()),
//! })?;
//! # Ok::<(), indistylo_adapter_messaging::SettingsError>(())
//! ```

mod fast2sms;
mod letter;
mod line;
mod settings;
pub mod signature;
mod smtp;
mod twilio;

pub use fast2sms::Fast2Sms;
pub use settings::{Fast2SmsSettings, Sender, SettingsError, SmtpSettings, TwilioSettings};
pub use smtp::Smtp;
pub use twilio::Twilio;
