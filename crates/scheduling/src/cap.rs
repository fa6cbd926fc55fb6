//! How many visits a professional has on one day at the most.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::BookingId;

use crate::local::local_day;
use crate::policy::MOST_DAILY_VISITS;

/// The most visits of a professional on one date of the salon's clock.
///
/// ```
/// use indistylo_scheduling::policy::MOST_DAILY_VISITS;
/// use indistylo_scheduling::{Appointment, DailyCap};
///
/// let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>();
/// let visit = |n: u8, begins| {
///     let booking = format!("0193c0de-0000-7000-8000-00000000000{n}").parse();
///     booking.map(|booking| Appointment { booking, begins, expires_at: None })
/// };
/// let india = chrono_tz::Asia::Kolkata; // its midnight is 18:30 in UTC
/// let booked = [
///     visit(1, at("2026-05-04T18:00:00Z")?)?,
///     visit(2, at("2026-05-04T18:30:00Z")?)?,
///     visit(2, at("2026-05-04T19:30:00Z")?)?,
/// ];
/// let now = at("2026-05-01T10:00:00Z")?;
/// let full = |visits| DailyCap::new(visits).map(|cap| cap.full_days(india, &booked, now));
/// let dates = ["2026-05-04".parse()?, "2026-05-05".parse()?];
/// assert_eq!(full(1), Some(dates.to_vec()));
/// assert_eq!(full(2), Some(vec![])); // two services of one booking are one visit
/// assert_eq!((full(0), full(MOST_DAILY_VISITS + 1)), (None, None));
/// assert_eq!(DailyCap::new(2).map(DailyCap::visits), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyCap(u8);

/// A service of a booking, as its professional's daily cap counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointment {
    /// Whose it is: what one booking has on one date counts once.
    pub booking: BookingId,
    /// When the professional's hands are first on it.
    pub begins: DateTime<Utc>,
    /// When it lapses if it is a hold; a booking does not.
    pub expires_at: Option<DateTime<Utc>>,
}

impl DailyCap {
    /// So many visits, from one to [`MOST_DAILY_VISITS`].
    pub fn new(visits: u8) -> Option<Self> {
        (1..=MOST_DAILY_VISITS).contains(&visits).then_some(Self(visits))
    }

    /// How many.
    pub const fn visits(self) -> u8 {
        self.0
    }

    /// The dates on which no further visit can begin, in order: so many bookings have begun or
    /// begin then. A hold that has lapsed at `now` does not count.
    pub fn full_days(
        self,
        zone: Tz,
        appointments: &[Appointment],
        now: DateTime<Utc>,
    ) -> Vec<NaiveDate> {
        let counts = |one: &&Appointment| one.expires_at.is_none_or(|until| until > now);
        let counted = appointments.iter().filter(counts);
        let mut visits: Vec<(NaiveDate, BookingId)> =
            counted.map(|one| (local_day(zone, one.begins), one.booking)).collect();
        visits.sort_unstable();
        visits.dedup();
        let by_date = visits.chunk_by(|(one, _), (next, _)| one == next);
        let full = by_date.filter(|visits| visits.len() >= usize::from(self.0));
        full.filter_map(|visits| Some(visits.first()?.0)).collect()
    }
}
