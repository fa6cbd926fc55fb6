//! A booking's life: what may follow what, and who gives way to whom.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use indistylo_scheduling::booking::{Booking, Paid, Party, State, Status};
use indistylo_scheduling::diary::{Ask, Diary, Hold, Placed};
use indistylo_scheduling::policy::MOST_LIVE_HOLDS;
use indistylo_scheduling::{
    BookingRules, Calendar, Claim, Hours, Layout, Minutes, Place, Question, Refusal, Timing,
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
fn place(claims: Vec<Claim>, holds: &[Hold], clock: &str) -> Result<Placed, Refusal> {
    let hours = ten_to_seven();
    let timing = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10)).expect("timing");
    let question = Question {
        place: Place { zone: Kolkata, hours: &hours },
        timing,
        rules: BookingRules {
            step: Minutes::new(15),
            notice: Minutes::new(60),
            horizon_days: 30,
            layout: Layout::Grid,
        },
        now: at("08:00"),
    };
    let ask = Ask {
        id: id(1),
        salon: id(2),
        customer: id(3),
        service: id(4),
        start: at(clock),
        price: Money::inr(49_900),
    };
    Diary { staff: id(5), claims }.place(&question, &hours, holds, ask)
}

fn held(clock: &str) -> Booking {
    place(Vec::new(), &[], clock).expect("free").booking
}

fn claim(n: u32, booking: &Booking, expires_at: Option<DateTime<Utc>>) -> Claim {
    Claim { window: booking.claim(), booking: id(n), expires_at }
}

#[test]
fn a_placed_booking_is_a_hold_for_ten_minutes_and_takes_its_buffer() {
    let booking = held("11:00");
    assert_eq!(booking.status(), Status::Held);
    assert_eq!(booking.held_until(), Some(at("08:10")));
    assert_eq!((booking.window.start(), booking.window.end()), (at("11:00"), at("11:45")));
    assert_eq!((booking.claim().start(), booking.claim().end()), (at("11:00"), at("11:55")));
    assert_eq!(booking.zone, Kolkata);
}

#[test]
fn what_is_taken_closed_too_soon_or_off_the_grid_is_refused_by_name() {
    let other = claim(9, &held("11:00"), None);
    assert_eq!(place(vec![other], &[], "11:45").expect_err("buffer"), Refusal::Taken);
    assert_eq!(place(Vec::new(), &[], "18:30").expect_err("closes"), Refusal::Closed);
    assert_eq!(
        place(Vec::new(), &[], "08:30").expect_err("notice"),
        Refusal::TooSoon { earliest: at("09:00") }
    );
    assert_eq!(
        place(Vec::new(), &[], "11:05").expect_err("grid"),
        Refusal::OffGrid { next: at("11:15") }
    );
}

#[test]
fn a_hold_that_ran_out_gives_way_and_is_named() {
    let first = held("11:00");
    let lapsed = claim(9, &first, Some(at("08:00")));
    let placed = place(vec![lapsed], &[], "11:00").expect("the hold ran out");
    assert_eq!(placed.lapsed, [id::<BookingId>(9)]);
    let live = claim(9, &first, Some(at("08:01")));
    assert_eq!(place(vec![live], &[], "11:00").expect_err("a live hold"), Refusal::Taken);
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
    assert_eq!(place(Vec::new(), &three, "11:00").expect_err("full"), Refusal::TooManyHolds);
    // One of them ran out: it expires with the new hold, which takes its number.
    let two_and_a_lapsed = [hold(1, 5), hold(0, 0), hold(2, 5)];
    let placed = place(Vec::new(), &two_and_a_lapsed, "11:00").expect("two live");
    assert!(matches!(placed.booking.state, State::Held { number: 0, .. }));
    assert_eq!(placed.lapsed, [id::<BookingId>(100)]);
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
    assert_eq!(expired.clone().paid(&[taken], now), Paid::SlotGone);
    let lapsed = claim(9, &expired, Some(at("08:59")));
    let Paid::Reinstated { booking, lapsed } = expired.paid(&[lapsed], now) else {
        panic!("free again");
    };
    assert_eq!((booking.status(), lapsed), (Status::Confirmed, vec![id(9)]));
}

#[test]
fn its_own_claim_does_not_stand_in_its_way() {
    let expired = held("11:00").expire(at("08:10")).expect("ran out");
    let own = Claim { booking: expired.id, ..claim(9, &expired, None) };
    assert!(matches!(expired.paid(&[own], at("09:00")), Paid::Reinstated { .. }));
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
    fn a_stored_booking_reads_back_the_same(minute in 0i64..600) {
        let now = at("08:00") + TimeDelta::minutes(minute);
        let cancelled = held("18:00").cancel(Party::Customer, now).expect("before it begins");
        for booking in [held("18:00"), cancelled] {
            let text = serde_json::to_string(&booking).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Booking>(&text).expect("reads"), booking);
        }
    }
}
