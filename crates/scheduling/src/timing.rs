//! How long a service takes, hands on and waiting, and what the professional needs around it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::minutes::Minutes;
use crate::policy::MOST_PARTS;
use crate::window::Window;

/// One part of a service: the professional's hands are on it, or it processes by itself (a colour
/// takes, a mask dries) and the professional is free for someone else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Part {
    /// How long it takes.
    pub minutes: Minutes,
    /// Whether the professional is needed.
    pub hands_on: bool,
}

/// How long a service takes, part by part, and what the professional needs before and after:
/// tidying, a rest.
///
/// Real time, not the wall clock's. Buffers keep other visits away, the buffers of two visits add
/// up, and a buffer may reach beyond the opening hours.
///
/// ```
/// use indistylo_scheduling::policy::MOST_PARTS;
/// use indistylo_scheduling::{Minutes, Part, Timing, TimingError};
///
/// let cut = Timing::new(Minutes::new(90), Minutes::ZERO, Minutes::new(15))?;
/// let start = "2026-05-04T10:00:00Z".parse()?;
/// assert_eq!(cut.service_window(start).duration().num_minutes(), 90);
/// assert_eq!(cut.claim(start).duration().num_minutes(), 105);
/// assert_eq!((cut.buffer_before(), cut.buffer_after()), (Minutes::ZERO, Minutes::new(15)));
/// let at_home = cut.with_travel(Minutes::new(20));
/// assert_eq!(at_home.claim(start).duration().num_minutes(), 145);
/// let nothing = Timing::new(Minutes::ZERO, Minutes::ZERO, Minutes::ZERO);
/// assert_eq!(nothing, Err(TimingError::NoHandsOn));
///
/// let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
/// let colour = [part(30, true), part(45, false), part(20, true)];
/// let colour = Timing::of_parts(&colour, Minutes::ZERO, Minutes::new(10))?;
/// assert_eq!(colour.duration(), Minutes::new(95));
/// assert_eq!(colour.parts().count(), 3);
/// assert_eq!(colour.hands_on_from(start), start);
/// let turns: Vec<Part> = (0..=MOST_PARTS).map(|turn| part(5, turn % 2 == 0)).collect();
/// let restless = Timing::of_parts(&turns, Minutes::ZERO, Minutes::ZERO);
/// assert_eq!(restless, Err(TimingError::TooManyParts));
/// let held: Vec<_> = colour.claims(start).map(|window| window.to_string()).collect();
/// assert_eq!(held, [
///     "2026-05-04T10:00:00Z/2026-05-04T10:30:00Z",
///     "2026-05-04T11:15:00Z/2026-05-04T11:45:00Z",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct Timing {
    /// Neighbours differ in `hands_on`; what is not used is of no minutes.
    parts: [Part; MOST_PARTS],
    duration: Minutes,
    buffer_before: Minutes,
    buffer_after: Minutes,
}

/// Why these parts are no service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// Nobody's hands are needed, or not for a minute.
    #[error("a service takes at least a minute of the professional's hands")]
    NoHandsOn,
    /// It changes too often between hands on and waiting.
    #[error("a service has at most {MOST_PARTS} parts")]
    TooManyParts,
    /// It is longer than can be counted.
    #[error("a service takes at most {} minutes", u16::MAX)]
    TooLong,
}

const NOTHING: Part = Part { minutes: Minutes::ZERO, hands_on: false };

impl Timing {
    /// A service with hands on throughout. Refused without a duration.
    pub fn new(
        duration: Minutes,
        buffer_before: Minutes,
        buffer_after: Minutes,
    ) -> Result<Self, TimingError> {
        let whole = Part { minutes: duration, hands_on: true };
        Self::of_parts(&[whole], buffer_before, buffer_after)
    }

    /// A service of these parts, one after the other. Parts of no minutes do not count, and
    /// neighbours of one kind are one part.
    pub fn of_parts(
        all: &[Part],
        buffer_before: Minutes,
        buffer_after: Minutes,
    ) -> Result<Self, TimingError> {
        let mut parts = [NOTHING; MOST_PARTS];
        let (mut used, mut duration) = (0, 0_u16);
        for part in all.iter().filter(|part| part.minutes > Minutes::ZERO) {
            duration = duration.checked_add(part.minutes.count()).ok_or(TimingError::TooLong)?;
            if used == 0 || parts[used - 1].hands_on != part.hands_on {
                used += 1;
            }
            let last = parts.get_mut(used - 1).ok_or(TimingError::TooManyParts)?;
            let minutes = last.minutes.count() + part.minutes.count();
            *last = Part { minutes: Minutes::new(minutes), hands_on: part.hands_on };
        }
        if !parts.iter().any(|part| part.hands_on) {
            return Err(TimingError::NoHandsOn);
        }
        Ok(Self { parts, duration: Minutes::new(duration), buffer_before, buffer_after })
    }

    /// The same at a customer's home: before and after it the professional is on the road for so
    /// long, which adds to the buffers.
    #[must_use]
    pub fn with_travel(self, travel: Minutes) -> Self {
        let longer = |buffer: Minutes| Minutes::new(buffer.count().saturating_add(travel.count()));
        Self {
            buffer_before: longer(self.buffer_before),
            buffer_after: longer(self.buffer_after),
            ..self
        }
    }

    /// How long the service takes, buffers not counted.
    pub const fn duration(self) -> Minutes {
        self.duration
    }

    /// How long the professional is kept free before it.
    pub const fn buffer_before(self) -> Minutes {
        self.buffer_before
    }

    /// How long the professional is kept free after it.
    pub const fn buffer_after(self) -> Minutes {
        self.buffer_after
    }

    /// The parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        self.parts.into_iter().filter(|part| part.minutes > Minutes::ZERO)
    }

    /// The service itself, begun at `start`: what must lie within the hours.
    ///
    /// At the last instant that can be written there is no time left for any service; it is then
    /// [`Window::ALL`], which fits nowhere.
    pub fn service_window(self, start: DateTime<Utc>) -> Window {
        Window::lasting(start, self.duration).unwrap_or(Window::ALL)
    }

    /// The service with its buffers, from the first minute that it takes to the last.
    pub fn claim(self, start: DateTime<Utc>) -> Window {
        self.service_window(start).widened(self.buffer_before, self.buffer_after)
    }

    /// What must not overlap another claim of the professional: the hands-on parts and the
    /// buffers, in order.
    pub fn claims(self, start: DateTime<Utc>) -> impl Iterator<Item = Window> {
        stretches(start, self.taken())
    }

    /// When the professional's hands are first on it, begun at `start`: what waits before does not
    /// keep them.
    pub fn hands_on_from(self, start: DateTime<Utc>) -> DateTime<Utc> {
        self.hands_on_at(start).next().map_or(start, Window::start)
    }

    /// When the professional's hands are on it, begun at `start`, in order.
    pub(crate) fn hands_on_at(self, start: DateTime<Utc>) -> impl Iterator<Item = Window> {
        stretches(start, self.hands_on())
    }

    /// When the professional's hands are on it, in minutes after the start.
    pub(crate) fn hands_on(self) -> impl Iterator<Item = (i64, i64)> {
        let mut at = 0;
        self.parts.into_iter().filter_map(move |part| {
            let from = at;
            at += i64::from(part.minutes.count());
            part.hands_on.then_some((from, at))
        })
    }

    /// How many minutes after the start hands are first on it.
    pub(crate) fn first_hands_on(self) -> i64 {
        self.hands_on().next().map_or(0, |(from, _)| from)
    }

    /// The same with the buffers: what keeps other visits away. What touches is one.
    pub(crate) fn taken(self) -> impl Iterator<Item = (i64, i64)> {
        let [before, duration, after] = [self.buffer_before, self.duration, self.buffer_after]
            .map(|minutes| i64::from(minutes.count()));
        let mut ranges: [(i64, i64); MOST_PARTS + 2] = [(0, 0); MOST_PARTS + 2];
        let mut used = 0;
        let around = [(-before, 0)].into_iter().chain(self.hands_on());
        for (from, until) in around.chain([(duration, duration + after)]) {
            if from == until {
                continue;
            }
            if used > 0 && ranges[used - 1].1 == from {
                ranges[used - 1].1 = until;
            } else {
                ranges[used] = (from, until);
                used += 1;
            }
        }
        ranges.into_iter().take(used)
    }
}

/// Minutes after a start, as stretches of time.
fn stretches(
    start: DateTime<Utc>,
    minutes: impl Iterator<Item = (i64, i64)>,
) -> impl Iterator<Item = Window> {
    minutes.filter_map(move |(from, until)| {
        let at = |minutes| start.checked_add_signed(TimeDelta::minutes(minutes));
        Window::new(at(from)?, at(until)?).ok()
    })
}

/// A timing as it is written down; what is read is a timing or refused.
#[cfg(feature = "serde")]
mod stored {
    use super::{Minutes, Part, Timing, TimingError};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Stored {
        parts: Vec<Part>,
        buffer_before: Minutes,
        buffer_after: Minutes,
    }

    impl TryFrom<Stored> for Timing {
        type Error = TimingError;

        fn try_from(stored: Stored) -> Result<Self, TimingError> {
            Self::of_parts(&stored.parts, stored.buffer_before, stored.buffer_after)
        }
    }

    impl From<Timing> for Stored {
        fn from(timing: Timing) -> Self {
            let Timing { buffer_before, buffer_after, .. } = timing;
            Self { parts: timing.parts().collect(), buffer_before, buffer_after }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(all: &[(u16, bool)]) -> Vec<Part> {
        let part = |(minutes, hands_on): &(u16, bool)| Part {
            minutes: Minutes::new(*minutes),
            hands_on: *hands_on,
        };
        all.iter().map(part).collect()
    }

    fn timing(all: &[(u16, bool)], before: u16, after: u16) -> Result<Timing, TimingError> {
        Timing::of_parts(&parts(all), Minutes::new(before), Minutes::new(after))
    }

    fn taken(all: &[(u16, bool)], before: u16, after: u16) -> Vec<(i64, i64)> {
        timing(all, before, after).expect("a service").taken().collect()
    }

    #[test]
    fn what_touches_is_one_part() {
        let pieces = [(10, true), (0, false), (20, true), (15, false), (5, false), (10, true)];
        assert_eq!(timing(&pieces, 0, 0), timing(&[(30, true), (20, false), (10, true)], 0, 0),);
    }

    #[test]
    fn hands_and_buffers_are_taken_and_the_waiting_is_not() {
        assert_eq!(taken(&[(30, true)], 0, 0), [(0, 30)]);
        assert_eq!(taken(&[(30, true)], 5, 10), [(-5, 40)]);
        let colour = [(30, true), (45, false), (20, true)];
        assert_eq!(taken(&colour, 5, 10), [(-5, 30), (75, 105)]);
        let soak = [(10, false), (30, true), (15, false)];
        assert_eq!(taken(&soak, 5, 10), [(-5, 0), (10, 40), (55, 65)]);
    }

    #[test]
    fn on_the_road_nobody_else_is_served() {
        let massage = timing(&[(60, true)], 5, 10).expect("a service");
        let at_home = massage.with_travel(Minutes::new(25));
        assert_eq!(at_home.taken().collect::<Vec<_>>(), [(-30, 95)]);
        assert_eq!((at_home.duration(), at_home.hands_on().count()), (massage.duration(), 1));
    }

    #[test]
    fn what_nobody_does_or_nobody_can_count_is_no_service() {
        assert_eq!(timing(&[], 0, 0), Err(TimingError::NoHandsOn));
        assert_eq!(timing(&[(0, true), (30, false)], 0, 0), Err(TimingError::NoHandsOn));
        assert_eq!(timing(&[(40_000, true), (40_000, true)], 0, 0), Err(TimingError::TooLong));
        let restless: Vec<_> = (0..=MOST_PARTS).map(|n| (5, n % 2 == 0)).collect();
        assert_eq!(timing(&restless, 0, 0), Err(TimingError::TooManyParts));
        assert!(timing(&restless[..MOST_PARTS], 0, 0).is_ok());
    }

    #[test]
    fn a_timing_is_stored_as_its_parts() {
        let colour = timing(&[(30, true), (45, false), (20, true)], 5, 10).expect("a service");
        let text = serde_json::to_string(&colour).expect("json");
        assert_eq!(serde_json::from_str::<Timing>(&text).expect("loads"), colour);
        assert!(text.starts_with(r#"{"parts":[{"minutes":30,"hands_on":true},"#), "{text}");
        assert_eq!(
            colour.parts().collect::<Vec<_>>(),
            parts(&[(30, true), (45, false), (20, true)])
        );
        let none = r#"{"parts":[],"buffer_before":0,"buffer_after":0}"#;
        assert!(serde_json::from_str::<Timing>(none).is_err());
    }
}
