//! The six digits that an app on the phone shows anew every half minute.

use chrono::{DateTime, Utc};

use crate::email::Email;
use crate::policy::{TOTP_SKEW, TOTP_STEP};

/// The half minute in which an instant lies, counted from 1970 (RFC 6238, section 4.2).
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use indistylo_identity::totp::step_of;
/// assert_eq!(step_of(Utc.timestamp_opt(59, 0).unwrap()), 1);
/// assert_eq!(step_of(Utc.timestamp_opt(60, 0).unwrap()), 2);
/// ```
pub fn step_of(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(TOTP_STEP.num_seconds())
}

/// The half minutes whose code is taken now, the likeliest first: the present one, the one before,
/// whose code was typed slowly, and the one after, for a phone whose clock is fast (RFC 6238,
/// section 5.2). Only those after `used`: a code that somebody has seen typed is worth nothing.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use indistylo_identity::totp::steps;
/// let now = Utc.timestamp_opt(300, 0).unwrap();
/// assert_eq!(steps(now, None).collect::<Vec<_>>(), [10, 9, 11]);
/// assert_eq!(steps(now, Some(10)).collect::<Vec<_>>(), [11]);
/// ```
pub fn steps(now: DateTime<Utc>, used: Option<i64>) -> impl Iterator<Item = i64> {
    let present = step_of(now);
    let near = (1..=TOTP_SKEW).flat_map(move |away| [present - away, present + away]);
    std::iter::once(present).chain(near).filter(move |step| used.is_none_or(|used| *step > used))
}

/// What an app reads from a QR code to know the secret: the Key URI Format that Google Authenticator
/// began with and every other app reads. `secret` is base32.
///
/// ```
/// use indistylo_identity::totp::key_uri;
/// let uri = key_uri(&"asha+1@example.in".parse()?, "MZXW6YTB");
/// assert_eq!(
///     uri,
///     "otpauth://totp/IndiStylo:asha%2B1%40example.in?secret=MZXW6YTB&issuer=IndiStylo\
///      &algorithm=SHA1&digits=6&period=30"
/// );
/// # Ok::<(), indistylo_identity::EmailError>(())
/// ```
pub fn key_uri(email: &Email, secret: &str) -> String {
    let label = email.as_str().bytes().map(|byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    let label: String = label.collect();
    let period = TOTP_STEP.num_seconds();
    format!(
        "otpauth://totp/IndiStylo:{label}?secret={secret}&issuer=IndiStylo&algorithm=SHA1&digits=6\
         &period={period}"
    )
}
