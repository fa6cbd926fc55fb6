//! What it costs to call a booking off: said beforehand, and done so.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Person, Salon, TestServer, now, text, until};

impl TestServer {
    /// What went back of a payment, in paise, once so many refunds were given and told.
    async fn went_back(&self, who: &Person, payment: &str, refunds: usize) -> Vec<i64> {
        until("the refunds are texted", async || {
            let texts = self.texts_to(who);
            let told = texts.iter().filter(|text| text.contains("is being refunded")).count();
            (told == refunds).then_some(())
        })
        .await;
        let refunds = self.refunds_of(payment).await;
        refunds.iter().filter_map(|refund| refund["amount"].as_i64()).collect()
    }
}

async fn strict(server: &TestServer) -> Salon {
    let policy = json!({ "free_until_minutes": 2880, "late_fee": "0.50", "no_show_fee": "0.9" });
    server.a_salon().with("cancellation", policy).opens().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_off_late_gets_back_what_was_said() {
    let server = TestServer::start().await;
    let salon = strict(&server).await;
    let from = now() + TimeDelta::hours(1);
    let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)], "from": from,
        "to": from + TimeDelta::days(1) });
    let found = server.post("/availability/search").json(&ask).await.expect(200);
    let policy = json!({ "free_until_minutes": 2880, "late_fee": "0.5", "no_show_fee": "0.9" });
    assert_eq!(found["slots"][0]["cancellation"], policy);

    let (customer, booking) = server.a_hold(&salon).await;
    let terms = format!("/vendor/salons/{}/terms", salon.id);
    let put = async |version: i64, body: &Value| {
        server.put(&terms).by(&salon.owner).on_version(version).json(body).await
    };
    put(2, &json!({})).await.expect(200);
    put(2, &json!({})).await.refused(412, "stale");
    let path = format!("/bookings/{booking}");
    let shown = server.get(&path).by(&customer).await.expect(200);
    assert_eq!(shown["cancellation"], policy, "it keeps the terms under which it was made");
    let next = server.post("/availability/search").json(&ask).await.expect(200);
    assert_eq!(next["slots"][0]["cancellation"]["no_show_fee"], "1");

    let preview = async || server.get(&format!("{path}/cancellation")).by(&customer).await;
    let unpaid = preview().await.expect(200);
    assert_eq!((&unpaid["kept"]["amount"], &unpaid["refunded"]["amount"]), (&json!(0), &json!(0)));
    let paid = server.confirmed(&customer, &booking).await;
    let said = preview().await.expect(200);
    assert_eq!(said["kept"], json!({ "amount": 24_950, "currency": "INR" }));
    assert_eq!(said["cancellation"], policy);
    let at = |of: &Value, pointer: &str| -> DateTime<Utc> {
        text(of, pointer).parse().expect("an instant")
    };
    assert_eq!(at(&shown, "/starts_at") - at(&said, "/free_until"), TimeDelta::days(2));

    server.post(&format!("{path}/cancel")).by(&customer).await.expect(200);
    let back = server.went_back(&customer, &paid.razorpay_payment_id, 1).await;
    assert_eq!(json!(back), json!([said["refunded"]["amount"]]));
    preview().await.refused(409, "not_in_this_state");
    let stranger = server.customer().await;
    server.get(&format!("{path}/cancellation")).by(&stranger).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_service_of_two_is_called_off_paid_back_and_free_again() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_service("Cut", 45).with_service("Wash", 30).opens().await;
    let (customer, from) = (server.customer().await, now() + TimeDelta::hours(1));
    let both = json!([salon.wish(0), salon.wish(1)]);
    let slot = server.free_for(&salon, &both, from, from + TimeDelta::hours(4)).await.remove(0);
    let booked = server.book(&customer, &slot).await.expect(201);
    let path = format!("/bookings/{}", text(&booked, "/id"));
    let paid = server.confirmed(&customer, &text(&booked, "/id")).await;
    let starts: DateTime<Utc> = text(&booked, "/lines/1/starts_at").parse().expect("an instant");
    let wash_is_free = async || {
        let (wish, end) = (json!([salon.wish(1)]), starts + TimeDelta::minutes(1));
        !server.free_for(&salon, &wish, starts, end).await.is_empty()
    };
    assert!(!wash_is_free().await);

    let said = server.get(&format!("{path}/cancellation?lines=1")).by(&customer).await.expect(200);
    assert_eq!(said["refunded"], booked["lines"][1]["price"]);
    let cancel =
        async |body: Value| server.post(&format!("{path}/cancel")).by(&customer).json(&body).await;
    for bad in [json!([]), json!([2]), json!([-1]), json!([0, 0]), json!(["1"]), json!(1)] {
        cancel(json!({ "lines": bad })).await.names(&["/lines"]);
    }
    for bad in ["2", "", "0;1", "-1", "256"] {
        let asked = server.get(&format!("{path}/cancellation?lines={bad}")).by(&customer).await;
        asked.names(&["lines"]);
    }
    let left = cancel(json!({ "lines": [1] })).await.expect(200);
    assert_eq!(
        (&left["status"], &left["price"]),
        (&json!("confirmed"), &booked["lines"][0]["price"])
    );
    assert_eq!(left["lines"].as_array().map(Vec::len), Some(1));
    assert!(wash_is_free().await, "its time is free");
    assert_eq!(server.went_back(&customer, &paid.razorpay_payment_id, 1).await, [49_900]);

    server.post(&format!("/vendor{path}/cancel")).by(&salon.owner).await.expect(200);
    let back = server.went_back(&customer, &paid.razorpay_payment_id, 2).await;
    assert_eq!(back, [49_900, 49_900], "the rest, in a refund of its own");
    let told = server.all_news_is_read().await;
    assert!(told.iter().all(|outcome| !outcome.starts_with("nonsense")), "{told:?}");
    assert!(told.contains(&"ignored: refund.processed".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_that_are_none_are_named() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let terms = format!("/vendor/salons/{}/terms", salon.id);
    let put = async |policy: Value| {
        let body = json!({ "cancellation": policy });
        server.put(&terms).by(&salon.owner).on_version(2).json(&body).await
    };
    let bad = json!({ "free_until_minutes": 43_201, "late_fee": "1.01", "no_show_fee": 0.5 });
    put(bad).await.names(&[
        "/cancellation/free_until_minutes",
        "/cancellation/late_fee",
        "/cancellation/no_show_fee",
    ]);
    put(json!({ "late_fee": "-0.1", "no_show_fee": "0.123456789" })).await.names(&[
        "/cancellation/free_until_minutes",
        "/cancellation/late_fee",
        "/cancellation/no_show_fee",
    ]);
    let body = json!({});
    let stranger = server.customer().await;
    server.put(&terms).by(&stranger).on_version(2).json(&body).await.expect(404);
}
