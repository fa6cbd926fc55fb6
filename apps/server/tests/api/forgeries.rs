//! News that is not from the payment company, or not as it wrote it, is turned away at the door.

use indistylo_server::config::{RazorpayConfig, Secret};
use sandbox::{Outcome, Sandbox, Settings, sign};
use serde_json::{Value, json};

use crate::support::{TestServer, until};

const PATH: &str = "/webhooks/razorpay";

async fn a_paid_hold_without_news() -> (TestServer, crate::support::Person, String, String) {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let webhook = sandbox::WebhookFaults { lose: 1_000, ..Default::default() };
    server.sandbox().set_faults(sandbox::Faults { webhook, ..Default::default() });
    let paid = server.pay(&customer, &booking).await;
    let body = server.body_of("payment.captured", &paid);
    (server, customer, booking, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_unsigned_or_wrongly_signed_is_kept() {
    let (server, customer, booking, body) = a_paid_hold_without_news().await;
    let secret = server.sandbox().settings().razorpay.webhook_secret.clone();
    let right = sign::razorpay_webhook(&secret, body.as_bytes());
    let key_secret = server.sandbox().settings().razorpay.key_secret.clone();
    let forged = [
        String::new(),
        "0".repeat(64),
        right.to_uppercase(),
        right[..63].to_owned(),
        format!("{right}0"),
        format!("sha256={right}"),
        sign::razorpay_webhook("", body.as_bytes()),
        sign::razorpay_webhook("guessed", body.as_bytes()),
        sign::razorpay_webhook(&key_secret, body.as_bytes()),
    ];
    let mut said = Vec::new();
    for signature in &forged {
        let call = server.post(PATH).header("x-razorpay-signature", signature);
        let answer = call.header("x-razorpay-event-id", "e1").raw_json(body.as_str()).await;
        said.push(answer.refused(401, "signature_invalid")["detail"].clone());
    }
    let call = server.post(PATH).header_bytes("x-razorpay-signature", b"\xff\xfe");
    call.raw_json(body.as_str()).await.refused(401, "signature_invalid");
    server.post(PATH).raw_json(body.as_str()).await.refused(401, "signature_invalid");
    let twice = server.post(PATH).header("x-razorpay-signature", &right);
    let twice = twice.header("x-razorpay-signature", &right).raw_json(body.as_str()).await;
    twice.refused(401, "signature_invalid");

    // One letter of the body, one blank, one more digit.
    for altered in [
        body.replacen("\"amount\":49900", "\"amount\":19900", 1),
        format!("{body} "),
        body.replacen("captured", "authorized", 1),
        String::new(),
    ] {
        assert_ne!(altered, body);
        let call = server.post(PATH).header("x-razorpay-signature", &right).raw_json(altered);
        call.await.refused(401, "signature_invalid");
    }
    said.dedup();
    assert_eq!(said.len(), 1, "the answers help a forger: {said:?}");
    assert_eq!(server.news().await, [""; 0]);
    assert_eq!(server.status_of(&customer, &booking).await, "held");

    // The true one is still taken, whatever it is called and whatever kind it is said to be.
    let call = server.post(PATH).header("x-razorpay-signature", &right);
    call.header("content-type", "text/plain").body(body).await.expect(200);
    server.becomes(&customer, &booking, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_we_do_not_know_is_kept_and_ignored() {
    let server = TestServer::start().await;
    let captured = |amount: i64, order: Value| {
        json!({ "event": "payment.captured", "payload": { "payment": { "entity": {
            "id": "pay_Elsewhere00001", "amount": amount, "currency": "INR",
            "status": "captured", "order_id": order } } } })
        .to_string()
    };
    let cases = [
        (r#"{"event":"payment.downtime.started","payload":{}}"#.to_owned(),
            "ignored: payment.downtime.started"),
        (captured(100, json!("order_NotOurs000001")), "not_ours"),
        (captured(100, Value::Null), "not_ours"),
        ("not JSON at all".to_owned(), "nonsense: "),
        (r#"{"event":"payment.captured"}"#.to_owned(), "nonsense: "),
        (r#"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"p","amount":1e400,"currency":"INR","status":"captured","order_id":"o"}}}}"#.to_owned(), "nonsense: "),
        (captured(i64::MAX, json!("order_NotOurs000002")), "not_ours"),
        ("[".repeat(10_000), "nonsense: "),
        (String::new(), "nonsense: "),
    ];
    for (index, (body, outcome)) in cases.iter().enumerate() {
        server.news_call(body, &format!("e{index}")).await.expect(200);
        let news = until(&format!("this news is read: {body:.200}"), async || {
            let news = server.news().await;
            (news.len() == index + 1 && !news.contains(&"waits".to_owned())).then_some(news)
        })
        .await;
        assert!(news[index].starts_with(outcome), "{body:.200}: {news:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_name_that_is_none_does_no_harm() {
    let server = TestServer::start().await;
    let secret = server.sandbox().settings().razorpay.webhook_secret.clone();
    let names: [&[u8]; 4] = [b"", &[b'n'; 101], b"schl\xfcssel", b"e'; drop table inbox; --"];
    for (index, name) in names.into_iter().enumerate() {
        let body = format!(r#"{{"event":"test.{index}"}}"#);
        let signature = sign::razorpay_webhook(&secret, body.as_bytes());
        let call = server.post(PATH).header("x-razorpay-signature", &signature);
        call.header_bytes("x-razorpay-event-id", name).raw_json(body).await.expect(200);
    }
    let body = r#"{"event":"test.nameless"}"#;
    let signature = sign::razorpay_webhook(&secret, body.as_bytes());
    let call = server.post(PATH).header("x-razorpay-signature", &signature);
    call.raw_json(body).await.expect(200);
    assert_eq!(server.database.count("select count(*) from inbox").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_may_be_a_quarter_of_a_mebibyte_and_not_a_byte_more() {
    let server = TestServer::start().await;
    let padded = |bytes: usize| {
        let frame = r#"{"event":"test.padded","payload":""}"#;
        frame.replacen("\"\"", &format!("\"{}\"", "x".repeat(bytes - frame.len())), 1)
    };
    let most = 256 * 1024;
    server.news_call(&padded(most), "e1").await.expect(200);
    server.news_call(&padded(most + 1), "e2").await.refused(413, "too_large");
    server.news_call(&padded(most + 1024), "e3").await.refused(413, "too_large");
    assert_eq!(server.all_news_is_read().await, ["ignored: test.padded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_than_agreed_confirms_nothing() {
    let (server, customer, booking, body) = a_paid_hold_without_news().await;
    let less = body.replacen("\"amount\":49900", "\"amount\":100", 1);
    assert_ne!(less, body);
    server.news_call(&less, "e1").await.expect(200);
    until("the worker has tried", async || {
        let tried = "select count(*) from graphile_worker._private_jobs where attempts > 0
            and payload->'event'->>'kind' = 'webhook_received' and last_error is not null";
        (server.database.count(tried).await > 0).then_some(())
    })
    .await;
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    assert_eq!(server.news().await, ["waits"]);
    assert_eq!(server.events("booking_confirmed").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_secret_is_changed_the_old_one_is_taken_too() {
    let gateway = Sandbox::start(Settings::development()).await.expect("a sandbox");
    let account = gateway.settings().razorpay.clone();
    let old = account.webhook_secret.clone();
    let server = TestServer::start_with(|config| {
        config.razorpay = Some(RazorpayConfig {
            base_url: gateway.base_url(),
            key_id: account.key_id.clone(),
            key_secret: Secret::new(account.key_secret.clone()),
            webhook_secrets: vec![Secret::new("the-new-one"), Secret::new(old.clone())],
        });
    })
    .await;
    gateway.set_webhook_url(&format!("http://{}/api/v1{PATH}", server.address()));
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let order = server.order(&customer, &booking).await;
    gateway.pay(&order, Outcome::Success).expect("the bank says yes");
    server.becomes(&customer, &booking, "confirmed").await;

    let body = r#"{"event":"test.new"}"#;
    server.signed_with("the-new-one", body, "e1").await.expect(200);
    let body = r#"{"event":"test.older"}"#;
    server.signed_with("an-older-one", body, "e2").await.refused(401, "signature_invalid");
}
