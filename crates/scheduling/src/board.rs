//! The board at the reception: when a visit can be had, by whom, and why not.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::bits::Bits;
use crate::calendar::{Calendar, answered};
use crate::found::{Explanation, Names, Obstacle, Served, Slot, Slots, Stretch};
use crate::grid::whole_seconds_up;
use crate::local::{DAY, MICROS, end_of_day, local_day, local_midnight};
use crate::minutes::Minutes;
use crate::plan::{Facts, Hands, Plan, Rule};
use crate::policy::MOST_DAYS_AT_A_TIME;
use crate::refusal::Refusal;
use crate::sheet::{Range, Sheet};
use crate::slots::{BookingRules, Claim, LOOK_BACK, Layout, Place, Professional};
use crate::visit::{Resource, Skill, Visit};
use crate::window::{Window, later};

/// When can this visit be had here? Asked at an instant, of a salon, its professionals and its
/// resources.
///
/// A visit can begin at a minute if and only if
/// - it is no earlier than now and the salon's notice, to the second;
/// - its date at the salon is at most the horizon's days after today's;
/// - the salon is open from the first service's beginning to the last one's end;
/// - it is one of the salon's starting times ([`Layout`]);
/// - for each service there is a professional who may do it, is at work and not taken while hands
///   are on it, takes one more visit on the date on which they first are, and
///   whose buffers keep clear of what is taken;
/// - and a unit of each resource it needs that is free from its beginning to its end;
/// - and guests of one visit have different hands and units at any one time.
///
/// [`search`](Board::search) lists those minutes, [`check`](Board::check) judges one and
/// [`ways`](Slot::ways) tells who does what. They agree because they ask the same code.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use indistylo_scheduling::{
///     Board, BookingRules, Calendar, Guest, Layout, Minutes, Part, Place, Professional, Segment,
///     Skill, Timing, Visit, Window,
/// };
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let (hours, always) = (Calendar::every_day("10:00-13:00".parse()?), Calendar::always());
/// let person = |n: u8| format!("0193c0de-0000-7000-8000-00000000000{n}").parse();
/// let asha = Professional { id: person(1)?, hours: &always, claims: &[], full: &[] };
/// let bina = Professional { id: person(2)?, ..asha };
/// let board = Board {
///     place: Place { zone: chrono_tz::Asia::Kolkata, hours: &hours },
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::ZERO,
///         horizon_days: 30,
///         layout: Layout::Grid,
///     },
///     now: at("2026-05-03T10:00:00Z")?,
///     professionals: &[asha, bina],
///     resources: &[],
/// };
///
/// // A colour by Asha (it takes for half an hour), then a cut by Bina.
/// let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
/// let none = Minutes::ZERO;
/// let colour = Timing::of_parts(&[part(30, true), part(30, false), part(30, true)], none, none)?;
/// let cut = Timing::new(Minutes::new(45), none, none)?;
/// let colour = [Skill { professional: 0, timing: colour }];
/// let cut = [Skill { professional: 1, timing: cut }];
/// let segments = [&colour, &cut].map(|by| Segment { by, needs: &[] });
/// let guest = [Guest { segments: &segments, one_professional: false }];
/// let visit = Visit::of(&guest)?;
///
/// let monday = Window::new(at("2026-05-03T18:30:00Z")?, at("2026-05-04T18:30:00Z")?)?;
/// let slots = board.search(visit, monday);
/// let starts: Vec<String> = slots.iter().map(|slot| slot.start().to_string()).collect();
/// // 10:00 and 10:30 at the salon: two hours and a quarter before it closes at 13:00.
/// assert_eq!(starts, ["2026-05-04 04:30:00 UTC", "2026-05-04 05:00:00 UTC"]);
/// let first = slots.iter().next().ok_or("a slot")?;
/// let way = first.ways(1).pop().ok_or("a way")?;
/// assert_eq!(way[1].staff, bina.id);
/// assert_eq!(way[1].window.start(), at("2026-05-04T06:00:00Z")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Board<'a> {
    /// Where.
    pub place: Place<'a>,
    /// By which rules of the salon.
    pub rules: BookingRules,
    /// When it is asked: holds lapse, notice and horizon count from here.
    pub now: DateTime<Utc>,
    /// Who could do it.
    pub professionals: &'a [Professional<'a>],
    /// What services hold, a kind each.
    pub resources: &'a [Resource<'a>],
}

impl Board<'_> {
    /// The starts within `starts` at which the visit can begin, in order. The visit may run past
    /// the end of `starts`.
    ///
    /// The work is in proportion to the days between now's notice and the horizon that lie within
    /// `starts`, times the professionals and resources, and to what is taken of them.
    pub fn search(&self, visit: Visit<'_>, starts: Window) -> Slots {
        let mut slots = Slots { names: self.names(), stretches: Vec::new() };
        let bookable = self.bookable().and_then(|bookable| bookable.intersection(starts));
        let Some(mut ahead) = bookable.and_then(answered) else { return slots };
        loop {
            let most = TimeDelta::days(MOST_DAYS_AT_A_TIME);
            let until = ahead.start().checked_add_signed(most).unwrap_or(ahead.end());
            let Ok(part) = Window::new(ahead.start(), until.min(ahead.end())) else { return slots };
            slots.stretches.extend(self.stretch(visit, part));
            match Window::new(part.end(), ahead.end()) {
                Ok(rest) => ahead = rest,
                Err(_) => return slots,
            }
        }
    }

    /// Whether the visit can begin at this start: one way to do it, or the reason why not.
    ///
    /// Of several reasons it is the first of: [`NotOffered`](Refusal::NotOffered) where nobody does
    /// a service, [`TooSoon`](Refusal::TooSoon), [`BeyondHorizon`](Refusal::BeyondHorizon),
    /// [`Closed`](Refusal::Closed), [`StaffAway`](Refusal::StaffAway),
    /// [`OffGrid`](Refusal::OffGrid), [`DayFull`](Refusal::DayFull), [`Taken`](Refusal::Taken),
    /// [`NoResource`](Refusal::NoResource) and [`NotTogether`](Refusal::NotTogether): what no one
    /// can help comes first, what another customer may free again comes last. Where starts follow
    /// the last booking ([`Layout::Tight`]) `OffGrid` comes last of all: the starting times depend
    /// on the others.
    pub fn check(&self, visit: Visit<'_>, start: DateTime<Utc>) -> Result<Vec<Served>, Refusal> {
        self.judge(visit, start).map_err(|(refusal, _)| refusal)
    }

    /// Why the visit can or cannot begin at this start, and if not, who stands in the way and when
    /// it can begin next, before `until`.
    pub fn explain(
        &self,
        visit: Visit<'_>,
        start: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Explanation {
        match self.judge(visit, start) {
            Ok(way) => Explanation::Offered(way),
            Err((refusal, obstacle)) => {
                let slots = self.first(visit, start, until, 1);
                let next = slots.iter().next().map(Slot::start);
                Explanation::Refused { refusal, obstacle, next }
            }
        }
    }

    fn judge(
        &self,
        visit: Visit<'_>,
        start: DateTime<Utc>,
    ) -> Result<Vec<Served>, (Refusal, Option<Obstacle>)> {
        let plain = |refusal| (refusal, None);
        let mut segments = visit.guests().iter().flat_map(|guest| guest.segments);
        if segments.any(|segment| segment.by.is_empty()) {
            return Err(plain(Refusal::NotOffered));
        }
        let earliest = self.earliest();
        if start < earliest {
            return Err(plain(Refusal::TooSoon { earliest }));
        }
        let latest = self.last_day();
        if local_day(self.place.zone, start) > latest {
            return Err(plain(Refusal::BeyondHorizon { latest }));
        }
        let at = Window::new(start, later(start, visit.longest()));
        let known = at.ok().and_then(|at| self.facts(visit, at));
        let (sheet, facts) = known.ok_or(plain(Refusal::Closed))?;
        // A start between two minutes is judged by both; it is on no grid.
        let micros = start.timestamp_micros();
        let minutes = [sheet.minute_of(micros), sheet.minute_after(micros)]
            .map(|minute| usize::try_from(minute).unwrap_or(usize::MAX));
        let by_rule = |rule| (rule, Plan::new(visit, &sheet, &facts, rule));
        let plans: Vec<(Rule, Plan)> = facts.rules().map(by_rule).collect();
        for (rule, plan) in &plans {
            let begins = plan.begins();
            let fits = |minute: &usize| begins.as_ref().is_some_and(|begins| begins.has(*minute));
            if let Some(minute) = minutes.iter().find(|minute| !fits(minute)) {
                return Err(self.refused(visit, &sheet, &plans, (*rule, plan), *minute));
            }
            if *rule == Rule::AtWork && self.rules.layout == Layout::Grid {
                let next = sheet.grid(self.rules.step).at_or_after(start).unwrap_or(start);
                if next != start {
                    return Err(plain(Refusal::OffGrid { next }));
                }
            }
        }
        let all_rules = plans.last().map(|(_, plan)| plan);
        let way = all_rules.and_then(|plan| plan.ways(&facts.resources, minutes[0], 1, None).pop());
        let way = way.ok_or(plain(Refusal::NotTogether))?;
        match self.rules.layout {
            Layout::Grid => Ok(self.names().served(&sheet, way)),
            // Starting times are each professional's own: it must be one of who begins.
            Layout::Tight => {
                let slots = self.next_free(visit, start, 1);
                let next = slots.iter().next();
                let way = next.filter(|slot| slot.start() == start).and_then(|s| s.ways(1).pop());
                let next = next.map_or(start, Slot::start);
                way.ok_or(plain(Refusal::OffGrid { next }))
            }
        }
    }

    /// What a rule says at a minute, with the first service that nobody can begin and why each of
    /// its professionals cannot.
    fn refused(
        &self,
        visit: Visit<'_>,
        sheet: &Sheet,
        plans: &[(Rule, Plan)],
        (rule, plan): (Rule, &Plan),
        minute: usize,
    ) -> (Refusal, Option<Obstacle>) {
        let date = |minute: usize, after: i64| {
            let minute = i64::try_from(minute).unwrap_or(i64::MAX).saturating_add(after);
            let at = DateTime::from_timestamp(sheet.seconds(minute), 0).unwrap_or_default();
            local_day(self.place.zone, at)
        };
        let stuck = plan.stuck(minute).and_then(|stuck| {
            let segment = visit.guests().get(stuck.guest)?.segments.get(stuck.segment)?;
            Some((stuck, segment))
        });
        let Some((stuck, segment)) = stuck else { return (rule.refusal(date(minute, 0)), None) };
        // What is done before may take some longer than others: the first date that is full.
        let full = |skill: &Skill| {
            let full = self.professionals.get(skill.professional)?.full;
            let first = skill.timing.first_hands_on();
            let mut dates = stuck.minutes.iter().map(|minute| date(*minute, first));
            dates.find(|date| full.contains(date))
        };
        let begins = || date(minute, 0);
        let reason = |(option, skill): (usize, &Skill)| {
            let (broken, _) = plans.iter().find(|(_, plan)| !plan.can(&stuck, option))?;
            let refusal = broken.refusal(full(skill).unwrap_or_else(begins));
            Some((self.professionals.get(skill.professional)?.id, refusal))
        };
        let each = segment.by.iter().enumerate().filter_map(reason).collect();
        let refusal = rule.refusal(segment.by.iter().find_map(full).unwrap_or_else(begins));
        (refusal, Some(Obstacle { guest: stuck.guest, segment: stuck.segment, each }))
    }

    /// The first starts at or after an instant, at most `limit` of them and none beyond the
    /// horizon: what to offer to someone whose time has just been taken.
    pub fn next_free(&self, visit: Visit<'_>, after: DateTime<Utc>, limit: usize) -> Slots {
        self.first(visit, after, DateTime::<Utc>::MAX_UTC, limit)
    }

    /// The first starts from an instant up to another, looked for a little further each time.
    fn first(
        &self,
        visit: Visit<'_>,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Slots {
        let mut slots = Slots { names: self.names(), stretches: Vec::new() };
        let Some(bookable) = self.bookable().and_then(answered) else {
            return slots;
        };
        let end = bookable.end().min(until);
        let mut from = bookable.start().max(whole_second(after));
        let mut days = 1;
        while slots.len() < limit && from < end {
            let next = from.checked_add_signed(TimeDelta::days(days));
            let next = next.map_or(end, |next| next.min(end));
            if let Ok(starts) = Window::new(from, next) {
                slots.stretches.extend(self.stretch(visit, starts));
            }
            from = next;
            days = (days * 2).min(MOST_DAYS_AT_A_TIME);
        }
        slots.truncate(limit);
        slots
    }

    fn names(&self) -> Names {
        let units = |resource: &Resource<'_>| resource.units.iter().map(|unit| unit.id).collect();
        Names {
            staff: self.professionals.iter().map(|professional| professional.id).collect(),
            units: self.resources.iter().map(units).collect(),
        }
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

    /// The sheet for visits that lie within a stretch, and what is written on it.
    fn facts(&self, visit: Visit<'_>, stretch: Window) -> Option<(Sheet, Facts)> {
        let sheet = Sheet::over(self.place.zone, stretch)?;
        let guests = visit.guests().iter();
        let segments = guests.flat_map(|guest| guest.segments);
        let (mut asked, mut needed) =
            (vec![false; self.professionals.len()], vec![false; self.resources.len()]);
        let (mut before, mut after) = (Minutes::ZERO, Minutes::ZERO);
        // The shortest part and the shortest service.
        let (mut part, mut whole) = (i64::from(u16::MAX), i64::from(u16::MAX));
        for segment in segments {
            for skill in segment.by {
                let timing = skill.timing;
                before = before.max(timing.buffer_before());
                after = after.max(timing.buffer_after());
                part = timing.taken().map(|(from, until)| until - from).fold(part, i64::min);
                whole = whole.min(i64::from(timing.duration().count()));
                mark(&mut asked, skill.professional);
            }
            for resource in segment.needs {
                mark(&mut needed, *resource);
            }
        }
        let near = stretch.widened(before, after);
        let taken = |claims: &[Claim], least| sheet.taken(claims, near, self.now, least);
        // Many work the same hours, which are worked out once. Who always works is away only when
        // the salon is closed.
        let mut away: Vec<(&Calendar, Vec<Range>)> = Vec::new();
        let mut staff: Vec<Hands> = Vec::with_capacity(self.professionals.len());
        for (Professional { hours, claims, full, .. }, asked) in
            self.professionals.iter().zip(asked)
        {
            let known = asked.then(|| Hands {
                away: away.iter().position(|(known, _)| known == hours).unwrap_or_else(|| {
                    let closed = if hours.is_always() { Vec::new() } else { sheet.closed(hours) };
                    away.push((hours, closed));
                    away.len() - 1
                }),
                full: sheet.minutes_of(full),
                taken: taken(claims, part),
            });
            staff.push(known.unwrap_or_default());
        }
        let of_units = |(resource, needed): (&Resource<'_>, bool)| {
            let units = if needed { resource.units } else { &[] };
            units.iter().map(|unit| taken(unit.claims, whole)).collect()
        };
        let facts = Facts {
            closed: sheet.closed(self.place.hours),
            away: away.into_iter().map(|(_, away)| away).collect(),
            staff,
            resources: self.resources.iter().zip(needed).map(of_units).collect(),
        };
        Some((sheet, facts))
    }

    fn stretch(&self, visit: Visit<'_>, starts: Window) -> Option<Stretch> {
        let before = match self.rules.layout {
            Layout::Grid => starts.start(),
            Layout::Tight => starts.start().checked_sub_signed(LOOK_BACK.time_delta())?,
        };
        let stretch = Window::new(before, later(starts.end(), visit.longest())).ok()?;
        let (sheet, facts) = self.facts(visit, stretch)?;
        let mut plan = Plan::new(visit, &sheet, &facts, Rule::Resource);
        if self.rules.layout == Layout::Tight {
            plan.lay_out(|begins| tight(&sheet, begins, self.rules.step));
        }
        let mut begins = plan.begins()?;
        let from = sheet.minute_after(starts.start_micros());
        let until = sheet.minute_after(starts.end_micros());
        begins.clear(0, from);
        begins.clear(until, i64::MAX);
        for (from, until) in sheet.shown_from(local_midnight(self.last_day()) + DAY) {
            begins.clear(from, until);
        }
        let laid_out = match self.rules.layout {
            Layout::Grid => self.on_grid(&sheet, &begins, starts),
            Layout::Tight => minutes(&begins),
        };
        let Facts { resources, .. } = facts;
        let mut minutes = laid_out;
        if plan.is_joint() {
            let mut can_begin = plan.can_begin(&resources);
            minutes.retain(|minute| can_begin(*minute));
        }
        (!minutes.is_empty()).then_some(Stretch { sheet, plan, resources, minutes })
    }

    /// The starting times by the wall clock.
    fn on_grid(&self, sheet: &Sheet, begins: &Bits, starts: Window) -> Vec<usize> {
        let step = usize::from(self.rules.step.count().max(1));
        let minutes = |(from, until): (i64, i64)| {
            let from = usize::try_from(sheet.minute_of(from * MICROS)).ok()?;
            let until = usize::try_from(sheet.minute_after(until * MICROS)).ok()?;
            Some((from..until).step_by(step))
        };
        let dates = sheet.grid(self.rules.step).within(starts).filter_map(minutes);
        dates.flatten().filter(|minute| begins.has(*minute)).collect()
    }
}

fn mark(marks: &mut [bool], number: usize) {
    if let Some(mark) = marks.get_mut(number) {
        *mark = true;
    }
}

/// Starting times that follow what is taken: from the beginning of each range in which the visit
/// could begin, every step. Counted from yesterday's midnight at the most, so that a range without
/// end has starting times that do not depend on where one looks.
fn tight(sheet: &Sheet, begins: &Bits, step: Minutes) -> Bits {
    let step = i64::from(step.count().max(1));
    let midnights: Vec<i64> = sheet.midnights().collect();
    let mut starts = Bits::none(sheet.len());
    for (from, until) in begins.ranges() {
        for dates in midnights.windows(3) {
            let &[yesterday, today, tomorrow] = dates else { continue };
            let first = from.max(today);
            let mut minute = first + (from.max(yesterday) - first).rem_euclid(step);
            while minute < until.min(tomorrow) {
                starts.set(minute, minute + 1);
                minute += step;
            }
        }
    }
    starts
}

fn minutes(of: &Bits) -> Vec<usize> {
    let each = of.ranges().flat_map(|(from, until)| from..until);
    each.filter_map(|minute| usize::try_from(minute).ok()).collect()
}

/// The instant itself or the next whole second: starts are whole seconds.
fn whole_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(whole_seconds_up(instant), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
