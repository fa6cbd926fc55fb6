//! Notices: signed, in order, repeated until taken, and each with its own lasting number.

use serde_json::{Value, json};

use crate::support::{Merchant, Received, Reply, Shop, text};

async fn listening() -> (Merchant, Shop) {
    let (merchant, shop) = (Merchant::new().await, Shop::open());
    merchant.sandbox.set_webhook_url(&shop.url);
    (merchant, shop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_told_in_three_signed_notices() {
    let (merchant, shop) = listening().await;
    let (order, payment) = merchant.paid().await;
    let received = shop.exactly(3).await;
    let events: Vec<_> = received.iter().map(Received::event).collect();
    assert_eq!(events, ["payment.authorized", "payment.captured", "order.paid"]);
    for one in &received {
        assert!(one.is_genuine());
        assert_eq!(one.header("content-type"), "application/json");
        let body = one.json();
        assert_eq!(body["entity"], "event");
        assert_eq!(body["payload"]["payment"]["entity"]["id"], *payment);
    }
    assert_eq!(received[0].json()["payload"]["payment"]["entity"]["status"], "authorized");
    let paid = received[2].json();
    assert_eq!(paid["contains"], json!(["payment", "order"]));
    assert_eq!(paid["payload"]["order"]["entity"]["id"], *order);
    assert_eq!(paid["payload"]["order"]["entity"]["status"], "paid");
    let mut ids: Vec<_> = received.iter().map(|one| one.header("x-razorpay-event-id")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let events = merchant.sandbox.events();
    assert!(events.iter().all(|event| event.state == sandbox::EventState::Delivered));
    merchant.sandbox.stop().await;
}

#[tokio::test]
async fn failures_late_banks_and_refunds_are_told_too() {
    let (merchant, shop) = listening().await;
    let order = merchant.order("automatic").await;
    let late = text(&merchant.pay(&order, "late").await["razorpay_payment_id"]);
    let failed = &shop.exactly(1).await[0];
    assert_eq!(failed.event(), "payment.failed");
    let reason = &failed.json()["payload"]["payment"]["entity"]["error_reason"];
    assert_eq!(reason, "payment_timed_out");
    merchant.sandbox.authorise(&late).unwrap();
    merchant.post(&format!("/v1/payments/{late}/refund"), json!({})).await;
    let received = shop.exactly(6).await;
    let events: Vec<_> = received[1..].iter().map(Received::event).collect();
    let expected = [
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "refund.created",
        "refund.processed",
    ];
    assert_eq!(events, expected);
    let states: Vec<_> = received[4..]
        .iter()
        .map(|one| one.json()["payload"]["refund"]["entity"]["status"].clone())
        .collect();
    assert_eq!(states, ["pending", "processed"]);
    assert_eq!(received[4].json()["contains"], json!(["refund", "payment"]));
}

#[tokio::test]
async fn a_notice_nobody_takes_comes_back_under_the_same_number() {
    let (merchant, shop) = listening().await;
    shop.reply([Reply::Status(500), Reply::Status(302), Reply::Status(404)]);
    let order = merchant.order("manual").await;
    merchant.pay(&order, "success").await;
    let received = shop.exactly(4).await;
    let first = received[0].header("x-razorpay-event-id");
    assert_eq!(first.len(), 14);
    for one in &received {
        assert_eq!(one.header("x-razorpay-event-id"), first);
        assert_eq!(one.body, received[0].body);
    }
    let event = &merchant.sandbox.events()[0];
    assert_eq!((event.attempts, event.last_answer.as_deref()), (4, Some("200")));
}

#[tokio::test]
async fn a_shop_slower_than_five_seconds_is_told_again() {
    let (merchant, shop) = listening().await;
    shop.reply([Reply::Hang]);
    let order = merchant.order("manual").await;
    merchant.pay(&order, "success").await;
    shop.exactly(2).await;
    assert_eq!(merchant.sandbox.events()[0].attempts, 2);
}

#[tokio::test]
async fn the_post_gives_up_after_twelve_tries() {
    let mut settings = crate::support::settings();
    settings.retry_base = std::time::Duration::from_micros(100);
    let (merchant, shop) = (Merchant::with(settings).await, Shop::open());
    merchant.sandbox.set_webhook_url(&shop.url);
    shop.reply([Reply::Status(500); 12]);
    let order = merchant.order("manual").await;
    merchant.pay(&order, "success").await;
    shop.exactly(12).await;
    assert_eq!(merchant.sandbox.events()[0].state, sandbox::EventState::Abandoned);
}

#[tokio::test]
async fn without_an_address_notices_wait_to_be_sent_by_hand() {
    let merchant = Merchant::new().await;
    let order = merchant.order("manual").await;
    merchant.pay(&order, "success").await;
    let (_, events) = merchant.get("/_sandbox/razorpay/events").await;
    assert_eq!((&events["count"], &events["items"][0]["state"]), (&json!(1), &json!("unsent")));
    assert_eq!(events["items"][0]["body"]["event"], "payment.authorized");
    let send = format!("/_sandbox/razorpay/events/{}/send", text(&events["items"][0]["id"]));
    assert_eq!(merchant.post(&send, Value::Null).await.0, 400);
    let shop = Shop::open();
    merchant.sandbox.set_webhook_url(&shop.url);
    assert_eq!(merchant.post(&send, Value::Null).await.0, 200);
    assert!(shop.exactly(1).await[0].is_genuine());
}
