//! A customer calls a booking off; what was paid goes back, but for what was agreed.

use chrono::TimeDelta;
use indistylo_application::booking::cancel::{CancelError, cancel, cancel_by_salon, preview};
use indistylo_application::booking::progress::{Step, progress};
use indistylo_application::salon::put_salon_terms;
use kernel::Money;
use ports::SalonTerms;
use scheduling::{Booking, Refusal, Status};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

/// Half is kept from a day before on, and nine tenths if nobody comes.
async fn strict() -> House {
    House::open_as(a_salon().professional("Deepa").cancellation(24 * 60, "0.5", "0.9")).await
}

/// What went back of a booking at the gateway.
fn given_back(house: &House) -> Vec<i64> {
    house.world.gateway.refunds().iter().map(|back| back.amount.minor_units()).collect()
}

/// A booking that was paid for and confirmed.
async fn confirmed(house: &House, wall: &str) -> Booking {
    let (booking, _, paid) = house.place_and_pay(house.asha, wall).await;
    house.webhook(&paid, &format!("evt of {wall}")).await;
    house.world.booking(booking.id)
}

#[tokio::test]
async fn a_paid_booking_that_is_called_off_is_refunded() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let off = cancel(&house.ports, house.asha, booking.id, None).await.expect("in time");
    assert_eq!(off.status(), Status::Cancelled);
    assert_eq!(house.paid(&booking), "refund_due", "in the same step");
    house.run().await;
    assert_eq!(house.paid(&booking), "cancelled");
    assert_eq!(house.world.gateway.refunds().len(), 1);
    assert_eq!(house.texts(1), ["confirmed", "refund"]);
    assert!(house.offer("2026-05-05 11:00").await.is_some(), "the time is free again");
    house.webhook(&paid, "evt_9").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Cancelled, "cancelled"));
}

#[tokio::test]
async fn money_for_a_hold_that_was_called_off_goes_back() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    cancel(&house.ports, house.asha, booking.id, None).await.expect("a hold");
    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    let stands = (house.status(&booking), house.paid(&booking));
    assert_eq!(stands, (Status::Cancelled, "cancelled_before"));
    assert_eq!(house.world.gateway.refunds().len(), 1);
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0);
}

#[tokio::test]
async fn a_payment_and_a_cancellation_that_race_end_well_either_way() {
    for seed in 1..60 {
        let house = House::open().await;
        let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
        let webhook = house.world.gateway.webhook(&paid);
        house.deliver(webhook, Some("evt_1")).await.expect("genuine");
        house.world.store.shuffle(seed);
        let (ports, asha, id) = (house.ports.clone(), house.asha, booking.id);
        let off = tokio::spawn(async move { cancel(&ports, asha, id, None).await });
        let callback = house.callback(house.asha, &checkout, &paid).await;
        callback.expect("settled one way or the other");
        off.await.expect("no panic").expect("a hold or a paid booking");
        house.run().await;
        assert_eq!(house.status(&booking), Status::Cancelled, "seed {seed}");
        assert!(["cancelled", "cancelled_before"].contains(&house.paid(&booking)), "seed {seed}");
        assert_eq!(house.world.gateway.refunds().len(), 1, "seed {seed}");
    }
}

#[tokio::test]
async fn a_booking_of_another_is_not_found() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    for stranger in [house.bina, house.salon.owner] {
        let refused = cancel(&house.ports, stranger, booking.id, None).await;
        assert!(matches!(refused, Err(CancelError::NotFound)), "{refused:?}");
    }
    assert_eq!(house.status(&booking), Status::Held);
}

#[tokio::test]
async fn a_visit_that_began_or_is_over_is_not_called_off() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-04 10:00").await;
    house.webhook(&paid, "evt_1").await;
    house.world.clock.set(booking.window().start());
    let late = cancel(&house.ports, house.asha, booking.id, None).await;
    let Err(CancelError::Refused(Refusal::NotInThisState { status })) = late else {
        panic!("{late:?}");
    };
    assert_eq!(status, Status::Confirmed);
    let hold = house.place(house.asha, "2026-05-05 11:00").await;
    house.pass(MINUTE * 10).await;
    let over = cancel(&house.ports, house.asha, hold.id, None).await;
    assert!(matches!(over, Err(CancelError::Refused(_))), "{over:?}");
}

#[tokio::test]
async fn the_same_key_calls_off_once_and_answers_alike() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let other = house.place(house.asha, "2026-05-05 15:00").await;
    let keyed = key("k", "cancel the first");
    let first = cancel(&house.ports, house.asha, booking.id, Some(&keyed)).await.expect("a hold");
    let again = cancel(&house.ports, house.asha, booking.id, Some(&keyed)).await.expect("alike");
    assert_eq!(again, first);
    let same_key = key("k", "cancel the second");
    let refused = cancel(&house.ports, house.asha, other.id, Some(&same_key)).await;
    assert!(matches!(refused, Err(CancelError::KeyReused(_))), "{refused:?}");
    let without = cancel(&house.ports, house.asha, booking.id, None).await;
    assert!(matches!(without, Err(CancelError::Refused(_))), "it is off already");
}

#[tokio::test]
async fn what_is_previewed_is_what_is_kept_and_given_back() {
    let minutes_before = [0, 1, 60, 24 * 60 - 1, 24 * 60, 24 * 60 + 1, 26 * 60];
    for minutes in minutes_before {
        let house = strict().await;
        let booking = confirmed(&house, "2026-05-06 11:00").await;
        let almost = TimeDelta::minutes(minutes) + TimeDelta::seconds(1);
        house.world.clock.set(booking.window().start() - almost);
        let ask = preview(&house.ports, house.asha, booking.id).await;
        let (before, shares) = ask.expect("it can be called off");
        assert_eq!(before, booking, "a look changes nothing");
        let late = minutes < 24 * 60;
        assert_eq!(shares.kept, Money::inr(if late { 24_950 } else { 0 }), "{minutes}");
        cancel(&house.ports, house.asha, booking.id, None).await.expect("in time");
        house.run().await;
        assert_eq!(given_back(&house), [shares.refunded.minor_units()], "{minutes}");
        let [payment] = &house.world.payments_of(booking.id)[..] else { panic!("one payment") };
        assert_eq!(payment.captured().map(ledger::Capture::kept), Some(shares.kept));
        assert_eq!(house.texts(1), ["confirmed", "refund"]);
        let over = preview(&house.ports, house.asha, booking.id).await;
        assert!(matches!(over, Err(CancelError::Refused(_))), "{over:?}");
    }
}

#[tokio::test]
async fn the_salon_gives_everything_back_however_late() {
    let house = strict().await;
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    cancel_by_salon(&house.ports, house.salon.owner, booking.id, None).await.expect("in time");
    house.run().await;
    assert_eq!(given_back(&house), [49_900]);
}

#[tokio::test]
async fn who_never_comes_gets_back_what_the_salon_does_not_keep() {
    let house = strict().await;
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    house.world.clock.set(booking.window().start() + MINUTE * 15);
    let missed = progress(&house.ports, house.salon.owner, booking.id, Step::NoShow, None).await;
    assert_eq!(missed.expect("never came").status(), Status::NoShow);
    house.run().await;
    assert_eq!((given_back(&house), house.paid(&booking)), (vec![4_990], "no_show"));
}

#[tokio::test]
async fn a_booking_and_an_offer_keep_the_terms_of_their_day() {
    let house = strict().await;
    let offered = house.offer("2026-05-05 15:00").await.expect("it is free");
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    let free = SalonTerms::default();
    let put = put_salon_terms(&house.ports, house.salon.owner, house.salon.id, &free, 2).await;
    assert_eq!(put.expect("the owner may"), 3);
    let taken = house.take(house.asha, &offered.offer, "k").await.expect("it is good");
    for booking in [&booking, &taken] {
        assert_eq!(booking.terms.cancellation.free_until.count(), 24 * 60);
    }
    let later = house.place(house.bina, "2026-05-05 17:00").await;
    assert_eq!(later.terms, free.for_bookings());
    house.world.clock.set(booking.window().start() - MINUTE);
    let (_, shares) = preview(&house.ports, house.asha, booking.id).await.expect("in time");
    assert_eq!(shares.kept, Money::inr(24_950));
    let (_, unpaid) = preview(&house.ports, house.asha, taken.id).await.expect("in time");
    assert_eq!((unpaid.kept, unpaid.refunded), (Money::inr(0), Money::inr(0)));
    let strange = preview(&house.ports, house.bina, booking.id).await;
    assert!(matches!(strange, Err(CancelError::NotFound)), "{strange:?}");
}
