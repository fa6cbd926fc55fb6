//! A booking's life: what may follow what, and who gives way to whom.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use indistylo_scheduling::booking::{Booking, CallOffError, Paid, Party, State, Status};
use indistylo_scheduling::diary::{self, Ask, Diary, Hold, Placed, Wanted};
use indistylo_scheduling::local::{local_day, start_of_day};
use indistylo_scheduling::policy::{HOLD_LIFETIME, MOST_LIVE_HOLDS};
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Chosen, Claim, Guest, Home, Hours, Layout, Line, Lines,
    LinesError, Minutes, Place, Professional, Refusal, Segment, Skill, Terms, Timing, Visit,
    Window,
};
use kernel::{BookingId, Money};
use proptest::prelude::*;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u32) -> T {
    format!("0193c0de-0000-7000-8000-{n:012}").parse().expect("an id")
}

/// Monday, 23 November 2026, at that time in India.
fn at(clock: &str) -> DateTime<Utc> {
    format!("2026-11-23T{clock}:00+05:30").parse().expect("an instant")
}

fn ten_to_seven() -> Calendar {
    Calendar::every_day("10:00-19:00".parse::<Hours>().expect("hours"))
}

/// Places a 45-minute service with ten minutes after it, now being 08:00.
fn place(claims: &[Claim], holds: &[Hold], clock: &str) -> Result<Placed, Refusal> {
    with_board(claims, |board, visit| {
        let lines = [Wanted { service: id(4), price: Money::inr(49_900), chosen: Chosen::Named }];
        let (id, salon, customer) = (id(1), id(2), id(3));
        let (start, terms) = (at(clock), Terms::default());
        let ask = Ask { id, salon, customer, start, home: None, lines: &lines, terms };
        diary::place(board, visit, holds, ask, HOLD_LIFETIME)
    })
}

/// A 45-minute service with ten minutes after it, by one professional, now being 08:00.
fn with_board<T>(claims: &[Claim], ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T) -> T {
    let hours = ten_to_seven();
    let timing = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10)).expect("timing");
    let board = Board {
        place: Place { zone: Kolkata, hours: &hours },
        rules: BookingRules {
            step: Minutes::new(15),
            notice: Minutes::new(60),
            horizon_days: 30,
            layout: Layout::Grid,
        },
        now: at("08:00"),
        professionals: &[Professional { id: id(5), hours: &hours, claims, full: &[] }],
        resources: &[],
    };
    let by = [Skill { professional: 0, timing }];
    let segments = [Segment { by: &by, needs: &[] }];
    let guest = [Guest { segments: &segments, one_professional: false }];
    ask(&board, Visit::of(&guest).expect("a visit"))
}

/// The diary of the professional with this in it.
fn with(claim: Claim) -> [Diary; 1] {
    [Diary { id: id(5), claims: vec![claim], overruns: vec![], appointments: vec![] }]
}

fn held(clock: &str) -> Booking {
    place(&[], &[], clock).expect("free").booking
}

fn claim(n: u32, booking: &Booking, expires_at: Option<DateTime<Utc>>) -> Claim {
    let (_, own) = booking.claims().next().expect("it takes time");
    Claim { booking: id(n), expires_at, ..own }
}

#[test]
fn a_placed_booking_is_a_hold_for_ten_minutes_and_takes_its_buffer() {
    let booking = held("11:00");
    assert_eq!(booking.status(), Status::Held);
    assert_eq!(booking.held_until(), Some(at("08:10")));
    assert_eq!((booking.window().start(), booking.window().end()), (at("11:00"), at("11:45")));
    let (diary, claim) = booking.claims().next().expect("it takes time");
    assert_eq!((claim.window.start(), claim.window.end()), (at("11:00"), at("11:55")));
    assert_eq!((diary, claim.expires_at), (id(5), booking.held_until()));
    assert_eq!(booking.zone, Kolkata);
}

#[test]
fn a_booking_from_before_home_visits_is_still_read() {
    let at_the_salon = held("11:00");
    let stored = serde_json::to_value(&at_the_salon).expect("json");
    assert_eq!(stored.get("home"), None, "and is read by the release before");
    assert_eq!(at_the_salon.destination(), None);
    assert_eq!(serde_json::from_value::<Booking>(stored).ok(), Some(at_the_salon.clone()));
    let destination = "22.7185,75.8555".parse().expect("a point");
    let home = Home { destination, address: "12 Palasia".to_owned() };
    let at_home = Booking { home: Some(home), ..at_the_salon };
    let stored = serde_json::to_value(&at_home).expect("json");
    assert_eq!(at_home.destination(), Some(destination));
    assert_eq!(serde_json::from_value::<Booking>(stored).ok(), Some(at_home));
}

#[test]
fn what_is_taken_closed_too_soon_or_off_the_grid_is_refused_by_name() {
    let other = claim(9, &held("11:00"), None);
    assert_eq!(place(&[other], &[], "11:45").expect_err("buffer"), Refusal::Taken);
    assert_eq!(place(&[], &[], "18:30").expect_err("closes"), Refusal::Closed);
    assert_eq!(
        place(&[], &[], "08:30").expect_err("notice"),
        Refusal::TooSoon { earliest: at("09:00") }
    );
    assert_eq!(place(&[], &[], "11:05").expect_err("grid"), Refusal::OffGrid { next: at("11:15") });
}

#[test]
fn a_hold_that_ran_out_gives_way_and_is_named() {
    let first = held("11:00");
    let lapsed = claim(9, &first, Some(at("08:00")));
    let placed = place(&[lapsed], &[], "11:00").expect("the hold ran out");
    assert_eq!(placed.lapsed, [id::<BookingId>(9)]);
    let live = claim(9, &first, Some(at("08:01")));
    assert_eq!(place(&[live], &[], "11:00").expect_err("a live hold"), Refusal::Taken);
}

#[test]
fn three_live_holds_are_all_one_may_have() {
    let hold = |number, minute: i64| Hold {
        booking: id(100 + u32::from(number)),
        number,
        until: at("08:00") + TimeDelta::minutes(minute),
    };
    let three: Vec<Hold> =
        (0..MOST_LIVE_HOLDS).map(|n| hold(u16::try_from(n).expect("few"), 5)).collect();
    assert_eq!(place(&[], &three, "11:00").expect_err("full"), Refusal::TooManyHolds);
    let numbered_otherwise = [hold(7, 5), hold(8, 5), hold(9, 5)];
    let refused = place(&[], &numbered_otherwise, "11:00").expect_err("three all the same");
    assert_eq!(refused, Refusal::TooManyHolds);
    // One of them ran out: it expires with the new hold, which takes its number.
    let two_and_a_lapsed = [hold(1, 5), hold(0, 0), hold(2, 5)];
    let placed = place(&[], &two_and_a_lapsed, "11:00").expect("two live");
    assert!(matches!(placed.booking.state, State::Held { number: 0, .. }));
    assert_eq!(placed.lapsed, [id::<BookingId>(100)]);
}

#[test]
fn a_hold_that_ran_out_elsewhere_stays_as_it_is() {
    let (ran_out, later) = (Some(at("07:00")), held("12:30"));
    let placed =
        place(&[claim(7, &held("11:00"), ran_out), claim(8, &later, ran_out)], &[], "11:00");
    assert_eq!(placed.expect("free").lapsed, [id(7)]);
}

#[test]
fn of_two_holds_that_ran_out_the_number_of_the_first_is_given_again() {
    let hold = |number: u16, until: &str| Hold {
        booking: id(20 + u32::from(number)),
        number,
        until: at(until),
    };
    let holds = [hold(0, "09:00"), hold(1, "07:50"), hold(2, "07:40")];
    let placed = place(&[], &holds, "11:00").expect("one ran out");
    let State::Held { number, .. } = placed.booking.state else { panic!("a hold") };
    assert_eq!((number, placed.lapsed), (1, vec![id(21)]));
    let placed = place(&[], &holds[..1], "11:00").expect("one hold");
    assert!(matches!(placed.booking.state, State::Held { number: 1, .. }), "0 is in use");
}

#[test]
fn a_claim_that_ends_at_midnight_touches_the_day_before_it_alone() {
    let midnight = at("00:00") + TimeDelta::days(1);
    let claim = |end| Window::new(at("23:00"), end).expect("some time");
    let monday = local_day(Kolkata, at("23:00"));
    assert_eq!(diary::days(Kolkata, claim(midnight)), [monday]);
    let later = midnight + TimeDelta::minutes(5);
    assert_eq!(diary::days(Kolkata, claim(later)), [monday, local_day(Kolkata, later)]);
}

#[test]
fn a_hold_is_paid_for_until_its_time_has_come_and_nothing_else_is() {
    let hold = held("11:00");
    assert_eq!(hold.payable(at("08:09")), Ok(()));
    assert_eq!(hold.payable(at("08:10")), Err(Refusal::HoldExpired));
    assert_eq!(hold.payable(at("08:11")), Err(Refusal::HoldExpired));
    assert!(!hold.lost_its_time());
    let expired = hold.clone().expire(at("08:10")).expect("it ran out");
    assert_eq!(expired.payable(at("08:00")), Err(Refusal::HoldExpired));
    assert!(expired.lost_its_time());
    let off = hold.cancel(Party::Customer, at("08:05")).expect("called off");
    let refused = Refusal::NotInThisState { status: Status::Cancelled };
    assert_eq!(off.payable(at("08:06")), Err(refused));
    assert!(!off.lost_its_time());
}

#[test]
fn a_booking_takes_its_professionals_time_and_no_other() {
    let booking = held("11:00");
    let takes = |who: u32, from: &str, until: &str| {
        booking.takes(id(who), Window::new(at(from), at(until)).expect("some time"))
    };
    assert!(takes(5, "11:54", "12:30"));
    assert!(!takes(5, "11:55", "12:30"), "it has been tidied up");
    assert!(!takes(6, "11:00", "12:00"), "another professional's");
}

#[test]
fn every_status_has_a_word_and_is_read_back() {
    for status in Status::ALL {
        assert_eq!(status.to_string(), status.as_str());
        assert_eq!(status.as_str().parse(), Ok(status));
    }
    assert_eq!("".parse::<Status>(), Err(()));
    let firm = Status::ALL.into_iter().filter(|status| status.is_firm());
    assert_eq!(firm.collect::<Vec<_>>(), [Status::Confirmed, Status::Arrived, Status::Started]);
    let idle = Status::ALL.into_iter().filter(|status| !status.blocks());
    let words: Vec<_> = idle.map(Status::as_str).collect();
    assert_eq!(words, ["completed", "no_show", "cancelled", "expired"]);
}

#[test]
fn a_paid_hold_is_confirmed_even_a_moment_late() {
    let late = at("08:10") + TimeDelta::seconds(1);
    let Paid::Confirmed(booking) = held("11:00").paid(&[], late) else { panic!("confirmed") };
    assert_eq!(booking.state, State::Confirmed { at: late });
}

#[test]
fn money_after_expiry_takes_the_time_back_only_if_it_is_free() {
    let expired = held("11:00").expire(at("08:10")).expect("ran out");
    assert!(expired.lost_its_time());
    let now = at("09:00");
    let taken = claim(9, &expired, None);
    assert_eq!(expired.clone().paid(&with(taken), now), Paid::SlotGone);
    let lapsed = claim(9, &expired, Some(at("08:59")));
    let Paid::Reinstated { booking, lapsed } = expired.paid(&with(lapsed), now) else {
        panic!("free again");
    };
    assert_eq!((booking.status(), lapsed), (Status::Confirmed, vec![id(9)]));
}

#[test]
fn its_own_claim_does_not_stand_in_its_way() {
    let expired = held("11:00").expire(at("08:10")).expect("ran out");
    let own = Claim { booking: expired.id, ..claim(9, &expired, None) };
    assert!(matches!(expired.paid(&with(own), at("09:00")), Paid::Reinstated { .. }));
}

#[test]
fn money_for_what_was_called_off_or_paid_goes_back() {
    let now = at("09:00");
    let cancelled = held("11:00").cancel(Party::Customer, now).expect("before it begins");
    assert_eq!(cancelled.paid(&[], now), Paid::CalledOff);
    let Paid::Confirmed(confirmed) = held("11:00").paid(&[], now) else { panic!("confirmed") };
    assert_eq!(confirmed.paid(&[], now), Paid::PaidBefore);
}

#[test]
fn a_hold_expires_not_a_moment_early() {
    let early = at("08:10") - TimeDelta::seconds(1);
    assert_eq!(
        held("11:00").expire(early).expect_err("early"),
        Refusal::NotInThisState { status: Status::Held }
    );
}

#[test]
fn a_booking_that_has_begun_is_not_called_off_and_one_to_come_is_no_no_show() {
    let Paid::Confirmed(confirmed) = held("11:00").paid(&[], at("08:05")) else {
        panic!("confirmed")
    };
    assert!(confirmed.clone().cancel(Party::Customer, at("11:00")).is_err());
    assert!(confirmed.clone().no_show(at("10:59")).is_err());
    assert!(confirmed.no_show(at("11:00")).is_ok());
}

/// Moves a booking to another start, where nothing but this is taken.
fn move_to(booking: &Booking, claims: &[Claim], clock: &str) -> Result<Placed, Refusal> {
    with_board(claims, |board, visit| {
        diary::reschedule(board, visit, booking, at(clock), &[Chosen::Named])
    })
}

#[test]
fn a_moved_booking_keeps_all_but_its_time() {
    let dearer = |mut booking: Booking| {
        let line = Line { price: Money::inr(1), ..booking.lines.first().clone() };
        booking.lines = Lines::of(vec![line]).expect("a line");
        booking
    };
    let hold = dearer(held("11:00"));
    let Paid::Confirmed(confirmed) = hold.clone().paid(&[], at("08:05")) else {
        panic!("confirmed")
    };
    for booking in [hold, confirmed] {
        let moved = move_to(&booking, &[], "11:15").expect("free").booking;
        assert_eq!(moved.window().start(), at("11:15"));
        let line = Line { start: at("11:00"), ..moved.lines.first().clone() };
        let lines = Lines::of(vec![line]).expect("a line");
        assert_eq!(Booking { lines, ..moved }, booking, "the price too");
    }
}

#[test]
fn a_booking_moves_only_to_free_time_and_only_before_it_begins() {
    let booking = held("14:00");
    let other = claim(9, &held("11:00"), None);
    assert_eq!(move_to(&booking, &[other], "11:15"), Err(Refusal::Taken));
    let lapsed = Claim { expires_at: Some(at("08:00")), ..other };
    let moved = move_to(&booking, &[lapsed], "11:15").expect("the hold ran out");
    assert_eq!(moved.lapsed, [id::<BookingId>(9)]);

    let begun = |clock: &str| booking.movable(at(clock));
    assert_eq!(begun("08:09"), Ok(()));
    assert_eq!(begun("08:10"), Err(Refusal::HoldExpired));
    let Paid::Confirmed(confirmed) = booking.clone().paid(&[], at("08:05")) else {
        panic!("confirmed")
    };
    assert_eq!(confirmed.movable(at("13:59")), Ok(()));
    assert!(confirmed.movable(at("14:00")).is_err());
    let arrived = confirmed.arrive(at("13:50")).expect("there");
    assert!(arrived.movable(at("13:51")).is_err(), "who has come is served");
}

#[test]
fn a_booking_is_given_to_others_until_its_first_service_has_begun() {
    let booking = held("14:00");
    assert_eq!(booking.reassignable(at("08:09")), Ok(()));
    assert_eq!(booking.reassignable(at("08:10")), Err(Refusal::HoldExpired));
    let Paid::Confirmed(confirmed) = booking.paid(&[], at("08:05")) else { panic!("confirmed") };
    assert_eq!(confirmed.reassignable(at("14:05")), Ok(()));
    let arrived = confirmed.arrive(at("14:05")).expect("late, but there");
    assert_eq!(arrived.reassignable(at("14:06")), Ok(()));
    with_board(&[], |board, visit| {
        let late = Board { now: at("14:06"), ..*board };
        let given = diary::reassign(&late, visit, &arrived, &[Chosen::Named]);
        assert_eq!(given.map(|given| given.booking), Ok(arrived.clone()));
    });
    let started = arrived.start(at("14:10")).expect("begun");
    let status = Status::Started;
    assert_eq!(started.reassignable(at("14:11")), Err(Refusal::NotInThisState { status }));
}

#[test]
fn nobody_has_come_before_the_day_of_the_visit() {
    let confirmed = |wall: &str| {
        let hold = held("14:00");
        let line = Line { start: at(wall), ..hold.lines.first().clone() };
        let hold = Booking { lines: Lines::of(vec![line]).expect("a line"), ..hold };
        match hold.paid(&[], at("08:05")) {
            Paid::Confirmed(booking) => booking,
            other => panic!("{other:?}"),
        }
    };
    let midnight =
        start_of_day(Kolkata, local_day(Kolkata, at("14:00"))).expect("a day has a beginning");
    let moment = TimeDelta::microseconds(1);
    for (wall, from) in
        [("14:00", midnight), ("02:00", midnight), ("01:59", midnight - TimeDelta::minutes(1))]
    {
        let booking = confirmed(wall);
        let early = booking.clone().arrive(from - moment);
        assert_eq!(early, Err(Refusal::TooEarly { from }), "at {wall}");
        assert!(booking.arrive(from).is_ok(), "at {wall}");
    }

    let arrived = confirmed("14:00").arrive(at("09:00")).expect("early, but there");
    let from = at("13:30");
    assert_eq!(arrived.clone().start(from - moment), Err(Refusal::TooEarly { from }));
    let started = arrived.start(from).expect("the chair is free");
    let done = started.complete(from + TimeDelta::minutes(20)).map(|done| done.status());
    assert_eq!(done, Ok(Status::Completed), "what began early may be done before its time");
}

/// Services one after the other from eleven on, each by one of two professionals: minutes, minutes
/// kept free after it, and by whom.
fn chain(services: &[(u16, u16, u32)]) -> Booking {
    let mut start = at("11:00");
    let line = |(number, (minutes, after, who)): (u32, &(u16, u16, u32))| {
        let (minutes, after) = (Minutes::new(*minutes), Minutes::new(*after));
        let line = Line {
            service: id(40 + number),
            staff: id(*who),
            start,
            timing: Timing::new(minutes, Minutes::ZERO, after).expect("timing"),
            price: Money::inr(10_000 + i64::from(number)),
            ..held("11:00").lines.first().clone()
        };
        start = line.window().end();
        line
    };
    let lines = (0..).zip(services).map(line).collect();
    Booking { lines: Lines::of(lines).expect("lines"), ..held("11:00") }
}

#[test]
fn a_service_is_called_off_and_the_others_stay_where_they_are() {
    let booking = chain(&[(45, 10, 5), (30, 0, 5), (15, 0, 6)]);
    let off =
        |lines: &[usize], clock| booking.clone().call_off(Some(lines), Party::Customer, at(clock));
    let called = off(&[1], "08:05").expect("a hold");
    let (left, was) = (&called.booking, &booking);
    let windows = |booking: &Booking, numbers: [usize; 2]| {
        numbers.map(|number| booking.lines.iter().nth(number).map(Line::window))
    };
    assert_eq!(windows(left, [0, 1]), windows(was, [0, 2]));
    assert_eq!((left.status(), left.price()), (Status::Held, Money::inr(20_002)));
    assert_eq!(called.shares.refunded, Money::inr(10_001));
    assert_eq!((called.freed.start(), called.freed.end()), (at("11:45"), at("12:15")));
    assert!(!called.is_all && was.lines.are_in_one_go() && !left.lines.are_in_one_go());
    let first = off(&[0], "08:05").expect("a hold").booking;
    assert_eq!(first.window().start(), at("11:45"), "it begins later");
    assert!(first.lines.are_in_one_go());

    let all = off(&[2, 0, 1], "08:05").expect("a hold");
    assert_eq!((all.booking.status(), all.is_all), (Status::Cancelled, true));
    assert_eq!(off(&[3], "08:05"), Err(CallOffError::Lines(LinesError::NoSuchLine)));
    assert_eq!(off(&[], "08:05"), Err(CallOffError::Lines(LinesError::Empty)));
    assert_eq!(off(&[1], "08:10"), Err(CallOffError::Refused(Refusal::HoldExpired)));
    let Paid::Confirmed(confirmed) = booking.clone().paid(&[], at("08:05")) else {
        panic!("confirmed")
    };
    let begun = confirmed.clone().call_off(Some(&[2]), Party::Salon, at("11:00"));
    assert!(matches!(begun, Err(CallOffError::Refused(Refusal::NotInThisState { .. }))));
    let arrived = confirmed.arrive(at("10:50")).expect("there");
    assert!(arrived.call_off(Some(&[2]), Party::Salon, at("10:55")).is_err(), "they are there");
}

#[test]
fn what_has_a_gap_is_not_given_to_others() {
    let booking = chain(&[(45, 10, 5), (30, 0, 5), (15, 0, 5)]);
    let off = booking.call_off(Some(&[1]), Party::Customer, at("08:05")).expect("a hold");
    let given = with_board(&[], |board, visit| {
        diary::reassign(board, visit, &off.booking, &[Chosen::Named, Chosen::Named])
    });
    assert_eq!(given, Err(Refusal::HasGap));
}

/// Every step there is, tried in any order at any time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pay,
    Expire,
    Arrive,
    Start,
    Complete,
    NoShow,
    Cancel,
}

fn apply(booking: Booking, step: Step, now: DateTime<Utc>) -> Option<Booking> {
    match step {
        Step::Pay => match booking.paid(&[], now) {
            Paid::Confirmed(booking) | Paid::Reinstated { booking, .. } => Some(booking),
            Paid::SlotGone | Paid::CalledOff | Paid::PaidBefore => None,
        },
        Step::Expire => booking.expire(now).ok(),
        Step::Arrive => booking.arrive(now).ok(),
        Step::Start => booking.start(now).ok(),
        Step::Complete => booking.complete(now).ok(),
        Step::NoShow => booking.no_show(now).ok(),
        Step::Cancel => booking.cancel(Party::Customer, now).ok(),
    }
}

/// The arrows of the drawing in `booking.rs`, and no others.
const ARROWS: [(Status, Status); 9] = [
    (Status::Held, Status::Confirmed),
    (Status::Held, Status::Cancelled),
    (Status::Held, Status::Expired),
    (Status::Expired, Status::Confirmed),
    (Status::Confirmed, Status::Arrived),
    (Status::Confirmed, Status::NoShow),
    (Status::Confirmed, Status::Cancelled),
    (Status::Arrived, Status::Started),
    (Status::Started, Status::Completed),
];

proptest! {
    #[test]
    fn a_booking_only_moves_along_the_drawn_arrows(
        steps in prop::collection::vec(
            (prop::sample::select(vec![
                Step::Pay, Step::Expire, Step::Arrive, Step::Start, Step::Complete, Step::NoShow,
                Step::Cancel,
            ]), 0i64..600),
            0..12,
        )
    ) {
        let mut booking = held("11:00");
        for (step, minute) in steps {
            let before = booking.clone();
            let now = at("08:00") + TimeDelta::minutes(minute);
            if let Some(after) = apply(booking.clone(), step, now) {
                let arrow = (before.status(), after.status());
                prop_assert!(ARROWS.contains(&arrow), "{arrow:?}");
                // What was agreed never changes on the way.
                prop_assert_eq!(Booking { state: before.state, ..after.clone() }, before);
                booking = after;
            }
        }
    }

    #[test]
    fn what_is_left_takes_no_time_that_was_not_taken(
        services in prop::collection::vec(
            ((1u16..=6).prop_map(|n| n * 5), (0u16..=4).prop_map(|n| n * 5), 5u32..=6), 1..7),
        named in prop::collection::vec(0usize..6, 1..4),
    ) {
        let booking = chain(&services);
        let off = booking.clone().call_off(Some(&named), Party::Salon, at("08:05"));
        if named.iter().any(|number| *number >= services.len()) {
            prop_assert_eq!(off, Err(CallOffError::Lines(LinesError::NoSuchLine)));
            return Ok(());
        }
        let off = off.expect("a hold");
        prop_assert_eq!(off.shares.refunded.minor_units() + if off.is_all { 0 } else {
            off.booking.price().minor_units()
        }, booking.price().minor_units());
        let taken: Vec<_> = booking.lines.claims().collect();
        for (diary, window) in off.booking.lines.claims() {
            let within = |(known, around): &(_, Window)| {
                *known == diary && around.start() <= window.start() && window.end() <= around.end()
            };
            prop_assert!(taken.iter().any(within));
        }
        let kept: Vec<_> = booking.lines.iter().enumerate()
            .filter(|(number, _)| off.is_all || !named.contains(number))
            .map(|(_, line)| line).collect();
        prop_assert_eq!(off.booking.lines.iter().collect::<Vec<_>>(), kept);
    }

    #[test]
    fn a_stored_booking_reads_back_the_same(minute in 0i64..600) {
        let now = at("08:00") + TimeDelta::minutes(minute);
        let cancelled = held("18:00").cancel(Party::Customer, now).expect("before it begins");
        for booking in [held("18:00"), cancelled] {
            let text = serde_json::to_string(&booking).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Booking>(&text).expect("reads"), booking);
        }
    }
}
