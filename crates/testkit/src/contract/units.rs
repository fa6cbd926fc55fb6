//! A unit of work: all of it is saved, or nothing.

use chrono::TimeDelta;
use kernel::{BookingId, PaymentId};
use ledger::{GatewayOrder, Payment};
use ports::{Clock, Event, IdempotencyKey, Replay};
use serde_json::json;

use super::{find, is_conflict, look, place, scene};
use crate::ground::Ground;

/// Where one part cannot be saved, no part is.
pub async fn a_commit_is_all_or_nothing(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let now = ground.clock().now();
    let key = IdempotencyKey { person: scene.asha, verb: "test", key: "one".to_owned() };
    let answer = Replay { fingerprint: [1; 32], answer: json!({"the": "first"}).to_string() };
    let mut tx = store.begin().await.expect("a unit of work");
    tx.record(&key, answer.clone());
    tx.commit().await.expect("the first answer is kept");

    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    let payment_id = PaymentId::new(ground.ids().next());
    let payment = Payment::intend(payment_id, booking.id, scene.asha, booking.price(), now);
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &booking).await.expect("a diary");
    tx.save_booking(&booking);
    tx.save_payment(&payment);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, now);
    tx.record(&key, Replay { fingerprint: [2; 32], answer: json!("the second").to_string() });
    assert!(is_conflict(tx.commit().await), "the key was answered");

    assert_eq!(find(store.as_ref(), booking.id).await, None);
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.payment(payment_id).await.expect("an answer"), None);
    assert_eq!(tx.replay(&key).await.expect("an answer"), Some(answer));
    let diaries = look(tx.as_mut(), &booking).await.expect("a diary");
    assert_eq!(diaries[0].claims, []);
    assert_eq!(tx.holds(scene.asha).await.expect("an answer"), []);
    drop(tx);
    assert_eq!(ground.events().await, []);
    // Nor did the day move: a booking that was decided before is placed.
    place(store.as_ref(), &booking).await.expect("the time is free");
}

/// Dropping it is enough; nothing has to be undone.
pub async fn a_dropped_unit_leaves_nothing(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    let now = ground.clock().now();
    {
        let mut tx = store.begin().await.expect("a unit of work");
        look(tx.as_mut(), &booking).await.expect("a diary");
        tx.save_booking(&booking);
        tx.enqueue(Event::BookingHeld { booking: booking.id }, now);
    }
    assert_eq!(find(store.as_ref(), booking.id).await, None);
    assert_eq!(ground.events().await, []);
}

/// Nobody hears of what was not saved, and all that was saved is heard of, due when it was said.
pub async fn events_appear_with_the_commit_only(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    let now = ground.clock().now();
    let (held, later) = (
        Event::BookingHeld { booking: booking.id },
        Event::PaymentAwaited { payment: PaymentId::new(ground.ids().next()), round: 3 },
    );
    let mut tx = store.begin().await.expect("a unit of work");
    tx.save_booking(&booking);
    tx.enqueue(held.clone(), now);
    tx.enqueue(later.clone(), now + TimeDelta::hours(73));
    assert_eq!(ground.events().await, []);
    tx.commit().await.expect("saved");
    let expected = [(held, now), (later, now + TimeDelta::hours(73))];
    assert_eq!(ground.events().await, expected);
}

/// A decision is made on what was read, never on what it will write.
pub async fn what_is_staged_is_not_read_back(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    tx.save_booking(&booking);
    assert_eq!(tx.booking(booking.id).await.expect("an answer"), None);
    assert_eq!(tx.holds(scene.asha).await.expect("an answer"), []);
}

/// Not found is an answer, not a failure.
pub async fn what_does_not_exist_is_not_found(ground: &dyn Ground) {
    let (scene, store, ids) = (scene(ground).await, ground.store(), ground.ids());
    let mut tx = store.begin().await.expect("a unit of work");
    let booking = BookingId::new(ids.next());
    assert_eq!(tx.booking(booking).await.expect("an answer"), None);
    assert_eq!(tx.payment(PaymentId::new(ids.next())).await.expect("an answer"), None);
    let order = GatewayOrder("order_of_nobody".to_owned());
    assert_eq!(tx.payment_of_order(&order).await.expect("an answer"), None);
    assert_eq!(tx.payments_of(booking).await.expect("an answer"), []);
    assert_eq!(tx.holds(scene.asha).await.expect("an answer"), []);
    tx.commit().await.expect("a unit that changes nothing is saved");
    assert_eq!(ground.queries().booking(booking).await.expect("an answer"), None);
}
