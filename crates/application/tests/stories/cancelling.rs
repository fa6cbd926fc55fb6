//! A customer calls a booking off; what was paid goes back.

use indistylo_application::booking::cancel::{CancelError, cancel};
use scheduling::{Refusal, Status};

use crate::house::{House, MINUTE, key};

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
