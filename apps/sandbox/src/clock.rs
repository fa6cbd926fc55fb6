//! What time it is, and how it is written on each provider's papers.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

/// The present moment; the only place of the sandbox that looks at a clock on the wall.
pub(crate) fn now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "a simulated provider has a clock of its own")]
    DateTime::from(SystemTime::now())
}

/// Razorpay's way: seconds since 1970.
pub(crate) fn unix_now() -> i64 {
    now().timestamp()
}

/// The inbox's way: `2026-01-01T10:00:00.000Z`.
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
