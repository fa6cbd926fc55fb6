//! The free times against a slow witness who walks through the diary minute by minute.
//!
//! The witness shares no code with the search: it asks chrono what the wall shows at each UTC
//! minute and whether that lies within the hours. Where an opening or closing time itself falls
//! into a skipped or repeated hour the two read it differently by design (the search reads RFC
//! 5545's end points, which the written-down cases pin), so such calendars are not drawn here.

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use indistylo_scheduling::{
    BookingRules, Calendar, Change, Claim, Closure, Hours, Layout, LocalTime, Minutes, Override,
    Place, Professional, Question, Refusal, Slots, Timing, Week, Window,
};
use proptest::prelude::*;

type Instant = DateTime<Utc>;

/// Zones and a date on which something unusual happens to their clocks.
const PLACES: [(Tz, (i32, u32, u32)); 21] = [
    (chrono_tz::Europe::London, (2026, 3, 29)),
    (chrono_tz::Europe::London, (2026, 10, 25)),
    (chrono_tz::America::New_York, (2026, 3, 8)),
    (chrono_tz::America::New_York, (2026, 11, 1)),
    (chrono_tz::Australia::Lord_Howe, (2026, 4, 5)),
    (chrono_tz::Australia::Lord_Howe, (2026, 10, 4)),
    (chrono_tz::Africa::Cairo, (2026, 4, 24)),
    (chrono_tz::Africa::Cairo, (2026, 10, 30)),
    (chrono_tz::America::Sao_Paulo, (2018, 2, 18)),
    (chrono_tz::America::Sao_Paulo, (2018, 11, 4)),
    (chrono_tz::Pacific::Apia, (2011, 12, 30)),
    (chrono_tz::America::Havana, (2026, 3, 8)),
    (chrono_tz::America::Havana, (2026, 11, 1)),
    (chrono_tz::Asia::Kolkata, (2026, 5, 4)),
    (chrono_tz::Asia::Kathmandu, (2026, 5, 4)),
    (chrono_tz::America::St_Johns, (2006, 10, 29)), // 00:01 back to 23:01
    (chrono_tz::America::St_Johns, (2007, 3, 11)),  // 00:01 forward to 01:01
    (chrono_tz::Antarctica::Troll, (2026, 3, 29)),
    (chrono_tz::Antarctica::Troll, (2026, 10, 25)),
    (chrono_tz::Antarctica::Casey, (2010, 3, 5)), // three hours back
    (chrono_tz::Asia::Pyongyang, (2018, 5, 5)),   // 23:30 forward to midnight
];

/// One salon, its people, and what is asked.
#[derive(Debug, Clone)]
struct Scene {
    zone: Tz,
    salon: Calendar,
    staff: Vec<(Calendar, Vec<Claim>)>,
    timing: Timing,
    rules: BookingRules,
    now: Instant,
    starts: Window,
}

impl Scene {
    fn question(&self) -> Question<'_> {
        let place = Place { zone: self.zone, hours: &self.salon };
        Question { place, timing: self.timing, rules: self.rules, now: self.now }
    }

    fn professionals(&self) -> Vec<Professional<'_>> {
        let professional =
            |(number, (hours, claims))| Professional { id: id(number), hours, claims, full: &[] };
        let staff = self.staff.iter().map(|(hours, claims)| (hours, claims.as_slice()));
        staff.enumerate().map(professional).collect()
    }
}

// ------------------------------------------------------------------------------ the witness

fn wall(zone: Tz, minute: Instant) -> NaiveDateTime {
    minute.with_timezone(&zone).naive_local()
}

/// The hours that a date has: those of the first override for it, or of its weekday.
fn hours_of(calendar: &Calendar, date: NaiveDate) -> &[Hours] {
    let special = calendar.overrides.iter().find(|special| special.date == date);
    let (weekly, _) = week_of(calendar, date);
    special.map_or(weekly.day(date.weekday()), |special| &special.hours)
}

/// The week that holds on a date: of the latest change by then the one that was written first.
fn week_of(calendar: &Calendar, date: NaiveDate) -> (&Week, &Week) {
    let latest =
        calendar.changes.iter().map(|change| change.from).filter(|from| *from <= date).max();
    let change = calendar.changes.iter().find(|change| Some(change.from) == latest);
    change.map_or((&calendar.weekly, &calendar.breaks), |change| (&change.weekly, &change.breaks))
}

fn happened(zone: Tz, date: NaiveDate) -> bool {
    let mut readings = (0..24).filter_map(|hour| date.and_hms_opt(hour, 0, 0));
    readings.any(|wall| !matches!(zone.from_local_datetime(&wall), LocalResult::None))
}

fn is_closed(calendar: &Calendar, date: NaiveDate) -> bool {
    calendar.closures.iter().any(|closure| closure.first <= date && date <= closure.last)
}

/// Whether what the wall shows lies in one of the date's hours or in the night before's.
fn in_one_of<'a>(
    of: impl Fn(NaiveDate) -> &'a [Hours],
    calendar: &Calendar,
    zone: Tz,
    shown: NaiveDateTime,
) -> bool {
    let minute = i64::from(shown.hour() * 60 + shown.minute());
    let dates = [(shown.date(), minute), (shown.date() - TimeDelta::days(1), minute + 1440)];
    dates.into_iter().any(|(date, minute)| {
        let covers = |hours: &Hours| {
            let opens = i64::from(hours.opens.minute_of_day());
            let closes = i64::from(hours.closes.minute_of_day());
            let closes = if closes <= opens { closes + 1440 } else { closes };
            opens <= minute && minute < closes
        };
        of(date).iter().any(covers) && !is_closed(calendar, date) && happened(zone, date)
    })
}

fn is_open(calendar: &Calendar, zone: Tz, minute: Instant) -> bool {
    let shown = wall(zone, minute);
    in_one_of(|date| hours_of(calendar, date), calendar, zone, shown)
        && !in_one_of(|date| week_of(calendar, date).1.day(date.weekday()), calendar, zone, shown)
        && !calendar.time_off.iter().any(|away| away.start() <= minute && minute < away.end())
}

/// What the witness has written down for each minute, so as not to ask twice.
struct Witness<'a> {
    scene: &'a Scene,
    first: Instant,
    /// The latest date that the wall has shown by then.
    dates: Vec<NaiveDate>,
    salon: Vec<bool>,
    staff: Vec<Vec<bool>>,
}

impl<'a> Witness<'a> {
    /// What follows the last visit may follow one of the date before.
    fn new(scene: &'a Scene) -> Self {
        let days = if scene.rules.layout == Layout::Tight { 4 } else { 0 };
        let first = scene.starts.start() - TimeDelta::days(days);
        let minutes = (scene.starts.end() - first + TimeDelta::hours(3)).num_minutes();
        let minute = |n| first + TimeDelta::minutes(n);
        let latest = |latest: &mut NaiveDate, n| {
            *latest = wall(scene.zone, minute(n)).date().max(*latest);
            Some(*latest)
        };
        let diary = |calendar: &Calendar| -> Vec<bool> {
            (0..minutes).map(|n| is_open(calendar, scene.zone, minute(n))).collect()
        };
        Self {
            scene,
            first,
            dates: (0..minutes).scan(NaiveDate::MIN, latest).collect(),
            salon: diary(&scene.salon),
            staff: scene.staff.iter().map(|(calendar, _)| diary(calendar)).collect(),
        }
    }

    fn number(&self, minute: Instant) -> usize {
        usize::try_from((minute - self.first).num_minutes()).expect("within the diary")
    }

    fn minute(&self, number: usize) -> Instant {
        self.first + TimeDelta::minutes(i64::try_from(number).expect("within the diary"))
    }

    fn throughout(&self, diary: &[bool], start: Instant) -> bool {
        let from = self.number(start);
        diary[from..from + usize::from(self.scene.timing.duration().count())].iter().all(|is| *is)
    }

    fn on_grid(&self, minute: Instant) -> bool {
        let shown = wall(self.scene.zone, minute);
        (shown.hour() * 60 + shown.minute()).is_multiple_of(self.scene.rules.step.count().into())
    }

    fn taken(&self, who: usize, start: Instant) -> bool {
        let Scene { timing, now, staff, .. } = self.scene;
        let minutes = |count: Minutes| TimeDelta::minutes(i64::from(count.count()));
        let from = start - minutes(timing.buffer_before());
        let until = start + minutes(timing.duration()) + minutes(timing.buffer_after());
        staff[who].1.iter().any(|claim| {
            let lapsed = claim.expires_at.is_some_and(|at| at <= *now);
            !lapsed && from < claim.window.end() && claim.window.start() < until
        })
    }

    /// Whether rules that are nobody's doing let a visit begin at a whole minute.
    fn allowed(&self, start: Instant) -> Result<(), Refusal> {
        let Scene { zone, rules, now, .. } = *self.scene;
        let earliest = now + TimeDelta::minutes(i64::from(rules.notice.count()));
        let latest = wall(zone, now).date() + TimeDelta::days(i64::from(rules.horizon_days));
        if start < earliest {
            Err(Refusal::TooSoon { earliest })
        } else if wall(zone, start).date() > latest {
            Err(Refusal::BeyondHorizon { latest })
        } else {
            Ok(())
        }
    }

    fn at_work(&self, who: usize, start: Instant) -> Result<(), Refusal> {
        if !self.throughout(&self.salon, start) {
            Err(Refusal::Closed)
        } else if !self.throughout(&self.staff[who], start) {
            Err(Refusal::StaffAway)
        } else {
            Ok(())
        }
    }

    fn free(&self, who: usize, start: Instant) -> Result<(), Refusal> {
        if self.taken(who, start) { Err(Refusal::Taken) } else { Ok(()) }
    }

    /// Judges a whole minute by the clock on the wall.
    fn judge(&self, who: usize, start: Instant) -> Result<(), Refusal> {
        self.allowed(start)?;
        self.at_work(who, start)?;
        let mut ahead = (0..2881).map(|n| start + TimeDelta::minutes(n));
        if let Some(next) = ahead.find(|minute| self.on_grid(*minute))
            && next != start
        {
            return Err(Refusal::OffGrid { next });
        }
        self.free(who, start)
    }

    /// The minutes at which visits without gaps begin, up to the end of the window: in each row of
    /// minutes at which one could, every step from the first of them or, if that lies further back,
    /// from the midnight before the date.
    fn without_gaps(&self, who: usize) -> Vec<bool> {
        let step = usize::from(self.scene.rules.step.count());
        let mut row = 0;
        let begins = |n| {
            let minute = self.minute(n);
            if self.at_work(who, minute).and_then(|()| self.free(who, minute)).is_err() {
                row = n + 1;
                return false;
            }
            let date_before = self.dates[n] - TimeDelta::days(1);
            let midnight = self.dates.partition_point(|date| *date < date_before);
            (n - row.max(midnight)).is_multiple_of(step)
        };
        (0..self.number(self.scene.starts.end())).map(begins).collect()
    }

    /// Judges a whole minute by the minutes at which visits without gaps begin. Beyond the window
    /// no next one is known.
    fn judge_without_gaps(
        &self,
        begins: &[bool],
        who: usize,
        start: Instant,
    ) -> Result<(), Option<Refusal>> {
        self.allowed(start)?;
        self.at_work(who, start)?;
        self.free(who, start)?;
        let ahead = (self.number(start)..begins.len()).filter(|n| begins[*n]);
        match ahead.map(|n| self.minute(n)).find(|minute| self.allowed(*minute).is_ok()) {
            Some(next) if next == start => Ok(()),
            next => Err(next.map(|next| Refusal::OffGrid { next })),
        }
    }
}

// ------------------------------------------------------------------------------ the draws

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

fn local_time(most: u16) -> impl Strategy<Value = LocalTime> {
    let quarters = (0..=most / 15).prop_map(|quarter| quarter * 15);
    prop_oneof![3 => quarters, 1 => 0..=most]
        .prop_map(|minute| LocalTime::new(minute).expect("a time of day"))
}

fn hours() -> impl Strategy<Value = Hours> {
    let any = (local_time(1439), local_time(1440)).prop_map(|(o, c)| Hours::new(o, c));
    let day: Hours = "09:00-19:00".parse().expect("hours");
    let night: Hours = "20:00-04:00".parse().expect("hours");
    prop_oneof![4 => any, 2 => Just(day), 1 => Just(night), 1 => Just(Hours::ALL_DAY)]
}

fn week(most: usize) -> impl Strategy<Value = Week> {
    prop::collection::vec(prop::collection::vec(hours(), 0..=most), 7).prop_map(|days| {
        let mut week = Week::default();
        for (day, hours) in Week::DAYS.into_iter().zip(days) {
            *week.day_mut(day) = hours;
        }
        week
    })
}

fn pauses() -> impl Strategy<Value = Week> {
    let pause = (local_time(1200), 1u16..=90).prop_map(|(from, length)| {
        let until = LocalTime::new(from.minute_of_day() + length).expect("a time of day");
        Hours::new(from, until)
    });
    prop::collection::vec(prop::option::of(pause), 7).prop_map(|days| {
        let mut week = Week::default();
        for (day, pause) in Week::DAYS.into_iter().zip(days) {
            week.day_mut(day).extend(pause);
        }
        week
    })
}

fn window_near(around: Instant) -> impl Strategy<Value = Window> {
    (-2880i64..2880, 5u16..300).prop_map(move |(from, length)| {
        Window::lasting(around + TimeDelta::minutes(from), Minutes::new(length)).expect("some time")
    })
}

fn calendar(around: Instant) -> impl Strategy<Value = Calendar> {
    let date =
        move || (-3i64..=3).prop_map(move |days| (around + TimeDelta::days(days)).date_naive());
    let special = (date(), prop::collection::vec(hours(), 0..=2))
        .prop_map(|(date, hours)| Override { date, hours });
    let change = (date(), week(2), prop_oneof![Just(Week::default()), pauses()])
        .prop_map(|(from, weekly, breaks)| Change { from, weekly, breaks });
    let closure = (date(), 0i64..=1)
        .prop_map(|(first, days)| Closure { first, last: first + TimeDelta::days(days) });
    let drawn =
        (
            prop_oneof![2 => week(2), 3 => hours().prop_map(Week::every_day)],
            prop_oneof![Just(Week::default()), pauses()],
            prop::collection::vec(change, 0..=2),
            prop::collection::vec(special, 0..=2),
            prop::collection::vec(closure, 0..=1),
            prop::collection::vec(window_near(around), 0..=2),
        )
            .prop_map(|(weekly, breaks, changes, overrides, closures, time_off)| {
                Calendar { weekly, breaks, changes, overrides, closures, time_off }
            });
    prop_oneof![3 => drawn, 1 => Just(Calendar::always())]
}

fn claims(around: Instant, now: Instant) -> impl Strategy<Value = Vec<Claim>> {
    let expiry = prop::option::of((-3i64..=3).prop_map(move |s| now + TimeDelta::seconds(s)));
    let claim = (window_near(around), expiry).prop_map(|(window, expires_at)| Claim {
        window,
        booking: id(0),
        expires_at,
    });
    prop::collection::vec(claim, 0..=8)
}

fn scene() -> impl Strategy<Value = Scene> {
    let place = prop::sample::select(PLACES.to_vec());
    let ask = (
        (-1800i64..600, 1i64..=2000),
        (1u16..=180, 0u16..=30, 0u16..=30),
        (
            prop::sample::select(vec![5u16, 7, 10, 15, 20, 30, 45, 60, 90, 1440]),
            0u16..600,
            prop_oneof![0u16..=4, Just(30)],
        ),
        -250_000i64..10_000,
    );
    (place, ask).prop_flat_map(|((zone, (y, m, d)), (starts, timing, rules, now))| {
        let midnight = NaiveDate::from_ymd_opt(y, m, d).expect("a date").and_time(<_>::default());
        let offset = zone.offset_from_utc_datetime(&midnight);
        let around = (midnight - chrono::Offset::fix(&offset)).and_utc();
        let now = around + TimeDelta::seconds(now);
        let from = around + TimeDelta::minutes(starts.0);
        let starts = Window::new(from, from + TimeDelta::minutes(starts.1)).expect("some time");
        let minutes = Minutes::new;
        let timing = Timing::new(minutes(timing.0), minutes(timing.1), minutes(timing.2));
        let staff = prop::collection::vec((calendar(around), claims(around, now)), 1..=3);
        (calendar(around), staff).prop_map(move |(salon, staff)| Scene {
            zone,
            salon,
            staff,
            timing: timing.expect("a duration"),
            rules: BookingRules {
                step: minutes(rules.0),
                notice: minutes(rules.1),
                horizon_days: rules.2,
                layout: Layout::Grid,
            },
            now,
            starts,
        })
    })
}

/// Whether no boundary of the calendar lies inside a skipped or repeated hour near the date. The
/// first reading of either may be a boundary: both ways of reading agree about it.
fn is_plain(calendar: &Calendar, zone: Tz, around: NaiveDate) -> bool {
    let read = |wall: NaiveDateTime| zone.from_local_datetime(&wall);
    let plain = |wall: NaiveDateTime| {
        let before = read(wall - TimeDelta::minutes(1));
        match read(wall) {
            LocalResult::Single(_) => true,
            LocalResult::Ambiguous(..) => !matches!(before, LocalResult::Ambiguous(..)),
            LocalResult::None => !matches!(before, LocalResult::None),
        }
    };
    let dates = (-4..=4).map(|days| around + TimeDelta::days(days));
    dates.filter(|date| happened(zone, *date)).all(|date| {
        let (_, breaks) = week_of(calendar, date);
        let hours = hours_of(calendar, date).iter().chain(breaks.day(date.weekday()));
        hours.into_iter().all(|hours| {
            let opens = i64::from(hours.opens.minute_of_day());
            let closes = i64::from(hours.closes.minute_of_day());
            let closes = if closes <= opens { closes + 1440 } else { closes };
            let midnight = date.and_time(<_>::default());
            [opens, closes].into_iter().all(|minute| plain(midnight + TimeDelta::minutes(minute)))
        })
    })
}

fn plain_scene() -> impl Strategy<Value = Scene> {
    scene().prop_filter("a boundary in a skipped or repeated hour", |scene| {
        let around = scene.starts.start().date_naive();
        let calendars = scene.staff.iter().map(|(calendar, _)| calendar);
        calendars.chain([&scene.salon]).all(|calendar| is_plain(calendar, scene.zone, around))
    })
}

/// Without gaps, and half of the time with somebody free who is always there, so that it matters
/// from where starts are counted.
fn scene_without_gaps() -> impl Strategy<Value = Scene> {
    (plain_scene(), any::<bool>()).prop_map(|(mut scene, free)| {
        scene.rules.layout = Layout::Tight;
        if free {
            scene.salon = Calendar::always();
            scene.staff[0] = (Calendar::always(), Vec::new());
        }
        scene
    })
}

/// The starts, each with who could do it.
fn listed(slots: &Slots) -> Vec<(Instant, Vec<kernel::StaffId>)> {
    slots.iter().map(|slot| (slot.start(), slot.staff().collect())).collect()
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn the_search_lists_what_the_witness_saw_and_no_more(scene in plain_scene()) {
        let witness = Witness::new(&scene);
        let mut seen = Vec::new();
        let mut minute = scene.starts.start();
        while minute < scene.starts.end() {
            let free = (0..scene.staff.len()).filter(|who| witness.judge(*who, minute).is_ok());
            let free: Vec<_> = free.map(id).collect();
            if !free.is_empty() {
                seen.push((minute, free));
            }
            minute += TimeDelta::minutes(1);
        }
        let found = scene.question().search(&scene.professionals(), scene.starts);
        prop_assert_eq!(listed(&found), seen);
    }

    #[test]
    fn the_check_gives_the_reason_that_the_witness_would(
        scene in plain_scene(),
        asked in prop::collection::vec(0i64..2000, 24),
    ) {
        let witness = Witness::new(&scene);
        let question = scene.question();
        for (who, professional) in scene.professionals().iter().enumerate() {
            for minutes in &asked {
                let minute = |n| scene.starts.start() + TimeDelta::minutes(n);
                let on_grid = (*minutes..minutes + 2000).map(minute).find(|m| witness.on_grid(*m));
                for start in [Some(minute(*minutes)), on_grid].into_iter().flatten() {
                    if scene.starts.contains(start) {
                        let expected = witness.judge(who, start);
                        let expected = expected.map(|()| scene.timing.claim(start));
                        prop_assert_eq!(question.check(professional, start), expected, "{}", start);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn without_gaps_visits_begin_where_the_witness_counted(
        scene in scene_without_gaps(),
        asked in prop::collection::vec(0i64..2000, 24),
    ) {
        let witness = Witness::new(&scene);
        let (question, professionals) = (scene.question(), scene.professionals());
        let each: Vec<_> = (0..professionals.len()).map(|who| witness.without_gaps(who)).collect();
        let seen = |starts: Window| -> Vec<_> {
            let minutes = witness.number(starts.start())..witness.number(starts.end());
            let seen = minutes.filter(|n| witness.allowed(witness.minute(*n)).is_ok()).map(|n| {
                let free = (0..each.len()).filter(|who| each[*who][n]).map(id).collect();
                (witness.minute(n), free)
            });
            seen.filter(|(_, free): &(_, Vec<_>)| !free.is_empty()).collect()
        };
        let found = question.search(&professionals, scene.starts);
        prop_assert_eq!(listed(&found), seen(scene.starts));
        let asked = asked.iter().map(|n| scene.starts.start() + TimeDelta::minutes(*n));
        for start in asked.filter(|start| scene.starts.contains(*start)) {
            let rest = Window::new(start, scene.starts.end()).expect("within");
            prop_assert_eq!(listed(&question.search(&professionals, rest)), seen(rest));
            for (who, professional) in professionals.iter().enumerate() {
                let checked = question.check(professional, start);
                match witness.judge_without_gaps(&each[who], who, start) {
                    Err(None) => {
                        let is_off_grid = matches!(checked, Err(Refusal::OffGrid { .. }));
                        prop_assert!(is_off_grid, "{} {:?}", start, checked);
                    }
                    Err(Some(refusal)) => prop_assert_eq!(checked, Err(refusal), "{}", start),
                    Ok(()) => prop_assert_eq!(checked, Ok(scene.timing.claim(start))),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    /// Here boundaries may fall anywhere: whatever hours mean, the two must mean the same.
    #[test]
    fn a_start_is_accepted_if_and_only_if_it_is_listed(
        scene in scene(),
        asked in prop::collection::vec(0i64..120_000, 12),
    ) {
        let question = scene.question();
        let professionals = scene.professionals();
        let listed = listed(&question.search(&professionals, scene.starts));
        let anywhere = asked.iter().map(|s| scene.starts.start() + TimeDelta::seconds(*s));
        let near = listed.iter().take(20).flat_map(|slot| {
            [-1, 0, 1].map(|seconds| slot.0 + TimeDelta::seconds(seconds))
        });
        for start in anywhere.chain(near).filter(|start| scene.starts.contains(*start)) {
            let slot = listed.iter().find(|slot| slot.0 == start);
            for professional in &professionals {
                let is_listed = slot.is_some_and(|slot| slot.1.contains(&professional.id));
                let checked = question.check(professional, start);
                prop_assert_eq!(checked.is_ok(), is_listed, "{} {:?}", start, checked);
            }
        }
    }

    #[test]
    fn the_next_free_are_the_first_of_all(scene in scene(), limit in 0usize..8) {
        let question = scene.question();
        let after = scene.starts.start();
        let all = Window::new(after, Window::ALL.end()).expect("some time");
        let mut all = listed(&question.search(&scene.professionals(), all));
        all.truncate(limit);
        let next = question.next_free(&scene.professionals(), after, limit);
        prop_assert_eq!((next.len(), listed(&next)), (all.len(), all));
    }

    #[test]
    fn a_calendar_is_open_in_the_minutes_the_witness_saw(scene in plain_scene()) {
        let open = scene.salon.open(scene.zone, scene.starts);
        prop_assert!(open.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        let mut minute = scene.starts.start();
        while minute < scene.starts.end() {
            let listed = open.iter().any(|window| window.contains(minute));
            prop_assert_eq!(listed, is_open(&scene.salon, scene.zone, minute), "{}", minute);
            minute += TimeDelta::minutes(1);
        }
    }
}
