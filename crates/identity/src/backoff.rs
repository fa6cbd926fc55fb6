//! Who guesses wrong waits, longer each time, but never for ever: a stranger must not lock an owner
//! out.

use chrono::TimeDelta;

/// How long to wait after so many wrong tries in a row.
///
/// ```
/// use indistylo_identity::policy::LOGIN_BACKOFF;
/// assert_eq!(LOGIN_BACKOFF.pause(4).num_seconds(), 0);
/// assert_eq!(LOGIN_BACKOFF.pause(5).num_seconds(), 30);
/// assert_eq!(LOGIN_BACKOFF.pause(6).num_seconds(), 60);
/// assert_eq!(LOGIN_BACKOFF.pause(1_000_000).num_minutes(), 15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// So many wrong tries cost nothing: people mistype.
    pub free: u32,
    /// The pause after the next; it doubles with each that follows.
    pub first: TimeDelta,
    /// The longest pause.
    pub most: TimeDelta,
    /// Nothing was tried for so long: the count begins anew.
    pub forgets: TimeDelta,
}

impl Backoff {
    /// No pause, however often.
    const NONE: Self = Self {
        free: u32::MAX,
        first: TimeDelta::zero(),
        most: TimeDelta::zero(),
        forgets: TimeDelta::hours(1),
    };

    /// The pause after this many wrong tries in a row.
    pub fn pause(&self, wrong: u32) -> TimeDelta {
        if wrong <= self.free {
            return TimeDelta::zero();
        }
        // 2^20 times any pause of a second is longer than any that is asked for.
        let doubled = (wrong - self.free - 1).min(20);
        (self.first * (1 << doubled)).min(self.most)
    }

    /// The pauses after 1, 2, 3 wrong tries and so on, up to the longest, which all that follow have.
    ///
    /// ```
    /// use indistylo_identity::policy::LOGIN_BACKOFF;
    /// let pauses: Vec<_> = LOGIN_BACKOFF.pauses().map(|pause| pause.num_seconds()).collect();
    /// assert_eq!(pauses, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900]);
    /// ```
    pub fn pauses(&self) -> impl Iterator<Item = TimeDelta> {
        let before = (1..).map_while(|wrong| Some(self.pause(wrong)).filter(|it| *it < self.most));
        before.chain([self.most])
    }
}

/// Whether anybody is made to wait in this house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pauses {
    /// As the policy says.
    Kept,
    /// Nobody is: for a harness that tries the same things over and over, and for it alone.
    Lifted,
}

impl Pauses {
    /// What is kept of this policy.
    ///
    /// ```
    /// use indistylo_identity::{Pauses, policy::LOGIN_BACKOFF};
    /// assert_eq!(Pauses::Kept.of(&LOGIN_BACKOFF), LOGIN_BACKOFF);
    /// assert_eq!(Pauses::Lifted.of(&LOGIN_BACKOFF).pause(1_000).num_seconds(), 0);
    /// ```
    pub const fn of(self, backoff: &Backoff) -> Backoff {
        match self {
            Self::Kept => *backoff,
            Self::Lifted => Backoff::NONE,
        }
    }
}
