//! The customer pays, and we hear of it: once, twice, early, late or hardly at all.

use chrono::TimeDelta;
use indistylo_application::payment::confirm::{Callback, ConfirmError, Confirmation, confirm};
use indistylo_application::payment::create::CreateError;
use indistylo_application::payment::webhook::{ReceiveError, process};
use kernel::Money;
use ledger::{GatewayOrder, GatewayPayment};
use ports::{Event, Received};
use scheduling::Status;
use testkit::fakes::{FakeGateway, Webhook};
use testkit::suspend;

use crate::house::{House, MINUTE};

#[tokio::test]
async fn a_booking_is_placed_paid_heard_of_and_confirmed() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Held, "ordered"));
    assert_eq!(house.webhook(&paid, "evt_1").await, Received::New);
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
    assert_eq!(
        house.world.messages.to(&testkit::ground::phone(1)),
        ["Your booking is confirmed: Haircut at Glow on Tue 5 May, 11:00. - IndiStylo"]
    );
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0, "nothing is left");
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
    assert_eq!(house.texts(1), ["confirmed"]);
}

#[tokio::test]
async fn a_webhook_before_the_callback_changes_nothing_for_the_callback() {
    let house = House::open().await;
    let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let calls = house.world.gateway.calls();
    let answer = house.callback(house.asha, &checkout, &paid).await.expect("settled");
    assert_eq!(answer, Confirmation::Settled(booking.id));
    assert_eq!(house.world.gateway.calls(), calls, "what is known is not asked");
    house.run().await;
    assert_eq!(house.status(&booking), Status::Confirmed);
    assert_eq!(house.texts(1), ["confirmed"]);
}

#[tokio::test]
async fn a_webhook_after_the_callback_is_known_before() {
    let house = House::open().await;
    let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    for _ in 0..2 {
        let answer = house.callback(house.asha, &checkout, &paid).await.expect("settled");
        assert_eq!(answer, Confirmation::Settled(booking.id));
    }
    assert_eq!(house.status(&booking), Status::Confirmed, "before the webhook came");
    assert_eq!(house.webhook(&paid, "evt_1").await, Received::New);
    assert_eq!(house.times(|event| matches!(event, Event::BookingConfirmed { .. })), 1);
    assert_eq!(house.texts(1), ["confirmed"]);
    let delivery =
        house.world.kept_events().into_iter().find_map(|kept| match kept.recorded.event {
            Event::WebhookReceived { delivery } => Some(delivery),
            _ => None,
        });
    let outcome = house.world.look(|memory| memory.outcome(delivery.expect("it came")));
    assert_eq!(outcome.as_deref(), Some("known_before"));
}

#[tokio::test]
async fn a_webhook_that_comes_twice_confirms_once() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    assert_eq!(house.webhook(&paid, "evt_1").await, Received::New);
    assert_eq!(house.webhook(&paid, "evt_1").await, Received::Duplicate);
    assert_eq!(house.webhook(&paid, "evt_2").await, Received::Duplicate, "under another name");
    // The queue may hand everything over again.
    for kept in house.world.kept_events() {
        if kept.is_done && !matches!(kept.recorded.event, Event::BookingConfirmed { .. }) {
            assert!(house.world.hand_over_again(&house.effects, &kept.recorded).await);
        }
    }
    house.run().await;
    assert_eq!(house.status(&booking), Status::Confirmed);
    assert_eq!(house.texts(1), ["confirmed"]);
    assert_eq!(house.times(|event| matches!(event, Event::BookingConfirmed { .. })), 1);
}

#[tokio::test]
async fn money_that_comes_after_the_hold_expired_takes_the_slot_back_if_it_is_free() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    house.pass(MINUTE * 10).await;
    assert_eq!(house.status(&booking), Status::Expired);
    assert!(house.offer("2026-05-05 11:00").await.is_some(), "the time is free again");

    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
    assert!(house.offer("2026-05-05 11:00").await.is_none(), "the time is taken again");
    assert_eq!(house.texts(1), ["confirmed"]);
}

#[tokio::test]
async fn money_that_comes_late_takes_the_slot_back_from_a_hold_that_ran_out() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    house.pass(MINUTE * 10).await;
    let other = house.place(house.bina, "2026-05-05 11:00").await;
    // Ten minutes later the other hold has run out too, and the worker is slow to see it.
    house.world.clock.advance(MINUTE * 10);
    let paid = house.world.gateway.pay(&checkout.order);
    assert_eq!(
        house.callback(house.asha, &checkout, &paid).await.expect("settled"),
        Confirmation::Settled(booking.id)
    );
    assert_eq!(house.status(&booking), Status::Confirmed);
    assert_eq!(house.status(&other), Status::Expired, "in the same step");
    house.run().await;
    assert_eq!(house.status(&other), Status::Expired);
}

#[tokio::test]
async fn money_that_comes_after_the_slot_was_taken_goes_back_once() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    house.pass(MINUTE * 10).await;
    let (other, _, of_other) = house.place_and_pay(house.bina, "2026-05-05 11:00").await;
    house.webhook(&of_other, "evt_1").await;

    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_2").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Expired, "slot_gone"));
    assert_eq!((house.status(&other), house.paid(&other)), (Status::Confirmed, "captured"));
    let back = house.world.gateway.refunds();
    assert_eq!(back.iter().map(|refund| &refund.payment).collect::<Vec<_>>(), [&paid]);
    assert_eq!(back.first().map(|refund| refund.amount), Some(booking.price()));
    assert_eq!(house.texts(1), ["refund"]);
    assert_eq!(
        house.world.messages.to(&testkit::ground::phone(1)),
        ["₹499.00 for your booking at Glow is being refunded. - IndiStylo"]
    );
    for kept in house.world.kept_events() {
        if matches!(kept.recorded.event, Event::RefundDue { .. } | Event::WebhookReceived { .. }) {
            assert!(house.world.hand_over_again(&house.effects, &kept.recorded).await);
        }
    }
    assert_eq!(house.world.gateway.refunds().len(), 1, "once, however often it is asked for");
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0, "nothing is left");
    assert_eq!(house.texts(1), ["refund"]);
}

#[tokio::test]
async fn a_suspended_salon_is_paid_nothing_new_and_keeps_what_was_begun() {
    let house = House::open().await;
    let held = house.place(house.asha, "2026-05-05 11:00").await;
    let begun = house.place(house.bina, "2026-05-05 15:00").await;
    let checkout = house.try_to_check_out(house.bina, begun.id, "k").await.expect("an order");
    suspend(&house.world, house.salon.owner).await;

    for (booking, text) in [(&held, "k"), (&begun, "another")] {
        let refused = house.try_to_check_out(booking.customer, booking.id, text).await;
        assert!(matches!(refused, Err(CreateError::NotListed)), "{refused:?}");
    }
    let again = house.try_to_check_out(house.bina, begun.id, "k").await.expect("as before");
    assert_eq!(again, checkout, "a retry hears what was answered");
    assert_eq!(house.world.gateway.orders().len(), 1);

    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    assert_eq!((house.status(&begun), house.paid(&begun)), (Status::Confirmed, "captured"));
    house.pass(MINUTE * 10).await;
    assert_eq!((house.status(&held), house.paid(&held)), (Status::Expired, "none"));
}

/// Whenever the suspension comes while an order is asked for, nobody is given one after it.
#[tokio::test]
async fn an_order_that_a_suspension_overtakes_is_given_to_nobody() {
    let (mut given, mut refused, mut overtaken) = (0, 0, 0);
    for seed in 1..=60 {
        let house = House::open().await;
        let booking = house.place(house.asha, "2026-05-05 11:00").await;
        house.world.store.shuffle(seed);
        let suspended = async {
            for _ in 0..seed % 12 {
                tokio::task::yield_now().await;
            }
            suspend(&house.world, house.salon.owner).await;
            house.paid(&booking)
        };
        let asked = house.try_to_check_out(house.asha, booking.id, "k");
        let (asked, stood) = tokio::join!(asked, suspended);
        match (asked, stood, house.world.gateway.orders().len()) {
            (Ok(_), "ordered", 1) => given += 1,
            (Err(CreateError::NotListed), _, 0) => refused += 1,
            (Err(CreateError::NotListed), "intended", 1) => overtaken += 1,
            other => panic!("{seed}: {other:?}"),
        }
        let after = house.try_to_check_out(house.asha, booking.id, "another").await;
        assert!(matches!(after, Err(CreateError::NotListed)), "{after:?}");
    }
    assert!(given > 0 && refused > 0 && overtaken > 0, "{given} {refused} {overtaken}");
}

#[tokio::test]
async fn a_bad_signature_is_refused() {
    let house = House::open().await;
    let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    let genuine = house.world.gateway.webhook(&paid);
    let forged = Webhook { signature: "0".repeat(64), ..genuine.clone() };
    let changed = Webhook { body: [&genuine.body[..], b" "].concat(), ..genuine.clone() };
    for bad in [forged, changed] {
        let refused = house.deliver(bad, Some("evt_1")).await;
        assert!(matches!(refused, Err(ReceiveError::BadSignature)), "{refused:?}");
    }
    let (order, payment) = (checkout.order.clone(), paid.clone());
    let callback = Callback { order, payment, signature: genuine.signature };
    let refused = confirm(&house.ports, house.asha, &callback).await;
    assert!(matches!(refused, Err(ConfirmError::BadSignature)), "{refused:?}");
    house.run().await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Held, "ordered"));
}

#[tokio::test]
async fn a_callback_for_the_order_of_another_finds_nothing() {
    let house = House::open().await;
    let (_, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    let foreign = house.callback(house.bina, &checkout, &paid).await;
    assert!(matches!(foreign, Err(ConfirmError::NotFound)), "{foreign:?}");
}

#[tokio::test]
async fn a_callback_with_an_attempt_that_was_not_captured_waits_for_the_webhook() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    let failed = house.world.gateway.try_in_vain(&checkout.order);
    let answer = house.callback(house.asha, &checkout, &failed).await.expect("an answer");
    assert_eq!(answer, Confirmation::Processing(booking.id));
    // Nor is an attempt for another order taken for this one.
    let (_, _, elsewhere) = house.place_and_pay(house.bina, "2026-05-05 15:00").await;
    let answer = house.callback(house.asha, &checkout, &elsewhere).await.expect("an answer");
    assert_eq!(answer, Confirmation::Processing(booking.id));
    house.webhook(&failed, "evt_1").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Held, "ordered"));
}

#[tokio::test]
async fn a_webhook_about_nothing_of_ours_is_noted_and_left() {
    let house = House::open().await;
    let strange = serde_json::json!({
        "event": "payment.captured", "payment": GatewayPayment("pay_x".into()),
        "order": GatewayOrder("order_x".into()), "amount": Money::inr(1),
    });
    let bodies = [
        (strange.to_string(), "not_ours"),
        ("{\"event\": \"settlement.processed\"}".to_owned(), "ignored: settlement.processed"),
        ("{\"event\": \"payment.captured\"}".to_owned(), "nonsense: "),
        ("not even JSON".to_owned(), "nonsense: "),
    ];
    for (body, expected) in bodies {
        let webhook = FakeGateway::genuine(body.clone().into_bytes());
        assert_eq!(house.deliver(webhook, None).await.expect("it is genuine"), Received::New);
        house.run().await;
        let last = house.world.kept_events().pop().expect("an event");
        let Event::WebhookReceived { delivery } = last.recorded.event else { panic!("{last:?}") };
        let outcome = house.world.look(|memory| memory.outcome(delivery)).unwrap_or_default();
        assert!(outcome.starts_with(expected), "{body}: {outcome}");
        assert!(last.is_done, "it is not tried again");
        process(&house.ports, delivery).await.expect("as often as one likes");
    }
}

#[tokio::test]
async fn another_amount_than_was_ordered_is_not_taken() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    let paid = house.world.gateway.pay_amount(&checkout.order, Money::inr(100));
    house.webhook(&paid, "evt_1").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Held, "ordered"));
    let waits = house.world.kept_events().into_iter().filter(|kept| kept.failures > 0).count();
    assert_eq!(waits, 1, "a person must look; until then it is tried again");
}

#[tokio::test]
async fn a_hold_expires_when_its_time_is_over() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    house.pass(TimeDelta::seconds(599)).await;
    assert_eq!(house.status(&booking), Status::Held);
    house.pass(TimeDelta::seconds(1)).await;
    assert_eq!(house.status(&booking), Status::Expired);
    assert_eq!(house.times(|event| matches!(event, Event::BookingExpired { .. })), 1);
    assert_eq!(house.texts(1), [""; 0]);
}

#[tokio::test]
async fn a_payment_whose_webhook_was_lost_is_found_before_the_hold_expires() {
    let house = House::open().await;
    let (booking, _, _) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.pass(MINUTE * 10).await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
    assert_eq!(house.times(|event| matches!(event, Event::BookingExpired { .. })), 0);
    assert_eq!(house.texts(1), ["confirmed"]);
}

#[tokio::test]
async fn a_payment_that_a_bank_takes_days_to_make_is_found() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-25 11:00").await;
    let checkout = house.check_out(&booking).await;
    house.pass(TimeDelta::hours(70)).await;
    house.world.gateway.pay(&checkout.order);
    assert_eq!(house.status(&booking), Status::Expired);
    house.pass(TimeDelta::hours(30)).await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Confirmed, "captured"));
}

#[tokio::test]
async fn a_payment_that_never_comes_is_looked_for_four_times() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-25 11:00").await;
    house.check_out(&booking).await;
    let asked = house.world.gateway.calls();
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0, "it comes to an end");
    assert_eq!(house.times(|event| matches!(event, Event::PaymentAwaited { .. })), 4);
    assert_eq!(house.world.gateway.calls() - asked, 5, "four looks, and one before expiry");
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Expired, "ordered"));
}
