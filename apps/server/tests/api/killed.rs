//! The server dies in the middle of its work, as by a cut of the power.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use indistylo_server::config::Secret;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::race::{LOST, OVERLAPS};
use crate::support::{Person, Process, SECRET, Slot, TestServer, fresh_name, now};

const CUSTOMERS: usize = 48;
/// Bookings of one customer: as many holds as one may have.
const EACH: usize = 3;

/// Asks for a few slots, one after the other, and gives the bookings that were acknowledged.
async fn book(
    client: reqwest::Client,
    url: String,
    who: Person,
    slots: Vec<Slot>,
    acknowledged: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut bookings = Vec::new();
    for slot in slots {
        let asked = client
            .post(format!("{url}/bookings"))
            .bearer_auth(&who.token)
            .header("Idempotency-Key", fresh_name())
            .json(&json!({ "offer": slot.offer }))
            .send();
        let Ok(answer) = asked.await else { break };
        let created = answer.status() == 201;
        let Ok(answer) = answer.json::<Value>().await else { break };
        if created {
            acknowledged.fetch_add(1, Ordering::Relaxed);
            bookings.push(answer["id"].as_str().expect("its id").to_owned());
        }
    }
    bookings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_among_bookings_loses_nothing_it_acknowledged() {
    let server = TestServer::start_with(|config| config.secret = Some(Secret::new(SECRET))).await;
    let salon = server.a_salon().with_professionals(6).opens().await;
    let customers = server.customers(CUSTOMERS).await;
    let from = now() + TimeDelta::hours(1);
    // Every third: a service takes three quarters of an hour.
    let slots = server.free_between(&salon, from, from + TimeDelta::days(5)).await;
    let slots: Vec<Slot> = slots.into_iter().step_by(3).collect();
    let mut acknowledged_in_all = 0;
    for (round, customers) in customers.chunks(CUSTOMERS / 3).enumerate() {
        let process = Process::start(&server.database.url, &[]);
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut booking = JoinSet::new();
        for (number, customer) in customers.iter().enumerate() {
            // Neighbours want the same slots: some of them lose.
            let first = (round * customers.len() + number / 2) * EACH;
            let wanted = slots.iter().skip(first).take(EACH).cloned().collect();
            let counter = Arc::clone(&acknowledged);
            let (client, url) = (server.client().clone(), process.url.clone());
            booking.spawn(book(client, url, customer.clone(), wanted, counter));
        }
        let enough = 5 + 5 * round;
        let some = async {
            while acknowledged.load(Ordering::Relaxed) < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), some).await.expect("bookings are made");
        drop(process);
        let bookings: Vec<String> = booking.join_all().await.into_iter().flatten().collect();
        assert!(bookings.len() >= enough, "{}", bookings.len());
        acknowledged_in_all += bookings.len();
        for booking in &bookings {
            let stored = format!("select count(*) from bookings where id = '{booking}'");
            assert_eq!(server.database.count(&stored).await, 1, "{booking} was acknowledged");
        }
        assert_eq!(server.database.count(OVERLAPS).await, 0);
        assert_eq!(server.database.count(LOST).await, 0, "time without a booking, or the reverse");
    }
    let stored = server.database.count("select count(*) from bookings").await;
    for beside in ["events where kind = 'booking_held'", "replays where verb = 'create_booking'"] {
        let count = server.database.count(&format!("select count(*) from {beside}")).await;
        assert_eq!(count, stored, "{beside}");
    }
    let acknowledged = i64::try_from(acknowledged_in_all).expect("few");
    assert!(acknowledged <= stored, "{acknowledged} of {stored}");
}
