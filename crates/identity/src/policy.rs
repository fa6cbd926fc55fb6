//! How many, how long, how often: every bound of logging in, with its reason.

use chrono::TimeDelta;

/// A code lives five minutes: OWASP ASVS 5.0 6.5.5 allows ten, and an SMS arrives within one.
pub const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Five guesses at a six-digit code: a chance of 1 in 200,000 for a stranger.
pub const CODE_GUESSES: u32 = 5;
/// A text older than this is not sent any more: its reader has asked again or has gone.
pub const CODE_TEXT_PATIENCE: TimeDelta = TimeDelta::minutes(2);
/// Codes asked for by one number, and in which time: a person mistypes twice, a pump does not stop.
pub const CODES_PER_PHONE: (u32, TimeDelta) = (5, TimeDelta::minutes(15));
/// Codes asked for from one address, and in which time: an office shares one address.
pub const CODES_PER_ADDRESS: (u32, TimeDelta) = (30, TimeDelta::minutes(15));
/// An access token lives ten minutes: that long a revoked session may still read.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// A session that is not refreshed for sixty days ends.
pub const SESSION_IDLE: TimeDelta = TimeDelta::days(60);
