//! Daily caps: a date on which a professional has as many visits as they take.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indistylo_scheduling::booking::Booking;
use indistylo_scheduling::diary::{self, Ask, Wanted};
use indistylo_scheduling::local::local_day;
use indistylo_scheduling::policy::HOLD_LIFETIME;
use indistylo_scheduling::{
    Appointment, Board, BookingRules, Calendar, Chosen, Claim, DailyCap, Explanation, Guest,
    Layout, Minutes, Part, Place, Professional, Refusal, Segment, Skill, Slot, Terms, Timing,
    Visit, Window,
};
use kernel::Money;
use proptest::prelude::*;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("0193c0de-0000-7000-8000-{number:012}").parse().expect("an id")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn cut() -> Timing {
    Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10)).expect("a service")
}

/// Asks about one service by one or two professionals who work day and night, on a day before.
fn with_board<T>(
    zone: chrono_tz::Tz,
    timing: Timing,
    staff: &[(&[Claim], &[NaiveDate])],
    now: DateTime<Utc>,
    ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T,
) -> T {
    let always = Calendar::always();
    let professionals: Vec<_> = (0..)
        .zip(staff)
        .map(|(number, (claims, full))| Professional {
            id: id(number),
            hours: &always,
            claims,
            full,
        })
        .collect();
    let board = Board {
        place: Place { zone, hours: &always },
        rules: BookingRules {
            step: Minutes::new(15),
            notice: Minutes::ZERO,
            horizon_days: 30,
            layout: Layout::Grid,
        },
        now,
        professionals: &professionals,
        resources: &[],
    };
    let by: Vec<Skill> =
        (0..staff.len()).map(|professional| Skill { professional, timing }).collect();
    let segments = [Segment { by: &by, needs: &[] }];
    let guest = [Guest { segments: &segments, one_professional: false }];
    ask(&board, Visit::of(&guest).expect("a visit"))
}

fn wanted() -> [Wanted; 1] {
    [Wanted { service: id(4), price: Money::inr(49_900), chosen: Chosen::Named }]
}

fn ask(number: usize, start: DateTime<Utc>, lines: &[Wanted]) -> Ask<'_> {
    let (salon, customer, terms) = (id(2), id(3), Terms::default());
    Ask { id: id(number), salon, customer, start, home: None, lines, terms }
}

#[test]
fn on_a_full_date_no_visit_begins_and_the_reason_names_it() {
    let full = [date("2026-05-04")];
    let (india, now) = (chrono_tz::Asia::Kolkata, at("2026-05-03T10:00:00Z"));
    with_board(india, cut(), &[(&[], &full)], now, |board, visit| {
        let day = Window::new(at("2026-05-03T18:00:00Z"), at("2026-05-04T19:00:00Z"));
        let slots = board.search(visit, day.expect("some time"));
        let starts: Vec<_> = slots.iter().map(Slot::start).collect();
        // Until the midnight before, and from the midnight after: 18:30 in UTC.
        let free = ["3T18:00", "3T18:15", "4T18:30", "4T18:45"];
        assert_eq!(starts, free.map(|clock| at(&format!("2026-05-0{clock}:00Z"))));

        let refusal = Refusal::DayFull { date: full[0] };
        let noon = at("2026-05-04T06:30:00Z");
        assert_eq!(board.check(visit, noon), Err(refusal));
        let why = board.explain(visit, noon, at("2026-05-06T00:00:00Z"));
        let Explanation::Refused { refusal: first, obstacle, next } = why else {
            panic!("{why:?}");
        };
        assert_eq!(first, refusal);
        assert_eq!(obstacle.map(|obstacle| obstacle.each), Some(vec![(id(0), refusal)]));
        assert_eq!(next, Some(at("2026-05-04T18:30:00Z")));
    });
}

#[test]
fn a_full_date_is_told_after_the_grid_and_before_what_is_taken() {
    let full = [date("2026-05-04")];
    let noon = at("2026-05-04T06:30:00Z");
    let window = Window::lasting(noon, Minutes::new(60)).expect("some time");
    let taken = [Claim { window, booking: id(9), expires_at: None }];
    let (india, now) = (chrono_tz::Asia::Kolkata, at("2026-05-03T10:00:00Z"));
    with_board(india, cut(), &[(&taken, &full)], now, |board, visit| {
        assert_eq!(board.check(visit, noon), Err(Refusal::DayFull { date: full[0] }));
        let off = noon + TimeDelta::minutes(5);
        let next = noon + TimeDelta::minutes(15);
        assert_eq!(board.check(visit, off), Err(Refusal::OffGrid { next }));
    });
    // Somebody else has no such day.
    with_board(india, cut(), &[(&taken, &full), (&[], &[])], now, |board, visit| {
        let way = board.check(visit, noon).expect("the other one");
        assert_eq!(way[0].staff, id(1));
    });
}

#[test]
fn the_date_is_that_on_which_hands_are_first_on_it() {
    let full = [date("2026-05-05")];
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let soak = [part(30, false), part(30, true)];
    let soak = Timing::of_parts(&soak, Minutes::new(60), Minutes::ZERO).expect("a service");
    let now = at("2026-05-03T10:00:00Z");
    with_board(chrono_tz::UTC, soak, &[(&[], &full)], now, |board, visit| {
        let before_midnight = at("2026-05-04T23:30:00Z");
        assert_eq!(board.check(visit, before_midnight), Err(Refusal::DayFull { date: full[0] }));
        assert!(board.check(visit, before_midnight - TimeDelta::minutes(15)).is_ok());
        let last = at("2026-05-05T23:30:00Z");
        assert!(board.check(visit, last).is_ok(), "hands are on it after midnight");
    });
}

/// In Newfoundland the clock was put back over midnight, from 00:01 to 23:01.
#[test]
fn a_date_that_is_left_and_entered_again_is_full_both_times() {
    let (zone, now) = (chrono_tz::America::St_Johns, at("2010-11-05T12:00:00Z"));
    let night = Window::new(at("2010-11-07T00:00:00Z"), at("2010-11-07T06:00:00Z"));
    let night = night.expect("some time");
    assert_eq!(local_day(zone, at("2010-11-07T02:30:00Z")), date("2010-11-07"));
    assert_eq!(local_day(zone, at("2010-11-07T02:31:00Z")), date("2010-11-06"));
    for full in [[date("2010-11-06")], [date("2010-11-07")]] {
        with_board(zone, cut(), &[(&[], &full)], now, |board, visit| {
            let rules = BookingRules { step: Minutes::ZERO, ..board.rules };
            let slots = Board { rules, ..*board }.search(visit, night);
            let starts: Vec<_> = slots.iter().map(Slot::start).collect();
            let minutes = (0..6 * 60).map(|minute| night.start() + TimeDelta::minutes(minute));
            let not_full = minutes.filter(|minute| local_day(zone, *minute) != full[0]);
            assert_eq!(starts, not_full.collect::<Vec<_>>());
        });
    }
}

#[test]
fn the_salons_own_hand_is_not_limited_and_the_customers_is() {
    let full = [date("2026-05-04")];
    let (india, now) = (chrono_tz::Asia::Kolkata, at("2026-05-03T10:00:00Z"));
    let noon = at("2026-05-04T06:30:00Z");
    let refusal = Refusal::DayFull { date: full[0] };
    let lines = wanted();
    with_board(india, cut(), &[(&[], &full)], now, |board, visit| {
        let placed = diary::place(board, visit, &[], ask(1, noon, &lines), HOLD_LIFETIME);
        assert_eq!(placed, Err(refusal));
        let noted = diary::walk_in(board, visit, ask(1, noon, &lines), false).expect("by hand");
        let (booking, chosen) = (noted.booking, [Chosen::Named]);
        assert!(diary::reassign(board, visit, &booking, &chosen).is_ok());
        let later = noon + TimeDelta::minutes(30);
        let moved = diary::reschedule(board, visit, &booking, later, &chosen);
        assert_eq!(moved, Err(refusal));
    });
}

#[test]
fn a_hold_counts_until_it_lapses() {
    let begins = at("2026-05-04T06:30:00Z");
    let until = at("2026-05-03T10:10:00Z");
    let hold = Appointment { booking: id(1), begins, expires_at: Some(until) };
    let full = |now| {
        let cap = DailyCap::new(1).expect("a cap");
        cap.full_days(chrono_tz::UTC, &[hold], now)
    };
    assert_eq!(full(until - TimeDelta::seconds(1)), [date("2026-05-04")]);
    assert_eq!(full(until), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever places what is listed until nothing is left has placed as many on each date as the
    /// cap allows, and all that the time allows where there is none.
    #[test]
    fn what_is_placed_reaches_the_cap_of_each_date_and_never_more(
        cap in prop::option::weighted(0.8, 1u8..12),
        minutes in 6u16..30,
        picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        zone in prop::sample::select(vec![chrono_tz::Asia::Kolkata, chrono_tz::America::St_Johns]),
    ) {
        let now = at("2026-03-07T10:00:00Z");
        let days = Window::new(now + TimeDelta::hours(1), now + TimeDelta::hours(40));
        let days = days.expect("some time");
        let none = Minutes::ZERO;
        let timing = Timing::new(Minutes::new(minutes * 10), none, none).expect("a service");
        let lines = wanted();
        let mut bookings: Vec<Booking> = Vec::new();
        let mut full = Vec::new();
        for (number, pick) in picks.iter().enumerate() {
            let claims: Vec<Claim> =
                bookings.iter().flat_map(Booking::claims).map(|(_, claim)| claim).collect();
            let appointments: Vec<Appointment> =
                bookings.iter().flat_map(Booking::appointments).map(|(_, one)| one).collect();
            let cap = cap.and_then(DailyCap::new);
            full = cap.map_or(vec![], |cap| cap.full_days(zone, &appointments, now));
            let placed = with_board(zone, timing, &[(&claims, &full)], now, |board, visit| {
                let slots = board.search(visit, days);
                let starts: Vec<_> = slots.iter().map(Slot::start).collect();
                let start = *pick.get(if starts.is_empty() { return None } else { &starts });
                Some(diary::place(board, visit, &[], ask(number, start, &lines), HOLD_LIFETIME))
            });
            let Some(placed) = placed else { break };
            bookings.push(placed.expect("it was listed").booking);
        }
        let on = |day: NaiveDate| {
            let begins = bookings.iter().map(|booking| local_day(zone, booking.window().start()));
            begins.filter(|begins| *begins == day).count()
        };
        for day in local_day(zone, now).iter_days().take(3) {
            let most = cap.map_or(usize::MAX, usize::from);
            prop_assert!(on(day) <= most, "{} on {day}", on(day));
            prop_assert_eq!(on(day) == most, full.contains(&day));
        }
    }
}
