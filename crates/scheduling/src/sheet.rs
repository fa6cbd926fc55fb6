//! A stretch of a salon's time, minute by minute: when it is open, who is at work, what is taken.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::bits::Bits;
use crate::calendar::{Calendar, answered};
use crate::grid::Grid;
use crate::hours::Hours;
use crate::local::{DAY, MICROS, WallClock, local_midnight};
use crate::minutes::Minutes;
use crate::slots::Claim;
use crate::window::Window;

const MINUTE: i64 = 60 * MICROS;

/// Hours may run past midnight, and dates lie at most a day from UTC's: dates so far from the ones
/// asked for can still matter.
const DATES_BESIDE: TimeDelta = TimeDelta::days(2);

/// What is known of a stretch of whole minutes whoever is asked about, worked out once.
///
/// Minutes are exact: services take whole minutes and begin on one, so a minute that is taken in
/// part is taken; and every zone is whole minutes from UTC, but for Monrovia until 1972, where
/// nothing is open.
pub(crate) struct Sheet {
    /// The first minute, since 1970 in UTC.
    first: i64,
    len: usize,
    clock: WallClock,
    days: Vec<Day>,
}

/// A date that matters here.
struct Day {
    date: NaiveDate,
    weekday: Weekday,
    /// Midnight as the wall shows it, in seconds as if it were in UTC.
    midnight: i64,
    /// The minute since 1970 at which it begins, if the clock is not changed from the day before
    /// to two days after.
    steady: Option<i64>,
    /// Whether the wall ever showed this date, and in whole minutes from UTC.
    happened: bool,
}

/// Minutes from one up to another.
pub(crate) type Range = (i64, i64);

impl Sheet {
    /// The sheet for a stretch, made of the minutes that it touches. None in a year in which
    /// nothing is open.
    pub(crate) fn over(zone: Tz, stretch: Window) -> Option<Self> {
        let stretch = answered(stretch)?;
        let (first, until) = (floor(stretch.start_micros()), ceil(stretch.end_micros()));
        let clock = WallClock::covering(zone, stretch);
        let start = clock.day_of(stretch.start())?.checked_sub_signed(DATES_BESIDE)?;
        let end = clock.day_of(stretch.end())?.checked_add_signed(DATES_BESIDE)?;
        let dates = start.iter_days().take_while(|date| *date <= end);
        let days = dates.map(|date| Day::new(&clock, date)).collect();
        Some(Self { first, len: usize::try_from(until - first).ok()?, clock, days })
    }

    /// How many minutes it has.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The minute in which an instant lies, counted from the sheet's first.
    pub(crate) const fn minute_of(&self, micros: i64) -> i64 {
        floor(micros) - self.first
    }

    /// The first minute at or after an instant, counted from the sheet's first.
    pub(crate) const fn minute_after(&self, micros: i64) -> i64 {
        ceil(micros) - self.first
    }

    /// When a minute of the sheet begins, in seconds since 1970.
    pub(crate) const fn seconds(&self, minute: i64) -> i64 {
        (self.first + minute) * 60
    }

    /// The minutes in which the wall shows a reading or a later one, in seconds as if it were in
    /// UTC: of a reading that comes twice also those after the first.
    pub(crate) fn shown_from(&self, wall: i64) -> impl Iterator<Item = Range> {
        self.clock.spans_from(self.seconds(0)).iter().map(move |span| {
            let from = span.from.max(wall - span.offset);
            (self.minute_of(from * MICROS), self.minute_of(span.until * MICROS))
        })
    }

    /// The salon's starting times by its wall clock.
    pub(crate) fn grid(&self, step: Minutes) -> Grid<'_> {
        Grid::new(&self.clock, step)
    }

    /// The dates that may matter: for each the minute at which it begins, or would.
    pub(crate) fn midnights(&self) -> impl Iterator<Item = i64> {
        let midnight = |day: &Day| self.minute(day, 0).map(|at| at - self.first);
        self.days.iter().filter_map(midnight)
    }

    /// The minutes of these dates. A date is in pieces where the clock is put back over its midnight.
    pub(crate) fn minutes_of(&self, dates: &[NaiveDate]) -> Vec<Range> {
        let pieces = |date: &NaiveDate| {
            let midnight = local_midnight(*date);
            let spans = self.clock.spans_from(midnight - DAY).iter();
            let near = spans.take_while(move |span| span.from <= midnight + 2 * DAY);
            near.filter_map(move |span| {
                let from = span.from.max(midnight - span.offset);
                let until = span.until.min(midnight + DAY - span.offset);
                let minute = |seconds: i64| seconds.div_euclid(60) - self.first;
                (from < until).then(|| (minute(from), minute(until)))
            })
        };
        dates.iter().flat_map(pieces).collect()
    }

    /// The minutes in which a calendar is open.
    pub(crate) fn open(&self, calendar: &Calendar) -> Bits {
        let mut open = Bits::none(self.len);
        let (Some(first), Some(last)) = (self.days.first(), self.days.last()) else { return open };
        let overrides = calendar.overrides_between(first.date, last.date);
        let closures = calendar.closures_between(first.date, last.date);
        let is_closed = |date: NaiveDate| {
            let ended = closures.partition_point(|closure| closure.last < date);
            closures.get(ended).is_some_and(|closure| closure.first <= date)
        };
        let days = || self.days.iter().filter(|day| day.happened && !is_closed(day.date));
        for day in days() {
            let special = overrides.binary_search_by_key(&day.date, |special| special.date);
            let special = special.ok().and_then(|number| overrides.get(number));
            let (weekly, _) = calendar.week_on(day.date);
            let hours = special.map_or(weekly.day(day.weekday), |special| &special.hours);
            self.each(day, hours, |from, until| open.set(from, until));
        }
        for day in days() {
            let (_, breaks) = calendar.week_on(day.date);
            self.each(day, breaks.day(day.weekday), |from, until| open.clear(from, until));
        }
        for away in &calendar.time_off {
            open.clear(self.minute_of(away.start_micros()), self.minute_after(away.end_micros()));
        }
        open
    }

    /// The minutes in which a calendar is not open.
    pub(crate) fn closed(&self, calendar: &Calendar) -> Vec<Range> {
        self.open(calendar).gaps().collect()
    }

    /// The minutes that claims take, those of them that are near and block at `now`: apart and in
    /// order. What lies between two is taken with them where it is shorter than `least`, which is
    /// of no use to anyone.
    pub(crate) fn taken(
        &self,
        claims: &[Claim],
        near: Window,
        now: DateTime<Utc>,
        least: i64,
    ) -> Vec<Range> {
        let joins = |last: &mut Range, next: Range| {
            let joins = last.0 <= next.0 && next.0 < last.1 + least * MINUTE;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        };
        let mut taken: Vec<Range> = Vec::new();
        for claim in claims.iter().filter(|claim| claim.window.overlaps(near)) {
            if claim.blocks(now) {
                let next = (claim.window.start_micros(), claim.window.end_micros());
                if !taken.last_mut().is_some_and(|last| joins(last, next)) {
                    taken.push(next);
                }
            }
        }
        if !taken.is_sorted() {
            taken.sort_unstable();
            taken.dedup_by(|next, last| joins(last, *next));
        }
        for (start, end) in &mut taken {
            (*start, *end) = (self.minute_of(*start), self.minute_after(*end));
        }
        taken
    }

    fn each(&self, day: &Day, hours: &[Hours], mut with: impl FnMut(i64, i64)) {
        for hours in hours {
            let opens = self.minute(day, hours.opening_minute());
            let closes = self.minute(day, hours.closing_minute());
            if let (Some(opens), Some(closes)) = (opens, closes) {
                with(opens - self.first, closes - self.first);
            }
        }
    }

    /// The minute since 1970 that a minute of a date names.
    fn minute(&self, day: &Day, minute_of_day: u16) -> Option<i64> {
        match day.steady {
            Some(begins) => Some(begins + i64::from(minute_of_day)),
            None => Some(self.clock.instant(day.midnight, minute_of_day)?.div_euclid(60)),
        }
    }
}

impl Day {
    fn new(clock: &WallClock, date: NaiveDate) -> Self {
        let midnight = local_midnight(date);
        let around = clock.spans_from(midnight - DAY).first();
        let steady = around
            .filter(|span| span.from <= midnight - DAY && span.until > midnight + 3 * DAY)
            .map(|span| (midnight - span.offset).div_euclid(60));
        Self {
            date,
            weekday: date.weekday(),
            midnight,
            steady,
            happened: clock.is_whole_minutes(midnight)
                && (steady.is_some() || clock.happened(date) == Some(true)),
        }
    }
}

/// Takes away the starts at which one of these parts of a service, in order, would touch one of
/// these ranges.
pub(crate) fn keep_clear(starts: &mut Bits, ranges: &[Range], parts: &[Range]) {
    let Some((part, later)) = parts.split_first() else { return };
    let touching = |(start, end): &Range, (from, until): &Range| (start - until + 1, end - from);
    for range in ranges {
        let mut touched = touching(range, part);
        // A range longer than the wait between two parts leaves no start between.
        for part in later {
            let next = touching(range, part);
            if next.1 < touched.0 {
                starts.clear(touched.0, touched.1);
                touched = next;
            }
            touched.0 = next.0;
        }
        starts.clear(touched.0, touched.1);
    }
}

/// Adds the starts at which so many minutes lie between these ranges, which are apart and in order.
pub(crate) fn add_between(starts: &mut Bits, ranges: &[Range], minutes: i64) {
    let mut free = 0;
    for (start, end) in ranges {
        starts.set(free, start - minutes + 1);
        free = *end;
    }
    starts.set(free, i64::MAX);
}

/// Whether the minutes from one up to another lie between ranges, which are apart and in order.
pub(crate) fn is_between(ranges: &[Range], (from, until): Range) -> bool {
    let next = ranges.iter().find(|(_, end)| from < *end);
    next.is_none_or(|(start, _)| until <= *start)
}

const fn floor(micros: i64) -> i64 {
    micros.div_euclid(MINUTE)
}

const fn ceil(micros: i64) -> i64 {
    -(-micros).div_euclid(MINUTE)
}
