//! The gateway fails, falls silent or is slow: nobody pays twice, and no money is lost.

use chrono::TimeDelta;
use indistylo_application::payment::create::{CreateError, create};
use indistylo_application::payment::refund::refund;
use ports::{Event, GatewayError};
use scheduling::{Refusal, Status};
use testkit::{Fault, NoText};

use crate::house::{House, MINUTE, key};

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_found_again_and_not_made_twice() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    house.world.gateway.meet_next(Fault::AnswerLost);
    let lost = house.try_to_check_out(house.asha, booking.id, "k").await;
    assert!(matches!(lost, Err(CreateError::Gateway(GatewayError::Unavailable(_)))), "{lost:?}");
    assert_eq!(house.paid(&booking), "intended");

    house.world.clock.advance(TimeDelta::seconds(15));
    let checkout = house.try_to_check_out(house.asha, booking.id, "k").await.expect("found");
    let orders = house.world.gateway.orders();
    assert_eq!(orders.iter().map(|made| &made.order).collect::<Vec<_>>(), [&checkout.order]);
    assert_eq!(orders.first().map(|made| made.receipt), Some(checkout.payment));
    assert_eq!(house.paid(&booking), "ordered");
}

#[tokio::test]
async fn an_order_that_was_never_made_is_made_by_the_next_request() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    for fault in [Fault::Fails, Fault::Babbles] {
        house.world.gateway.meet_next(fault);
        let failed = house.try_to_check_out(house.asha, booking.id, "k").await;
        assert!(matches!(failed, Err(CreateError::Gateway(_))), "{failed:?}");
        house.world.clock.advance(TimeDelta::seconds(15));
    }
    house.try_to_check_out(house.asha, booking.id, "k").await.expect("made");
    assert_eq!(house.world.gateway.orders().len(), 1);
}

#[tokio::test]
async fn while_an_order_is_asked_for_a_second_request_is_told_to_wait() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let mut requests = tokio::task::JoinSet::new();
    for text in ["k", "k", "another", "and another"] {
        let (ports, asha, id) = (house.ports.clone(), house.asha, booking.id);
        requests.spawn(async move { create(&ports, asha, id, &key(text, &id.to_string())).await });
    }
    let answers = requests.join_all().await;
    let again_at = house.world.now() + TimeDelta::seconds(15);
    let mut made = 0;
    for answer in &answers {
        match answer {
            Ok(_) => made += 1,
            Err(CreateError::Busy { again_at: when }) => assert_eq!(*when, again_at),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(made >= 1, "{answers:?}");
    assert_eq!(house.world.gateway.orders().len(), 1);
    for text in ["k", "another"] {
        house.try_to_check_out(house.asha, booking.id, text).await.expect("the same order");
    }
    assert_eq!(house.world.gateway.orders().len(), 1);
    assert_eq!(house.times(|event| matches!(event, Event::PaymentAwaited { .. })), 1);
}

#[tokio::test]
async fn the_same_key_gives_the_same_checkout_and_another_request_is_refused() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let other = house.place(house.asha, "2026-05-05 15:00").await;
    let first = house.try_to_check_out(house.asha, booking.id, "k").await.expect("made");
    let again = house.try_to_check_out(house.asha, booking.id, "k").await.expect("the same");
    assert_eq!(again, first);
    let reused = house.try_to_check_out(house.asha, other.id, "k").await;
    assert!(matches!(reused, Err(CreateError::KeyReused(_))), "{reused:?}");
}

#[tokio::test]
async fn nobody_pays_for_a_hold_that_is_over_or_is_anothers() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let foreign = house.try_to_check_out(house.bina, booking.id, "k").await;
    assert!(matches!(foreign, Err(CreateError::NotFound)), "{foreign:?}");
    house.world.clock.advance(MINUTE * 10);
    for _ in 0..2 {
        let late = house.try_to_check_out(house.asha, booking.id, "k").await;
        assert!(matches!(late, Err(CreateError::Refused(Refusal::HoldExpired))), "{late:?}");
        house.run().await;
    }
    let (paid_for, _, paid) = house.place_and_pay(house.asha, "2026-05-05 15:00").await;
    house.webhook(&paid, "evt_1").await;
    let twice = house.try_to_check_out(house.asha, paid_for.id, "another").await;
    assert!(matches!(twice, Err(CreateError::Refused(Refusal::NotInThisState { .. }))));
    assert_eq!(house.world.gateway.orders().len(), 1);
}

#[tokio::test]
async fn a_hold_is_not_let_go_while_nobody_can_say_whether_it_was_paid() {
    let house = House::open().await;
    let (booking, _, _) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.world.gateway.be_down(true);
    house.pass(MINUTE * 30).await;
    assert_eq!(house.status(&booking), Status::Held, "nobody asked for its time");
    house.world.gateway.be_down(false);
    house.pass(TimeDelta::hours(2)).await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_given_once() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    house.pass(MINUTE * 10).await;
    house.place(house.bina, "2026-05-05 11:00").await;
    let paid = house.world.gateway.pay(&checkout.order);
    for fault in [Fault::AnswerLost, Fault::Fails, Fault::AnswerLost] {
        house.world.gateway.meet_next(fault);
    }
    house.webhook(&paid, "evt_1").await;
    assert_eq!(house.paid(&booking), "refund_due");
    house.pass(MINUTE * 5).await;
    assert_eq!(house.paid(&booking), "slot_gone");
    assert_eq!(house.world.gateway.refunds().len(), 1);
    assert_eq!(house.texts(1), ["refund"]);
    let due = house.world.gateway.refunds()[0].key.parse().expect("a refund's name");
    refund(&house.ports, due).await.expect("it is done");
    assert_eq!(house.world.gateway.refunds().len(), 1);
}

#[tokio::test]
async fn a_text_that_was_refused_for_now_is_sent_later_and_one_that_may_have_gone_is_not() {
    let house = House::open().await;
    let (_, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.world.messages.fail_next(NoText::Unavailable);
    house.webhook(&paid, "evt_1").await;
    assert_eq!(house.texts(1), [""; 0]);
    house.pass(MINUTE).await;
    assert_eq!(house.texts(1), ["confirmed"]);

    for (fault, wall, name) in
        [(NoText::NoAnswer, "12:00", "evt_2"), (NoText::Refused, "13:00", "evt_3")]
    {
        let (_, _, paid) = house.place_and_pay(house.bina, &format!("2026-05-05 {wall}")).await;
        house.world.messages.fail_next(fault);
        house.webhook(&paid, name).await;
        house.pass(MINUTE).await;
        assert_eq!(house.texts(2), ["confirmed"], "{fault:?}");
    }
}

#[tokio::test]
#[should_panic(expected = "goes out over the network while a unit of work is open")]
async fn a_call_to_the_gateway_within_a_unit_of_work_is_noticed() {
    let house = House::open().await;
    let _tx = house.ports.store.begin().await.expect("a unit of work");
    let _ = house.ports.gateway.attempts(&ledger::GatewayOrder("order_1".into())).await;
}
