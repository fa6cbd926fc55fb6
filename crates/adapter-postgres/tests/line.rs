//! Who wants the same professional's day commits in turn; who lost before stands in line from the look
//! on, and who only looks waits for nobody.

mod ground;

use std::time::Duration;

use ground::PgGround;
use kernel::{BookingId, PersonId};
use ports::{Clock, Event, Sought, Tx, Wish};
use testkit::{Ground, a_salon};

#[tokio::test]
async fn whoever_decides_again_is_not_overtaken_and_keeps_nobody_from_looking() {
    let ground = PgGround::fresh().await;
    let (store, now) = (ground.store(), ground.clock().now());
    let salon = a_salon().on(&ground).await;
    let looked = async |day: &str, again| -> Box<dyn Tx> {
        let sought = Sought {
            salon: salon.id,
            wishes: vec![Wish { staff: Some(salon.professional()), ..salon.wish() }],
            customer: PersonId::NONE,
            start: salon.at(day),
            destination: None,
            key: None,
            again,
        };
        let mut tx = store.begin().await.expect("a unit of work");
        tx.desk(&sought).await.expect("an answer").expect("it is sold");
        tx.enqueue(Event::BookingHeld { booking: BookingId::NONE }, now);
        tx
    };
    let first = looked("2026-05-05 11:00", true).await;
    let second = looked("2026-05-05 15:00", false).await;
    let elsewhere = looked("2026-05-06 15:00", false).await;
    elsewhere.commit().await.expect("another day is another line");
    let second = tokio::spawn(second.commit());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!second.is_finished(), "it is not their turn");
    first.commit().await.expect("nobody came between");
    second.await.expect("no panic").expect("no time was taken of what they read");
}
