//! When a salon is open, or a person at work: the usual week, and all the days that differ.
//!
//! ```
//! use chrono::NaiveDate;
//! use indistylo_scheduling::{Calendar, Change, Closure, Override, Week, Window};
//!
//! let june = |day| NaiveDate::from_ymd_opt(2026, 6, day).ok_or("no such date");
//! let calendar = Calendar {
//!     changes: vec![Change {
//!         from: june(2)?,
//!         weekly: Week::every_day("11:00-20:00".parse()?),
//!         breaks: Week::default(),
//!     }],
//!     overrides: vec![Override { date: june(3)?, hours: vec!["11:00-14:00".parse()?] }],
//!     closures: vec![Closure { first: june(4)?, last: june(5)? }],
//!     ..Calendar::every_day("10:00-19:00".parse()?)
//! };
//! let week = Window::new("2026-06-01T00:00:00Z".parse()?, "2026-06-07T00:00:00Z".parse()?)?;
//! let open = calendar.open(chrono_tz::UTC, week);
//! let hours: Vec<i64> = open.iter().map(|day| day.duration().num_hours()).collect();
//! assert_eq!(hours, [9, 9, 3, 9]);
//! assert_eq!(open[1].start().to_string(), "2026-06-02 11:00:00 UTC");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::hours::{Hours, Week};
use crate::local::MICROS;
use crate::sheet::{Range, Sheet};
use crate::window::Window;
use crate::windows::Windows;

/// When a salon is open or a professional at work. An empty calendar is never open.
///
/// Times and dates are those of the wall clock at the salon, whose zone is given when asking;
/// time off is in instants. What the fields say is read in this order:
/// - a date has its weekday's hours, of the usual week or of the last change that began by then, or
///   those of an override for that date; none of these on a date within a closure, nor on a date
///   that never happened;
/// - hours that overlap or touch are one stretch;
/// - breaks of the weekday, of the same week, are taken away, also from an override's hours; what
///   lies outside the hours takes nothing away;
/// - time off is taken away.
///
/// This is how a calendar is stored. Loading checks the shape only: [`Calendar::faults`] names
/// what a person has to put right before it is saved.
///
/// ```
/// use indistylo_scheduling::{Calendar, Hours, Minutes, Week, Window};
///
/// let calendar = Calendar {
///     weekly: Week::every_day("10:00-19:00".parse::<Hours>()?),
///     breaks: Week::every_day("13:00-14:00".parse()?),
///     ..Calendar::default()
/// };
/// assert!(calendar.faults().is_empty());
///
/// let morning = Window::lasting("2026-05-04T03:30:00Z".parse()?, Minutes::new(6 * 60))?;
/// let open = calendar.open(chrono_tz::Asia::Kolkata, morning);
/// let open: Vec<String> = open.iter().map(|w| format!("{}-{}", w.start(), w.end())).collect();
/// assert_eq!(open, [
///     "2026-05-04 04:30:00 UTC-2026-05-04 07:30:00 UTC",
///     "2026-05-04 08:30:00 UTC-2026-05-04 09:30:00 UTC",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Calendar {
    /// The usual week.
    pub weekly: Week,
    /// What is taken away from each weekday.
    pub breaks: Week,
    /// Weeks that hold from a date on, in place of those before; of two for a date the first.
    pub changes: Vec<Change>,
    /// Dates whose hours differ from the usual; the first for a date counts.
    pub overrides: Vec<Override>,
    /// Holidays and days off.
    pub closures: Vec<Closure>,
    /// Stretches of absence, in instants.
    pub time_off: Vec<Window>,
}

/// A week that holds from a date on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Change {
    /// The first date at the salon on which it holds.
    pub from: NaiveDate,
    /// The usual week from then on.
    pub weekly: Week,
    /// What is taken away from each weekday from then on.
    #[cfg_attr(feature = "serde", serde(default))]
    pub breaks: Week,
}

/// The hours of one date, in place of its weekday's. No hours: closed on that date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Override {
    /// The date at the salon.
    pub date: NaiveDate,
    /// Its hours; what runs past midnight still belongs to this date.
    pub hours: Vec<Hours>,
}

/// Dates on which nothing begins, from the first to the last, both included.
///
/// Hours of the evening before that run past midnight are not cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Closure {
    /// The first date, at the salon.
    pub first: NaiveDate,
    /// The last date, at the salon; it is closed too.
    pub last: NaiveDate,
}

impl Calendar {
    /// Open all day, every day: for a professional who simply follows the salon's hours.
    pub fn always() -> Self {
        Self::every_day(Hours::ALL_DAY)
    }

    /// Whether it is [`always`](Self::always).
    pub(crate) fn is_always(&self) -> bool {
        let Self { weekly, breaks, changes, overrides, closures, time_off } = self;
        Week::DAYS.iter().all(|day| weekly.day(*day) == [Hours::ALL_DAY])
            && Week::DAYS.iter().all(|day| breaks.day(*day).is_empty())
            && changes.is_empty()
            && overrides.is_empty()
            && closures.is_empty()
            && time_off.is_empty()
    }

    /// The same hours on all seven days, and nothing else.
    pub fn every_day(hours: Hours) -> Self {
        Self { weekly: Week::every_day(hours), ..Self::default() }
    }

    /// When it is open within a window, by the wall clock of a zone.
    ///
    /// Calendars are open in the years 1970 to 2199 only, which bounds the work for any window;
    /// within, it is proportional to the days asked for and the entries.
    pub fn open(&self, zone: Tz, within: Window) -> Windows {
        let Some(sheet) = Sheet::over(zone, within) else { return Windows::NONE };
        let open = sheet.open(self);
        let window = |(from, until): Range| {
            let [from, until] = [from, until].map(|minute| sheet.seconds(minute) * MICROS);
            Window::of_micros(from, until)?.intersection(within)
        };
        open.ranges().filter_map(window).collect()
    }

    /// The week that holds on a date, and its breaks.
    pub(crate) fn week_on(&self, date: NaiveDate) -> (&Week, &Week) {
        let mut usual = (&self.weekly, &self.breaks);
        let mut since = NaiveDate::MIN;
        for change in self.changes.iter().filter(|change| change.from <= date) {
            if change.from > since {
                (usual, since) = ((&change.weekly, &change.breaks), change.from);
            }
        }
        usual
    }

    /// One override for each date, in order; of several the first that was written.
    pub(crate) fn overrides_between(&self, first: NaiveDate, last: NaiveDate) -> Vec<&Override> {
        let dates = first..=last;
        let mut found: Vec<_> =
            self.overrides.iter().filter(|special| dates.contains(&special.date)).collect();
        found.sort_by_key(|special| special.date);
        found.dedup_by_key(|special| special.date);
        found
    }

    /// The closures that matter between two dates, in order, joined where they overlap. One that
    /// ends before it begins closes nothing.
    pub(crate) fn closures_between(&self, first: NaiveDate, last: NaiveDate) -> Vec<Closure> {
        let matters = |closure: &&Closure| {
            closure.first <= closure.last && closure.first <= last && closure.last >= first
        };
        let mut found: Vec<Closure> = self.closures.iter().filter(matters).copied().collect();
        found.sort_by_key(|closure| closure.first);
        found.dedup_by(|next, previous| {
            let joins = next.first <= previous.last;
            if joins {
                previous.last = previous.last.max(next.last);
            }
            joins
        });
        found
    }
}

/// The part of a window in which calendars are open at all: the years 1970 to 2199.
pub(crate) fn answered(window: Window) -> Option<Window> {
    let new_year =
        |year| Some(NaiveDate::from_ymd_opt(year, 1, 1)?.and_time(NaiveTime::MIN).and_utc());
    Window::new(new_year(1970)?, new_year(2200)?).ok()?.intersection(window)
}
