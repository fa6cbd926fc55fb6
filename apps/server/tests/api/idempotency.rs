//! A customer whose phone lost the answer asks again, and nothing happens twice.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Person, Salon, TestServer, now, text};

async fn a_salon_and_a_customer() -> (TestServer, Salon, Person) {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let customer = server.customer().await;
    (server, salon, customer)
}

impl TestServer {
    async fn book_with_key(&self, who: &Person, key: &str, body: &Value) -> Answer {
        self.post("/bookings").by(who).key(key).json(body).await
    }

    async fn bookings(&self) -> i64 {
        self.database.count("select count(*) from bookings").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_gets_the_same_answer_byte_for_byte() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let offer = json!({ "offer": server.free_slot(&salon).await.offer });
    let first = server.book_with_key(&customer, "tap-1", &offer).await;
    let again = server.book_with_key(&customer, "tap-1", &offer).await;
    first.expect(201);
    again.expect(201);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(server.bookings().await, 1);

    // Even after the booking has moved on, the answer is the one that was lost.
    let booking = text(&first.json(), "/id");
    server.confirmed(&customer, &booking).await;
    let late = server.book_with_key(&customer, "tap-1", &offer).await;
    assert_eq!(late.bytes, first.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_taps_at_once_make_one_booking_and_get_one_answer() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    for (round, slot) in server.free_slots(&salon, 2).await.iter().step_by(3).take(3).enumerate() {
        let (key, offer) = (format!("taps-{round}"), json!({ "offer": slot.offer }));
        let taps = (0..10).map(|_| server.book_with_key(&customer, &key, &offer));
        let answers = join_all(taps).await;
        for answer in &answers {
            answer.expect(201);
            assert_eq!(answer.bytes, answers[0].bytes);
        }
    }
    assert_eq!(server.bookings().await, 3);
    assert_eq!(server.events("booking_held").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_stands_for_one_request_only() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let slots = server.free_slots(&salon, 2).await;
    let (one, other) = (json!({ "offer": slots[0].offer }), json!({ "offer": slots[6].offer }));
    server.book_with_key(&customer, "k", &one).await.expect(201);
    let reused = server.book_with_key(&customer, "k", &other).await;
    reused.refused(422, "idempotency_key_reused");
    // The same meaning in other bytes is another request too.
    let spaced = format!("{{ \"offer\": \"{}\" }}", slots[0].offer);
    let spaced = server.post("/bookings").by(&customer).key("k").raw_json(spaced).await;
    spaced.refused(422, "idempotency_key_reused");
    assert_eq!(server.bookings().await, 1);

    // Another verb's keys are other keys; another booking under the same verb is another request.
    let first = text(&server.book_with_key(&customer, "k", &one).await.json(), "/id");
    let second = text(&server.book_with_key(&customer, "k2", &other).await.expect(201), "/id");
    let order = async |booking: &str| {
        server.post(&format!("/bookings/{booking}/payments")).by(&customer).key("k").await
    };
    let checkout = order(&first).await;
    checkout.expect(201);
    assert_eq!(order(&first).await.bytes, checkout.bytes);
    order(&second).await.refused(422, "idempotency_key_reused");
    assert_eq!(server.database.count("select count(*) from payments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_someone_else_shows_nothing_of_theirs() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let stranger = server.customer().await;
    let offer = json!({ "offer": server.free_slot(&salon).await.offer });
    server.book_with_key(&customer, "shared", &offer).await.expect(201);
    let crossed = server.book_with_key(&stranger, "shared", &offer).await;
    crossed.refused(409, "taken");
    assert_eq!(server.bookings().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_not_remembered() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let rival = server.customer().await;
    let slot = server.free_slot(&salon).await;
    let theirs = server.hold(&rival, &slot).await;
    let offer = json!({ "offer": slot.offer });
    server.book_with_key(&customer, "patience", &offer).await.refused(409, "taken");
    server.post(&format!("/bookings/{theirs}/cancel")).by(&rival).await.expect(200);
    server.book_with_key(&customer, "patience", &offer).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proper_key_nothing_is_booked_and_nothing_is_paid() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let slot = server.free_slot(&salon).await;
    let offer = json!({ "offer": slot.offer });
    let (_, booking) = server.a_hold(&salon).await;
    let calls = || {
        let order = server.post(&format!("/bookings/{booking}/payments")).by(&customer);
        [server.post("/bookings").by(&customer).json(&offer), order]
    };
    for call in calls() {
        call.await.refused(400, "idempotency_key_missing");
    }
    let long = "k".repeat(256);
    let malformed: [&[u8]; 7] = [
        b"",
        b" ",
        b"two words",
        b"tab\there",
        long.as_bytes(),
        "schl\u{fc}ssel".as_bytes(),
        &[0xff],
    ];
    for key in malformed {
        for call in calls() {
            let answer = call.header_bytes("idempotency-key", key).await;
            answer.refused(400, "idempotency_key_malformed");
        }
    }
    for call in calls() {
        call.key("one").key("two").await.refused(400, "idempotency_key_malformed");
    }
    assert_eq!(server.bookings().await, 1);
    assert_eq!(server.database.count("select count(*) from payments").await, 0);

    let longest = "k".repeat(255);
    server
        .book_with_key(&server.customer().await, &longest, &json!({"offer": "x"}))
        .await
        .names(&["/offer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_key_is_not_demanded_it_is_honoured() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let booking = server.hold(&customer, &server.free_slot(&salon).await).await;
    let cancel = async |key: &str| {
        server.post(&format!("/bookings/{booking}/cancel")).by(&customer).key(key).await
    };
    let first = cancel("off").await;
    assert_eq!(first.expect(200)["status"], "cancelled");
    assert_eq!(cancel("off").await.bytes, first.bytes);
    cancel("other").await.refused(409, "not_in_this_state");

    let (guest, booking) = server.a_hold(&salon).await;
    server.confirmed(&guest, &booking).await;
    server.its_time_comes(&booking).await;
    let arrive = async || {
        let path = format!("/vendor/bookings/{booking}/arrive");
        server.post(&path).by(&salon.owner).key("bell").await
    };
    let first = arrive().await;
    assert_eq!(first.expect(200)["status"], "arrived");
    assert_eq!(arrive().await.bytes, first.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_salon_or_a_customer_adds_is_added_once() {
    let (server, salon, customer) = a_salon_and_a_customer().await;
    let at = |what: &str| format!("/vendor/salons/{}/{what}", salon.id);
    let (from, to) = (now(), now() + TimeDelta::days(1));
    let wait =
        |from| json!({ "salon_id": salon.id, "services": [salon.wish(0)], "from": from, "to": to });
    let named = |name: &str| json!({ "name": name, "city": "Indore", "address": "1 MG Road" });
    let service = |name: &str| {
        json!({ "name": name, "category": "hair", "duration_minutes": 30,
            "price": { "amount": 10_000, "currency": "INR" } })
    };
    let owner = &salon.owner;
    let calls = [
        (
            "waitlist",
            &customer,
            "/waitlist".to_owned(),
            wait(from),
            wait(now() + TimeDelta::hours(1)),
        ),
        ("salons", owner, "/vendor/salons".to_owned(), named("Glow 2"), named("Glow 3")),
        ("services", owner, at("services"), service("Cut"), service("Colour")),
        ("staff", owner, at("staff"), json!({ "name": "Meera" }), json!({ "name": "Nina" })),
        (
            "resources",
            owner,
            at("resources"),
            json!({ "name": "Chair", "units": 2 }),
            json!({ "name": "Room", "units": 1 }),
        ),
    ];
    for (table, who, path, body, other) in calls {
        let count = format!("select count(*) from {table}");
        let before = server.database.count(&count).await;
        let ask = async |body| server.post(&path).by(who).key("tap").json(body).await;
        let answers = join_all((0..6).map(|_| ask(&body))).await;
        for answer in &answers {
            answer.expect(201);
            assert_eq!(answer.bytes, answers[0].bytes, "{table}");
        }
        ask(&other).await.refused(422, "idempotency_key_reused");
        assert_eq!(server.database.count(&count).await, before + 1, "{table}");
        server.post(&path).by(who).json(&body).await.expect(201);
        assert_eq!(server.database.count(&count).await, before + 2, "another wish: {table}");
    }
}
