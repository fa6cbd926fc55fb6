//! The test's clock shows the time that the test set, and names are given out in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use ports::{Clock, Ids};
use uuid::Uuid;

use super::locked;

/// A clock that stands until it is moved. It starts on Monday, 4 May 2026, at 08:30 in India.
///
/// ```
/// use chrono::TimeDelta;
/// use indistylo_testkit::TestClock;
/// use ports::Clock;
///
/// let clock = TestClock::default();
/// assert_eq!(clock.now().to_string(), "2026-05-04 03:00:00 UTC");
/// clock.advance(TimeDelta::minutes(5));
/// assert_eq!(clock.now().to_string(), "2026-05-04 03:05:00 UTC");
/// ```
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl Default for TestClock {
    fn default() -> Self {
        Self::at("2026-05-04T03:00:00Z".parse().expect("an instant"))
    }
}

impl TestClock {
    /// A clock that shows this instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(instant))
    }

    /// Moves the hands to an instant, forward or back.
    pub fn set(&self, instant: DateTime<Utc>) {
        *locked(&self.0) = instant;
    }

    /// Moves the hands forward.
    pub fn advance(&self, by: TimeDelta) {
        *locked(&self.0) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *locked(&self.0)
    }
}

/// Names in order: UUIDs of version 7 made of a count and a seed, the same at every run.
///
/// ```
/// use indistylo_testkit::TestIds;
/// use ports::Ids;
///
/// let (ids, same) = (TestIds::new(1), TestIds::new(1));
/// let (first, second) = (ids.next(), ids.next());
/// assert!(first < second && first.get_version_num() == 7);
/// assert_eq!(same.next(), first);
/// assert_ne!(TestIds::new(2).next(), first);
/// ```
#[derive(Debug)]
pub struct TestIds {
    seed: u64,
    made: AtomicU64,
}

impl TestIds {
    /// Names that no other seed gives.
    pub const fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }
}

impl Default for TestIds {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Ids for TestIds {
    fn next(&self) -> Uuid {
        const FIRST: u64 = 0x0193_c0de_0000;
        let millisecond = FIRST + self.made.fetch_add(1, Ordering::Relaxed);
        let high = (millisecond << 16) | 0x7000;
        let low = (0b10 << 62) | (self.seed & (u64::MAX >> 2));
        Uuid::from_u64_pair(high, low)
    }
}
