//! What is made of every answer of the gateway, the senseless ones included.

use std::time::{Duration, Instant};

use indistylo_adapter_payments::{Razorpay, RazorpaySettings, SettingsError};
use kernel::{BookingId, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment};
use ports::{Gateway, GatewayError};
use serde_json::{Value, json};
use testkit::stub::Stub;
use uuid::Uuid;

const PRICE: Money = Money::inr(149_900);

fn settings(base_url: String) -> RazorpaySettings {
    RazorpaySettings {
        base_url,
        key_id: "rzp_test_1".to_owned(),
        key_secret: "s3cret".to_owned(),
        webhook_secrets: vec!["whsec".to_owned()],
    }
}

fn gateway(base_url: String) -> Razorpay {
    Razorpay::new(settings(base_url)).expect("good settings")
}

fn receipt() -> PaymentId {
    PaymentId::new(Uuid::from_u128(1))
}

async fn order(gateway: &Razorpay) -> Result<GatewayOrder, GatewayError> {
    gateway.create_order(receipt(), BookingId::new(Uuid::from_u128(2)), PRICE).await
}

/// What became of a call, in a word.
fn outcome<T>(result: Result<T, GatewayError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains("s3cret"));
            match error {
                GatewayError::Refused(_) => "refused",
                GatewayError::Unavailable(_) => "unavailable",
                GatewayError::Nonsense(_) => "nonsense",
            }
        }
    }
}

fn made(changes: &Value) -> String {
    let mut order = json!({
        "id": "order_1", "entity": "order", "amount": 149_900, "currency": "INR",
        "receipt": receipt(), "status": "created", "notes": [], "created_at": 1_795_000_000,
    });
    for (field, value) in changes.as_object().expect("fields") {
        order[field] = value.clone();
    }
    order.to_string()
}

fn error(code: &str, description: &str) -> String {
    json!({"error": {"code": code, "description": description, "field": null}}).to_string()
}

#[tokio::test]
async fn an_order_is_asked_for_in_full() {
    let stub = Stub::start(Some((200, &made(&json!({}))))).await;
    let made = order(&gateway(stub.url() + "/")).await.expect("an order");
    assert_eq!(made, GatewayOrder("order_1".to_owned()));

    let request = stub.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").expect("a request");
    assert!(head.starts_with("POST /v1/orders HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Basic cnpwX3Rlc3RfMTpzM2NyZXQ="), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let expected = json!({
        "amount": 149_900,
        "currency": "INR",
        "receipt": "00000000-0000-0000-0000-000000000001",
        "notes": {
            "booking_id": "00000000-0000-0000-0000-000000000002",
            "payment_id": "00000000-0000-0000-0000-000000000001",
        },
        "payment": {
            "capture": "automatic",
            "capture_options": {
                "automatic_expiry_period": 12,
                "manual_expiry_period": 12,
                "refund_speed": "normal",
            },
        },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn every_answer_is_understood() {
    let endless = format!(r#"{{"x":"{}"}}"#, "x".repeat(2_000_000));
    let bad = "BAD_REQUEST_ERROR";
    for (status, body, expected) in [
        (200, made(&json!({})), "done"),
        (200, made(&json!({"amount": 149_901})), "nonsense"),
        (200, made(&json!({"amount": "149900"})), "nonsense"),
        (200, made(&json!({"currency": "USD"})), "nonsense"),
        (200, made(&json!({"receipt": "another"})), "nonsense"),
        (200, made(&json!({"receipt": null})), "nonsense"),
        (200, "<h1>hello</h1>".to_owned(), "nonsense"),
        (200, endless.clone(), "nonsense"),
        (204, String::new(), "nonsense"),
        (302, String::new(), "nonsense"),
        (400, error(bad, "The amount must be at least INR 1.00"), "refused"),
        (400, error("GATEWAY_ERROR", "the bank is down"), "unavailable"),
        (400, "<h1>no</h1>".to_owned(), "refused"),
        (400, error(bad, &"नमस्ते".repeat(1_000)), "refused"),
        (401, error(bad, "Authentication failed"), "unavailable"),
        (404, String::new(), "refused"),
        (409, error(bad, "The same request is in progress"), "unavailable"),
        (
            409,
            error(
                bad,
                "Different request with the same idempotency key has already been processed",
            ),
            "refused",
        ),
        (429, error(bad, "Too many requests"), "unavailable"),
        (500, error("SERVER_ERROR", "We are facing some trouble"), "unavailable"),
        (502, "<h1>502</h1>".to_owned(), "unavailable"),
        (503, endless, "unavailable"),
    ] {
        let stub = Stub::start(Some((status, &body))).await;
        let result = outcome(order(&gateway(stub.url())).await);
        assert_eq!(result, expected, "{status} {body:.60}");
        assert_eq!(stub.requests().len(), 1, "no answer is followed or asked for again");
    }
}

#[tokio::test]
async fn a_refund_of_something_else_is_not_believed() {
    let refund = |payment: &str, amount: i64, status: &str| {
        json!({
            "id": "rfnd_1", "amount": amount, "currency": "INR", "payment_id": payment,
            "status": status,
        })
    };
    for (answer, expected) in [
        (refund("pay_1", 149_900, "pending"), "done"),
        (refund("pay_1", 149_900, "processed"), "done"),
        (refund("pay_1", 149_900, "failed"), "refused"),
        (refund("pay_1", 100, "pending"), "nonsense"),
        (refund("pay_2", 149_900, "pending"), "nonsense"),
    ] {
        let stub = Stub::start(Some((200, &answer.to_string()))).await;
        let gateway = gateway(stub.url());
        let payment = GatewayPayment("pay_1".to_owned());
        assert_eq!(outcome(gateway.refund(&payment, PRICE, "refund-of-1").await), expected);
        let request = &stub.requests()[0];
        assert!(request.starts_with("POST /v1/payments/pay_1/refund HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("x-refund-idempotency: refund-of-1\r\n"), "{request}");
        assert!(request.ends_with(r#"{"amount":149900,"speed":"normal"}"#), "{request}");
    }
}

#[tokio::test]
async fn another_payment_than_was_asked_for_is_not_believed() {
    let payment = json!({"id": "pay_2", "amount": 1, "currency": "INR", "status": "captured"});
    let stub = Stub::start(Some((200, &payment.to_string()))).await;
    let asked = GatewayPayment("pay_1".to_owned());
    assert_eq!(outcome(gateway(stub.url()).attempt(&asked).await), "nonsense");
}

#[tokio::test]
async fn no_answer_means_unavailable() {
    let hangs_up = Stub::start(None).await;
    assert_eq!(outcome(order(&gateway(hangs_up.url())).await), "unavailable");

    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let asked = Instant::now();
    assert_eq!(outcome(order(&gateway(url.clone())).await), "unavailable");
    assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());

    drop(silent);
    assert_eq!(outcome(order(&gateway(url)).await), "unavailable");
}

#[test]
fn bad_settings_are_named() {
    let good = || settings("http://127.0.0.1:1".to_owned());
    for (name, settings) in [
        ("base_url", settings("api.razorpay.com".to_owned())),
        ("base_url", settings("ftp://api.razorpay.com".to_owned())),
        ("key_id", RazorpaySettings { key_id: String::new(), ..good() }),
        ("key_secret", RazorpaySettings { key_secret: String::new(), ..good() }),
        ("webhook_secrets", RazorpaySettings { webhook_secrets: vec![String::new()], ..good() }),
    ] {
        match Razorpay::new(settings) {
            Err(SettingsError::Malformed(setting)) => assert_eq!(setting, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}
