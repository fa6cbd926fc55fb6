//! Plans change: a booking moves, and what was agreed and paid stays.

use application::availability::{Move, OfferError, Offered, SearchError, SearchSlots, search};
use application::booking::reschedule::{RescheduleError, reschedule};
use chrono::TimeDelta;
use indistylo_application as application;
use kernel::PersonId;
use ports::Wish;
use scheduling::{Booking, Chosen, Refusal, Status, Window};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

/// What a search for this booking offers at this time.
async fn offered(house: &House, booking: &Booking, wall: &str) -> Option<Offered> {
    let start = house.salon.at(wall);
    let starts = Window::new(start, start + MINUTE).expect("a window");
    found(house, booking.customer, booking, starts).await.expect("found").into_iter().next()
}

async fn found(
    house: &House,
    customer: PersonId,
    booking: &Booking,
    starts: Window,
) -> Result<Vec<Offered>, SearchError> {
    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
    let moves = Move { customer, booking: booking.id };
    search(&house.ports, &ask, Some(moves)).await.map(|(_, slots)| slots)
}

async fn moved(house: &House, booking: &Booking, offer: &str) -> Result<Booking, RescheduleError> {
    reschedule(&house.ports, booking.customer, booking.id, offer, None).await
}

#[tokio::test]
async fn a_paid_booking_moves_and_nothing_is_paid_again() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    // Fifteen minutes later overlaps the booking itself, which does not stand in its own way.
    let offer = offered(&house, &booking, "2026-05-05 11:15").await.expect("free");
    let moved = moved(&house, &booking, &offer.offer).await.expect("free");
    assert_eq!((moved.status(), moved.price()), (Status::Confirmed, booking.price()));
    assert_eq!(moved.window().start(), house.salon.at("2026-05-05 11:15"));
    let bina = house.try_to_place(house.bina, "2026-05-05 10:15").await.expect("the rest is free");
    assert_eq!(bina.status(), Status::Held);
    house.run().await;
    assert_eq!(house.paid(&booking), "captured", "once");
    assert_eq!(house.texts(1), ["confirmed", "confirmed"]);
    let told = house.world.messages.sent().pop().expect("a text").message.text();
    assert!(told.contains("11:15"), "of the new time: {told}");
}

/// What searches read of a full morning is one stretch: its own part is cut out of it, to the minute.
#[tokio::test]
async fn between_two_others_only_its_own_time_is_free() {
    let house = House::open().await;
    let mut all = Vec::new();
    for (number, start) in [(1, "10:15"), (2, "11:00"), (3, "11:45")] {
        let (booking, _, paid) =
            house.place_and_pay(house.asha, &format!("2026-05-05 {start}")).await;
        house.webhook(&paid, &format!("evt_{number}")).await;
        all.push(booking);
    }
    let morning = (house.salon.at("2026-05-05 10:00"), house.salon.at("2026-05-05 12:15"));
    let morning = Window::new(morning.0, morning.1).expect("a window");
    let own = &all[1];
    let slots = found(&house, own.customer, own, morning).await.expect("found");
    let starts: Vec<_> = slots.iter().map(|slot| slot.lines.window().start()).collect();
    assert_eq!(starts, [own.window().start()]);
    let Chosen::Fairly { load, .. } = slots[0].lines.first().chosen else {
        panic!("nobody was named");
    };
    assert_eq!(load, 90, "the other two");
}

#[tokio::test]
async fn a_retry_moves_nothing_twice() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let noon = offered(&house, &booking, "2026-05-05 12:00").await.expect("free");
    let key = key("move", &noon.offer);
    let once =
        async || reschedule(&house.ports, house.asha, booking.id, &noon.offer, Some(&key)).await;
    let first = once().await.expect("free");
    let two = offered(&house, &booking, "2026-05-05 14:00").await.expect("free");
    moved(&house, &booking, &two.offer).await.expect("free");
    assert_eq!(once().await.expect("the first answer"), first);
    let stands = house.world.booking(booking.id);
    assert_eq!(stands.window().start(), house.salon.at("2026-05-05 14:00"));
}

#[tokio::test]
async fn who_cannot_move_keeps_the_old_time_and_hears_what_is_free() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let offer = offered(&house, &booking, "2026-05-05 15:00").await.expect("free");
    house.place(house.bina, "2026-05-05 15:00").await;
    let refused = moved(&house, &booking, &offer.offer).await;
    let Err(RescheduleError::Refused { refusal: Refusal::Taken, alternatives }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(house.world.booking(booking.id), booking);
    // What is offered instead is for this booking.
    moved(&house, &booking, &alternatives[0].offer).await.expect("free");
}

#[tokio::test]
async fn an_offer_moves_the_booking_it_was_made_for_and_no_other() {
    let house = House::open_as(a_salon().professional("Deepa").professional("Esha")).await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let other = house.place(house.asha, "2026-05-05 13:00").await;
    let theirs = house.place(house.bina, "2026-05-05 13:00").await;
    let for_booking = offered(&house, &booking, "2026-05-05 15:00").await.expect("free").offer;
    let for_new = house.offer("2026-05-05 15:00").await.expect("free").offer;
    for (moves, offer) in [(&other, &for_booking), (&booking, &for_new)] {
        let answer = moved(&house, moves, offer).await;
        assert!(matches!(answer, Err(RescheduleError::Offer(OfferError::Forged))), "{answer:?}");
    }
    let answer = house.take(house.asha, &for_booking, "as a new one").await;
    assert!(answer.is_err(), "it makes no new booking either");

    let day = house.salon.day("2026-05-05");
    let strange = found(&house, house.asha, &theirs, day).await;
    assert!(matches!(strange, Err(SearchError::NoSuchBooking)), "{strange:?}");
    let answer = reschedule(&house.ports, house.bina, booking.id, &for_booking, None).await;
    assert!(matches!(answer, Err(RescheduleError::NotFound)), "{answer:?}");
}

#[tokio::test]
async fn a_booking_moves_for_the_same_services_only() {
    let plan = a_salon().service("Cut", 45, 49_900).service("Shave", 15, 19_900);
    let house = House::open_as(plan).await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let shave = Wish { guest: 0, service: house.salon.services[1].id, staff: None, gender: None };
    let (salon, starts) = (house.salon.id, house.salon.day("2026-05-05"));
    let ask = SearchSlots {
        salon,
        wishes: vec![shave],
        one_professional: false,
        starts,
        destination: None,
    };
    let moves = Move { customer: house.asha, booking: booking.id };
    let answer = search(&house.ports, &ask, Some(moves)).await;
    assert!(matches!(answer, Err(SearchError::OtherServices)), "{answer:?}");
}

#[tokio::test]
async fn a_hold_moves_while_it_lives_and_a_visit_before_it_begins() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let offer = offered(&house, &booking, "2026-05-05 15:00").await.expect("free").offer;
    house.world.clock.advance(TimeDelta::minutes(10));
    let late = moved(&house, &booking, &offer).await;
    let Err(RescheduleError::Refused { refusal, .. }) = late else { panic!("{late:?}") };
    assert_eq!(refusal, Refusal::HoldExpired);
}
