//! A visit that runs over: how long it may, whose time it takes, and whom it delays.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use indistylo_scheduling::diary::Diary;
use indistylo_scheduling::policy::LONGEST_OVERRUN;
use indistylo_scheduling::{
    Booking, Chosen, Claim, Line, Lines, Minutes, Part, Refusal, State, Status, Terms, Timing,
    Window,
};
use kernel::{BookingId, DiaryId, Money, StaffId, UnitId};
use proptest::prelude::*;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u32) -> T {
    format!("0193c0de-0000-7000-8000-{n:012}").parse().expect("an id")
}

/// Monday, 23 November 2026, at that time in India.
fn at(clock: &str) -> DateTime<Utc> {
    format!("2026-11-23T{clock}:00+05:30").parse().expect("an instant")
}

fn window(from: &str, until: &str) -> Window {
    Window::new(at(from), at(until)).expect("some time")
}

/// A service of one part with a buffer after it, by this professional, for this guest.
fn line(guest: u8, staff: u32, from: &str, minutes: u16, after: u16) -> Line {
    Line {
        guest,
        service: id(4),
        staff: id(staff),
        chosen: Chosen::Named,
        start: at(from),
        timing: Timing::new(Minutes::new(minutes), Minutes::ZERO, Minutes::new(after))
            .expect("timing"),
        price: Money::inr(49_900),
        units: vec![],
    }
}

fn started(lines: Vec<Line>) -> Booking {
    let lines = Lines::of(lines).expect("lines");
    let since = lines.window().start();
    Booking {
        id: id(1),
        salon: id(2),
        customer: id(3),
        zone: Kolkata,
        lines,
        home: None,
        terms: Terms::default(),
        placed_at: at("08:00"),
        state: State::Started { at: since, until: None },
    }
}

/// By one professional from eleven to a quarter to twelve, and ten minutes to tidy up.
fn cut() -> Booking {
    started(vec![line(0, 5, "11:00", 45, 10)])
}

fn diary(of: DiaryId, claims: &[(u32, Window)]) -> Diary {
    let claim = |(booking, window): &(u32, Window)| Claim {
        window: *window,
        booking: id(*booking),
        expires_at: None,
    };
    let claims = claims.iter().map(claim).collect();
    Diary { id: of, claims, overruns: vec![], appointments: vec![] }
}

#[test]
fn a_visit_that_has_begun_lasts_until_another_time_and_nothing_else_changes() {
    let planned = cut();
    let longer = planned.clone().extend(at("12:15"), at("11:30")).expect("it has begun");
    assert_eq!((planned.lasts_until(), longer.lasts_until()), (None, Some(at("12:15"))));
    let [now_lasts, before] = [&longer, &planned].map(|one| (one.window(), one.price()));
    assert_eq!(now_lasts, before, "what was agreed stays, and no money moves");
    assert_eq!(longer.status(), Status::Started);

    let again = longer.clone().extend(at("12:00"), at("11:50")).expect("sooner after all");
    assert_eq!(again.lasts_until(), Some(at("12:00")));
    let is_shortened = ["12:10", "12:15", "12:20"].map(|until| longer.is_shortened_by(at(until)));
    assert_eq!(is_shortened, [true, false, false]);
    assert!(!planned.is_shortened_by(at("11:00")), "it was never told to last longer");
    let [all, nothing] = [&longer, &planned].map(Booking::with_overrun);
    assert_eq!(
        (all, nothing),
        (Some(window("11:00", "12:25")), None),
        "and ten minutes to tidy up"
    );
    let done = longer.complete(at("12:05")).expect("done");
    assert_eq!((done.lasts_until(), done.overrun().count()), (None, 0));
}

#[test]
fn it_ends_after_its_time_and_after_now_on_the_fives_and_within_four_hours() {
    let extend = |until: DateTime<Utc>, now| cut().extend(until, now).map(|one| one.lasts_until());
    let (planned, now) = (at("11:45"), at("11:30"));
    for until in [at("11:00"), planned] {
        assert_eq!(extend(until, now), Err(Refusal::NotLonger { after: planned }));
    }
    assert_eq!(extend(at("11:50"), now), Ok(Some(at("11:50"))));
    let late = at("12:10");
    assert_eq!(extend(late, late), Err(Refusal::NotLonger { after: late }), "that is over");
    assert_eq!(extend(at("12:15"), late), Ok(Some(at("12:15"))));
    let latest = planned + LONGEST_OVERRUN;
    assert_eq!(extend(latest, now), Ok(Some(latest)));
    let later = latest + TimeDelta::minutes(5);
    assert_eq!(extend(later, now), Err(Refusal::TooLong { latest }));
    for off in [at("12:03"), at("12:00") + TimeDelta::microseconds(1)] {
        let refused = extend(off, now);
        assert_eq!(refused, Err(Refusal::EndOffGrid { next: at("12:05") }));
    }
}

#[test]
fn the_fives_are_those_of_the_clock_of_the_salon() {
    // Until 1972 Monrovia was 44 minutes and 30 seconds behind Greenwich.
    let begins: DateTime<Utc> = "1971-11-23T11:44:30Z".parse().expect("an instant");
    let lines = Lines::of(vec![Line { start: begins, ..line(0, 5, "11:00", 45, 0) }]);
    let lines = lines.expect("a line");
    let old = Booking { lines, zone: chrono_tz::Africa::Monrovia, ..cut() };
    let five_past = begins + TimeDelta::minutes(65);
    assert!(old.clone().extend(five_past, begins).is_ok());
    let in_greenwich = five_past + TimeDelta::seconds(30);
    let next = five_past + TimeDelta::minutes(5);
    assert_eq!(old.extend(in_greenwich, begins), Err(Refusal::EndOffGrid { next }));
}

#[test]
fn two_that_run_over_side_by_side_name_who_comes_later_and_not_each_other() {
    let asha: DiaryId = cut().lines.first().staff.into();
    let longer = cut().extend(at("12:30"), at("11:30")).expect("it has begun");
    let named = |claims: &[(u32, Window)]| {
        let stands = diary(asha, claims);
        let overruns = vec![stands.claims[0]];
        longer.delays(&[Diary { overruns, ..stands }])
    };
    let over = (9, window("12:00", "12:40"));
    assert_eq!(named(&[over, (8, window("12:35", "13:00"))]), [id(8)]);
    let promised = (9, window("11:55", "12:00"));
    assert_eq!(named(&[over, promised]), [id(9)], "what was promised of it is delayed");
}

#[test]
fn only_a_visit_that_has_begun_runs_over() {
    let now = at("11:30");
    let states = [
        State::Held { until: at("12:00"), number: 0 },
        State::Confirmed { at: now },
        State::Arrived { at: now },
        State::Completed { at: now },
        State::NoShow { at: now },
        State::Expired { at: now },
    ];
    for state in states {
        let booking = Booking { state, ..cut() };
        let refused = Err(Refusal::NotInThisState { status: booking.status() });
        assert_eq!(booking.extend(at("12:15"), now), refused);
    }
}

#[test]
fn whoever_is_with_it_at_its_end_is_busy_longer_and_their_buffer_moves_along() {
    let chair: UnitId = id(8);
    // Two guests: one is done at half past eleven by 5, the other at twelve by 6, on a chair.
    let shave = Line { units: vec![chair], ..line(1, 6, "11:30", 30, 15) };
    let both = started(vec![line(0, 5, "11:00", 30, 10), line(1, 6, "11:00", 30, 0), shave]);
    let longer = both.clone().extend(at("12:20"), at("11:45")).expect("it has begun");
    let (six, chair): (DiaryId, DiaryId) = (id::<StaffId>(6).into(), chair.into());
    let beyond = [(six, window("12:15", "12:35")), (chair, window("12:00", "12:20"))];
    assert!(longer.overrun().eq(beyond), "{:?}", longer.overrun().collect::<Vec<_>>());
    let claimed: Vec<_> = longer.claims().map(|(diary, claim)| (diary, claim.window)).collect();
    assert!(both.lines.claims().chain(beyond).eq(claimed), "the plan, and what is beyond it");
}

#[test]
fn tidying_that_is_planned_longer_than_it_runs_over_is_taken_once() {
    // Until 12:10 she tidies up after the first, whatever the second does.
    let lines = vec![line(0, 5, "11:00", 30, 40), line(0, 5, "11:30", 15, 0)];
    let longer = |until: &str| started(lines.clone()).extend(at(until), at("11:30"));
    assert_eq!(longer("12:10").expect("it has begun").overrun().next(), None);
    let deepa = id::<StaffId>(5).into();
    let beyond = longer("12:30").expect("it has begun").overrun().next();
    assert_eq!(beyond, Some((deepa, window("12:10", "12:30"))));
}

#[test]
fn a_mask_that_dries_longer_keeps_its_professional() {
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let timing = Timing::of_parts(&[part(30, true), part(15, false)], Minutes::ZERO, Minutes::ZERO);
    let mask = Line { timing: timing.expect("timing"), ..line(0, 5, "11:00", 45, 0) };
    let longer = started(vec![mask]).extend(at("12:00"), at("11:30")).expect("it has begun");
    assert!(longer.overrun().eq([(id::<StaffId>(5).into(), window("11:45", "12:00"))]));
}

#[test]
fn later_bookings_are_named_in_order_and_not_moved() {
    let deepa: DiaryId = id::<StaffId>(5).into();
    let longer = cut().extend(at("13:00"), at("11:30")).expect("it has begun");
    // With the ten minutes after it, until 13:10.
    let claims = [
        (9, window("13:10", "13:40")),
        (8, window("13:05", "13:10")),
        (7, window("12:00", "12:30")),
        (7, window("12:45", "12:50")),
        (1, window("11:00", "11:55")),
        (6, window("10:00", "11:00")),
    ];
    let delayed: [BookingId; 2] = [id(7), id(8)];
    assert_eq!(longer.delays(&[diary(deepa, &claims)]), delayed);
    let esha = id::<StaffId>(6).into();
    assert_eq!(longer.delays(&[diary(esha, &claims)]), [], "a colleague is not kept");
    assert_eq!(cut().delays(&[diary(deepa, &claims)]), [], "as planned, nobody is late");
}

#[test]
fn a_visit_from_before_overruns_is_still_read() {
    let planned = serde_json::to_value(cut()).expect("json");
    assert_eq!(planned["state"].get("until"), None, "and is read by the release before");
    let longer = cut().extend(at("12:15"), at("11:30")).expect("it has begun");
    for booking in [cut(), longer] {
        let stored = serde_json::to_value(&booking).expect("json");
        assert_eq!(serde_json::from_value::<Booking>(stored).ok(), Some(booking));
    }
}

/// Up to three services one after the other by one of two professionals, with buffers.
fn chains() -> impl Strategy<Value = Booking> {
    let service = (5..8_u32, 1..20_u16, 0..4_u16);
    proptest::collection::vec(service, 1..4).prop_map(|services| {
        let mut start = at("11:00");
        let next = |(staff, minutes, after): (u32, u16, u16)| {
            let line = Line { start, ..line(0, staff, "11:00", 5 * minutes, 5 * after) };
            start = line.window().end();
            line
        };
        started(services.into_iter().map(next).collect())
    })
}

proptest! {
    #[test]
    fn it_takes_exactly_what_it_is_longer_by_and_names_exactly_who_is_in_it(
        visit in chains(),
        fives in 1..=48_i32,
        others in proptest::collection::vec((10..20_u32, 0..600_i64, 1..90_i64), 0..12),
    ) {
        let planned = visit.window().end();
        let until = planned + TimeDelta::minutes(5) * fives;
        let longer = visit.clone().extend(until, visit.window().start()).expect("it has begun");
        let beyond: Vec<(DiaryId, Window)> = longer.overrun().collect();
        let who = visit.lines.iter().last().expect("a line");
        let buffer = who.timing.buffer_after().time_delta();
        let deepa: DiaryId = who.staff.into();
        let plan = visit.lines.diaries().find(|(diary, _)| *diary == deepa).expect("her own");
        let expected = Window::new(plan.1.end(), until + buffer).ok().map(|over| (deepa, over));
        prop_assert_eq!(&beyond, &Vec::from_iter(expected));
        prop_assert_eq!(&longer.lines, &visit.lines);

        let claims: Vec<(u32, Window)> = others
            .iter()
            .map(|(booking, from, minutes)| {
                let from = at("11:00") + TimeDelta::minutes(*from);
                (*booking, Window::new(from, from + TimeDelta::minutes(*minutes)).expect("time"))
            })
            .collect();
        let named = longer.delays(&[diary(deepa, &claims)]);
        for (booking, _) in &claims {
            let own = claims.iter().filter(|(other, _)| other == booking);
            let is_late = own.clone().any(|(_, one)| beyond.iter().any(|over| one.overlaps(over.1)));
            let times = named.iter().filter(|name| **name == id(*booking)).count();
            prop_assert_eq!(times, usize::from(is_late));
        }
    }
}
