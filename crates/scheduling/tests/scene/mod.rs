//! A day at a salon with its professionals, chairs and guests, laid out for the engine.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Claim, Guest, Layout, Minutes, Part, Place, Professional,
    Resource, Segment, Skill, Timing, Unit, Visit, Window,
};

/// The day in question lasts so many minutes, in UTC.
pub(crate) const DAY: i64 = 16 * 60;
/// It is midnight at the salon at that minute.
pub(crate) const MIDNIGHT: i64 = 8 * 60;

pub(crate) fn day() -> DateTime<Utc> {
    "2026-05-04T04:00:00Z".parse().expect("an instant")
}

/// A start each so many minutes of the clock, for the nine days to come.
pub(crate) fn rules(step: u16) -> BookingRules {
    BookingRules {
        step: Minutes::new(step),
        notice: Minutes::ZERO,
        horizon_days: 9,
        layout: Layout::Grid,
    }
}

pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    day() + TimeDelta::minutes(minute)
}

/// The dates at the salon that are full.
pub(crate) fn full_dates(full: [bool; 2]) -> Vec<NaiveDate> {
    let dates = ["2026-05-04", "2026-05-05"].map(|date| date.parse().expect("a date"));
    dates.into_iter().zip(full).filter(|(_, full)| *full).map(|(date, _)| date).collect()
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

pub(crate) type Range = (i64, i64);

/// Parts, buffers, and with whom it takes how many minutes longer.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) parts: Vec<(u16, bool)>,
    pub(crate) buffers: (u16, u16),
    pub(crate) by: Vec<(usize, u16)>,
    pub(crate) chair: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) open: Range,
    /// At work, taken, and full before midnight and after.
    pub(crate) staff: Vec<(Range, Vec<Range>, [bool; 2])>,
    pub(crate) chairs: Vec<Vec<Range>>,
    pub(crate) guests: Vec<(Vec<Service>, bool)>,
    pub(crate) step: u16,
}

impl Service {
    pub(crate) fn timing(&self, longer: u16) -> Timing {
        let part = |(number, (minutes, hands_on)): (usize, &(u16, bool))| Part {
            minutes: Minutes::new(minutes + if number == 0 { longer } else { 0 }),
            hands_on: *hands_on,
        };
        let parts: Vec<Part> = self.parts.iter().enumerate().map(part).collect();
        let [before, after] = [self.buffers.0, self.buffers.1].map(Minutes::new);
        Timing::of_parts(&parts, before, after).expect("a service")
    }
}

impl Scene {
    /// Asks the board about the visit.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T) -> T {
        let window = |range: &Range| Window::new(at(range.0), at(range.1)).ok();
        let claims = |ranges: &[Range]| -> Vec<Claim> {
            let taken = ranges.iter().filter_map(window);
            taken.map(|window| Claim { window, booking: id(9), expires_at: None }).collect()
        };
        let hours = |range: &Range| Calendar {
            // Always open, and off but for this stretch.
            time_off: [window(&(-3000, range.0)), window(&(range.1, 3000))]
                .into_iter()
                .flatten()
                .collect(),
            ..Calendar::always()
        };
        let salon = hours(&self.open);
        let calendars: Vec<Calendar> = self.staff.iter().map(|(work, ..)| hours(work)).collect();
        let taken: Vec<Vec<Claim>> = self.staff.iter().map(|(_, taken, _)| claims(taken)).collect();
        let full: Vec<Vec<NaiveDate>> =
            self.staff.iter().map(|(.., full)| full_dates(*full)).collect();
        let professionals: Vec<_> = (0..)
            .zip(calendars.iter().zip(&taken).zip(&full))
            .map(|(number, ((hours, claims), full))| Professional {
                id: id(number),
                hours,
                claims,
                full,
            })
            .collect();
        let chairs: Vec<Vec<Claim>> = self.chairs.iter().map(|taken| claims(taken)).collect();
        let units: Vec<Unit<'_>> =
            (100..).zip(&chairs).map(|(number, claims)| Unit { id: id(number), claims }).collect();
        let resources = [Resource { units: &units }];
        let skills: Vec<Vec<Vec<Skill>>> = self
            .guests
            .iter()
            .map(|(services, _)| {
                let skill = |service: &Service| {
                    let by = service.by.iter();
                    by.map(|(professional, longer)| Skill {
                        professional: *professional,
                        timing: service.timing(*longer),
                    })
                    .collect()
                };
                services.iter().map(skill).collect()
            })
            .collect();
        let segments: Vec<Vec<Segment<'_>>> = self
            .guests
            .iter()
            .zip(&skills)
            .map(|((services, _), skills)| {
                services
                    .iter()
                    .zip(skills)
                    .map(|(service, by)| Segment {
                        by,
                        needs: if service.chair { &[0] } else { &[] },
                    })
                    .collect()
            })
            .collect();
        let guests: Vec<Guest<'_>> = self
            .guests
            .iter()
            .zip(&segments)
            .map(|((_, one), segments)| Guest { segments, one_professional: *one })
            .collect();
        let board = Board {
            place: Place { zone: chrono_tz::Pacific::Auckland, hours: &salon },
            rules: rules(self.step),
            now: day() - TimeDelta::days(1),
            professionals: &professionals,
            resources: &resources,
        };
        ask(&board, Visit::of(&guests).expect("a visit"))
    }
}
