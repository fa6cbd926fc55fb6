//! How the list of free times is made, and how one time is judged: by the same page of the diary.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::calendar::answered;
use crate::grid::{Grid, whole_seconds_up};
use crate::local::{DAY, MICROS, WallClock, end_of_day, local_day, local_midnight};
use crate::refusal::Refusal;
use crate::slots::{Professional, Question, Slot};
use crate::window::{Window, later};
use crate::windows::Windows;

/// The longest stretch that [`Question::next_free`] looks through at a time, in days.
const MOST_DAYS_AT_A_TIME: i64 = 32;

impl Question<'_> {
    /// The starts within `starts` at which at least one of the professionals can be booked, in
    /// order. A service may run past the end of `starts`.
    ///
    /// The work is in proportion to the days between now's notice and the horizon that lie within
    /// `starts`, times the professionals, and to their claims.
    pub fn search(&self, professionals: &[Professional<'_>], starts: Window) -> Vec<Slot> {
        let Some(starts) = self.bookable().and_then(|bookable| bookable.intersection(starts))
        else {
            return Vec::new();
        };
        let Ok(span) = Window::new(starts.start(), later(starts.end(), self.timing.duration()))
        else {
            return Vec::new();
        };
        let Some(page) = Page::over(self, span) else { return Vec::new() };

        let starts = page.starting_times(starts);
        let mut staff = vec![Vec::new(); starts.len()];
        for professional in professionals {
            let mut passed = 0;
            for free in page.free(professional) {
                let last = free.end_micros() - self.timing.duration().micros();
                let ahead = starts.get(passed..).unwrap_or_default();
                passed += count_before(ahead, free.start_micros());
                let ahead = starts.iter().skip(passed).take_while(|start| **start <= last);
                let their_staff = staff.get_mut(passed..).unwrap_or_default();
                for (_, staff) in ahead.zip(their_staff) {
                    if staff.is_empty() {
                        staff.reserve_exact(professionals.len());
                    }
                    staff.push(professional.id);
                }
            }
        }
        let slots = starts.into_iter().zip(staff).filter(|(_, staff)| !staff.is_empty());
        slots
            .filter_map(|(start, staff)| {
                DateTime::from_timestamp_micros(start).map(|start| Slot { start, staff })
            })
            .collect()
    }

    /// Whether this professional can be booked at this start: the window to claim, buffers
    /// included, or the reason why not.
    ///
    /// Of several reasons it is the first of: [`TooSoon`](Refusal::TooSoon),
    /// [`BeyondHorizon`](Refusal::BeyondHorizon), [`Closed`](Refusal::Closed),
    /// [`StaffAway`](Refusal::StaffAway), [`OffGrid`](Refusal::OffGrid) and
    /// [`Taken`](Refusal::Taken): what no one can help comes first, what another customer may
    /// free again comes last.
    pub fn check(
        &self,
        professional: &Professional<'_>,
        start: DateTime<Utc>,
    ) -> Result<Window, Refusal> {
        let earliest = self.earliest();
        if start < earliest {
            return Err(Refusal::TooSoon { earliest });
        }
        let latest = self.last_day();
        if local_day(self.place.zone, start) > latest {
            return Err(Refusal::BeyondHorizon { latest });
        }
        let service = self.timing.service_window(start);
        let page = Page::over(self, service).ok_or(Refusal::Closed)?;
        if !page.salon.cover(service) {
            return Err(Refusal::Closed);
        }
        if !page.at_work(professional).cover(service) {
            return Err(Refusal::StaffAway);
        }
        let next = page.grid().at_or_after(start).unwrap_or(start);
        if next != start {
            return Err(Refusal::OffGrid { next });
        }
        if !page.free(professional).cover(service) {
            return Err(Refusal::Taken);
        }
        Ok(self.timing.claim(start))
    }

    /// The first starts at or after an instant, at most `limit` of them and none beyond the
    /// horizon: what to offer to someone whose time has just been taken.
    pub fn next_free(
        &self,
        professionals: &[Professional<'_>],
        after: DateTime<Utc>,
        limit: usize,
    ) -> Vec<Slot> {
        let Some(bookable) = self.bookable().and_then(answered) else { return Vec::new() };
        let mut found = Vec::new();
        let mut from = bookable.start().max(whole_second(after));
        let mut days = 1;
        while found.len() < limit && from < bookable.end() {
            let until = from
                .checked_add_signed(TimeDelta::days(days))
                .map_or(bookable.end(), |until| until.min(bookable.end()));
            if let Ok(starts) = Window::new(from, until) {
                found.extend(self.search(professionals, starts));
            }
            from = until;
            days = (days * 2).min(MOST_DAYS_AT_A_TIME);
        }
        found.truncate(limit);
        found
    }

    /// The first whole second that is far enough from now.
    fn earliest(&self) -> DateTime<Utc> {
        whole_second(later(self.now, self.rules.notice))
    }

    /// The last date at the salon that can be booked.
    fn last_day(&self) -> NaiveDate {
        let today = local_day(self.place.zone, self.now);
        let ahead = Days::new(u64::from(self.rules.horizon_days));
        today.checked_add_days(ahead).unwrap_or(NaiveDate::MAX)
    }

    /// From the earliest start to the end of the last date.
    fn bookable(&self) -> Option<Window> {
        let end = end_of_day(self.place.zone, self.last_day());
        Window::new(self.earliest(), end.unwrap_or(DateTime::<Utc>::MAX_UTC)).ok()
    }
}

/// A page of the diary: what holds for a stretch of time whoever is asked about, worked out once.
struct Page<'q> {
    question: &'q Question<'q>,
    span: Window,
    clock: WallClock,
    salon: Windows,
}

impl<'q> Page<'q> {
    /// The page for services that lie within `span`. None in a year in which nothing is open.
    fn over(question: &'q Question<'q>, span: Window) -> Option<Self> {
        let span = answered(span)?;
        let clock = WallClock::covering(question.place.zone, span);
        let salon = question.place.hours.open_by(&clock, span);
        Some(Self { question, span, clock, salon })
    }

    fn grid(&self) -> Grid<'_> {
        Grid::new(&self.clock, self.question.rules.step)
    }

    /// When the professional is at work, salon open or not.
    fn at_work(&self, professional: &Professional<'_>) -> Windows {
        professional.hours.open_by(&self.clock, self.span)
    }

    /// When a service may take place with this professional: salon open, professional at work, and
    /// every claim that blocks at least the service's own buffers away.
    fn free(&self, professional: &Professional<'_>) -> Windows {
        let Question { timing, now, .. } = *self.question;
        let near = self.span.widened(timing.buffer_before(), timing.buffer_after());
        let claims = professional.claims.iter();
        let taken: Windows = claims
            .filter(|claim| claim.window.overlaps(near) && claim.blocks(now))
            .map(|claim| claim.window.widened(timing.buffer_after(), timing.buffer_before()))
            .collect();
        self.salon.intersect(&self.at_work(professional)).minus(&taken)
    }

    /// The starting times at which the salon is open, up to the last day, in microseconds.
    fn starting_times(&self, starts: Window) -> Vec<i64> {
        let horizon = local_midnight(self.question.last_day()) + DAY;
        let open = self.salon.iter().filter_map(|open| open.intersection(starts));
        let ticks = open.flat_map(|open| self.grid().within(open));
        ticks.filter(|tick| tick.wall < horizon).map(|tick| tick.at * MICROS).collect()
    }
}

/// The instant itself or the next whole second: starts are whole seconds.
fn whole_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(whole_seconds_up(instant), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// How many of the sorted numbers are below a bound, quickly if they are few.
fn count_before(sorted: &[i64], bound: i64) -> usize {
    let mut reach = 1;
    while sorted.get(reach).is_some_and(|number| *number < bound) {
        reach *= 2;
    }
    sorted.get(..reach).unwrap_or(sorted).partition_point(|number| *number < bound)
}
