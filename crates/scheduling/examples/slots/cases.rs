//! The written-down cases: for this salon and these bookings, exactly these times are free.
//!
//! A field of a case that is not named here fails it: nothing is overlooked.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use indistylo_scheduling::local::{end_of_day, local_day};
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Claim, Closure, Guest, Hours, Layout, LocalTime, Minutes,
    Override, Part, Place, Professional, Resource, Segment, Skill, Slots, Timing, Unit, Visit,
    Week, Window, Windows,
};
use serde::Deserialize;
use serde::de::IgnoredAny;

type Instant = DateTime<Utc>;
type Failure = Box<dyn std::error::Error>;

/// How a case came out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As written down.
    Passed,
    /// Otherwise, and how.
    Failed(String),
    /// Not asked, and why.
    Skipped(String),
}

/// Solves one case, given as the text of its file.
pub(crate) fn solve(text: &str) -> Outcome {
    let solved = serde_json::from_str::<Kind>(text).map_err(Failure::from).and_then(|case| {
        match case.kind.as_str() {
            "slots" => serde_json::from_str::<SlotCase>(text)?.solve(),
            "intervals" => serde_json::from_str::<IntervalCase>(text)?.solve(),
            "chain" => serde_json::from_str::<ChainCase>(text)?.solve(),
            other => Ok(Outcome::Failed(format!("unknown kind {other}"))),
        }
    });
    solved.unwrap_or_else(|error| Outcome::Failed(error.to_string()))
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// What a case says about itself.
#[derive(Deserialize)]
struct About {
    #[serde(rename = "id")]
    _id: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "source")]
    _source: Option<IgnoredAny>,
    #[serde(rename = "name")]
    _name: Option<IgnoredAny>,
    #[serde(rename = "tags")]
    _tags: Option<IgnoredAny>,
    #[serde(rename = "note")]
    _note: Option<IgnoredAny>,
    #[serde(rename = "difference")]
    _difference: Option<IgnoredAny>,
    #[serde(rename = "policy")]
    _policy: Option<IgnoredAny>,
    #[serde(rename = "source_agrees")]
    _source_agrees: Option<IgnoredAny>,
    #[serde(rename = "source_asserts")]
    _source_asserts: Option<IgnoredAny>,
    #[serde(rename = "expect_open")]
    _expect_open: Option<IgnoredAny>,
    #[serde(rename = "expect_by_policy")]
    _expect_by_policy: Option<IgnoredAny>,
    #[serde(rename = "customer_zone")]
    _customer_zone: Option<IgnoredAny>,
}

/// When and by which rules it is asked, alike for single services and chains.
#[derive(Deserialize)]
struct Asked {
    zone: Tz,
    clock_zone: Option<Tz>,
    window: Bounds,
    step_min: u16,
    align: Align,
    now: Option<Instant>,
    #[serde(default)]
    min_notice_min: u16,
    horizon: Option<Horizon>,
    viewer: Option<String>,
    #[serde(default)]
    holidays: Vec<NaiveDate>,
    #[serde(default)]
    same_answer_under: Vec<String>,
    #[serde(flatten)]
    _about: About,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    from: Instant,
    to: Instant,
}

#[derive(Deserialize)]
struct Align {
    mode: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Horizon {
    days: u16,
    zone: Option<Tz>,
}

/// A case of kind `slots`.
#[derive(Deserialize)]
struct SlotCase {
    service: Service,
    mode: Mode,
    staff: Vec<Staff>,
    expect: Expect,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    #[serde(rename = "duration_min")]
    duration: u16,
    #[serde(rename = "buffer_before_min", default)]
    buffer_before: u16,
    #[serde(rename = "buffer_after_min", default)]
    buffer_after: u16,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Single,
    Any,
    All,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staff {
    id: String,
    #[serde(default)]
    weekly: Vec<WeekHours>,
    #[serde(default)]
    breaks: Vec<WeekHours>,
    #[serde(default)]
    overrides: Vec<Special>,
    #[serde(default)]
    days_off: Vec<DaysOff>,
    #[serde(default)]
    time_off: Vec<Away>,
    open_utc: Option<Vec<(Instant, Instant)>>,
    #[serde(default)]
    busy: Vec<Busy>,
    #[serde(default)]
    holds: Vec<Hold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeekHours {
    #[serde(rename = "days")]
    weekdays: Vec<usize>,
    start: LocalTime,
    end: LocalTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Special {
    date: NaiveDate,
    periods: Vec<Period>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    start: LocalTime,
    end: LocalTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DaysOff {
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Away {
    start: Instant,
    end: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Busy {
    start: Instant,
    end: Instant,
    #[serde(default)]
    buffer_before_min: u16,
    #[serde(default)]
    buffer_after_min: u16,
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    start: Instant,
    end: Instant,
    #[serde(default)]
    buffer_before_min: u16,
    #[serde(default)]
    buffer_after_min: u16,
    expires: Instant,
    owner: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    count: usize,
    starts: Vec<Start>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    utc: Instant,
    local: String,
    staff: Option<Vec<String>>,
    assignments: Option<Vec<Vec<String>>>,
    #[serde(rename = "customer_local")]
    _customer_local: Option<IgnoredAny>,
}

/// A case of kind `chain`.
#[derive(Deserialize)]
struct ChainCase {
    services: Vec<ChainService>,
    #[serde(default)]
    same_staff: bool,
    staff: Vec<Staff>,
    #[serde(default)]
    resources: Vec<Units>,
    expect: Expect,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainService {
    parts: Vec<ChainPart>,
    staff: Vec<String>,
    resource: Option<String>,
    #[serde(default)]
    buffer_before_min: u16,
    #[serde(default)]
    buffer_after_min: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainPart {
    min: u16,
    staff: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Units {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "units")]
    count: usize,
    #[serde(default)]
    busy: Vec<Busy>,
}

/// A case of kind `intervals`.
#[derive(Deserialize)]
struct IntervalCase {
    op: String,
    inputs: Vec<Vec<(Instant, Instant)>>,
    expect: Vec<(Instant, Instant)>,
}

fn nothing_overlooked(rest: &BTreeMap<String, serde_json::Value>) -> Result<(), Failure> {
    match rest.keys().next() {
        None => Ok(()),
        Some(field) => Err(format!("it has a field {field}, which nobody reads").into()),
    }
}

impl SlotCase {
    fn solve(self) -> Result<Outcome, Failure> {
        nothing_overlooked(&self.asked.rest)?;
        let minutes = Minutes::new;
        let Service { duration, buffer_before, buffer_after } = self.service;
        let timing = Timing::new(minutes(duration), minutes(buffer_before), minutes(buffer_after))?;
        let skill = |professional| [Skill { professional, timing }];
        let each: Vec<_> = (0..self.staff.len()).map(skill).collect();
        let anyone = each.concat();
        let segment = |by| [Segment { by, needs: &[] }];
        let segments: Vec<_> = match self.mode {
            Mode::Single | Mode::Any => vec![segment(&anyone)],
            // Everyone together: a guest for each.
            Mode::All => each.iter().map(|one| segment(one)).collect(),
        };
        let guests: Vec<_> =
            segments.iter().map(|segments| Guest { segments, one_professional: false }).collect();
        let visit = Visit::of(&guests)?;
        Ok(self.asked.compare(visit, &self.staff, &[], &self.expect))
    }
}

impl ChainCase {
    fn solve(self) -> Result<Outcome, Failure> {
        nothing_overlooked(&self.asked.rest)?;
        let numbered = |name: &String| {
            let number = self.staff.iter().position(|staff| staff.id == *name);
            number.ok_or_else(|| format!("{name} is not on the staff"))
        };
        let kind = |name: &String| {
            let number = self.resources.iter().position(|units| units.kind == *name);
            number.ok_or_else(|| format!("there is no {name}"))
        };
        let mut chain = Vec::new();
        for service in &self.services {
            let part =
                |part: &ChainPart| Part { minutes: Minutes::new(part.min), hands_on: part.staff };
            let parts: Vec<Part> = service.parts.iter().map(part).collect();
            let [before, after] =
                [service.buffer_before_min, service.buffer_after_min].map(Minutes::new);
            let timing = Timing::of_parts(&parts, before, after)?;
            let staff = service.staff.iter().map(numbered);
            let skills: Vec<Skill> = staff
                .map(|number| number.map(|professional| Skill { professional, timing }))
                .collect::<Result<_, _>>()?;
            let needs: Vec<usize> = service.resource.iter().map(kind).collect::<Result<_, _>>()?;
            chain.push((skills, needs));
        }
        let segments: Vec<_> = chain.iter().map(|(by, needs)| Segment { by, needs }).collect();
        let guests = [Guest { segments: &segments, one_professional: self.same_staff }];
        let visit = Visit::of(&guests)?;
        Ok(self.asked.compare(visit, &self.staff, &self.resources, &self.expect))
    }
}

impl Asked {
    /// The rule to answer by, if it is one of ours.
    fn layout(&self) -> Option<Layout> {
        let same = |rule: &str| self.same_answer_under.iter().any(|same| same == rule);
        if self.align.mode == "grid" || same("grid") {
            Some(Layout::Grid)
        } else {
            (self.align.mode == "open" || same("open")).then_some(Layout::Tight)
        }
    }

    fn compare(
        &self,
        visit: Visit<'_>,
        staff: &[Staff],
        resources: &[Units],
        expect: &Expect,
    ) -> Outcome {
        let Some(layout) = self.layout() else {
            let rule = &self.align.mode;
            return Outcome::Skipped(format!("starts are laid out by another rule, {rule}"));
        };
        let calendars: Vec<Calendar> = staff.iter().map(|staff| self.calendar(staff)).collect();
        let claims: Vec<Vec<Claim>> = staff.iter().map(|staff| self.claims(staff)).collect();
        let professionals: Vec<_> = (0..)
            .zip(calendars.iter().zip(&claims))
            .map(|(number, (hours, claims))| Professional {
                id: id(number),
                hours,
                claims,
                full: &[],
            })
            .collect();
        let full: Vec<Vec<Claim>> = resources.iter().map(Units::full).collect();
        let units: Vec<[Unit<'_>; 1]> =
            (100..).zip(&full).map(|(number, claims)| [Unit { id: id(number), claims }]).collect();
        let resources: Vec<_> = units.iter().map(|units| Resource { units }).collect();
        let always = Calendar::always();
        let board = Board {
            place: Place { zone: self.clock_zone.unwrap_or(self.zone), hours: &always },
            rules: BookingRules {
                step: Minutes::new(self.step_min),
                notice: Minutes::new(self.min_notice_min),
                horizon_days: u16::MAX,
                layout,
            },
            now: self.now.unwrap_or(self.window.from - TimeDelta::days(1)),
            professionals: &professionals,
            resources: &resources,
        };
        let until =
            self.horizon_end(board.now).map_or(self.window.to, |end| end.min(self.window.to));
        let slots = Window::new(self.window.from, until).map(|window| board.search(visit, window));
        let found =
            slots.as_ref().map(|slots| self.written(slots, staff, expect)).unwrap_or_default();
        let expected: Vec<String> = expect.starts.iter().map(Start::written).collect();
        if expect.count != expect.starts.len() {
            return Outcome::Failed("its own count is wrong".to_owned());
        }
        if found != expected {
            let missing = expected.iter().find(|start| !found.contains(start));
            let extra = found.iter().find(|start| !expected.contains(start));
            return Outcome::Failed(format!(
                "{} starts instead of {}; first missing: {missing:?}, first extra: {extra:?}",
                found.len(),
                expected.len()
            ));
        }
        // Whatever is listed can be booked.
        let refused = slots.iter().flat_map(Slots::iter).find_map(|slot| {
            let refusal = board.check(visit, slot.start()).err()?;
            Some(format!("{} is listed and then refused: {refusal}", slot.start()))
        });
        refused.map_or(Outcome::Passed, Outcome::Failed)
    }

    /// The starts found, written like those expected; staff and ways only where these tell them.
    fn written(&self, slots: &Slots, staff: &[Staff], expect: &Expect) -> Vec<String> {
        const MOST_WAYS: usize = 1_000;
        let name = |id: kernel::StaffId| {
            let number = (0..staff.len()).find(|number| self::id::<kernel::StaffId>(*number) == id);
            number.map_or_else(|| id.to_string(), |number| staff[number].id.clone())
        };
        let tells_staff = expect.starts.iter().any(|start| start.staff.is_some());
        let tells_ways = expect.starts.iter().any(|start| start.assignments.is_some());
        let write = |slot: indistylo_scheduling::Slot<'_>| {
            let local = slot.start().with_timezone(&self.zone);
            let ways = || {
                let ways = slot.ways(MOST_WAYS).into_iter();
                ways.map(|way| way.into_iter().map(|served| name(served.staff)).collect()).collect()
            };
            Start {
                utc: slot.start(),
                local: local.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
                staff: tells_staff.then(|| slot.staff().map(name).collect()),
                assignments: tells_ways.then(ways),
                _customer_local: None,
            }
            .written()
        };
        slots.iter().map(write).collect()
    }

    /// Whole days ahead in the horizon's own zone.
    fn horizon_end(&self, now: Instant) -> Option<Instant> {
        let horizon = self.horizon.as_ref()?;
        let zone = horizon.zone.unwrap_or(self.zone);
        let last = local_day(zone, now).checked_add_days(Days::new(horizon.days.into()))?;
        end_of_day(zone, last)
    }

    fn calendar(&self, staff: &Staff) -> Calendar {
        if let Some(open) = &staff.open_utc {
            let open = open.iter().map(|(from, to)| (minute_up(*from), minute_up(*to)));
            return self.open_only(&windows(open));
        }
        let closed = self.holidays.iter().map(|date| Closure { first: *date, last: *date });
        let days_off = staff.days_off.iter().map(|off| Closure { first: off.from, last: off.to });
        let special = |special: &Special| Override {
            date: special.date,
            hours: special.periods.iter().map(|p| Hours::new(p.start, p.end)).collect(),
        };
        let calendar = Calendar {
            weekly: week(&staff.weekly),
            changes: Vec::new(),
            breaks: week(&staff.breaks),
            overrides: staff.overrides.iter().map(special).collect(),
            closures: closed.chain(days_off).collect(),
            time_off: windows(staff.time_off.iter().map(|away| (away.start, away.end))).to_vec(),
        };
        match (self.clock_zone, self.around()) {
            (Some(_), Some(around)) => self.open_only(&calendar.open(self.zone, around)),
            _ => calendar,
        }
    }

    /// Fixed open stretches: always open, and off for the rest.
    fn open_only(&self, open: &Windows) -> Calendar {
        let all: Windows = self.around().into_iter().collect();
        Calendar { time_off: all.minus(open).to_vec(), ..Calendar::always() }
    }

    fn around(&self) -> Option<Window> {
        let around = TimeDelta::days(7);
        Window::new(self.window.from - around, self.window.to + around).ok()
    }

    fn claims(&self, staff: &Staff) -> Vec<Claim> {
        let busy = staff.busy.iter().filter_map(Busy::claim);
        let of_others = |hold: &&Hold| self.viewer.as_ref() != Some(&hold.owner);
        let holds = staff.holds.iter().filter(of_others).filter_map(|hold| {
            let [before, after] = [hold.buffer_before_min, hold.buffer_after_min].map(Minutes::new);
            let window = Window::new(hold.start, hold.end).ok()?.widened(before, after);
            Some(Claim { window, booking: id(1), expires_at: Some(hold.expires) })
        });
        busy.chain(holds).collect()
    }
}

impl Busy {
    /// What it takes, if it takes anything.
    fn claim(&self) -> Option<Claim> {
        let counts = self.status.as_deref().is_none_or(|status| status == "accepted");
        let [before, after] = [self.buffer_before_min, self.buffer_after_min].map(Minutes::new);
        let window = Window::new(self.start, self.end).ok().filter(|_| counts)?;
        let window = window.widened(before, after);
        Some(Claim { window, booking: id(1), expires_at: None })
    }
}

impl Units {
    /// When every unit is taken: which of them takes what is left open by these cases.
    fn full(&self) -> Vec<Claim> {
        let claims: Vec<Claim> = self.busy.iter().filter_map(Busy::claim).collect();
        let starts = claims.iter().map(|claim| claim.window.start());
        let mut edges: Vec<Instant> =
            starts.chain(claims.iter().map(|claim| claim.window.end())).collect();
        edges.sort_unstable();
        let between = edges.windows(2).filter_map(|pair| Window::new(pair[0], pair[1]).ok());
        let taken = |window: &Window| {
            claims.iter().filter(|claim| claim.window.overlaps(*window)).count() >= self.count
        };
        between
            .filter(taken)
            .map(|window| Claim { window, booking: id(1), expires_at: None })
            .collect()
    }
}

impl Start {
    fn written(&self) -> String {
        let staff = self.staff.as_ref().map(|staff| format!(" {staff:?}")).unwrap_or_default();
        let ways = self.assignments.as_ref().map(|ways| format!(" {ways:?}")).unwrap_or_default();
        format!("{} {}{staff}{ways}", self.utc.to_rfc3339(), self.local)
    }
}

impl IntervalCase {
    fn solve(self) -> Result<Outcome, Failure> {
        let mut inputs = self.inputs.into_iter().map(windows);
        let first = inputs.next().unwrap_or_default();
        let answer = match self.op.as_str() {
            "intersect" => inputs.fold(first, |shared, next| shared.intersect(&next)),
            "subtract" => inputs.fold(first, |left, next| left.minus(&next)),
            "merge" => first.into_iter().chain(inputs.flatten()).collect(),
            other => return Err(format!("unknown operation {other}").into()),
        };
        let answer: Vec<_> = answer.iter().map(|w| (w.start(), w.end())).collect();
        Ok(if answer == self.expect {
            Outcome::Passed
        } else {
            Outcome::Failed(format!("{answer:?} instead of {:?}", self.expect))
        })
    }
}

fn week(entries: &[WeekHours]) -> Week {
    let mut week = Week::default();
    for entry in entries {
        for day in &entry.weekdays {
            if let Some(weekday) = Week::DAYS.get(day.wrapping_sub(1)) {
                week.day_mut(*weekday).push(Hours::new(entry.start, entry.end));
            }
        }
    }
    week
}

/// What is empty is left out.
fn windows(list: impl IntoIterator<Item = (Instant, Instant)>) -> Windows {
    list.into_iter().filter_map(|(from, to)| Window::new(from, to).ok()).collect()
}

fn minute_up(instant: Instant) -> Instant {
    instant + TimeDelta::seconds((-instant.timestamp()).rem_euclid(60))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}
