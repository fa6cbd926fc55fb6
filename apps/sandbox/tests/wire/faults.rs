//! Bad weather, one kind at a time.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{ApiFaults, EventState, Faults, WebhookFaults};
use serde_json::{Value, json};

use crate::support::{Merchant, Shop, answer, text};

const TOLD: [&str; 3] = ["payment.authorized", "payment.captured", "order.paid"];

async fn in_weather(webhook: WebhookFaults) -> (Merchant, Shop) {
    let (merchant, shop) = (Merchant::new().await, Shop::open());
    merchant.sandbox.set_webhook_url(&shop.url);
    merchant.sandbox.set_faults(Faults { webhook, ..Faults::default() });
    (merchant, shop)
}

#[tokio::test]
async fn the_weather_is_ordered_seen_and_cleared_over_http() {
    let merchant = Merchant::new().await;
    let ordered = json!({"webhook": {"lose": 2, "reorder": true}, "api": {"fail_next": 1}});
    let put = |body| merchant.send(Method::PUT, "/_sandbox/faults", Some(body));
    let (status, _) = answer(put(ordered).await).await;
    assert_eq!(status, 200);
    let (_, seen) = merchant.get("/_sandbox/faults").await;
    assert_eq!(
        seen["webhook"],
        json!({"delay_ms": 0, "duplicate": 0, "reorder": true, "lose": 2, "tamper": false})
    );
    assert_eq!(seen["api"], json!({"fail_next": 1, "delay_ms": 0, "drop_after_effect": 0}));
    assert_eq!(answer(put(json!({"webhok": {}})).await).await.0, 400);
    merchant.send(Method::DELETE, "/_sandbox/faults", None).await;
    assert_eq!(merchant.sandbox.faults(), Faults::default());
}

#[tokio::test]
async fn delayed_notices_come_late() {
    let (merchant, shop) =
        in_weather(WebhookFaults { delay_ms: 300, ..WebhookFaults::default() }).await;
    let before = Instant::now();
    merchant.paid().await;
    assert!(before.elapsed() < Duration::from_millis(300), "the payment itself is quick");
    shop.events(3).await;
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn repeated_notices_keep_their_number() {
    let (merchant, shop) =
        in_weather(WebhookFaults { duplicate: 2, ..WebhookFaults::default() }).await;
    merchant.paid().await;
    let received = shop.exactly(9).await;
    let mut ids: Vec<_> = received.iter().map(|one| one.header("x-razorpay-event-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn notices_of_one_payment_come_in_reverse() {
    let (merchant, shop) =
        in_weather(WebhookFaults { reorder: true, ..WebhookFaults::default() }).await;
    merchant.paid().await;
    let mut told = shop.events(3).await;
    told.reverse();
    assert_eq!(told, TOLD);
    let events = merchant.sandbox.events();
    assert!(events.iter().all(|event| event.state == EventState::Delivered));
}

#[tokio::test]
async fn lost_notices_are_listed_and_can_be_sent_after_all() {
    let (merchant, shop) = in_weather(WebhookFaults { lose: 2, ..WebhookFaults::default() }).await;
    merchant.paid().await;
    assert_eq!(shop.events(1).await, ["order.paid"]);
    let (_, events) = merchant.get("/_sandbox/razorpay/events").await;
    let states: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| text(&event["state"])).collect();
    assert_eq!(states, ["lost", "lost", "delivered"]);
    let lost = text(&events["items"][1]["id"]);
    merchant.post(&format!("/_sandbox/razorpay/events/{lost}/send"), Value::Null).await;
    let received = shop.exactly(2).await;
    assert_eq!(received[1].event(), "payment.captured");
    assert_eq!(received[1].header("x-razorpay-event-id"), lost);
}

#[tokio::test]
async fn an_altered_notice_does_not_verify() {
    let (merchant, shop) =
        in_weather(WebhookFaults { tamper: true, ..WebhookFaults::default() }).await;
    merchant.paid().await;
    for one in shop.exactly(3).await {
        assert!(!one.is_genuine());
        assert_eq!(one.json()["payload"]["payment"]["entity"]["amount"], 9_149_900);
    }
}

#[tokio::test]
async fn a_failing_api_does_nothing() {
    let merchant = Merchant::new().await;
    let api = ApiFaults { fail_next: 1, ..ApiFaults::default() };
    merchant.sandbox.set_faults(Faults { api, ..Faults::default() });
    let body = json!({"amount": 100, "currency": "INR", "receipt": "bk_1"});
    let (status, error) = merchant.post("/v1/orders", body).await;
    assert_eq!((status, &error["error"]["code"]), (500, &json!("SERVER_ERROR")));
    assert_eq!(merchant.get("/v1/orders?receipt=bk_1").await.1["count"], 0);
}

#[tokio::test]
async fn a_lost_reply_hides_what_was_done() {
    let merchant = Merchant::new().await;
    let api = ApiFaults { drop_after_effect: 1, ..ApiFaults::default() };
    merchant.sandbox.set_faults(Faults { api, ..Faults::default() });
    assert_eq!(merchant.get("/v1/orders").await.0, 200, "looking changes nothing");
    assert_eq!(merchant.post("/v1/orders", json!({})).await.0, 400, "nothing was done");
    let body = json!({"amount": 100, "currency": "INR", "receipt": "bk_1"});
    let (status, error) = merchant.post("/v1/orders", body).await;
    assert_eq!((status, &error["error"]["code"]), (502, &json!("GATEWAY_ERROR")));
    assert_eq!(merchant.get("/v1/orders?receipt=bk_1").await.1["count"], 1);
}

#[tokio::test]
async fn a_slow_api_is_slow() {
    let merchant = Merchant::new().await;
    let api = ApiFaults { delay_ms: 200, ..ApiFaults::default() };
    merchant.sandbox.set_faults(Faults { api, ..Faults::default() });
    let before = Instant::now();
    merchant.get("/v1/orders").await;
    assert!(before.elapsed() >= Duration::from_millis(200));
}
