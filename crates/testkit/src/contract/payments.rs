//! Nobody pays twice for one booking, whatever happens at once.

use kernel::{Money, PaymentId, RefundId, SalonId};
use ledger::{Capture, Captured, GatewayOrder, GatewayPayment, Payment, RefundReason};
use ports::{Clock, Store, StoreError};
use scheduling::Booking;

use super::{at_once, is_conflict, look, place, scene};
use crate::ground::Ground;
use crate::salon::{a_salon, suspend};

pub(super) fn intent(ground: &dyn Ground, booking: &Booking) -> Payment {
    let id = PaymentId::new(ground.ids().next());
    Payment::intend(id, booking.id, booking.customer, booking.price(), ground.clock().now())
}

fn ordered(payment: Payment, order: &str) -> Payment {
    payment.ordered(GatewayOrder(order.to_owned())).expect("it was intended")
}

/// A payment that the gateway captured by an attempt of this name.
pub(super) fn captured(ground: &dyn Ground, payment: &Payment, attempt: &str) -> Payment {
    let paid_by = GatewayPayment(attempt.to_owned());
    match payment.capture(paid_by, payment.amount, ground.clock().now()) {
        Ok(Captured::Now(payment)) => payment,
        other => panic!("an order can be paid: {other:?}"),
    }
}

pub(super) async fn add(store: &dyn Store, payment: &Payment) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.save_payment(payment);
    tx.commit().await
}

/// A payment that was intended and for which the gateway then gave this order, both kept.
pub(super) async fn with_order(ground: &dyn Ground, booking: &Booking, order: &str) -> Payment {
    let (store, intent) = (ground.store(), intent(ground, booking));
    add(store.as_ref(), &intent).await.expect("no other payment is open");
    let ordered = ordered(intent, order);
    save(store.as_ref(), &ordered).await.expect("the order is nobody else's");
    ordered
}

/// Saves over what stands now.
pub(super) async fn save(store: &dyn Store, payment: &Payment) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.payment(payment.id).await?;
    tx.save_payment(payment);
    tx.commit().await
}

/// Two pieces of news about one payment: the second decides again.
pub async fn a_payment_that_moved_is_a_conflict(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let payment = with_order(ground, &booking, "order_1").await;
    let news = captured(ground, &payment, "pay_1");
    let copies = at_once((0..8).map(|_| {
        let (store, news) = (ground.store(), news.clone());
        async move {
            let mut tx = store.begin().await?;
            let read = tx.payment(news.id).await?.expect("it is there");
            if !read.is_open() {
                return Err(StoreError::Conflict);
            }
            tx.save_payment(&news);
            tx.commit().await
        }
    }))
    .await;
    let heard = copies.into_iter().filter(|answer| !matches!(answer, Err(StoreError::Conflict)));
    assert_eq!(heard.map(|answer| answer.expect("no other failure")).count(), 1);
    let same_name = Payment { id: payment.id, ..intent(ground, &booking) };
    assert!(is_conflict(add(store.as_ref(), &same_name).await), "a name is given once");
}

/// Two requests that both intend to pay: one of them asks the gateway.
pub async fn a_booking_has_one_open_payment(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let intents: Vec<Payment> = (0..6).map(|_| intent(ground, &booking)).collect();
    let answers = at_once(intents.into_iter().map(|payment| {
        let store = ground.store();
        async move { add(store.as_ref(), &payment).await }
    }))
    .await;
    assert_eq!(answers.into_iter().flatten().count(), 1);
    // One that is ordered is still open.
    let open = {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.payments_of(booking.id).await.expect("an answer").remove(0)
    };
    save(store.as_ref(), &ordered(open, "order_1")).await.expect("ordered");
    assert!(is_conflict(add(store.as_ref(), &intent(ground, &booking)).await));
}

/// Once the money is here, a second capture cannot be saved beside it; one that goes back can.
pub async fn a_booking_has_one_captured_payment(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let first = with_order(ground, &booking, "order_1").await;
    save(store.as_ref(), &captured(ground, &first, "pay_1")).await.expect("captured");
    // The first is not open any more.
    let second = with_order(ground, &booking, "order_2").await;
    let twice = captured(ground, &second, "pay_2");
    assert!(is_conflict(save(store.as_ref(), &twice).await), "there is a captured one");
    let back = |id, payment: &Payment, amount| {
        let (reason, now) = (RefundReason::PaidTwice, ground.clock().now());
        payment.clone().owe_back(id, amount, reason, now).expect("captured")
    };
    let name = || RefundId::new(ground.ids().next());
    let part = back(name(), &twice, Money::inr(100));
    assert!(is_conflict(save(store.as_ref(), &part).await), "some of it would be kept");
    let due = back(name(), &twice, twice.amount);
    save(store.as_ref(), &due).await.expect("money that goes back may be kept beside it");
    let mut tx = store.begin().await.expect("a unit of work");
    let states = tx.payments_of(booking.id).await.expect("an answer");
    let kept: Vec<_> = states.iter().map(|payment| payment.captured().map(Capture::kept)).collect();
    assert_eq!(kept, [Some(booking.price()), Some(Money::inr(0))]);
}

/// Whoever read that a salon is shown saves nothing that rests on it once it is not; who did not ask
/// is not disturbed.
pub async fn what_rests_on_a_shown_salon_is_not_saved_once_it_is_hidden(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let hidden = a_salon().called("Hidden").not_listed().owned_by(8).on(ground).await;
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let begun = intent(ground, &booking);

    let mut tx = store.begin().await.expect("a unit of work");
    assert!(!tx.is_listed(hidden.id).await.expect("an answer"));
    assert!(!tx.is_listed(SalonId::new(ground.ids().next())).await.expect("an answer"));
    assert!(tx.is_listed(scene.salon.id).await.expect("an answer"));
    tx.save_payment(&begun);
    tx.commit().await.expect("it is still shown");

    let mut tx = store.begin().await.expect("a unit of work");
    let read = tx.payment(begun.id).await.expect("an answer").expect("it is there");
    assert!(tx.is_listed(scene.salon.id).await.expect("an answer"));
    let mut placed = store.begin().await.expect("a unit of work");
    let later = scene.hold(ground, scene.bina, "15:00", 0);
    look(placed.as_mut(), &later).await.expect("an answer");
    assert!(placed.is_listed(scene.salon.id).await.expect("an answer"));
    suspend(ground, scene.salon.owner).await;
    let ordered = ordered(read, "order_1");
    tx.save_payment(&ordered);
    assert!(is_conflict(tx.commit().await), "nobody is given the order");
    placed.save_booking(&later);
    assert!(is_conflict(placed.commit().await), "whatever it is that rests on it");
    save(store.as_ref(), &ordered).await.expect("nobody asked whether it is shown");
}

/// The gateway's names lead to one payment of ours each.
pub async fn an_order_belongs_to_one_payment(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let mut bookings = Vec::new();
    for (number, start) in [(0, "11:00"), (1, "15:00")] {
        let booking = scene.hold(ground, scene.asha, start, number);
        place(store.as_ref(), &booking).await.expect("the time is free");
        bookings.push(booking);
    }
    let first = with_order(ground, &bookings[0], "order_1").await;
    let second = intent(ground, &bookings[1]);
    add(store.as_ref(), &second).await.expect("another booking");
    let same_order = save(store.as_ref(), &ordered(second.clone(), "order_1")).await;
    assert!(is_conflict(same_order), "the order is another's");

    let second = ordered(second, "order_2");
    save(store.as_ref(), &second).await.expect("an order of its own");
    save(store.as_ref(), &captured(ground, &first, "pay_1")).await.expect("captured");
    let same_attempt = save(store.as_ref(), &captured(ground, &second, "pay_1")).await;
    assert!(is_conflict(same_attempt), "the attempt is another's");
}
