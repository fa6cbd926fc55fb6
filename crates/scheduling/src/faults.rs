//! What is wrong with opening hours somebody typed in, each mistake with its place.
//!
//! ```
//! use chrono::NaiveDate;
//! use indistylo_scheduling::faults::*;
//! use indistylo_scheduling::{Calendar, Change, Closure, FaultKind, Hours, Override, Window};
//!
//! let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).ok_or("no such date");
//! let mut calendar = Calendar::default();
//! calendar.weekly.mon = vec![Hours::ALL_DAY; MOST_HOURS_A_DAY + 1];
//! let closure = Closure { first: new_year(FIRST_YEAR)?, last: new_year(LAST_YEAR)? };
//! calendar.closures = vec![closure; MOST_CLOSURES + 1];
//! calendar.time_off = vec![Window::ALL; MOST_TIME_OFF + 1];
//! let date = new_year(FIRST_YEAR - 1)?;
//! calendar.overrides = vec![Override { date, hours: vec![] }; MOST_OVERRIDES + 1];
//! let change = Change { from: date, weekly: Default::default(), breaks: Default::default() };
//! calendar.changes = vec![change; MOST_CHANGES + 1];
//!
//! let faults = calendar.faults();
//! for (path, most) in [
//!     ("/weekly/mon", MOST_HOURS_A_DAY),
//!     ("/changes", MOST_CHANGES),
//!     ("/overrides", MOST_OVERRIDES),
//!     ("/closures", MOST_CLOSURES),
//!     ("/time_off", MOST_TIME_OFF),
//! ] {
//!     let kind = FaultKind::TooMany { most };
//!     assert!(faults.contains(&Fault { path: path.to_owned(), kind }), "{path}");
//! }
//! let kind = FaultKind::TooLong { most_days: LONGEST_ABSENCE_DAYS };
//! assert!(faults.contains(&Fault { path: "/closures/0".to_owned(), kind }));
//! # Ok::<(), &str>(())
//! ```

use std::fmt::Display;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::calendar::Calendar;
use crate::hours::{Hours, LocalTime, Week};

/// A day has few stretches of hours or breaks: more are a mistake, and cost every search.
pub const MOST_HOURS_A_DAY: usize = 8;
/// A new week every month for two years.
pub const MOST_CHANGES: usize = 24;
/// Two years in which every date differs from the usual.
pub const MOST_OVERRIDES: usize = 732;
/// Two years in which every other date is a holiday.
pub const MOST_CLOSURES: usize = 366;
/// Absences by the hour for years; the oldest are of no use to anyone.
pub const MOST_TIME_OFF: usize = 1_000;
/// Two years: who is away for longer has left, and what is closed for longer is not open.
pub const LONGEST_ABSENCE_DAYS: u16 = 732;
/// Dates from this year; an earlier one is a typing mistake.
pub const FIRST_YEAR: i32 = 2000;
/// Dates up to this year; a later one is a typing mistake.
pub const LAST_YEAR: i32 = 2100;

/// One mistake in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the calendar as it is stored, `/weekly/mon/0`.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong with an entry of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The list has too many entries; those beyond are not looked at.
    #[error("has more than {most} entries")]
    TooMany {
        /// How many it may have.
        most: usize,
    },
    /// Hours that close at the minute they open, or open at `24:00`.
    #[error("must close at another time than it opens, and open before 24:00")]
    MeaninglessHours,
    /// A break that does not lie within the hours of its weekday.
    #[error("must lie within the hours of its weekday")]
    OutsideHours,
    /// A second override, or a second change, for a date.
    #[error("the date already has hours of its own")]
    DuplicateDate,
    /// A closure whose last date lies before its first.
    #[error("must not end before it begins")]
    Backwards,
    /// A closure or time off that takes too long.
    #[error("must not be longer than {most_days} days")]
    TooLong {
        /// How many days it may take.
        most_days: u16,
    },
    /// A date outside the years 2000 to 2100.
    #[error("must lie in the years {FIRST_YEAR} to {LAST_YEAR}")]
    ImplausibleDate,
}

impl Calendar {
    /// Every mistake in the calendar, in the order of its fields; empty if it may be saved.
    ///
    /// ```
    /// use indistylo_scheduling::{Calendar, Fault, FaultKind};
    ///
    /// let mut calendar = Calendar::every_day("10:00-19:00".parse()?);
    /// assert!(calendar.faults().is_empty());
    /// calendar.breaks.mon.push("19:00-19:30".parse()?);
    /// let outside = Fault { path: "/breaks/mon/0".to_owned(), kind: FaultKind::OutsideHours };
    /// assert_eq!(calendar.faults(), [outside]);
    /// # Ok::<(), indistylo_scheduling::LocalTimeError>(())
    /// ```
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        faults.weeks("", &self.weekly, &self.breaks);
        self.faults_of_changes(&mut faults);
        self.faults_of_overrides(&mut faults);
        self.faults_of_closures(&mut faults);
        self.faults_of_time_off(&mut faults);
        faults.0
    }

    fn faults_of_changes(&self, faults: &mut Faults) {
        faults.count("/changes", self.changes.len(), MOST_CHANGES);
        let mut seen = std::collections::BTreeSet::new();
        for (at, change) in first(&self.changes, MOST_CHANGES) {
            faults.date(format!("/changes/{at}/from"), change.from);
            if !seen.insert(change.from) {
                faults.add(format!("/changes/{at}/from"), FaultKind::DuplicateDate);
            }
            faults.weeks(&format!("/changes/{at}"), &change.weekly, &change.breaks);
        }
    }

    fn faults_of_overrides(&self, faults: &mut Faults) {
        faults.count("/overrides", self.overrides.len(), MOST_OVERRIDES);
        let mut seen = std::collections::BTreeSet::new();
        for (at, special) in first(&self.overrides, MOST_OVERRIDES) {
            faults.date(format!("/overrides/{at}/date"), special.date);
            if !seen.insert(special.date) {
                faults.add(format!("/overrides/{at}/date"), FaultKind::DuplicateDate);
            }
            faults.hours(format!("/overrides/{at}/hours"), &special.hours);
        }
    }

    fn faults_of_closures(&self, faults: &mut Faults) {
        faults.count("/closures", self.closures.len(), MOST_CLOSURES);
        for (at, closure) in first(&self.closures, MOST_CLOSURES) {
            faults.date(format!("/closures/{at}/first"), closure.first);
            faults.date(format!("/closures/{at}/last"), closure.last);
            let days_after_first = closure.last.signed_duration_since(closure.first).num_days();
            if days_after_first < 0 {
                faults.add(format!("/closures/{at}"), FaultKind::Backwards);
            } else if days_after_first >= i64::from(LONGEST_ABSENCE_DAYS) {
                faults.too_long(format!("/closures/{at}"));
            }
        }
    }

    fn faults_of_time_off(&self, faults: &mut Faults) {
        faults.count("/time_off", self.time_off.len(), MOST_TIME_OFF);
        for (at, away) in first(&self.time_off, MOST_TIME_OFF) {
            faults.date(format!("/time_off/{at}/start"), away.start().date_naive());
            faults.date(format!("/time_off/{at}/end"), away.end().date_naive());
            if away.duration() > TimeDelta::days(i64::from(LONGEST_ABSENCE_DAYS)) {
                faults.too_long(format!("/time_off/{at}"));
            }
        }
    }
}

/// The mistakes found so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: String, kind: FaultKind) {
        self.0.push(Fault { path, kind });
    }

    fn too_long(&mut self, path: String) {
        self.add(path, FaultKind::TooLong { most_days: LONGEST_ABSENCE_DAYS });
    }

    fn count(&mut self, path: impl Display, count: usize, most: usize) {
        if count > most {
            self.add(path.to_string(), FaultKind::TooMany { most });
        }
    }

    fn date(&mut self, path: String, date: NaiveDate) {
        if !(FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
            self.add(path, FaultKind::ImplausibleDate);
        }
    }

    fn hours(&mut self, path: impl Display, hours: &[Hours]) {
        self.count(&path, hours.len(), MOST_HOURS_A_DAY);
        for (at, hours) in first(hours, MOST_HOURS_A_DAY) {
            if is_meaningless(*hours) {
                self.add(format!("{path}/{at}"), FaultKind::MeaninglessHours);
            }
        }
    }

    /// A week with its breaks, each of which must lie within the hours.
    fn weeks(&mut self, path: &str, weekly: &Week, breaks: &Week) {
        for (field, week) in [("weekly", weekly), ("breaks", breaks)] {
            for day in Week::DAYS {
                self.hours(format!("{path}/{field}/{}", key(day)), week.day(day));
            }
        }
        for day in Week::DAYS {
            let stretches = stretches_around(weekly, day);
            for (at, pause) in first(breaks.day(day), MOST_HOURS_A_DAY) {
                let (from, until) =
                    (minute(pause.opening_minute()), minute(pause.closing_minute()));
                let within = |&(opens, closes): &(i32, i32)| opens <= from && until <= closes;
                if !is_meaningless(*pause) && !stretches.iter().any(within) {
                    self.add(format!("{path}/breaks/{}/{at}", key(day)), FaultKind::OutsideHours);
                }
            }
        }
    }
}

fn is_meaningless(hours: Hours) -> bool {
    hours.opens == hours.closes || hours.opens == LocalTime::END_OF_DAY
}

/// The entries that are looked at, with their places.
fn first<T>(entries: &[T], most: usize) -> impl Iterator<Item = (usize, &T)> {
    entries.iter().take(most).enumerate()
}

/// The weekly hours that a break of this weekday can lie in, in minutes from its midnight, joined:
/// its own, those of the night before and those of the day after.
fn stretches_around(weekly: &Week, day: Weekday) -> Vec<(i32, i32)> {
    let beside = [(day.pred(), -24 * 60), (day, 0), (day.succ(), 24 * 60)];
    let mut stretches = Vec::new();
    for (day, shift) in beside {
        for (_, hours) in first(weekly.day(day), MOST_HOURS_A_DAY) {
            let (opens, closes) = (minute(hours.opening_minute()), minute(hours.closing_minute()));
            stretches.push((opens + shift, closes + shift));
        }
    }
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let joins = next.0 <= last.1;
        if joins {
            last.1 = last.1.max(next.1);
        }
        joins
    });
    stretches
}

fn minute(minute_of_day: u16) -> i32 {
    i32::from(minute_of_day)
}

/// The weekday's name in the stored form.
fn key(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mon",
        Weekday::Tue => "tue",
        Weekday::Wed => "wed",
        Weekday::Thu => "thu",
        Weekday::Fri => "fri",
        Weekday::Sat => "sat",
        Weekday::Sun => "sun",
    }
}
