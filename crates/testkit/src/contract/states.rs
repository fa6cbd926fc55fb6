//! However far a booking or a payment has come, it is kept exactly so.

use chrono::TimeDelta;
use kernel::{Money, PaymentId, RefundId};
use ledger::{
    Capture, Captured, GatewayOrder, GatewayPayment, GatewayRefund, Payment, RefundReason,
};
use ports::{Clock, Store};
use scheduling::booking::{Booking, Paid, Party};
use scheduling::{Refusal, Status};

use super::{MINUTE, change, find, place, scene};
use crate::ground::Ground;

type Step = fn(Booking, chrono::DateTime<chrono::Utc>) -> Result<Booking, Refusal>;

#[expect(clippy::unnecessary_wraps, reason = "a step like the others")]
pub(super) fn pay(
    booking: Booking,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Booking, Refusal> {
    match booking.paid(&[], now) {
        Paid::Confirmed(booking) => Ok(booking),
        other => panic!("a hold can be paid for: {other:?}"),
    }
}

/// The customer comes, once it is time.
pub(super) fn come(
    booking: Booking,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Booking, Refusal> {
    let in_time = now.max(booking.window().start());
    booking.arrive(in_time)
}

/// The service begins, once it is time.
pub(super) fn begin(
    booking: Booking,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Booking, Refusal> {
    let in_time = now.max(booking.window().start());
    booking.start(in_time)
}

/// It lasts a quarter of an hour longer.
fn run_over(booking: Booking, now: chrono::DateTime<chrono::Utc>) -> Result<Booking, Refusal> {
    let later = booking.window().end() + MINUTE * 15;
    booking.extend(later, now)
}

/// Every way that a booking can go, and what is read back at every step.
pub async fn every_state_of_a_booking_is_kept(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let ways: [(&str, &[Step]); 6] = [
        ("10:00", &[pay, come, begin, run_over, Booking::complete]),
        ("11:00", &[|booking, now| booking.cancel(Party::Customer, now)]),
        ("12:00", &[pay, |booking, now| booking.cancel(Party::Salon, now)]),
        (
            "13:00",
            &[pay, |booking, now| {
                let at_the_door = now.max(booking.window().start());
                booking.no_show(at_the_door)
            }],
        ),
        ("14:00", &[|booking, now| booking.expire(now + TimeDelta::minutes(10))]),
        ("15:00", &[]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (start, steps) in ways {
        let hold = scene.hold(ground, scene.asha, start, 0);
        place(store.as_ref(), &hold).await.expect("the time is free");
        let mut expected = hold;
        for step in steps {
            seen.insert(expected.status());
            clock.advance(TimeDelta::microseconds(1_000_001));
            let now = clock.now();
            expected = change(store.as_ref(), expected.id, |booking| step(booking, now))
                .await
                .expect("nobody is in the way");
            assert_eq!(find(store.as_ref(), expected.id).await.as_ref(), Some(&expected));
            let view = ground.queries().booking(expected.id).await.expect("an answer");
            assert_eq!(view.map(|view| view.booking).as_ref(), Some(&expected));
        }
        seen.insert(expected.status());
        assert_eq!(find(store.as_ref(), expected.id).await, Some(expected));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), Status::ALL, "every state was seen");
}

/// From the intent to the refund, and what is read back at every step.
pub async fn every_state_of_a_payment_is_kept(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let mut all = Vec::new();
    for (count, reason) in RefundReason::ALL.into_iter().enumerate() {
        let id = PaymentId::new(ground.ids().next());
        let intended = Payment::intend(id, booking.id, scene.asha, booking.price(), clock.now());
        let order = GatewayOrder(format!("order_{count}"));
        let mut payment = keep(store.as_ref(), id, |_| intended.clone()).await;
        let refunds = [0, 1].map(|_| RefundId::new(ground.ids().next()));
        let [part, rest] = [Money::inr(100), Money::inr(booking.price().minor_units() - 100)];
        let owe = |payment: Payment, id, amount| {
            payment.owe_back(id, amount, reason, clock.now()).expect("that much is kept")
        };
        let give = |payment: Payment, number: usize| {
            let refund = GatewayRefund(format!("rfnd_{count}_{number}"));
            payment.refunded(refunds[number], refund, clock.now()).expect("it was due")
        };
        let steps: [&dyn Fn(Payment) -> Payment; 7] = [
            &|payment| payment.ask_again(clock.now()).expect("patience is over"),
            &|payment| payment.ordered(order.clone()).expect("it was intended"),
            &|payment| {
                let paid_by = GatewayPayment(format!("pay_{count}"));
                match payment.capture(paid_by, payment.amount, clock.now()) {
                    Ok(Captured::Now(payment)) => payment,
                    other => panic!("an order can be paid: {other:?}"),
                }
            },
            &|payment| owe(payment, refunds[0], part),
            &|payment| owe(payment, refunds[1], rest),
            &|payment| give(payment, 1),
            &|payment| give(payment, 0),
        ];
        for step in steps {
            clock.advance(MINUTE);
            payment = keep(store.as_ref(), id, |read| step(read.expect("it is there"))).await;
        }
        assert!(payment.captured().is_some_and(Capture::goes_back));
        for refund in refunds {
            let mut tx = store.begin().await.expect("a unit of work");
            let found = tx.payment_of_refund(refund).await.expect("an answer");
            assert_eq!(found.as_ref(), Some(&payment), "a refund finds its payment");
        }
        let mut tx = store.begin().await.expect("a unit of work");
        let found = tx.payment_of_order(&order).await.expect("an answer");
        assert_eq!(found.as_ref(), Some(&payment), "an order finds its payment, refunded or not");
        all.push(payment);
    }
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.payments_of(booking.id).await.expect("an answer"), all, "the oldest first");
}

/// Reads a payment, changes it, saves it, and sees that it was kept so.
async fn keep(
    store: &dyn Store,
    id: PaymentId,
    how: impl FnOnce(Option<Payment>) -> Payment,
) -> Payment {
    let mut tx = store.begin().await.expect("a unit of work");
    let changed = how(tx.payment(id).await.expect("an answer"));
    tx.save_payment(&changed);
    tx.commit().await.expect("nobody is in the way");
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.payment(id).await.expect("an answer").as_ref(), Some(&changed));
    changed
}
