//! The salon's starting times: every quarter of an hour by the clock on the wall, say.

use chrono::{DateTime, Utc};

use crate::local::{DAY, Span, WallClock};
use crate::minutes::Minutes;
use crate::window::Window;

/// Instants at which the wall shows a minute of the day that the step divides, seconds zero.
///
/// The count begins anew at each midnight. A repeated hour has its starting times twice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a> {
    clock: &'a WallClock,
    step: i64,
}

impl<'a> Grid<'a> {
    /// A grid by that clock. A step of no minutes counts as one.
    pub(crate) fn new(clock: &'a WallClock, step: Minutes) -> Self {
        Self { clock, step: 60 * i64::from(step.count().max(1)) }
    }

    /// The first starting time at or after an instant, if the clock reaches so far.
    pub(crate) fn at_or_after(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (at, _) = self.between(whole_seconds_up(instant), i64::MAX).next()?;
        DateTime::from_timestamp(at, 0)
    }

    /// The starting times within a window: for each date, or a part of it between two changes of
    /// the clock, the first, and before which time every step from there is one. In order, in
    /// seconds since 1970.
    pub(crate) fn within(self, window: Window) -> impl Iterator<Item = (i64, i64)> + use<'a> {
        self.between(whole_seconds_up(window.start()), whole_seconds_up(window.end()))
    }

    fn between(self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64)> + use<'a> {
        let spans = self.clock.spans_from(from).iter().take_while(move |span| span.from < until);
        spans.flat_map(move |span| self.in_span(*span, from, until.min(span.until)))
    }

    fn in_span(self, span: Span, from: i64, until: i64) -> impl Iterator<Item = (i64, i64)> {
        let Span { offset, .. } = span;
        let (from, until) = (from.max(span.from) + offset, until + offset);
        let next = |midnight: &i64| Some(midnight + DAY);
        let midnights = std::iter::successors(Some(from - from.rem_euclid(DAY)), next);
        let of_date = move |midnight: i64| {
            let into = (from - midnight).max(0);
            let first = midnight + into + (-into).rem_euclid(self.step);
            let end = until.min(midnight + DAY);
            (first < end).then_some((first - offset, end - offset))
        };
        midnights.take_while(move |midnight| *midnight < until).filter_map(of_date)
    }
}

/// The second since 1970 at which an instant lies, or the next if it lies between two.
pub(crate) fn whole_seconds_up(instant: DateTime<Utc>) -> i64 {
    instant.timestamp() + i64::from(instant.timestamp_subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn times(zone: Tz, step: u16, from: &str, until: &str) -> Vec<String> {
        let window = Window::new(at(from), at(until)).expect("some time");
        let clock = WallClock::covering(zone, window);
        let dates = Grid::new(&clock, Minutes::new(step)).within(window);
        let ticks = dates.flat_map(|(from, until)| (from..until).step_by(60 * usize::from(step)));
        let shown = |at| {
            let at = DateTime::from_timestamp(at, 0).expect("an instant");
            at.with_timezone(&zone).format("%d %H:%M:%S").to_string()
        };
        ticks.map(shown).collect()
    }

    #[test]
    fn the_step_divides_the_minute_of_the_day_on_the_wall() {
        assert_eq!(
            times(chrono_tz::Asia::Kolkata, 30, "2026-05-04T04:20:00Z", "2026-05-04T05:30:00Z"),
            ["04 10:00:00", "04 10:30:00"]
        );
    }

    #[test]
    fn a_step_that_does_not_divide_the_day_begins_anew_at_midnight() {
        assert_eq!(
            times(chrono_tz::UTC, 50, "2026-05-04T22:00:00Z", "2026-05-05T01:00:00Z"),
            ["04 22:30:00", "04 23:20:00", "05 00:00:00", "05 00:50:00"]
        );
        assert_eq!(
            times(chrono_tz::UTC, 60_000, "2026-05-04T00:00:00Z", "2026-05-06T00:00:00Z"),
            ["04 00:00:00", "05 00:00:00"]
        );
    }

    #[test]
    fn a_repeated_half_hour_has_its_starting_times_twice() {
        let lord_howe = chrono_tz::Australia::Lord_Howe; // 02:00 back to 01:30
        assert_eq!(
            times(lord_howe, 15, "2026-04-04T14:30:00Z", "2026-04-04T15:45:00Z"),
            ["05 01:30:00", "05 01:45:00", "05 01:30:00", "05 01:45:00", "05 02:00:00"]
        );
    }

    #[test]
    fn only_whole_seconds_are_starting_times() {
        let later = times(chrono_tz::UTC, 1, "2026-05-04T10:00:00.001Z", "2026-05-04T10:01:00.5Z");
        assert_eq!(later, ["04 10:01:00"]);
        let clock = WallClock::covering(
            chrono_tz::UTC,
            Window::new(at("2026-05-04T10:00:00Z"), at("2026-05-04T10:01:00Z")).expect("some time"),
        );
        let grid = Grid::new(&clock, Minutes::ZERO);
        assert_eq!(
            grid.at_or_after(at("2026-05-04T10:00:00.5Z")),
            Some(at("2026-05-04T10:01:00Z"))
        );
        assert_eq!(grid.at_or_after(at("2026-05-04T10:01:00Z")), Some(at("2026-05-04T10:01:00Z")));
    }
}
