//! How much of their day is taken from each professional: what makes an assignment fair.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::StaffId;

use crate::local::{end_of_day, local_day, start_of_day};
use crate::slots::Professional;
use crate::window::Window;

/// What is taken of the professionals' days, in minutes; worked out day by day, as it is asked for.
///
/// A hold counts like a booking, and of what reaches over midnight only what lies in the day.
///
/// ```
/// use indistylo_scheduling::{Calendar, Claim, Loads, Professional, Window};
///
/// let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>();
/// let (always, asha) = (Calendar::always(), "0193c0de-0000-7000-8000-000000000001".parse()?);
/// let late = Claim {
///     window: Window::new(at("2026-05-04T23:30:00Z")?, at("2026-05-05T00:15:00Z")?)?,
///     booking: "0193c0de-0000-7000-8000-000000000009".parse()?,
///     expires_at: None,
/// };
/// let staff = [Professional { id: asha, hours: &always, claims: &[late], full: &[] }];
/// let mut loads = Loads::of(chrono_tz::UTC, &staff);
/// assert_eq!(loads.on_day_of(at("2026-05-04T10:00:00Z")?).get(&asha), Some(&30));
/// assert_eq!(loads.on_day_of(at("2026-05-05T10:00:00Z")?).get(&asha), Some(&15));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Loads<'a> {
    zone: Tz,
    professionals: &'a [Professional<'a>],
    day: Option<Window>,
    minutes: BTreeMap<StaffId, u64>,
}

impl<'a> Loads<'a> {
    /// The loads of these professionals, whose days are those of a zone.
    pub const fn of(zone: Tz, professionals: &'a [Professional<'a>]) -> Self {
        Self { zone, professionals, day: None, minutes: BTreeMap::new() }
    }

    /// The minutes taken on the day on which an instant lies.
    pub fn on_day_of(&mut self, instant: DateTime<Utc>) -> &BTreeMap<StaffId, u64> {
        if self.day.is_none_or(|day| !day.contains(instant)) {
            let day = whole_day(self.zone, local_day(self.zone, instant));
            self.minutes = day.map(|day| self.within(day)).unwrap_or_default();
            self.day = day;
        }
        &self.minutes
    }

    fn within(&self, day: Window) -> BTreeMap<StaffId, u64> {
        let load = |professional: &Professional<'_>| {
            let inside = professional.claims.iter().filter_map(|one| one.window.intersection(day));
            let taken: TimeDelta = inside.map(Window::duration).sum();
            (professional.id, taken.num_minutes().unsigned_abs())
        };
        self.professionals.iter().map(load).collect()
    }
}

fn whole_day(zone: Tz, day: NaiveDate) -> Option<Window> {
    Window::new(start_of_day(zone, day)?, end_of_day(zone, day)?).ok()
}
