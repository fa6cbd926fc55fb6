//! A customer takes a slot, perhaps twice, perhaps at the same moment as another.

use chrono::TimeDelta;
use indistylo_application::authority::Denied;
use indistylo_application::availability::{Offer, OfferError};
use indistylo_application::booking::cancel::cancel;
use indistylo_application::booking::expire::expire;
use indistylo_application::booking::place::{PlaceBooking, PlaceError, place, quote};
use indistylo_application::booking::progress::{ProgressError, Step, progress};
use kernel::Money;
use ports::{Credentials, Event, Purpose};
use scheduling::{Refusal, Status};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

#[tokio::test]
async fn the_same_key_gives_the_same_booking() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    let first = house.take(house.asha, &offered.offer, "k").await.expect("free");
    for _ in 0..2 {
        let again = house.take(house.asha, &offered.offer, "k").await.expect("answered before");
        assert_eq!(again, first);
    }
    // Even when the offer has long expired and the hold with it.
    house.pass(TimeDelta::hours(1)).await;
    let late = house.take(house.asha, &offered.offer, "k").await.expect("answered before");
    assert_eq!(late, first);
    assert_eq!(house.times(|event| matches!(event, Event::BookingHeld { .. })), 1);
}

#[tokio::test]
async fn the_same_key_books_nothing_anew_after_the_booking_was_called_off() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    let first = house.take(house.asha, &offered.offer, "k").await.expect("free");
    cancel(&house.ports, house.asha, first.id, None, None).await.expect("a hold");
    let again = house.take(house.asha, &offered.offer, "k").await.expect("answered before");
    assert_eq!(again, first);
    assert_eq!(house.status(&first), Status::Cancelled);
    assert!(house.offer("2026-05-05 11:00").await.is_some(), "the time is still free");
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused() {
    let house = House::open().await;
    house
        .take(house.asha, &house.offer("2026-05-05 11:00").await.expect("offered").offer, "k")
        .await
        .expect("free");
    let other = house.offer("2026-05-05 15:00").await.expect("offered");
    let refused = house.take(house.asha, &other.offer, "k").await;
    assert!(matches!(refused, Err(PlaceError::KeyReused(_))), "{refused:?}");
    let another_customer = house.take(house.bina, &other.offer, "k").await;
    assert!(another_customer.is_ok(), "keys of two customers never meet");
}

#[tokio::test]
async fn copies_of_one_request_that_race_place_one_booking() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (ports, asha, offer) = (house.ports.clone(), house.asha, offered.offer.clone());
        copies.spawn(async move {
            let ask = PlaceBooking { address: None, idempotency: key("k", &offer), offer };
            place(&ports, asha, &ask).await
        });
    }
    let ids: Vec<_> =
        copies.join_all().await.into_iter().map(|placed| placed.expect("answered").id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(house.times(|event| matches!(event, Event::BookingHeld { .. })), 1);
}

#[tokio::test]
async fn of_two_who_want_one_slot_one_gets_it_and_the_other_hears_of_free_ones() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    house.take(house.asha, &offered.offer, "k").await.expect("free");
    let refused = house.take(house.bina, &offered.offer, "k").await;
    let Err(PlaceError::Refused { refusal: Refusal::Taken, alternatives }) = refused else {
        panic!("{refused:?}");
    };
    let starts: Vec<_> = alternatives.iter().map(|slot| slot.lines.window().start()).collect();
    let expected = ["11:45", "12:00", "12:15", "12:30", "12:45"];
    assert_eq!(starts, expected.map(|wall| house.salon.at(&format!("2026-05-05 {wall}"))));
    let next = house.take(house.bina, &alternatives[0].offer, "k").await.expect("free");
    assert_eq!(next.lines.window().start(), starts[0], "a refusal leaves the key unused");
}

#[tokio::test]
async fn a_customer_holds_three_slots_at_most() {
    let house = House::open().await;
    for wall in ["11:00", "12:00", "13:00"] {
        house.place(house.asha, &format!("2026-05-05 {wall}")).await;
    }
    let refused = house.try_to_place(house.asha, "2026-05-05 14:00").await;
    let Err(PlaceError::Refused { refusal: Refusal::TooManyHolds, .. }) = refused else {
        panic!("{refused:?}");
    };
    house.place(house.bina, "2026-05-05 14:00").await;
    // Holds that have run out do not count, even if the worker has not seen it yet: one of them
    // makes room.
    house.world.clock.advance(MINUTE * 10);
    house.place(house.asha, "2026-05-05 15:00").await;
    assert_eq!(house.times(|event| matches!(event, Event::BookingExpired { .. })), 1);
    house.run().await;
    assert_eq!(house.times(|event| matches!(event, Event::BookingExpired { .. })), 4);
}

#[tokio::test]
async fn five_requests_that_race_leave_three_holds_at_most() {
    for seed in 1..40 {
        let house = House::open().await;
        house.world.store.shuffle(seed);
        let mut requests = tokio::task::JoinSet::new();
        for wall in ["10:00", "11:00", "12:00", "13:00", "14:00"] {
            let offer = house.offer(&format!("2026-05-05 {wall}")).await.expect("offered").offer;
            let (ports, asha) = (house.ports.clone(), house.asha);
            requests.spawn(async move {
                let ask = PlaceBooking { address: None, idempotency: key(wall, &offer), offer };
                place(&ports, asha, &ask).await
            });
        }
        let answers = requests.join_all().await;
        let placed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!((1..=3).contains(&placed), "seed {seed}: {answers:?}");
        let held = house.world.look(|memory| {
            memory.bookings().filter(|booking| booking.status() == Status::Held).count()
        });
        assert_eq!(held, placed);
    }
}

#[tokio::test]
async fn requests_that_race_with_the_end_of_a_hold_leave_three_holds_at_most() {
    for seed in 1..200 {
        let house = House::open().await;
        let first = house.place(house.asha, "2026-05-05 10:00").await;
        house.world.clock.advance(MINUTE * 5);
        for wall in ["11:00", "12:00"] {
            house.place(house.asha, &format!("2026-05-05 {wall}")).await;
        }
        // The first has run out, and the worker is just about to see it.
        house.world.clock.advance(MINUTE * 5);
        house.world.store.shuffle(seed);
        let mut requests = tokio::task::JoinSet::new();
        // On three days, so that no diary stands between them.
        for wall in ["2026-05-06 11:00", "2026-05-07 11:00", "2026-05-08 11:00"] {
            let offer = house.offer(wall).await.expect("offered").offer;
            let (ports, asha) = (house.ports.clone(), house.asha);
            requests.spawn(async move {
                let ask = PlaceBooking { address: None, idempotency: key(wall, &offer), offer };
                // One, two or all of them may be refused.
                let _ = place(&ports, asha, &ask).await;
            });
        }
        let (ports, first) = (house.ports.clone(), first.id);
        requests.spawn(async move {
            let _ = expire(&ports, first).await;
        });
        requests.join_all().await;
        let now = house.world.now();
        let live = house.world.look(|memory| {
            memory.bookings().filter(|booking| booking.held_until() > Some(now)).count()
        });
        assert_eq!(live, 3, "seed {seed}");
    }
}

#[tokio::test]
async fn a_forged_offer_is_refused() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    let credentials = house.world.credentials.as_ref();
    let content = credentials.open(Purpose::Offer, &offered.offer).expect("ours");
    let mut cheaper = Offer::open(&offered.offer, None, credentials, house.world.now());
    let cheaper = cheaper.as_mut().expect("ours");
    cheaper.lines[0].price = Money::inr(1);
    let (_, seal) = offered.offer.split_once('.').expect("sealed");
    let cheaper = cheaper.seal(credentials);
    let (forged, _) = cheaper.split_once('.').expect("sealed");
    for bad in [
        String::new(),
        "hello".to_owned(),
        format!("{forged}.{seal}"),
        credentials.seal(Purpose::Cursor, &content),
        offered.offer.to_uppercase(),
        credentials.seal(Purpose::Offer, b"{}"),
    ] {
        let refused = house.take(house.asha, &bad, "k").await;
        assert!(matches!(refused, Err(PlaceError::Offer(OfferError::Forged))), "{refused:?}");
    }
}

#[tokio::test]
async fn an_offer_is_good_for_fifteen_minutes() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    let read = |now| Offer::open(&offered.offer, None, house.world.credentials.as_ref(), now);
    let until = offered.good_until;
    assert_eq!(until, house.world.now() + MINUTE * 15);
    assert!(read(until - TimeDelta::microseconds(1)).is_ok());
    house.world.clock.set(until);
    let refused = house.take(house.asha, &offered.offer, "k").await;
    assert!(matches!(refused, Err(PlaceError::Offer(OfferError::Expired))), "{refused:?}");
}

#[tokio::test]
async fn the_price_of_the_offer_is_the_price() {
    let house = House::open_as(a_salon().service("Cut", 45, 49_900)).await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    assert_eq!(booking.price(), house.salon.service().price);
    assert_eq!(house.check_out(&booking).await.amount, booking.price());
}

#[tokio::test]
async fn a_hold_that_ran_out_gives_way_even_before_the_worker_sees_it() {
    let house = House::open().await;
    let old = house.place(house.asha, "2026-05-05 11:00").await;
    house.world.clock.advance(MINUTE * 10);
    let new = house.place(house.bina, "2026-05-05 11:15").await;
    assert_eq!((house.status(&old), house.status(&new)), (Status::Expired, Status::Held));
    house.run().await;
    assert_eq!(house.times(|event| matches!(event, Event::BookingExpired { .. })), 1);
}

#[tokio::test]
async fn what_is_presumed_in_vain_is_decided_three_times_at_most() {
    let house = House::open().await;
    house.world.store.conflict_next(3);
    house.place(house.asha, "2026-05-05 11:00").await;
    house.world.store.conflict_next(4);
    let refused = house.try_to_place(house.bina, "2026-05-05 15:00").await;
    assert!(matches!(refused, Err(PlaceError::Store(ports::StoreError::Conflict))), "{refused:?}");
    assert_eq!(house.world.open_units(), 0);
    house.place(house.bina, "2026-05-05 15:00").await;
}

#[tokio::test]
async fn a_store_that_is_down_is_said_to_be_down() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("offered");
    house.world.store.be_down(true);
    let refused = house.take(house.asha, &offered.offer, "k").await;
    let Err(PlaceError::Store(ports::StoreError::Unavailable(_))) = refused else {
        panic!("{refused:?}");
    };
    house.world.store.be_down(false);
    house.take(house.asha, &offered.offer, "k").await.expect("free");
}

#[tokio::test]
async fn a_day_at_the_salon_goes_step_by_step() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    let owner = house.salon.owner;
    let step = async |who, step| progress(&house.ports, who, booking.id, step, None).await;
    let early = step(owner, Step::Arrive).await;
    assert!(matches!(early, Err(ProgressError::Refused(_))), "an unpaid hold: {early:?}");
    house.webhook(&paid, "evt_1").await;
    for stranger in [house.asha, house.bina] {
        let refused = step(stranger, Step::Arrive).await;
        assert!(matches!(refused, Err(ProgressError::Denied(Denied::NotTheirs))), "{refused:?}");
    }
    house.world.clock.set(booking.window().start());
    for (one, status) in [
        (Step::Arrive, Status::Arrived),
        (Step::Start, Status::Started),
        (Step::Complete, Status::Completed),
    ] {
        assert_eq!(step(owner, one).await.expect("in order").status(), status);
        let twice = step(owner, one).await;
        let Err(ProgressError::Refused(Refusal::NotInThisState { status: stands })) = twice else {
            panic!("{twice:?}");
        };
        assert_eq!(stands, status);
    }
    let keyed = key("k", "arrive");
    let other = house.place_and_pay(house.bina, "2026-05-05 15:00").await;
    house.webhook(&other.2, "evt_2").await;
    for _ in 0..2 {
        let arrived = progress(&house.ports, owner, other.0.id, Step::Arrive, Some(&keyed)).await;
        assert_eq!(arrived.expect("answered alike").status(), Status::Arrived);
    }
}

#[tokio::test]
async fn a_quote_is_what_the_booking_will_be_and_holds_nothing() {
    let house = House::open().await;
    let offered = house.offer("2026-05-05 11:00").await.expect("it is free");
    let quoted = quote(&house.ports, house.asha, &offered.offer).await.expect("it is free");
    assert_eq!(
        quoted.names.iter().map(|line| line.service.as_str()).collect::<Vec<_>>(),
        ["Haircut"]
    );
    assert_eq!(quoted.good_until, offered.good_until);
    assert_eq!(house.world.look(|memory| memory.bookings().count()), 0, "nothing is held");
    assert_eq!(house.world.open_units(), 0);
    let booked = house.take(house.bina, &offered.offer, "k").await.expect("it is still free");
    assert_eq!((&quoted.booking.lines, quoted.booking.terms), (&booked.lines, booked.terms));

    let refused = quote(&house.ports, house.asha, &offered.offer).await;
    let Err(PlaceError::Refused { refusal: Refusal::Taken, alternatives }) = refused else {
        panic!("{refused:?}");
    };
    assert!(!alternatives.is_empty());
    let spent = quote(&house.ports, house.bina, &offered.offer).await;
    assert!(matches!(spent, Err(PlaceError::Refused { refusal: Refusal::Taken, .. })), "{spent:?}");
    house.world.clock.advance(MINUTE * 15);
    let late = quote(&house.ports, house.asha, &offered.offer).await;
    assert!(matches!(late, Err(PlaceError::Offer(OfferError::Expired))), "{late:?}");
    let forged = quote(&house.ports, house.asha, "never made").await;
    assert!(matches!(forged, Err(PlaceError::Offer(OfferError::Forged))), "{forged:?}");
}
