//! A length of time in whole minutes, as a salon counts it: a cut takes 45.

use std::fmt;

use chrono::TimeDelta;

/// A length of time in whole minutes, from none to a little over 45 days. Stored as a number.
///
/// Minutes are real time: 60 of them are an hour on the stopwatch even when the clocks change.
///
/// ```
/// use chrono::TimeDelta;
/// use indistylo_scheduling::Minutes;
///
/// let cut = Minutes::new(45);
/// assert_eq!(cut.count(), 45);
/// assert_eq!(cut.time_delta(), TimeDelta::minutes(45));
/// assert_eq!(TimeDelta::from(cut), cut.time_delta());
/// assert_eq!(cut.to_string(), "45 min");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Minutes(u16);

impl Minutes {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many minutes.
    pub const fn new(count: u16) -> Self {
        Self(count)
    }

    /// How many minutes.
    pub const fn count(self) -> u16 {
        self.0
    }

    /// The same length in microseconds.
    pub(crate) const fn micros(self) -> i64 {
        self.0 as i64 * 60_000_000
    }

    /// The same length for arithmetic with instants.
    pub fn time_delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }
}

impl From<Minutes> for TimeDelta {
    fn from(minutes: Minutes) -> Self {
        minutes.time_delta()
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} min", self.0)
    }
}
