//! A stretch of time with a beginning and an end: a shift, a visit, a holiday.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::minutes::Minutes;

/// A stretch of time from `start` up to but not including `end`, both instants (UTC); never empty.
///
/// Because the end is not part of it, a visit may begin the instant another ends. Kept to the
/// microsecond, as databases do; finer parts of an instant are dropped.
/// Stored as `{"start": …, "end": …}`; what is empty or reversed does not load.
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use indistylo_scheduling::Window;
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let cut = Window::new(at("2026-05-04T10:00:00Z")?, at("2026-05-04T10:45:00Z")?)?;
/// let colour = Window::new(at("2026-05-04T10:45:00Z")?, at("2026-05-04T12:00:00Z")?)?;
/// assert!(!cut.overlaps(colour));
/// assert_eq!(cut.intersection(colour), None);
/// assert!(Window::ALL.covers(cut));
/// assert!(!cut.contains(cut.end()));
/// assert_eq!(cut.duration(), TimeDelta::minutes(45));
/// assert!(Window::new(cut.end(), cut.start()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct Window {
    /// Microseconds since 1970, like the end: a search compares many of them.
    start: i64,
    end: i64,
}

/// The end is not after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a window must end after it starts")]
pub struct EmptyWindow;

impl Window {
    /// All the time there is: from the first instant that can be written to the last.
    pub const ALL: Self = Self { start: FIRST_MICRO, end: LAST_MICRO };

    /// From `start` up to `end`. Refused if nothing lies between.
    pub const fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, EmptyWindow> {
        match Self::of_micros(start.timestamp_micros(), end.timestamp_micros()) {
            Some(window) => Ok(window),
            None => Err(EmptyWindow),
        }
    }

    /// From `start` for so many minutes of real time, at most to the last instant that can be
    /// written. Refused if nothing is left: no minutes, or a start at that last instant.
    pub fn lasting(start: DateTime<Utc>, length: Minutes) -> Result<Self, EmptyWindow> {
        Self::new(start, later(start, length))
    }

    /// The first instant inside.
    pub fn start(self) -> DateTime<Utc> {
        instant(self.start)
    }

    /// The first instant after it, no longer inside.
    pub fn end(self) -> DateTime<Utc> {
        instant(self.end)
    }

    /// How much real time lies between start and end.
    pub const fn duration(self) -> TimeDelta {
        TimeDelta::microseconds(self.end.saturating_sub(self.start))
    }

    /// Whether the two share an instant; touching is not sharing.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether all of `other` lies inside this one.
    pub const fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the instant lies inside: the start does, the end does not.
    pub const fn contains(self, instant: DateTime<Utc>) -> bool {
        let instant = instant.timestamp_micros();
        self.start <= instant && instant < self.end
    }

    /// What the two share, if anything.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::of_micros(self.start.max(other.start), self.end.min(other.end))
    }

    /// The same stretch, beginning earlier and ending later, at most to the ends of [`Window::ALL`].
    ///
    /// ```
    /// use indistylo_scheduling::{Minutes, Window};
    ///
    /// let visit = Window::lasting("2026-05-04T10:00:00Z".parse()?, Minutes::new(30))?;
    /// let with_buffers = visit.widened(Minutes::new(5), Minutes::new(10));
    /// assert_eq!(with_buffers.start().to_rfc3339(), "2026-05-04T09:55:00+00:00");
    /// assert_eq!(with_buffers.end().to_rfc3339(), "2026-05-04T10:40:00+00:00");
    /// assert_eq!(Window::ALL.widened(Minutes::new(1), Minutes::new(1)), Window::ALL);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn widened(self, before: Minutes, after: Minutes) -> Self {
        Self {
            start: self.start.saturating_sub(before.micros()).max(FIRST_MICRO),
            end: self.end.saturating_add(after.micros()).min(LAST_MICRO),
        }
    }

    /// From the earlier of the starts to the later of the ends.
    pub(crate) fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// From one microsecond since 1970 up to another, both within what can be written.
    pub(crate) const fn of_micros(start: i64, end: i64) -> Option<Self> {
        if start < end { Some(Self { start, end }) } else { None }
    }

    /// The start in microseconds since 1970.
    pub(crate) const fn start_micros(self) -> i64 {
        self.start
    }

    /// The end in microseconds since 1970.
    pub(crate) const fn end_micros(self) -> i64 {
        self.end
    }
}

/// As an interval of ISO 8601: `2026-05-04T10:00:00Z/2026-05-04T10:45:00Z`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        write!(f, "{}/{}", text(self.start()), text(self.end()))
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} to {:?}", self.start(), self.end())
    }
}

const FIRST_MICRO: i64 = DateTime::<Utc>::MIN_UTC.timestamp_micros();
const LAST_MICRO: i64 = DateTime::<Utc>::MAX_UTC.timestamp_micros();

/// A window's bounds always lie within what can be written; the last instant is never needed.
fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The instant so many minutes later, at most the last that can be written.
pub(crate) fn later(instant: DateTime<Utc>, minutes: Minutes) -> DateTime<Utc> {
    instant.checked_add_signed(minutes.time_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A window as it is written down; what is read is a window or refused.
#[cfg(feature = "serde")]
mod stored {
    use chrono::{DateTime, Utc};

    use super::{EmptyWindow, Window};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Stored {
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    }

    impl TryFrom<Stored> for Window {
        type Error = EmptyWindow;

        fn try_from(stored: Stored) -> Result<Self, EmptyWindow> {
            Self::new(stored.start, stored.end)
        }
    }

    impl From<Window> for Stored {
        fn from(window: Window) -> Self {
            Self { start: window.start(), end: window.end() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).expect("in range")
    }

    fn window(start: i64, end: i64) -> Window {
        Window::new(at(start), at(end)).expect("not empty")
    }

    #[test]
    fn a_window_that_ends_as_it_starts_or_before_is_refused() {
        assert_eq!(Window::new(at(5), at(5)), Err(EmptyWindow));
        assert_eq!(Window::new(at(6), at(5)), Err(EmptyWindow));
        assert_eq!(Window::lasting(at(5), Minutes::ZERO), Err(EmptyWindow));
        assert_eq!(Window::lasting(DateTime::<Utc>::MAX_UTC, Minutes::new(9)), Err(EmptyWindow));
    }

    #[test]
    fn touching_windows_do_not_overlap() {
        assert!(!window(0, 10).overlaps(window(10, 20)));
        assert!(!window(10, 20).overlaps(window(0, 10)));
        assert!(window(0, 11).overlaps(window(10, 20)));
        assert!(window(0, 30).overlaps(window(10, 20)));
    }

    #[test]
    fn a_window_covers_itself_but_nothing_that_sticks_out() {
        assert!(window(0, 10).covers(window(0, 10)));
        assert!(!window(0, 10).covers(window(0, 11)));
        assert!(!window(1, 10).covers(window(0, 10)));
    }

    #[test]
    fn what_two_windows_share_is_never_empty() {
        assert_eq!(window(0, 10).intersection(window(5, 20)), Some(window(5, 10)));
        assert_eq!(window(0, 10).intersection(window(10, 20)), None);
    }

    #[test]
    fn widening_stops_at_the_ends_of_time() {
        let most = Minutes::new(u16::MAX);
        assert_eq!(Window::ALL.widened(most, most), Window::ALL);
        assert_eq!(window(10, 20).widened(Minutes::new(3), Minutes::new(4)), window(7, 24));
    }

    #[test]
    fn a_window_is_written_as_an_interval() {
        let text = "1970-01-01T00:00:00Z/1970-01-01T00:10:00Z";
        assert_eq!(window(0, 10).to_string(), text);
        assert_eq!(format!("{:?}", window(0, 10)), text.replace('/', " to "));
    }

    #[test]
    fn an_empty_window_does_not_load() {
        let text = serde_json::to_string(&window(0, 10)).expect("json");
        assert_eq!(text, r#"{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:10:00Z"}"#);
        assert_eq!(serde_json::from_str::<Window>(&text).expect("loads"), window(0, 10));
        for bad in [
            r#"{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:00Z"}"#,
            r#"{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:10:00Z","to":1}"#,
            r#"{"start":"1970-01-01T00:00:00Z"}"#,
        ] {
            assert!(serde_json::from_str::<Window>(bad).is_err(), "{bad}");
        }
    }
}
