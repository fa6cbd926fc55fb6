//! What the clock on the salon's wall says, and what instant that is, even when clocks change.
//!
//! This is the only place where local time meets UTC. A reading of the wall clock can name one
//! instant, none (the clock was put forward over it) or two (it was put back over it), and a whole
//! date can be missing. Each of these is a variant of [`LocalMoment`], and the answer chosen is
//! RFC 5545's (3.3.5): in a gap the offset before it, in a repeated hour the first time round.

use chrono::{DateTime, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::window::Window;

/// Seconds in a day on the wall.
pub(crate) const DAY: i64 = 86_400;

/// Microseconds in a second.
pub(crate) const MICROS: i64 = 1_000_000;

/// What instant a reading of the wall clock names.
///
/// ```
/// use chrono::{DateTime, NaiveDate, Utc};
/// use indistylo_scheduling::local::{LocalMoment, resolve};
///
/// let in_march = NaiveDate::from_ymd_opt(2026, 3, 29).ok_or("no such date")?;
/// let half_past_one = 60 + 30;
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
///
/// // In London the clock went from 00:59:59 to 02:00:00 that night.
/// let skipped = resolve(chrono_tz::Europe::London, in_march, half_past_one);
/// let (at_half_past_two, jump) = (at("2026-03-29T01:30:00Z")?, at("2026-03-29T01:00:00Z")?);
/// assert_eq!(skipped, Some(LocalMoment::Skipped { at: at_half_past_two, resumes: jump }));
///
/// // In Kolkata nothing of the kind happens.
/// let exact = resolve(chrono_tz::Asia::Kolkata, in_march, half_past_one);
/// assert_eq!(exact.map(LocalMoment::instant), Some(at("2026-03-28T20:00:00Z")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalMoment {
    /// The clock showed it once.
    Exact(DateTime<Utc>),
    /// The clock never showed it: it was put forward over it.
    Skipped {
        /// The reading by the offset that held before the gap: it lies after the gap by as much as
        /// the reading lay inside.
        at: DateTime<Utc>,
        /// When the clock was put forward: the end of the gap.
        resumes: DateTime<Utc>,
    },
    /// The clock showed it twice: it was put back over it.
    Doubled {
        /// The first time round.
        first: DateTime<Utc>,
        /// The last time round.
        second: DateTime<Utc>,
    },
}

impl LocalMoment {
    /// RFC 5545's choice: the offset before a gap, the first of two.
    pub const fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Exact(at) | Self::Skipped { at, .. } | Self::Doubled { first: at, .. } => at,
        }
    }
}

/// The wall clock of a zone over a stretch of time: which offset from UTC held when.
///
/// Made once and asked often; it holds one entry for each change of the clock in that time.
///
/// ```
/// use indistylo_scheduling::local::WallClock;
/// use indistylo_scheduling::{Minutes, Window};
///
/// let day = Window::lasting("2026-03-28T12:00:00Z".parse()?, Minutes::new(24 * 60))?;
/// let clock = WallClock::covering(chrono_tz::Europe::London, day);
/// let sunday = clock.day_of(day.end()).ok_or("covered")?;
/// assert_eq!(sunday.to_string(), "2026-03-29");
/// assert_eq!(clock.happened(sunday), Some(true));
/// let midnight = clock.resolve(sunday, 0).ok_or("covered")?;
/// assert_eq!(midnight.instant().to_rfc3339(), "2026-03-29T00:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WallClock {
    spans: Vec<Span>,
}

/// A stretch in which the clock is not changed: seconds since 1970 UTC, and seconds east of UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) offset: i64,
}

impl WallClock {
    /// How far the table reaches beyond what was asked for: the hours of the dates around it,
    /// which may run past midnight, and any offset.
    const MARGIN: i64 = 7 * DAY;

    /// No zone has changed its clocks twice within so short a time since 1913, so two equal
    /// offsets this far apart mean no change between them.
    const STRIDE: i64 = 4 * DAY;

    /// The wall clock over `window` and a week either side. Exact for every year from 1913; takes
    /// time in proportion to the length of the window.
    pub fn covering(zone: Tz, window: Window) -> Self {
        let first = DateTime::<Utc>::MIN_UTC.timestamp();
        let last = DateTime::<Utc>::MAX_UTC.timestamp();
        let from = (window.start().timestamp() - Self::MARGIN).max(first);
        let until = (window.end().timestamp() + Self::MARGIN).min(last);
        let mut spans = Vec::new();
        let mut span = Span { from, until, offset: offset_at(zone, from) };
        let mut known = from;
        while known < until {
            let next = (known + Self::STRIDE).min(until);
            let offset = offset_at(zone, next);
            if offset != span.offset {
                let change = first_with(zone, offset, known, next);
                spans.push(Span { until: change, ..span });
                span = Span { from: change, until, offset };
            }
            known = next;
        }
        spans.push(span);
        Self { spans }
    }

    /// What instant a minute of a date names: 0 is midnight, 1440 and above lie on the next dates.
    /// None where the clock was not made for that time.
    pub fn resolve(&self, date: NaiveDate, minute_of_day: u16) -> Option<LocalMoment> {
        self.reading(local_midnight(date) + 60 * i64::from(minute_of_day))?.moment()
    }

    /// The date that the wall shows at an instant. None where the clock was not made for that time.
    pub fn day_of(&self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        let seconds = instant.timestamp();
        let span = self.spans_from(seconds).first().filter(|span| span.from <= seconds)?;
        Some(DateTime::from_timestamp(seconds + span.offset, 0)?.date_naive())
    }

    /// Whether the wall ever showed this date. None where the clock was not made for that time.
    pub fn happened(&self, date: NaiveDate) -> Option<bool> {
        let midnight = local_midnight(date);
        Some(match self.reading(midnight)? {
            Reading::Exact(_) | Reading::Doubled { .. } => true,
            Reading::Skipped { resumes, .. } => {
                let shown = resumes + self.spans_from(resumes).first()?.offset;
                shown < midnight + DAY
            }
        })
    }

    /// Whether the clock is whole minutes from UTC around a midnight of the wall, given in seconds
    /// as if it were in UTC.
    pub(crate) fn is_whole_minutes(&self, midnight: i64) -> bool {
        let near = self.spans_from(midnight - DAY).iter();
        near.take_while(|span| span.from <= midnight + 3 * DAY).all(|span| span.offset % 60 == 0)
    }

    /// The stretches without a change that end after an instant, in order.
    pub(crate) fn spans_from(&self, seconds: i64) -> &[Span] {
        let ended = self.spans.partition_point(|span| span.until <= seconds);
        self.spans.get(ended..).unwrap_or_default()
    }

    /// RFC 5545's choice of instant for a minute of the date whose midnight the wall shows at
    /// `midnight`; both in seconds, the wall's as if it were in UTC.
    pub(crate) fn instant(&self, midnight: i64, minute_of_day: u16) -> Option<i64> {
        Some(match self.reading(midnight + 60 * i64::from(minute_of_day))? {
            Reading::Exact(at)
            | Reading::Skipped { at, .. }
            | Reading::Doubled { first: at, .. } => at,
        })
    }

    /// What a reading names, counted in seconds as if the wall were in UTC.
    fn reading(&self, wall: i64) -> Option<Reading> {
        let spans = self.spans_from(wall - DAY);
        if let [span, ..] = spans
            && span.from <= wall - DAY
            && span.until > wall + DAY
        {
            return Some(Reading::Exact(wall - span.offset)); // no change anywhere near
        }
        let mut shown: Option<(i64, i64)> = None;
        let mut gap = None;
        let mut before: Option<Span> = None;
        for &span in spans.iter().take_while(|span| span.from <= wall + DAY) {
            let at = wall - span.offset;
            if span.from <= at && at < span.until {
                shown = Some((shown.map_or(at, |(first, _)| first), at));
            }
            if let Some(before) = before.filter(|before| wall - before.offset >= before.until)
                && at < span.from
            {
                gap = Some(Reading::Skipped { at: wall - before.offset, resumes: span.from });
            }
            before = Some(span);
        }
        match shown {
            Some((first, last)) if first == last => Some(Reading::Exact(first)),
            Some((first, second)) => Some(Reading::Doubled { first, second }),
            None => gap,
        }
    }
}

/// A [`LocalMoment`] in seconds since 1970.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Exact(i64),
    Skipped { at: i64, resumes: i64 },
    Doubled { first: i64, second: i64 },
}

impl Reading {
    fn moment(self) -> Option<LocalMoment> {
        Some(match self {
            Self::Exact(at) => LocalMoment::Exact(instant(at)?),
            Self::Skipped { at, resumes } => {
                LocalMoment::Skipped { at: instant(at)?, resumes: instant(resumes)? }
            }
            Self::Doubled { first, second } => {
                LocalMoment::Doubled { first: instant(first)?, second: instant(second)? }
            }
        })
    }
}

/// What instant a minute of a date names: 0 is midnight, 1440 and above lie on the next dates.
/// None at the ends of the calendar, where there is no such instant. See [`LocalMoment`].
pub fn resolve(zone: Tz, date: NaiveDate, minute_of_day: u16) -> Option<LocalMoment> {
    clock_around(zone, date)?.resolve(date, minute_of_day)
}

/// Whether the wall ever showed this date: Samoa had no 30 December 2011.
///
/// ```
/// use chrono::NaiveDate;
/// use indistylo_scheduling::local::happened;
///
/// let friday = NaiveDate::from_ymd_opt(2011, 12, 30).ok_or("no such date")?;
/// assert!(!happened(chrono_tz::Pacific::Apia, friday));
/// assert!(happened(chrono_tz::Asia::Kolkata, friday));
/// # Ok::<(), &str>(())
/// ```
pub fn happened(zone: Tz, date: NaiveDate) -> bool {
    clock_around(zone, date).and_then(|clock| clock.happened(date)).unwrap_or(false)
}

/// The date that the wall shows at an instant.
///
/// ```
/// use indistylo_scheduling::local::local_day;
///
/// let late = "2026-05-04T20:00:00Z".parse()?;
/// assert_eq!(local_day(chrono_tz::Asia::Kolkata, late).to_string(), "2026-05-05");
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn local_day(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    let utc = instant.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(utc).date()
}

/// The first instant of a date: its midnight or, where midnight is skipped, the end of the gap.
/// None at the ends of the calendar.
///
/// ```
/// use chrono::NaiveDate;
/// use indistylo_scheduling::local::{end_of_day, start_of_day};
///
/// // In Cairo this Friday began at 01:00.
/// let friday = NaiveDate::from_ymd_opt(2026, 4, 24).ok_or("no such date")?;
/// let (start, end) = (start_of_day(chrono_tz::Africa::Cairo, friday), end_of_day(chrono_tz::Africa::Cairo, friday));
/// assert_eq!(start, "2026-04-23T22:00:00Z".parse().ok());
/// assert_eq!(end, "2026-04-24T21:00:00Z".parse().ok());
/// # Ok::<(), &str>(())
/// ```
pub fn start_of_day(zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    Some(match resolve(zone, date, 0)? {
        LocalMoment::Exact(first) | LocalMoment::Doubled { first, .. } => first,
        LocalMoment::Skipped { resumes, .. } => resumes,
    })
}

/// The first instant after a date: no later instant falls on it. None at the ends of the calendar.
///
/// Where midnight comes twice it is the second, so a little of the next date may lie before it.
/// For a date that never happened it is the same as its start; [`start_of_day`] has an example.
pub fn end_of_day(zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    Some(match resolve(zone, date.succ_opt()?, 0)? {
        LocalMoment::Exact(last) | LocalMoment::Doubled { second: last, .. } => last,
        LocalMoment::Skipped { resumes, .. } => resumes,
    })
}

/// Midnight of a date in seconds, as if the wall were in UTC.
pub(crate) fn local_midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// A clock for a date, the dates beside it and what runs past midnight.
fn clock_around(zone: Tz, date: NaiveDate) -> Option<WallClock> {
    let midnight = date.and_time(NaiveTime::MIN).and_utc();
    let noon = midnight.checked_add_signed(TimeDelta::hours(12))?;
    Window::new(midnight, noon).ok().map(|window| WallClock::covering(zone, window))
}

fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

/// How far east of UTC the zone's clock stands, in seconds.
fn offset_at(zone: Tz, seconds: i64) -> i64 {
    instant(seconds).map_or(0, |at| {
        i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
    })
}

/// The first second at which `offset` holds, known not to hold at `before` and to hold at `after`.
fn first_with(zone: Tz, offset: i64, mut before: i64, mut after: i64) -> i64 {
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if offset_at(zone, middle) == offset {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}
