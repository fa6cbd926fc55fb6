//! A full day, and those who wait for somebody to change their mind.

use application::availability::{Move, SearchError, SearchSlots, search};
use application::booking::cancel::cancel;
use application::booking::reschedule::reschedule;
use application::waitlist::{JoinError, join};
use chrono::TimeDelta;
use indistylo_application as application;
use kernel::{PersonId, StaffId};
use ports::{Event, Ids, Waiting, Waitlist, Wish};
use scheduling::policy::{MOST_LIVE_HOLDS, MOST_PLACES};
use scheduling::{Booking, Status, Window};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

/// Waits for a visit that begins at this time, to the minute.
async fn waits_for(house: &House, who: PersonId, wall: &str) -> Waiting {
    let start = house.salon.at(wall);
    let starts = Window::new(start, start + MINUTE).expect("a window");
    waits(house, who, starts).await.expect("there is room")
}

async fn waits(house: &House, who: PersonId, starts: Window) -> Result<Waiting, JoinError> {
    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
    join(&house.ports, who, &ask, None, None).await
}

/// The booking that was offered to one who waits.
async fn offered(house: &House, place: &Waiting) -> Option<Booking> {
    let found = house.world.waitlist.waiting(place.id).await.expect("an answer")?;
    Some(house.world.booking(found.offered?))
}

#[tokio::test]
async fn whoever_came_first_is_held_the_time_that_becomes_free() {
    let house = House::open().await;
    let taken = house.place(house.world.customer(3), "2026-05-05 11:00").await;
    let first = waits_for(&house, house.asha, "2026-05-05 11:00").await;
    house.world.clock.advance(MINUTE);
    let second = waits_for(&house, house.bina, "2026-05-05 11:00").await;
    house.run().await;
    assert_eq!(offered(&house, &first).await, None, "it is taken");

    cancel(&house.ports, taken.customer, taken.id, None, None).await.expect("off");
    house.run().await;
    let held = offered(&house, &first).await.expect("it became free");
    assert_eq!((held.customer, held.status()), (house.asha, Status::Held));
    assert_eq!(held.window(), taken.window());
    assert_eq!(held.held_until(), Some(house.world.now() + TimeDelta::minutes(30)));
    assert_eq!(house.texts(1), ["offered"]);
    assert_eq!(offered(&house, &second).await, None, "one after the other");

    // Asha does not pay: the next in line is asked.
    house.pass(TimeDelta::minutes(30)).await;
    assert_eq!(house.status(&held), Status::Expired);
    let held = offered(&house, &second).await.expect("now it is Bina's turn");
    assert_eq!((held.customer, held.status()), (house.bina, Status::Held));
    assert_eq!(house.texts(1), ["offered"], "and Asha is not asked again");
    let checkout = house.check_out(&held).await;
    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    assert_eq!(house.status(&held), Status::Confirmed);
}

#[tokio::test]
async fn what_expires_moves_or_is_called_off_comes_to_those_who_wait() {
    let house = House::open().await;
    let third = house.world.customer(3);
    let expiring = house.place(third, "2026-05-05 11:00").await;
    let moving = house.place(third, "2026-05-05 14:00").await;
    let eleven = waits_for(&house, house.asha, "2026-05-05 11:00").await;
    let two = waits_for(&house, house.bina, "2026-05-05 14:00").await;

    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let starts = house.salon.day("2026-05-06");
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
    let wanted = Move { customer: third, booking: moving.id };
    let (_, slots) = search(&house.ports, &ask, Some(wanted)).await.expect("found");
    let moved = reschedule(&house.ports, third, moving.id, &slots[0].offer, None).await;
    moved.expect("another day is free");
    house.run().await;
    assert!(offered(&house, &two).await.is_some(), "the old time of what moved");
    assert_eq!(offered(&house, &eleven).await, None);
    house.pass(TimeDelta::minutes(10)).await;
    assert_eq!(house.status(&expiring), Status::Expired);
    assert!(offered(&house, &eleven).await.is_some(), "what was never paid for");
}

#[tokio::test]
async fn who_waits_for_what_is_free_gets_it_at_once() {
    let house = House::open().await;
    let place = waits_for(&house, house.asha, "2026-05-05 11:00").await;
    house.run().await;
    assert!(offered(&house, &place).await.is_some());
}

#[tokio::test]
async fn one_place_is_offered_one_booking_however_often_it_is_tried() {
    let house = House::open().await;
    let day = house.salon.day("2026-05-05");
    let place = waits(&house, house.asha, day).await.expect("there is room");
    for _ in 0..3 {
        application::waitlist::offer_to(&house.ports, place.id).await.expect("offered");
        application::waitlist::offer_freed(&house.ports, house.salon.id, day).await.expect("done");
    }
    house.run().await;
    let own = house.times(|event| matches!(event, Event::WaitlistOffered { .. }));
    assert_eq!(own, 1);
    let mut racing = tokio::task::JoinSet::new();
    let place = waits(&house, house.bina, day).await.expect("there is room");
    for _ in 0..8 {
        let (ports, id) = (house.ports.clone(), place.id);
        racing.spawn(async move { application::waitlist::offer_to(&ports, id).await });
    }
    let answers = racing.join_all().await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(house.times(|event| matches!(event, Event::WaitlistOffered { .. })), 2);
}

#[tokio::test]
async fn an_offer_of_which_the_note_was_lost_is_not_made_again() {
    let house = House::open().await;
    let place = waits(&house, house.asha, house.salon.day("2026-05-05")).await.expect("room");
    house.run().await;
    let held = offered(&house, &place).await.expect("a time is free");
    // As if the server had died between the hold and the note.
    let event = Event::WaitlistJoined { waiting: place.id };
    assert!(house.world.waitlist.join(&place, &event, None).await.expect("an answer"));
    assert_eq!(offered(&house, &place).await, None);
    house.run().await;
    assert_eq!(offered(&house, &place).await, Some(held));
}

#[tokio::test]
async fn who_moves_is_told_once_even_if_offering_the_old_time_fails_at_first() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let place = waits_for(&house, house.bina, "2026-05-05 11:00").await;
    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let starts = house.salon.day("2026-05-06");
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
    let wanted = Move { customer: house.asha, booking: booking.id };
    let (_, slots) = search(&house.ports, &ask, Some(wanted)).await.expect("found");
    let moved = reschedule(&house.ports, house.asha, booking.id, &slots[0].offer, None).await;
    moved.expect("another day is free");
    house.world.store.be_down(true);
    house.run().await;
    house.world.store.be_down(false);
    house.pass(TimeDelta::minutes(5)).await;
    assert!(offered(&house, &place).await.is_some(), "tried again");
    assert_eq!(house.texts(1), ["confirmed", "confirmed"], "told once of the new time");
}

#[tokio::test]
async fn who_holds_enough_already_goes_on_waiting() {
    let house = House::open().await;
    for hour in 0..MOST_LIVE_HOLDS {
        house.place(house.asha, &format!("2026-05-05 1{hour}:00")).await;
    }
    let asha = waits_for(&house, house.asha, "2026-05-05 15:00").await;
    house.world.clock.advance(MINUTE);
    let bina = waits_for(&house, house.bina, "2026-05-05 15:00").await;
    house.run().await;
    assert_eq!(offered(&house, &asha).await, None);
    assert!(offered(&house, &bina).await.is_some(), "and keeps nobody behind from it");
}

#[tokio::test]
async fn who_has_left_is_not_asked() {
    let house = House::open().await;
    let taken = house.place(house.bina, "2026-05-05 11:00").await;
    let place = waits_for(&house, house.asha, "2026-05-05 11:00").await;
    assert!(house.world.waitlist.leave(house.asha, place.id).await.expect("an answer"));
    cancel(&house.ports, house.bina, taken.id, None, None).await.expect("off");
    house.run().await;
    assert!(house.offer("2026-05-05 11:00").await.is_some(), "it stays free");
    assert_eq!(house.texts(1), [""; 0]);
}

#[tokio::test]
async fn one_waits_for_what_is_sold_and_still_to_come_in_few_places() {
    let house = House::open_as(a_salon().service("Cut", 45, 49_900)).await;
    let now = house.world.now();
    let past = Window::new(now - MINUTE * 60, now).expect("a window");
    assert!(matches!(waits(&house, house.asha, past).await, Err(JoinError::Passed)));
    let long = Window::new(now, now + TimeDelta::days(63)).expect("a window");
    let answer = waits(&house, house.asha, long).await;
    assert!(matches!(answer, Err(JoinError::Search(SearchError::WindowTooLong))), "{answer:?}");
    let wishes =
        vec![Wish { staff: Some(StaffId::new(house.world.ids.next())), ..house.salon.wish() }];
    let starts = house.salon.day("2026-05-05");
    let ask = SearchSlots {
        salon: house.salon.id,
        wishes,
        one_professional: false,
        starts,
        destination: None,
    };
    let answer = join(&house.ports, house.asha, &ask, None, None).await;
    assert!(matches!(answer, Err(JoinError::Search(SearchError::NotOffered))), "{answer:?}");

    house.place(house.bina, "2026-05-05 11:00").await;
    for _ in 0..MOST_PLACES {
        waits_for(&house, house.asha, "2026-05-05 11:00").await;
    }
    let answer = waits(&house, house.asha, starts).await;
    assert!(matches!(answer, Err(JoinError::TooManyPlaces)), "{answer:?}");
}

#[tokio::test]
async fn who_asks_again_with_their_key_waits_once_and_hears_the_same() {
    let house = House::open().await;
    let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
    let starts = house.salon.day("2026-05-05");
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
    let ask_with = async |text: &str, request: &str| {
        join(&house.ports, house.asha, &ask, None, Some(&key(text, request))).await
    };
    // The last place that one may have: a retry is not one too many.
    for _ in 1..MOST_PLACES {
        waits(&house, house.asha, starts).await.expect("there is room");
    }
    let first = ask_with("k", "a day").await.expect("there is room");
    let mut taps = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (ports, who, ask) = (house.ports.clone(), house.asha, ask.clone());
        taps.spawn(async move { join(&ports, who, &ask, None, Some(&key("k", "a day"))).await });
    }
    for tap in taps.join_all().await {
        assert_eq!(tap.expect("as before"), first);
    }
    let reused = ask_with("k", "another day").await;
    assert!(matches!(reused, Err(JoinError::KeyReused(_))), "{reused:?}");
    let more = ask_with("another", "a day").await;
    assert!(matches!(more, Err(JoinError::TooManyPlaces)), "{more:?}");
    let joined = house.times(|event| matches!(event, Event::WaitlistJoined { .. }));
    assert_eq!(joined, usize::from(MOST_PLACES));

    // What was answered stays answered, also when nobody waits there any more.
    let waitlist = &house.world.waitlist;
    assert!(waitlist.leave(house.asha, first.id).await.expect("an answer"));
    house.world.clock.set(starts.end());
    assert_eq!(ask_with("k", "a day").await.expect("as before"), first);
    assert_eq!(waitlist.waiting(first.id).await.expect("an answer"), None);
    let late = ask_with("late", "a day").await;
    assert!(matches!(late, Err(JoinError::Passed)), "{late:?}");
}

#[tokio::test]
async fn of_many_taps_at_once_one_makes_a_place() {
    for seed in 1..=20 {
        let house = House::open().await;
        house.world.store.shuffle(seed);
        let (salon, wishes) = (house.salon.id, vec![house.salon.wish()]);
        let starts = house.salon.day("2026-05-05");
        let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
        let mut taps = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (ports, who, ask) = (house.ports.clone(), house.asha, ask.clone());
            taps.spawn(async move { join(&ports, who, &ask, None, Some(&key("k", "day"))).await });
        }
        let answers = taps.join_all().await;
        let places: Vec<_> = answers.into_iter().map(|tap| tap.expect("a place")).collect();
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
        assert_eq!(house.times(|event| matches!(event, Event::WaitlistJoined { .. })), 1);
    }
}
