//! Every change of every zone's clock: read right, and opening hours around it neither lost nor
//! invented. The yardstick is chrono's own reading of the wall.

use std::collections::BTreeSet;

use chrono::{
    DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone,
    Timelike, Utc,
};
use chrono_tz::{TZ_VARIANTS, Tz};
use indistylo_scheduling::local::{
    LocalMoment, WallClock, end_of_day, happened, local_day, resolve, start_of_day,
};
use indistylo_scheduling::{
    BookingRules, Calendar, Hours, Layout, LocalTime, Minutes, Place, Professional, Question,
    Refusal, Slot, Timing, Window, Windows,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// One change of a zone's clock: when, and seconds east of UTC before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    at: DateTime<Utc>,
    before: i32,
    after: i32,
}

impl Change {
    /// What the wall would show at the change by the offset before or after it.
    fn walls(self) -> [NaiveDateTime; 2] {
        let wall = |offset: i32| self.at.naive_utc() + TimeDelta::seconds(offset.into());
        [wall(self.before), wall(self.after)]
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// The changes from 2000 to 2037, found by asking chrono every other day.
fn changes(zone: Tz) -> Vec<Change> {
    let mut found = Vec::new();
    let (mut low, end) = (at("2000-01-01T00:00:00Z"), at("2038-01-01T00:00:00Z"));
    let mut before = offset(zone, low);
    while low < end {
        let next = low + TimeDelta::days(2);
        let after = offset(zone, next);
        if after != before {
            let mut high = next;
            while high - low > TimeDelta::seconds(1) {
                let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
                let is_before = offset(zone, middle) == before;
                if is_before { low = middle } else { high = middle }
            }
            found.push(Change { at: high, before, after });
        }
        (low, before) = (next, after);
    }
    found
}

/// Changes that differ in any way, each with one of the zones that made it.
fn all_changes() -> Vec<(Tz, Change)> {
    let mut seen = BTreeSet::new();
    let of_zone = |zone: Tz| changes(zone).into_iter().map(move |change| (zone, change));
    let all = TZ_VARIANTS.into_iter().flat_map(of_zone);
    all.filter(|(_, change)| seen.insert(*change)).collect()
}

/// The yardstick: chrono's reading; in a gap, the offset before it.
fn reading(zone: Tz, change: Change, wall: NaiveDateTime) -> LocalMoment {
    let utc = |local: DateTime<Tz>| local.with_timezone(&Utc);
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) => LocalMoment::Exact(utc(at)),
        LocalResult::Ambiguous(first, second) => {
            LocalMoment::Doubled { first: utc(first), second: utc(second) }
        }
        LocalResult::None => LocalMoment::Skipped {
            at: wall.and_utc() - TimeDelta::seconds(change.before.into()),
            resumes: change.at,
        },
    }
}

fn minute_of_day(wall: NaiveDateTime) -> u16 {
    u16::try_from(wall.num_seconds_from_midnight() / 60).expect("a day is short")
}

/// Hours from and to these readings of the wall, whatever the date, opened on the date of the first.
fn hours(opens: NaiveDateTime, closes: NaiveDateTime) -> Hours {
    let time = |wall| LocalTime::new(minute_of_day(wall)).expect("a time of day");
    Hours::new(time(opens), time(closes))
}

/// What the calendar should say: each date's hours from reading to reading, none on a missing date.
fn open_by_chrono(zone: Tz, change: Change, hours: Hours, within: Window) -> Windows {
    let middle = change.at.date_naive();
    let dates = (-5..=5).map(|days| middle + TimeDelta::days(days));
    let exists = |date: &NaiveDate| {
        let mut walls = (0..24).filter_map(|hour| date.and_hms_opt(hour, 0, 0));
        walls.any(|wall| !matches!(zone.from_local_datetime(&wall), LocalResult::None))
    };
    let instant = |date: NaiveDate, minute: u16| {
        let wall = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute.into());
        reading(zone, change, wall).instant()
    };
    let of_date = |date: NaiveDate| {
        let opens = instant(date, hours.opening_minute());
        Window::new(opens, instant(date, hours.closing_minute())).ok()?.intersection(within)
    };
    dates.filter(exists).filter_map(of_date).collect()
}

#[test]
fn every_clock_change_since_2000_is_read_as_chrono_reads_it() {
    let all = all_changes();
    assert!(all.len() > 3_000, "{} changes are too few to be all", all.len());
    for (zone, change) in all {
        let near = Window::new(change.at - TimeDelta::days(1), change.at + TimeDelta::days(1));
        let clock = WallClock::covering(zone, near.expect("two days"));
        for wall in change.walls() {
            for minutes in [-61, -31, -1, 0, 1, 29, 59, 60] {
                let wall = wall + TimeDelta::minutes(minutes);
                if wall.second() == 0 {
                    let read = clock.resolve(wall.date(), minute_of_day(wall));
                    assert_eq!(read, Some(reading(zone, change, wall)), "{zone} {wall}");
                }
            }
        }
        for seconds in [-1, 0, 1] {
            let instant = change.at + TimeDelta::seconds(seconds);
            let day = instant.with_timezone(&zone).date_naive();
            assert_eq!(clock.day_of(instant), Some(day), "{zone} {instant}");
            assert_eq!(local_day(zone, instant), day, "{zone} {instant}");
        }
    }
}

#[test]
fn opening_hours_around_every_clock_change_are_neither_lost_nor_invented() {
    for (zone, change) in all_changes() {
        let [before, after] = change.walls();
        let half_an_hour = TimeDelta::minutes(30);
        let near = Window::new(change.at - TimeDelta::hours(30), change.at + TimeDelta::hours(30));
        let near = near.expect("some time");
        for hours in [
            hours(before - half_an_hour, before + half_an_hour),
            hours(after - half_an_hour, after + half_an_hour),
            hours(before, after),
            hours(before - TimeDelta::hours(4), after - half_an_hour),
        ] {
            let open = Calendar::every_day(hours).open(zone, near);
            assert_eq!(open, open_by_chrono(zone, change, hours, near), "{zone} {hours}");
        }
        let always = Calendar::always().open(zone, near);
        assert_eq!(always.as_slice(), [near], "{zone}: always open");
    }
}

/// The starting times are those that the wall shows, each time that it shows them.
#[test]
fn starts_around_every_clock_change_are_the_quarters_that_the_wall_shows() {
    let id = "00000000-0000-7000-8000-000000000001".parse().expect("an id");
    let (service, none) = (Minutes::new(45), Minutes::ZERO);
    let timing = Timing::new(service, none, none).expect("a service");
    let always = Calendar::always();
    let one = Professional { id, hours: &always, claims: &[], full: &[] };
    let mut listed = 0;
    for (zone, change) in all_changes() {
        let [before, after] = change.walls();
        let near = Window::new(change.at - TimeDelta::hours(9), change.at + TimeDelta::hours(9));
        let near = near.expect("some time");
        let wide = near.widened(Minutes::new(120), Minutes::new(120));
        for hours in [
            Hours::ALL_DAY,
            hours(before - TimeDelta::hours(3), after + TimeDelta::hours(3)),
            hours(after, before),
        ] {
            let calendar = Calendar::every_day(hours);
            let question = Question {
                place: Place { zone, hours: &calendar },
                timing,
                rules: BookingRules {
                    step: Minutes::new(15),
                    notice: none,
                    horizon_days: 9,
                    layout: Layout::Grid,
                },
                now: near.start(),
            };
            let open = open_by_chrono(zone, change, hours, wide);
            let minutes = (0..18 * 60).map(|minutes| near.start() + TimeDelta::minutes(minutes));
            let expected: Vec<_> = minutes
                .filter(|start| {
                    start.with_timezone(&zone).minute().is_multiple_of(15)
                        && open.cover(timing.service_window(*start))
                })
                .collect();
            let found: Vec<_> = question.search(&[one], near).iter().map(Slot::start).collect();
            assert_eq!(found, expected, "{zone} {} {hours}", change.at);
            listed += found.len();
        }
    }
    assert!(listed > 300_000, "{listed}");
}

/// Without gaps a stretch without end is counted from the midnight before the date, on dates of any
/// length.
#[test]
fn starts_without_gaps_around_every_clock_change_do_not_depend_on_where_one_looks() {
    let id = "00000000-0000-7000-8000-000000000001".parse().expect("an id");
    let always = Calendar::always();
    let one = Professional { id, hours: &always, claims: &[], full: &[] };
    let mut listed = 0;
    for (zone, change) in all_changes() {
        let at = |hours| change.at + TimeDelta::minutes(60 * hours + 7);
        let question = Question {
            place: Place { zone, hours: &always },
            timing: Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO).expect("a service"),
            rules: BookingRules {
                step: Minutes::new(77),
                notice: Minutes::ZERO,
                horizon_days: 9,
                layout: Layout::Tight,
            },
            now: at(-30),
        };
        let search = |from: i64, until: i64| -> Vec<_> {
            let near = Window::new(at(from), at(until)).expect("some time");
            question.search(&[one], near).iter().map(Slot::start).collect()
        };
        let whole = search(-30, 60);
        let parts: Vec<_> =
            (-30..60).step_by(9).flat_map(|hours| search(hours, hours + 9)).collect();
        assert_eq!(whole, parts, "{zone} {}", change.at);
        listed += whole.len();
    }
    assert!(listed > 200_000, "{listed}");
}

#[test]
fn of_a_midnight_that_comes_twice_the_next_dates_starts_are_beyond_the_horizon() {
    // Havana, 1 November 2026: at 01:00 the clock is put back to 00:00.
    let (zone, always) = (chrono_tz::America::Havana, Calendar::always());
    let id = "00000000-0000-7000-8000-000000000001".parse().expect("an id");
    let one = Professional { id, hours: &always, claims: &[], full: &[] };
    for layout in [Layout::Grid, Layout::Tight] {
        let question = Question {
            place: Place { zone, hours: &always },
            timing: Timing::new(Minutes::new(30), Minutes::ZERO, Minutes::ZERO).expect("a service"),
            rules: BookingRules {
                step: Minutes::new(30),
                notice: Minutes::ZERO,
                horizon_days: 1,
                layout,
            },
            now: at("2026-10-30T16:00:00Z"),
        };
        let slots = question.search(&[one], Window::ALL);
        let last = slots.iter().last().map(Slot::start);
        assert_eq!(last, Some(at("2026-11-01T03:30:00Z")), "23:30 on 31 October, {layout:?}");
        let first_midnight = at("2026-11-01T04:00:00Z");
        let latest = date("2026-10-31");
        assert_eq!(question.check(&one, first_midnight), Err(Refusal::BeyondHorizon { latest }));
    }
}

#[test]
fn a_midnight_that_is_skipped_begins_the_day_later() {
    let cairo = chrono_tz::Africa::Cairo;
    assert_eq!(
        resolve(cairo, date("2026-04-24"), 0),
        Some(LocalMoment::Skipped {
            at: at("2026-04-23T22:00:00Z"),
            resumes: at("2026-04-23T22:00:00Z"),
        })
    );
    assert_eq!(start_of_day(cairo, date("2026-04-24")), Some(at("2026-04-23T22:00:00Z")));
    assert_eq!(end_of_day(cairo, date("2026-04-23")), Some(at("2026-04-23T22:00:00Z")));
}

#[test]
fn a_midnight_that_comes_twice_belongs_to_both_days() {
    let havana = chrono_tz::America::Havana; // 01:00 back to 00:00
    assert_eq!(start_of_day(havana, date("2026-11-01")), Some(at("2026-11-01T04:00:00Z")));
    assert_eq!(end_of_day(havana, date("2026-11-01")), Some(at("2026-11-02T05:00:00Z")));
    let st_johns = chrono_tz::America::St_Johns; // 00:01 back to 23:01
    let (sunday, saturday) = (date("2006-10-29"), date("2006-10-28"));
    assert_eq!(start_of_day(st_johns, sunday), Some(at("2006-10-29T02:30:00Z")));
    assert_eq!(end_of_day(st_johns, saturday), Some(at("2006-10-29T03:30:00Z")));
    assert_eq!(local_day(st_johns, at("2006-10-29T02:30:30Z")), sunday);
    assert_eq!(local_day(st_johns, at("2006-10-29T03:29:59Z")), saturday);
}

#[test]
fn a_date_that_never_happened_is_missing_and_its_neighbours_are_not() {
    let apia = chrono_tz::Pacific::Apia;
    assert!(happened(apia, date("2011-12-29")));
    assert!(!happened(apia, date("2011-12-30")));
    assert!(happened(apia, date("2011-12-31")));
    assert_eq!(end_of_day(apia, date("2011-12-29")), Some(at("2011-12-30T10:00:00Z")));
    assert_eq!(start_of_day(apia, date("2011-12-30")), end_of_day(apia, date("2011-12-30")));
    assert_eq!(start_of_day(apia, date("2011-12-31")), Some(at("2011-12-30T10:00:00Z")));
}

#[test]
fn minutes_past_midnight_are_the_next_dates() {
    let kolkata = chrono_tz::Asia::Kolkata;
    let two_at_night = resolve(kolkata, date("2026-05-04"), 1440 + 120);
    assert_eq!(two_at_night, resolve(kolkata, date("2026-05-05"), 120));
    assert_eq!(two_at_night.map(LocalMoment::instant), Some(at("2026-05-04T20:30:00Z")));
}

#[test]
fn the_ends_of_the_calendar_have_no_answer_and_do_no_harm() {
    for zone in [chrono_tz::UTC, chrono_tz::Pacific::Kiritimati, chrono_tz::America::New_York] {
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = (resolve(zone, date, 0), resolve(zone, date, u16::MAX), happened(zone, date));
            let _ = (start_of_day(zone, date), end_of_day(zone, date));
        }
        let _ = local_day(zone, DateTime::<Utc>::MIN_UTC);
        let _ = local_day(zone, DateTime::<Utc>::MAX_UTC);
        assert_eq!(end_of_day(zone, NaiveDate::MAX), None);
    }
}
