//! A visit under way lasts longer than planned: who is delayed is named, and nobody is moved.

use application::availability::SearchSlots;
use application::booking::extend::{Extended, extend};
use application::booking::place::PlaceError;
use application::booking::progress::{ProgressError, Step, progress};
use application::booking::reassign::{Reassign, reassign};
use application::waitlist::join;
use indistylo_application as application;
use indistylo_application::authority::Denied;
use ports::Event;
use scheduling::{Booking, Refusal, Status, Window};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

/// Asha's visit with the only professional is under way since eleven; it is to end at 11:45.
async fn under_way(house: &House) -> Booking {
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    house.world.clock.set(house.salon.at("2026-05-05 11:00"));
    for step in [Step::Arrive, Step::Start] {
        let who = house.salon.owner;
        progress(&house.ports, who, booking.id, step, None).await.expect("it is time");
    }
    booking
}

async fn until(house: &House, booking: &Booking, wall: &str) -> Result<Extended, ProgressError> {
    let until = house.salon.at(&format!("2026-05-05 {wall}"));
    extend(&house.ports, house.salon.owner, booking.id, until, None).await
}

#[tokio::test]
async fn a_visit_runs_over_and_the_next_customer_is_named_not_moved() {
    let house = House::open().await;
    let next = house.place(house.bina, "2026-05-05 12:00").await;
    let booking = under_way(&house).await;
    assert!(house.offer("2026-05-05 13:00").await.is_some());

    let longer = until(&house, &booking, "12:00").await.expect("it is under way");
    assert_eq!(longer.delays, [], "until the next begins");
    let longer = until(&house, &booking, "13:15").await.expect("longer still");
    assert_eq!(longer.delays, [next.id]);
    assert_eq!(longer.booking.window(), booking.window());
    assert_eq!(house.world.booking(next.id), next, "the salon decides about her");
    assert!(house.offer("2026-05-05 13:00").await.is_none(), "searches see it");
    assert!(house.offer("2026-05-05 13:15").await.is_some());
    assert_eq!(house.paid(&booking), "captured", "no money moves");
    assert_eq!(house.times(|event| matches!(event, Event::RefundDue { .. })), 0);

    let who = house.salon.owner;
    let done = progress(&house.ports, who, booking.id, Step::Complete, None).await.expect("done");
    assert_eq!((done.status(), done.lasts_until()), (Status::Completed, None));
    assert!(house.offer("2026-05-05 13:00").await.is_some(), "what is left is free");
}

#[tokio::test]
async fn an_offer_from_before_is_refused_where_a_visit_runs_over() {
    let house = House::open().await;
    let booking = under_way(&house).await;
    let offered = house.offer("2026-05-05 12:00").await.expect("free");
    until(&house, &booking, "12:15").await.expect("it is under way");
    let refused = house.take(house.bina, &offered.offer, "one").await;
    let refused = refused.expect_err("she is busy");
    assert!(matches!(refused, PlaceError::Refused { refusal: Refusal::Taken, .. }), "{refused:?}");
}

#[tokio::test]
async fn who_is_delayed_goes_to_a_colleague_and_the_time_stays_taken() {
    let house = House::open_as(a_salon().professional("Deepa").professional("Esha")).await;
    let booking = under_way(&house).await;
    let [busy, other] = match house.salon.staff[..] {
        [deepa, esha] if deepa == booking.lines.first().staff => [deepa, esha],
        [deepa, esha] => [esha, deepa],
        _ => panic!("two were planned"),
    };
    let give = async |booking: &Booking, staff| {
        let to = [Reassign { line: 0, staff }];
        reassign(&house.ports, house.salon.owner, booking.id, &to, None).await.expect("free")
    };
    let next = house.place(house.bina, "2026-05-05 12:00").await;
    give(&next, busy).await;
    let longer = until(&house, &booking, "13:00").await.expect("it is under way");
    assert_eq!(longer.delays, [next.id]);
    give(&next, other).await;
    assert!(house.offer("2026-05-05 12:00").await.is_none(), "one is late, one has her guest");
    let again = until(&house, &booking, "13:00").await.expect("still");
    assert_eq!(again.delays, []);
}

#[tokio::test]
async fn it_is_told_by_the_salon_once_it_has_begun_and_once_a_key() {
    let house = House::open().await;
    let early = house.place(house.bina, "2026-05-05 12:00").await;
    let refused = until(&house, &early, "13:00").await.expect_err("a hold");
    assert!(matches!(refused, ProgressError::Refused(Refusal::NotInThisState { .. })));

    let booking = under_way(&house).await;
    let one = house.salon.at("2026-05-05 13:00");
    let told = key("late", "extend");
    let tell = async |who| extend(&house.ports, who, booking.id, one, Some(&told)).await;
    let refused = tell(house.asha).await;
    assert!(matches!(refused, Err(ProgressError::Denied(Denied::NotTheirs))), "{refused:?}");
    let first = tell(house.salon.owner).await.expect("it is under way");
    assert_eq!(first.delays, [early.id]);
    until(&house, &booking, "12:00").await.expect("sooner after all");
    assert_eq!(tell(house.salon.owner).await.expect("the first answer"), first);
    let now_lasts = house.world.booking(booking.id).lasts_until();
    assert_eq!(now_lasts, Some(house.salon.at("2026-05-05 12:00")), "a retry changes nothing");
}

#[tokio::test]
async fn what_is_left_when_it_ends_sooner_comes_to_those_who_wait() {
    for is_done in [true, false] {
        let house = House::open().await;
        let booking = under_way(&house).await;
        until(&house, &booking, "15:00").await.expect("it is under way");
        let start = house.salon.at("2026-05-05 14:00");
        let ask = SearchSlots {
            salon: house.salon.id,
            wishes: vec![house.salon.wish()],
            one_professional: false,
            starts: Window::new(start, start + MINUTE).expect("a window"),
            destination: None,
        };
        let place = join(&house.ports, house.bina, &ask, None, None).await.expect("there is room");
        house.run().await;
        let offered = async || {
            let place = house.ports.waitlist.waiting(place.id).await.expect("an answer");
            place.expect("she waits").offered
        };
        assert_eq!(offered().await, None, "it is taken");
        until(&house, &booking, "15:15").await.expect("longer still");
        house.run().await;
        assert_eq!(offered().await, None, "it still is");
        let who = house.salon.owner;
        if is_done {
            let done = progress(&house.ports, who, booking.id, Step::Complete, None).await;
            done.expect("done");
        } else {
            until(&house, &booking, "13:00").await.expect("sooner after all");
        }
        house.run().await;
        let held = house.world.booking(offered().await.expect("it became free"));
        assert_eq!((held.customer, held.window().start()), (house.bina, start));
    }
}
