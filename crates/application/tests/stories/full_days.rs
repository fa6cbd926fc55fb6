//! A professional who takes so many visits a day and no more.

use application::availability::{ExplainSlot, Explained, Move, SearchSlots, explain, search};
use application::booking::place::{PlaceBooking, PlaceError, place};
use application::booking::reassign::{Reassign, reassign};
use application::booking::reschedule::{RescheduleError, reschedule};
use application::booking::walk_in::{WalkIn, walk_in};
use chrono::TimeDelta;
use indistylo_application as application;
use ports::{Noted, Wish};
use scheduling::{Booking, Refusal};
use testkit::a_salon;

use crate::house::{House, key};

const TUESDAY: &str = "2026-05-05";

/// Deepa takes two visits a day.
async fn house() -> House {
    House::open_as(a_salon().professional("Deepa").with_daily_cap(2)).await
}

fn full() -> Refusal {
    Refusal::DayFull { date: TUESDAY.parse().expect("a date") }
}

#[tokio::test]
async fn the_third_customer_hears_that_the_day_is_full_and_which_is_not() {
    let house = house().await;
    let third = house.offer("2026-05-05 15:00").await.expect("nothing is booked yet");
    let asha = house.place(house.asha, "2026-05-05 11:00").await;
    house.place(house.bina, "2026-05-05 13:00").await;
    assert_eq!(house.slots(TUESDAY).await, [], "none is offered");
    let refused = house.take(house.world.customer(3), &third.offer, "third").await;
    let Err(PlaceError::Refused { refusal, alternatives }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal, full());
    let starts: Vec<_> = alternatives.iter().map(|slot| slot.lines.window().start()).collect();
    assert_eq!(starts[0], house.salon.at("2026-05-06 10:00"));

    let start = house.salon.at("2026-05-05 15:00");
    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let ask = ExplainSlot { salon, wishes, one_professional: false, start, destination: None };
    let (_, why) = explain(&house.ports, &ask).await.expect("an explanation");
    let Explained::Refused { refusal, obstacle: Some((_, each)), next } = why else {
        panic!("{why:?}");
    };
    assert_eq!(refusal, full());
    assert_eq!(each, [(house.salon.professional(), full())]);
    assert_eq!(next, Some(house.salon.at("2026-05-06 10:00")));

    // A hold that lapses makes room again.
    house.pass(TimeDelta::minutes(10)).await;
    assert!(house.try_to_place(house.bina, "2026-05-05 15:00").await.is_ok());
    assert_eq!(house.status(&asha), scheduling::Status::Expired);
}

#[tokio::test]
async fn a_retry_that_takes_the_last_place_beside_the_first_try_is_answered_alike() {
    for seed in 1..100 {
        let house = House::open_as(a_salon().professional("Deepa").with_daily_cap(1)).await;
        let offer = house.offer("2026-05-05 11:00").await.expect("offered").offer;
        house.world.store.shuffle(seed);
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let (ports, asha, offer) = (house.ports.clone(), house.asha, offer.clone());
            let ask = PlaceBooking { address: None, idempotency: key("once", &offer), offer };
            tries.spawn(async move { place(&ports, asha, &ask).await });
        }
        let answers = tries.join_all().await;
        let ids: Vec<_> = answers.iter().map(|answer| answer.as_ref().ok().map(|b| b.id)).collect();
        assert!(ids[0].is_some() && ids[0] == ids[1], "seed {seed}: {answers:?}");
    }
}

#[tokio::test]
async fn a_booking_moves_within_its_own_full_day_and_into_no_other() {
    let house = house().await;
    let move_to = async |booking: &Booking, wall: &str| {
        let start = house.salon.at(wall);
        let starts =
            scheduling::Window::new(start, start + TimeDelta::minutes(1)).expect("a start");
        let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
        let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
        let moves = Move { customer: booking.customer, booking: booking.id };
        let (_, found) = search(&house.ports, &ask, Some(moves)).await.expect("found");
        found.into_iter().next().map(|slot| slot.offer)
    };
    let own = house.place(house.asha, "2026-05-05 11:00").await;
    let wednesdays = house.place(house.bina, "2026-05-06 11:00").await;
    let early = move_to(&wednesdays, "2026-05-05 16:00").await.expect("one more is taken");
    house.place(house.bina, "2026-05-05 13:00").await;

    assert_eq!(move_to(&wednesdays, "2026-05-05 16:00").await, None);
    let moved = reschedule(&house.ports, house.bina, wednesdays.id, &early, None).await;
    let Err(RescheduleError::Refused { refusal, .. }) = moved else { panic!("{moved:?}") };
    assert_eq!(refusal, full());

    let later = move_to(&own, "2026-05-05 15:00").await.expect("it does not count twice");
    let moved = reschedule(&house.ports, house.asha, own.id, &later, None).await;
    assert_eq!(moved.expect("free").window().start(), house.salon.at("2026-05-05 15:00"));
}

#[tokio::test]
async fn the_salon_may_book_and_give_more_than_that_by_hand() {
    let plan = a_salon().professional("Deepa").with_daily_cap(1).professional("Esha");
    let house = House::open_as(plan).await;
    let (deepa, esha) = (house.salon.staff[0], house.salon.staff[1]);
    let ask = |wall: &str, staff| WalkIn {
        salon: house.salon.id,
        wishes: vec![Wish { staff: Some(staff), ..house.salon.wish() }],
        home: None,
        start: Some(house.salon.at(wall)),
        noted: Noted::default(),
        idempotency: key(wall, wall),
    };
    for wall in ["2026-05-05 11:00", "2026-05-05 13:00"] {
        walk_in(&house.ports, house.salon.owner, &ask(wall, deepa)).await.expect("by hand");
    }
    let hers = walk_in(&house.ports, house.salon.owner, &ask("2026-05-05 15:00", esha)).await;
    let to = [Reassign { line: 0, staff: deepa }];
    let given = reassign(&house.ports, house.salon.owner, hers.expect("free").id, &to, None).await;
    assert_eq!(given.expect("by hand").lines.first().staff, deepa);
    let by = house.slots(TUESDAY).await.into_iter().flat_map(|slot| slot.staff);
    assert!(by.into_iter().all(|staff| staff == esha), "customers get nobody whose day is full");
}
