//! The written-down cases: for this salon and these bookings, exactly these times are free.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use indistylo_scheduling::local::local_day;
use indistylo_scheduling::{
    BookingRules, Calendar, Claim, Closure, Hours, LocalTime, Minutes, Override, Place,
    Professional, Question, Slot, Timing, Week, Window, Windows,
};
use kernel::BookingId;
use serde::Deserialize;
use serde::de::IgnoredAny;

type Instant = DateTime<Utc>;

/// A case of kind `slots`. A field that is not named here fails the test: nothing is overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotCase {
    id: String,
    zone: Tz,
    window: Bounds,
    service: Service,
    step_min: u16,
    align: Align,
    mode: Mode,
    now: Option<Instant>,
    min_notice_min: u16,
    horizon: Option<Horizon>,
    viewer: Option<String>,
    #[serde(default)]
    holidays: Vec<NaiveDate>,
    staff: Vec<Staff>,
    expect: Expect,
    same_answer_under: Vec<String>,
    // What the case says about itself.
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "source")]
    _source: IgnoredAny,
    #[serde(rename = "name")]
    _name: IgnoredAny,
    #[serde(rename = "tags")]
    _tags: IgnoredAny,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    from: Instant,
    to: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    #[serde(rename = "duration_min")]
    duration: u16,
    #[serde(rename = "buffer_before_min")]
    buffer_before: u16,
    #[serde(rename = "buffer_after_min")]
    buffer_after: u16,
}

#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
enum Align {
    Clock,
    Open,
    Grid,
    GridUtc,
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
struct Horizon {
    days: u16,
    zone: Option<Tz>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staff {
    id: String,
    #[serde(default)]
    weekly: Vec<Days>,
    #[serde(default)]
    breaks: Vec<Days>,
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
struct Days {
    #[serde(rename = "days")]
    weekdays: Vec<u8>,
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
    #[serde(rename = "customer_local")]
    _customer_local: Option<IgnoredAny>,
}

/// A case of kind `intervals`.
#[derive(Deserialize)]
struct IntervalCase {
    id: String,
    op: String,
    inputs: Vec<Vec<(Instant, Instant)>>,
    expect: Vec<(Instant, Instant)>,
}

fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the cases are here")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("readable")).collect()
}

fn of_kind<T: for<'a> Deserialize<'a>>(kind: &str) -> Vec<T> {
    let marker = format!("\"kind\": \"{kind}\"");
    let texts = files().into_iter().filter(|text| text.contains(&marker));
    texts
        .map(|text| serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")))
        .collect()
}

impl SlotCase {
    /// Why this engine does not claim to answer the case.
    fn not_expressed(&self) -> Option<&'static str> {
        let on_the_grid = matches!(self.align, Align::Grid)
            || self.same_answer_under.iter().any(|rule| rule == "grid");
        if !on_the_grid {
            Some("starting times laid out by another rule than the grid")
        } else if self.mode == Mode::All {
            Some("everyone together")
        } else if self.horizon.as_ref().and_then(|h| h.zone).is_some_and(|zone| zone != self.zone) {
            Some("a horizon by another zone than the salon's")
        } else {
            None
        }
    }

    fn question<'a>(&self, hours: &'a Calendar) -> Question<'a> {
        assert!(self.now.is_some() || self.min_notice_min == 0, "{}: notice from when?", self.id);
        let minutes = Minutes::new;
        let Service { duration, buffer_before, buffer_after } = self.service;
        Question {
            place: Place { zone: self.zone, hours },
            timing: Timing::new(minutes(duration), minutes(buffer_before), minutes(buffer_after))
                .expect("a duration"),
            rules: BookingRules {
                step: minutes(self.step_min),
                notice: minutes(self.min_notice_min),
                horizon_days: self.horizon.as_ref().map_or(u16::MAX, |horizon| horizon.days),
            },
            now: self.now.unwrap_or(self.window.from - TimeDelta::days(1)),
        }
    }

    fn calendar(&self, staff: &Staff) -> Calendar {
        if let Some(open) = &staff.open_utc {
            return self.open_only(open);
        }
        let closed = self.holidays.iter().map(|date| Closure { first: *date, last: *date });
        let days_off = staff.days_off.iter().map(|off| Closure { first: off.from, last: off.to });
        let special = |special: &Special| Override {
            date: special.date,
            hours: special.periods.iter().map(|p| Hours::new(p.start, p.end)).collect(),
        };
        Calendar {
            weekly: week(&staff.weekly),
            breaks: week(&staff.breaks),
            overrides: staff.overrides.iter().map(special).collect(),
            closures: closed.chain(days_off).collect(),
            time_off: staff.time_off.iter().map(|away| window(away.start, away.end)).collect(),
        }
    }

    /// Fixed open stretches: always open, and off for the rest. An end at :59 is the full minute.
    fn open_only(&self, open: &[(Instant, Instant)]) -> Calendar {
        let around = TimeDelta::days(7);
        let all: Windows =
            [window(self.window.from - around, self.window.to + around)].into_iter().collect();
        let open: Vec<_> =
            open.iter().map(|(from, to)| (minute_up(*from), minute_up(*to))).collect();
        Calendar { time_off: all.minus(&windows(&open)).to_vec(), ..Calendar::always() }
    }

    fn claims(&self, staff: &Staff) -> Vec<Claim> {
        let taken = |start, end, before, after, expires_at| Claim {
            window: window(start, end).widened(Minutes::new(before), Minutes::new(after)),
            booking: id::<BookingId>(1),
            expires_at,
        };
        let counts = |busy: &&Busy| busy.status.as_deref().is_none_or(|s| s == "accepted");
        let busy = staff.busy.iter().filter(counts).map(|busy| {
            taken(busy.start, busy.end, busy.buffer_before_min, busy.buffer_after_min, None)
        });
        let of_others = |hold: &&Hold| self.viewer.as_ref() != Some(&hold.owner);
        let holds = staff.holds.iter().filter(of_others).map(|hold| {
            let expires = Some(hold.expires);
            taken(hold.start, hold.end, hold.buffer_before_min, hold.buffer_after_min, expires)
        });
        busy.chain(holds).collect()
    }

    fn expected(&self) -> Vec<Slot> {
        assert_eq!(self.expect.count, self.expect.starts.len(), "{}", self.id);
        let numbered = |name: &String| self.staff.iter().position(|staff| staff.id == *name);
        let slot = |start: &Start| Slot {
            start: start.utc,
            staff: start.staff.as_ref().map_or(vec![id(0)], |names| {
                names.iter().map(|name| id(numbered(name).expect("on the staff"))).collect()
            }),
        };
        self.expect.starts.iter().map(slot).collect()
    }

    /// Runs the case with the hours given to the professionals or, if there is only one, to the
    /// salon: it must not matter.
    fn run(&self, hours_are_the_salons: bool) {
        let always = Calendar::always();
        let calendars: Vec<_> = self.staff.iter().map(|staff| self.calendar(staff)).collect();
        let claims: Vec<_> = self.staff.iter().map(|staff| self.claims(staff)).collect();
        let professionals: Vec<_> = calendars
            .iter()
            .zip(&claims)
            .enumerate()
            .map(|(number, (calendar, claims))| Professional {
                id: id(number),
                hours: if hours_are_the_salons { &always } else { calendar },
                claims,
            })
            .collect();
        let question = self.question(if hours_are_the_salons { &calendars[0] } else { &always });
        let found = question.search(&professionals, window(self.window.from, self.window.to));
        assert_eq!(found, self.expected(), "{}", self.id);

        for (slot, written) in found.iter().zip(&self.expect.starts) {
            let date = local_day(self.zone, slot.start).to_string();
            assert!(written.local.starts_with(&date), "{}: {date}", self.id);
            for professional in &professionals {
                let accepted = question.check(professional, slot.start);
                let listed = slot.staff.contains(&professional.id);
                assert_eq!(accepted.is_ok(), listed, "{}: {accepted:?}", self.id);
            }
        }
    }
}

fn week(entries: &[Days]) -> Week {
    let mut week = Week::default();
    for entry in entries {
        for day in &entry.weekdays {
            let weekday = Week::DAYS[usize::from(*day) - 1];
            week.day_mut(weekday).push(Hours::new(entry.start, entry.end));
        }
    }
    week
}

fn window(start: Instant, end: Instant) -> Window {
    Window::new(start, end).expect("not empty")
}

fn windows(list: &[(Instant, Instant)]) -> Windows {
    list.iter().filter_map(|(from, to)| Window::new(*from, *to).ok()).collect()
}

fn minute_up(instant: Instant) -> Instant {
    instant + TimeDelta::seconds((-instant.timestamp()).rem_euclid(60))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

#[test]
fn every_case_has_exactly_the_starts_that_are_written_down() {
    let mut ran = 0;
    let mut skipped: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for case in of_kind::<SlotCase>("slots") {
        if let Some(reason) = case.not_expressed() {
            skipped.entry(reason).or_default().push(case.id);
            continue;
        }
        case.run(false);
        if case.staff.len() == 1 {
            case.run(true);
        }
        ran += 1;
    }
    let skipped: Vec<_> =
        skipped.iter().map(|(reason, ids)| (*reason, ids.len(), ids.join(" "))).collect();
    let other_rule = "cal-e2e-01 cal-e2e-05 cal-e2e-09 cal-e2e-13 cal-hold-03 cal-issue-16302 \
                      cal-issue-22226 ea-02 ea-09 tz-kolkata";
    assert_eq!(
        skipped,
        [
            ("everyone together", 2, "cal-e2e-12 dv-all-1".to_owned()),
            ("starting times laid out by another rule than the grid", 10, other_rule.to_owned()),
        ]
    );
    assert_eq!(ran, 129);
}

#[test]
fn every_case_of_windows_has_exactly_the_windows_that_are_written_down() {
    let cases = of_kind::<IntervalCase>("intervals");
    assert_eq!(cases.len(), 13);
    for case in cases {
        let mut inputs = case.inputs.iter().map(|list| windows(list));
        let first = inputs.next().unwrap_or_default();
        let answer = match case.op.as_str() {
            "intersect" => inputs.fold(first, |shared, next| shared.intersect(&next)),
            "subtract" => inputs.fold(first, |left, next| left.minus(&next)),
            "merge" => {
                first.iter().chain(inputs.collect::<Vec<_>>().iter().flatten()).copied().collect()
            }
            other => panic!("{}: unknown operation {other}", case.id),
        };
        let answer: Vec<_> = answer.iter().map(|w| (w.start(), w.end())).collect();
        assert_eq!(answer, case.expect, "{}", case.id);
    }
}
