//! Opening hours in sentences: what the calendar says, how it is kept, and which mistakes it names.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use chrono_tz::Tz;
use indistylo_scheduling::{
    Calendar, Change, Closure, FaultKind, Hours, Minutes, Override, Week, Window,
    faults::{
        LONGEST_ABSENCE_DAYS, MOST_CLOSURES, MOST_HOURS_A_DAY, MOST_OVERRIDES, MOST_TIME_OFF,
    },
};

fn hours(text: &str) -> Hours {
    text.parse().expect(text)
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn closure(first: &str, last: &str) -> Closure {
    Closure { first: date(first), last: date(last) }
}

fn ten_to_seven() -> Calendar {
    Calendar::every_day(hours("10:00-19:00"))
}

/// The open stretches from the midnight before a date to the second midnight after, on the wall.
fn open_in(zone: Tz, calendar: &Calendar, day: &str) -> Vec<String> {
    let first = date(day).and_time(<_>::default()).and_local_timezone(zone).earliest();
    let first = first.expect("a midnight").with_timezone(&Utc);
    let window = Window::new(first, first + TimeDelta::days(2)).expect("two days");
    let wall = |at: DateTime<Utc>| at.with_timezone(&zone).format("%d %H:%M").to_string();
    let open = calendar.open(zone, window);
    open.iter().map(|w| format!("{} - {}", wall(w.start()), wall(w.end()))).collect()
}

fn open(calendar: &Calendar, day: &str) -> Vec<String> {
    open_in(Kolkata, calendar, day)
}

#[test]
fn an_empty_calendar_is_never_open_and_always_is_one_stretch() {
    assert!(open(&Calendar::default(), "2026-05-04").is_empty());
    assert_eq!(open(&Calendar::always(), "2026-05-04"), ["04 00:00 - 06 00:00"]);
}

#[test]
fn each_weekday_has_its_own_hours() {
    let mut calendar = Calendar::default();
    calendar.weekly.mon.push(hours("10:00-19:00"));
    calendar.weekly.tue.extend([hours("16:00-20:00"), hours("08:00-12:00")]);
    assert_eq!(
        open(&calendar, "2026-05-04"), // a Monday
        ["04 10:00 - 04 19:00", "05 08:00 - 05 12:00", "05 16:00 - 05 20:00"]
    );
}

#[test]
fn a_new_week_holds_from_its_date_on_with_its_own_breaks() {
    let mut calendar = ten_to_seven();
    calendar.breaks.tue.push(hours("13:00-14:00"));
    let change = |from: &str, open: &str| Change {
        from: date(from),
        weekly: Week::every_day(hours(open)),
        breaks: Week::default(),
    };
    // In any order, and the first of two for a date.
    calendar.changes.push(change("2026-05-06", "12:00-16:00"));
    calendar.changes.push(change("2026-05-05", "08:00-20:00"));
    calendar.changes.push(change("2026-05-05", "01:00-02:00"));
    let monday = open(&calendar, "2026-05-04");
    assert_eq!(monday, ["04 10:00 - 04 19:00", "05 08:00 - 05 20:00"], "without the old break");
    assert_eq!(open(&calendar, "2026-05-06"), ["06 12:00 - 06 16:00", "07 12:00 - 07 16:00"]);
    calendar.overrides.push(Override { date: date("2026-05-06"), hours: vec![] });
    assert_eq!(open(&calendar, "2026-05-06"), ["07 12:00 - 07 16:00"], "a date counts for more");
}

#[test]
fn a_week_to_come_is_looked_at_like_the_usual_one() {
    let mut calendar = ten_to_seven();
    let mut change = Change {
        from: date("2026-06-01"),
        weekly: Week::every_day(hours("10:00-12:00")),
        breaks: Week::default(),
    };
    calendar.changes.push(change.clone());
    assert_eq!(calendar.faults(), []);
    change.breaks.mon.push(hours("13:00-14:00"));
    calendar.changes.push(change);
    calendar.changes.push(Change { from: date("1926-06-01"), ..calendar.changes[0].clone() });
    let faults = calendar.faults();
    let found: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.kind)).collect();
    assert_eq!(
        found,
        [
            ("/changes/1/from", FaultKind::DuplicateDate),
            ("/changes/1/breaks/mon/0", FaultKind::OutsideHours),
            ("/changes/2/from", FaultKind::ImplausibleDate),
        ]
    );
}

#[test]
fn hours_past_midnight_belong_to_the_date_on_which_they_begin() {
    let mut calendar = Calendar::default();
    calendar.weekly.mon.push(hours("20:00-02:00"));
    assert_eq!(open(&calendar, "2026-05-04"), ["04 20:00 - 05 02:00"]);
    calendar.closures.push(closure("2026-05-05", "2026-05-05"));
    assert_eq!(
        open(&calendar, "2026-05-04"),
        ["04 20:00 - 05 02:00"],
        "Monday's, though it is Tuesday"
    );
    calendar.closures.push(closure("2026-05-04", "2026-05-04"));
    assert!(open(&calendar, "2026-05-04").is_empty());
}

#[test]
fn hours_that_overlap_or_touch_are_one_stretch() {
    let mut calendar = Calendar::default();
    calendar.weekly.mon.extend(["10:00-14:00", "12:00-16:00", "16:00-24:00"].map(hours));
    calendar.weekly.tue.push(hours("00:00-01:00"));
    assert_eq!(open(&calendar, "2026-05-04"), ["04 10:00 - 05 01:00"]);
}

#[test]
fn a_break_takes_away_what_it_covers_and_outside_the_hours_nothing() {
    let mut calendar = ten_to_seven();
    calendar.breaks.mon.push(hours("13:00-14:00"));
    calendar.breaks.tue.push(hours("18:30-19:30"));
    calendar.breaks.wed.push(hours("20:00-21:00"));
    assert_eq!(
        open(&calendar, "2026-05-04"),
        ["04 10:00 - 04 13:00", "04 14:00 - 04 19:00", "05 10:00 - 05 18:30"]
    );
    assert_eq!(open(&calendar, "2026-05-06"), ["06 10:00 - 06 19:00", "07 10:00 - 07 19:00"]);
}

#[test]
fn an_override_replaces_the_hours_but_not_the_break_and_the_first_for_a_date_counts() {
    let mut calendar = ten_to_seven();
    calendar.breaks.mon.push(hours("13:00-14:00"));
    let special = |hours| Override { date: date("2026-05-04"), hours };
    calendar.overrides.push(special(vec![hours("12:00-15:00")]));
    calendar.overrides.push(special(vec![hours("01:00-02:00")]));
    calendar.overrides.push(Override { date: date("2026-05-05"), hours: vec![] });
    assert_eq!(open(&calendar, "2026-05-04"), ["04 12:00 - 04 13:00", "04 14:00 - 04 15:00"]);
}

#[test]
fn a_closure_has_a_last_day_and_removes_overrides_too() {
    let mut calendar = ten_to_seven();
    calendar.overrides.push(Override { date: date("2026-05-05"), hours: vec![Hours::ALL_DAY] });
    calendar.closures.push(closure("2026-05-04", "2026-05-05"));
    calendar.closures.push(closure("2026-05-02", "2026-05-04"));
    calendar.closures.push(closure("2026-05-03", "2026-05-03"));
    assert!(open(&calendar, "2026-05-04").is_empty());
    assert_eq!(open(&calendar, "2026-05-05"), ["06 10:00 - 06 19:00"]);
    assert_eq!(open(&calendar, "2026-05-01"), ["01 10:00 - 01 19:00"]);
}

#[test]
fn where_the_clock_is_not_whole_minutes_from_utc_nothing_is_open() {
    // Until 7 January 1972 Monrovia was 44 minutes and a half behind.
    let monrovia = chrono_tz::Africa::Monrovia;
    assert!(open_in(monrovia, &Calendar::always(), "1971-06-01").is_empty());
    assert!(open_in(monrovia, &Calendar::always(), "1972-01-06").is_empty());
    let open = open_in(monrovia, &Calendar::always(), "1972-01-08");
    assert_eq!(open, ["09 00:00 - 10 00:00"], "the day after is still too near");
}

#[test]
fn closures_may_overlap_and_lie_apart_in_any_order() {
    let mut calendar = ten_to_seven();
    calendar.closures = [("09", "09"), ("04", "07"), ("05", "05"), ("11", "12"), ("12", "13")]
        .map(|(first, last)| closure(&format!("2026-05-{first}"), &format!("2026-05-{last}")))
        .to_vec();
    let window = Window::new(at("2026-05-03T00:00:00Z"), at("2026-05-16T00:00:00Z"));
    let open = calendar.open(Tz::UTC, window.expect("some days"));
    let dates: Vec<String> = open.iter().map(|day| day.start().format("%d").to_string()).collect();
    assert_eq!(dates, ["03", "08", "10", "14", "15"]);
}

#[test]
fn a_closure_that_ends_before_it_begins_closes_nothing_and_hides_none() {
    let mut calendar = ten_to_seven();
    calendar.closures.push(closure("2026-05-03", "2026-05-04"));
    calendar.closures.push(closure("2026-05-07", "2026-05-02"));
    assert_eq!(open(&calendar, "2026-05-04"), ["05 10:00 - 05 19:00"]);
}

#[test]
fn time_off_is_in_instants() {
    let mut calendar = ten_to_seven();
    let away = Window::lasting(at("2026-05-04T06:30:00Z"), Minutes::new(24 * 60)); // noon to noon
    calendar.time_off.push(away.expect("a day"));
    assert_eq!(open(&calendar, "2026-05-04"), ["04 10:00 - 04 12:00", "05 12:00 - 05 19:00"]);
}

#[test]
fn a_date_that_never_happened_has_no_hours() {
    let calendar = Calendar::every_day(hours("10:00-11:00"));
    let apia = chrono_tz::Pacific::Apia;
    assert_eq!(
        open_in(apia, &calendar, "2011-12-29"),
        ["29 10:00 - 29 11:00", "31 10:00 - 31 11:00"]
    );
}

#[test]
fn a_day_of_25_hours_is_open_25_hours() {
    let london = chrono_tz::Europe::London;
    let day = Window::new(at("2026-10-24T23:00:00Z"), at("2026-10-26T00:00:00Z")).expect("a day");
    let open = Calendar::every_day(Hours::ALL_DAY).open(london, day);
    assert_eq!(open.as_slice(), [day]);
    assert_eq!(open[0].duration(), TimeDelta::hours(25));
}

#[test]
fn all_of_time_is_answered_at_once() {
    let open = ten_to_seven().open(Kolkata, Window::ALL);
    assert_eq!(open.len(), 230 * 365 + 56, "every day of the years 1970 to 2199");
}

#[test]
fn what_is_stored_comes_back_and_nothing_else_loads() {
    let mut calendar = ten_to_seven();
    calendar.breaks.mon.push(hours("13:00-14:00"));
    calendar.overrides.push(Override { date: date("2026-05-05"), hours: vec![Hours::ALL_DAY] });
    calendar.closures.push(closure("2026-05-02", "2026-05-05"));
    let away = Window::lasting(at("2026-05-04T06:30:00Z"), Minutes::new(60)).expect("an hour");
    calendar.time_off.push(away);
    let text = serde_json::to_string(&calendar).expect("json");
    assert_eq!(serde_json::from_str::<Calendar>(&text).expect("loads"), calendar);
    assert_eq!(serde_json::from_str::<Calendar>("{}").expect("loads"), Calendar::default());
    for bad in [
        r#"{"week":{}}"#,
        r#"{"overrides":[{"date":"2026-05-05"}]}"#,
        r#"{"overrides":[{"date":"2026-02-30","hours":[]}]}"#,
        r#"{"closures":[{"first":"2026-05-05","last":"2026-05-05","why":""}]}"#,
        r#"{"time_off":[{"start":"2026-05-04T06:30:00Z","end":"2026-05-04T06:30:00Z"}]}"#,
    ] {
        assert!(serde_json::from_str::<Calendar>(bad).is_err(), "{bad}");
    }
}

fn faults(calendar: &Calendar) -> Vec<(String, FaultKind)> {
    calendar.faults().into_iter().map(|fault| (fault.path, fault.kind)).collect()
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let mut calendar = ten_to_seven();
    calendar.weekly.mon.push(hours("09:00-09:00"));
    calendar.weekly.sun.push(hours("24:00-02:00"));
    calendar.breaks.tue.extend(["13:00-14:00", "18:30-19:30"].map(hours));
    let special = |day, hours| Override { date: date(day), hours };
    calendar.overrides.push(special("2026-05-04", vec![Hours::ALL_DAY, hours("00:00-00:00")]));
    calendar.overrides.push(special("2026-05-04", vec![]));
    calendar.overrides.push(special("1999-12-31", vec![]));
    calendar.closures.push(closure("2026-05-04", "2026-05-03"));
    calendar.closures.push(closure("2026-05-04", "2101-05-03"));
    let span = |from, to| Window::new(at(from), at(to)).expect("some time");
    calendar.time_off.push(span("2026-05-04T00:00:00Z", "2028-05-06T00:00:00Z"));
    let too_long = FaultKind::TooLong { most_days: LONGEST_ABSENCE_DAYS };
    assert_eq!(
        faults(&calendar),
        [
            ("/weekly/mon/1", FaultKind::MeaninglessHours),
            ("/weekly/sun/1", FaultKind::MeaninglessHours),
            ("/breaks/tue/1", FaultKind::OutsideHours),
            ("/overrides/0/hours/1", FaultKind::MeaninglessHours),
            ("/overrides/1/date", FaultKind::DuplicateDate),
            ("/overrides/2/date", FaultKind::ImplausibleDate),
            ("/closures/0", FaultKind::Backwards),
            ("/closures/1/last", FaultKind::ImplausibleDate),
            ("/closures/1", too_long),
            ("/time_off/0", too_long),
        ]
        .map(|(path, kind)| (path.to_owned(), kind))
    );
}

#[test]
fn two_years_to_the_day_are_not_too_long() {
    let mut calendar = ten_to_seven();
    let last = date("2026-01-01") + TimeDelta::days(i64::from(LONGEST_ABSENCE_DAYS) - 1);
    calendar.closures.push(Closure { first: date("2026-01-01"), last });
    let start = at("2026-01-01T00:00:00Z");
    let end = start + TimeDelta::days(LONGEST_ABSENCE_DAYS.into());
    calendar.time_off.push(Window::new(start, end).expect("two years"));
    assert_eq!(faults(&calendar), []);
    calendar.closures[0].last = last + TimeDelta::days(1);
    calendar.time_off[0] = Window::new(start, end + TimeDelta::seconds(1)).expect("longer");
    assert_eq!(faults(&calendar).len(), 2);
}

#[test]
fn a_break_at_night_lies_within_the_hours_of_the_evening_before() {
    let mut calendar = Calendar { weekly: Week::default(), ..Calendar::default() };
    calendar.weekly.mon.push(hours("18:00-02:00"));
    calendar.breaks.tue.push(hours("00:30-01:00"));
    calendar.breaks.mon.push(hours("23:45-00:15"));
    assert_eq!(faults(&calendar), []);
    calendar.weekly.sat.push(hours("18:00-24:00"));
    calendar.weekly.sun.push(hours("00:00-02:00"));
    calendar.breaks.sat.push(hours("23:45-00:15"));
    assert_eq!(faults(&calendar), []);
    calendar.breaks.wed.push(hours("00:30-01:00"));
    assert_eq!(faults(&calendar), [("/breaks/wed/0".to_owned(), FaultKind::OutsideHours)]);
}

#[test]
fn a_break_before_the_hours_or_after_them_is_outside() {
    let mut calendar = ten_to_seven();
    calendar.breaks.mon = vec![hours("09:00-09:30"), hours("10:00-10:30"), hours("18:30-19:00")];
    calendar.breaks.tue = vec![hours("09:45-10:15"), hours("18:45-19:15")];
    let outside = ["/breaks/mon/0", "/breaks/tue/0", "/breaks/tue/1"];
    let outside = outside.map(|path| (path.to_owned(), FaultKind::OutsideHours));
    assert_eq!(faults(&calendar), outside);
}

#[test]
fn a_list_may_be_as_long_as_it_may_and_a_closure_as_short_as_a_day() {
    let mut calendar = ten_to_seven();
    let day =
        |number: usize| date("2026-01-01") + TimeDelta::days(i64::try_from(number).expect("few"));
    let closed = |number| Closure { first: day(number), last: day(number) };
    calendar.closures = (0..MOST_CLOSURES).map(closed).collect();
    let special = |number| Override { date: day(number), hours: vec![] };
    calendar.overrides = (0..MOST_OVERRIDES).map(special).collect();
    assert_eq!(faults(&calendar), []);
    calendar.closures.push(closed(MOST_CLOSURES));
    let too_many = FaultKind::TooMany { most: MOST_CLOSURES };
    assert_eq!(faults(&calendar), [("/closures".to_owned(), too_many)]);
}

#[test]
fn lists_are_bounded_and_the_rest_is_not_looked_at() {
    let mut calendar = ten_to_seven();
    calendar.weekly.fri = vec![hours("10:00-11:00"); MOST_HOURS_A_DAY + 1];
    let closed = Override { date: date("1999-01-01"), hours: vec![] };
    calendar.overrides = vec![closed; MOST_OVERRIDES + 50];
    calendar.time_off = vec![Window::ALL; MOST_TIME_OFF + 1];
    let found = faults(&calendar);
    let too_many = |path: &str, most| (path.to_owned(), FaultKind::TooMany { most });
    assert!(found.contains(&too_many("/weekly/fri", MOST_HOURS_A_DAY)));
    assert!(found.contains(&too_many("/overrides", MOST_OVERRIDES)));
    assert!(found.contains(&too_many("/time_off", MOST_TIME_OFF)));
    let of_overrides = found.iter().filter(|(path, _)| path.starts_with("/overrides/"));
    assert_eq!(
        of_overrides.count(),
        2 * MOST_OVERRIDES - 1,
        "implausible, all but one a duplicate"
    );
}
