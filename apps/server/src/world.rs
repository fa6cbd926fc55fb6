//! The real clock and the real source of names: the only places where either is drawn.

use chrono::{DateTime, SubsecRound, Utc};
use ports::{Clock, Ids};
use uuid::Uuid;

/// The system's clock, in whole microseconds.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the real clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// Version 7 UUIDs from the system's clock and randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the real source of names")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
