//! Opening hours as a salon writes them on its door: from 10:00 to 19:00, on which weekdays.

use std::fmt;
use std::str::FromStr;

use chrono::Weekday;

const MINUTES_A_DAY: u16 = 24 * 60;

/// A time on the wall clock, in whole minutes from `00:00` to `24:00`. Stored as that text.
///
/// ```
/// use indistylo_scheduling::LocalTime;
///
/// let ten: LocalTime = "10:00".parse()?;
/// assert_eq!(ten.minute_of_day(), 600);
/// assert_eq!(ten.to_string(), "10:00");
/// assert_eq!(LocalTime::new(600)?, ten);
/// assert!(LocalTime::MIDNIGHT < ten && ten < LocalTime::END_OF_DAY);
/// assert!("9:00".parse::<LocalTime>().is_err());
/// assert!("24:01".parse::<LocalTime>().is_err());
/// # Ok::<(), indistylo_scheduling::LocalTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct LocalTime(u16);

/// The text is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time from 00:00 to 24:00, such as 09:30")]
pub struct LocalTimeError;

impl LocalTime {
    /// The beginning of a day, `00:00`.
    pub const MIDNIGHT: Self = Self(0);

    /// The end of a day, `24:00`.
    pub const END_OF_DAY: Self = Self(MINUTES_A_DAY);

    /// The time so many minutes after midnight, at most 1440. Refused above.
    pub const fn new(minute_of_day: u16) -> Result<Self, LocalTimeError> {
        if minute_of_day <= MINUTES_A_DAY { Ok(Self(minute_of_day)) } else { Err(LocalTimeError) }
    }

    /// Minutes after midnight, 0 to 1440, as the wall shows them.
    pub const fn minute_of_day(self) -> u16 {
        self.0
    }
}

impl FromStr for LocalTime {
    type Err = LocalTimeError;

    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        let digit = |byte: u8| {
            if byte.is_ascii_digit() { Ok(u16::from(byte - b'0')) } else { Err(LocalTimeError) }
        };
        let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return Err(LocalTimeError) };
        let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
        if minute < 60 { Self::new(hour * 60 + minute) } else { Err(LocalTimeError) }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = LocalTimeError;

    fn try_from(text: String) -> Result<Self, LocalTimeError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

/// One stretch of a day by the wall clock, from opening up to but not including closing.
///
/// Closing at or before the opening means the next date: `20:00-02:00` belongs to the date on
/// which it begins. All day is `00:00-24:00`.
///
/// ```
/// use indistylo_scheduling::Hours;
///
/// let day: Hours = "10:00-19:00".parse()?;
/// let night: Hours = "20:00-02:00".parse()?;
/// assert_eq!((day.opening_minute(), day.closing_minute()), (10 * 60, 19 * 60));
/// assert_eq!(night.closing_minute(), 26 * 60);
/// assert_eq!(night.to_string(), "20:00-02:00");
/// assert_eq!(Hours::new(Hours::ALL_DAY.opens, day.opens), "00:00-10:00".parse()?);
/// # Ok::<(), indistylo_scheduling::LocalTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Hours {
    /// When it begins.
    pub opens: LocalTime,
    /// When it ends; on the next date if not after the opening.
    pub closes: LocalTime,
}

impl Hours {
    /// The whole day, `00:00-24:00`.
    pub const ALL_DAY: Self = Self { opens: LocalTime::MIDNIGHT, closes: LocalTime::END_OF_DAY };

    /// From opening to closing.
    pub const fn new(opens: LocalTime, closes: LocalTime) -> Self {
        Self { opens, closes }
    }

    /// Minutes from the midnight at which the date begins to the opening, as the wall shows them.
    pub const fn opening_minute(self) -> u16 {
        self.opens.0
    }

    /// Minutes from that same midnight to the closing: above 1440 when it runs past the next one.
    pub const fn closing_minute(self) -> u16 {
        if self.closes.0 <= self.opens.0 { self.closes.0 + MINUTES_A_DAY } else { self.closes.0 }
    }
}

impl FromStr for Hours {
    type Err = LocalTimeError;

    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        let (opens, closes) = text.split_once('-').ok_or(LocalTimeError)?;
        Ok(Self { opens: opens.parse()?, closes: closes.parse()? })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.opens, self.closes)
    }
}

/// What repeats every week: a list of hours for each weekday, empty where there are none.
///
/// Stored as an object of `mon` to `sun`, the empty ones left out.
///
/// ```
/// use chrono::Weekday;
/// use indistylo_scheduling::{Hours, Week};
///
/// let ten_to_seven: Hours = "10:00-19:00".parse()?;
/// let mut week = Week::on([Weekday::Tue, Weekday::Wed], ten_to_seven);
/// assert_eq!(week.day(Weekday::Tue), [ten_to_seven]);
/// assert!(week.day(Weekday::Mon).is_empty());
/// week.day_mut(Weekday::Mon).push("12:00-16:00".parse()?);
/// assert_eq!(Week::DAYS.into_iter().filter(|day| week.day(*day).is_empty()).count(), 4);
/// # Ok::<(), indistylo_scheduling::LocalTimeError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Week {
    /// Hours that begin on a Monday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub mon: Vec<Hours>,
    /// Hours that begin on a Tuesday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub tue: Vec<Hours>,
    /// Hours that begin on a Wednesday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub wed: Vec<Hours>,
    /// Hours that begin on a Thursday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub thu: Vec<Hours>,
    /// Hours that begin on a Friday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub fri: Vec<Hours>,
    /// Hours that begin on a Saturday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub sat: Vec<Hours>,
    /// Hours that begin on a Sunday.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub sun: Vec<Hours>,
}

impl Week {
    /// The weekdays in ISO order, Monday first.
    pub const DAYS: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];

    /// The same hours on each of these weekdays, nothing on the others.
    pub fn on(days: impl IntoIterator<Item = Weekday>, hours: Hours) -> Self {
        let mut week = Self::default();
        for day in days {
            week.day_mut(day).push(hours);
        }
        week
    }

    /// The same hours on all seven days.
    pub fn every_day(hours: Hours) -> Self {
        Self::on(Self::DAYS, hours)
    }

    /// The hours that begin on this weekday.
    pub fn day(&self, day: Weekday) -> &[Hours] {
        match day {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }

    /// The hours that begin on this weekday, to be changed.
    pub fn day_mut(&mut self, day: Weekday) -> &mut Vec<Hours> {
        match day {
            Weekday::Mon => &mut self.mon,
            Weekday::Tue => &mut self.tue,
            Weekday::Wed => &mut self.wed,
            Weekday::Thu => &mut self.thu,
            Weekday::Fri => &mut self.fri,
            Weekday::Sat => &mut self.sat,
            Weekday::Sun => &mut self.sun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_digits_a_colon_and_two_digits_are_a_time() {
        for good in ["00:00", "09:05", "23:59", "24:00"] {
            let time: LocalTime = good.parse().expect(good);
            assert_eq!(time.to_string(), good);
        }
        for bad in [
            "",
            "9:00",
            "09:0",
            "09.00",
            "24:01",
            "25:00",
            "10:60",
            "-1:00",
            "+1:00",
            " 9:00",
            "٠٩:٠٠",
            "09:00 ",
        ] {
            assert_eq!(bad.parse::<LocalTime>(), Err(LocalTimeError), "{bad:?}");
        }
        assert_eq!(LocalTime::new(1441), Err(LocalTimeError));
    }

    #[test]
    fn closing_at_or_before_the_opening_is_on_the_next_date() {
        let closing = |text: &str| text.parse::<Hours>().expect(text).closing_minute();
        assert_eq!(closing("10:00-19:00"), 1140);
        assert_eq!(closing("10:00-24:00"), 1440);
        assert_eq!(closing("10:00-00:00"), 1440);
        assert_eq!(closing("22:00-06:00"), 1800);
        assert_eq!(Hours::ALL_DAY.closing_minute(), 1440);
    }

    #[test]
    fn a_week_is_stored_by_the_names_of_its_days() {
        let week = Week::on([Weekday::Sun], "10:00-19:00".parse().expect("hours"));
        let text = serde_json::to_string(&week).expect("json");
        assert_eq!(text, r#"{"sun":[{"opens":"10:00","closes":"19:00"}]}"#);
        assert_eq!(serde_json::from_str::<Week>(&text).expect("loads"), week);
        for bad in [
            r#"{"sunday":[]}"#,
            r#"{"sun":[{"opens":"10:00"}]}"#,
            r#"{"sun":[{"opens":"10:00","closes":"19:00","note":""}]}"#,
            r#"{"sun":[{"opens":600,"closes":1140}]}"#,
        ] {
            assert!(serde_json::from_str::<Week>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_weekday_has_a_list_of_its_own() {
        for day in Week::DAYS {
            let mut week = Week::default();
            week.day_mut(day).push(Hours::ALL_DAY);
            for other in Week::DAYS {
                assert_eq!(week.day(other).len(), usize::from(other == day), "{day} {other}");
            }
        }
    }
}
