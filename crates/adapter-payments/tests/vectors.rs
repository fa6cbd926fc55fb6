//! We judge every known signature as the official SDKs of Razorpay do, and so does the gateway port.

#[path = "../examples/vectors/check.rs"]
mod check;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use indistylo_adapter_payments::{Razorpay, RazorpaySettings};
use ledger::{GatewayOrder, GatewayPayment};
use ports::{Gateway, GatewayError, GatewayNews};
use serde_json::Value;

const VECTORS: &str = include_str!("vectors/razorpay.json");

fn vectors() -> Vec<Value> {
    let mut file: Value = serde_json::from_str(VECTORS).expect("JSON");
    serde_json::from_value(file["vectors"].take()).expect("a list")
}

fn gateway(secret: &str) -> Razorpay {
    Razorpay::new(RazorpaySettings {
        base_url: "http://127.0.0.1:1".to_owned(),
        key_id: "rzp_test_1".to_owned(),
        key_secret: secret.to_owned(),
        webhook_secrets: vec!["the newest secret".to_owned(), secret.to_owned()],
    })
    .expect("good settings")
}

#[test]
fn no_vector_fails() {
    let tally = check::file(VECTORS.as_bytes()).expect("a file of vectors");
    assert_eq!(tally.failures, Vec::<String>::new());
    assert_eq!(tally.passed, 30);
}

#[test]
fn a_vector_with_another_verdict_fails() {
    let turned = |verdict: &Value| Value::Bool(verdict != true);
    let mut vectors = vectors();
    for vector in &mut vectors {
        vector["valid"] = turned(&vector["valid"]);
    }
    vectors.push(serde_json::json!({"name": "odd", "kind": "unheard-of", "input": {}}));
    let file = serde_json::json!({ "vectors": vectors }).to_string();
    let tally = check::file(file.as_bytes()).expect("a file of vectors");
    assert_eq!((tally.passed, tally.failures.len()), (0, 31));
}

#[test]
fn the_gateway_agrees_and_reads_what_is_genuine() {
    let (mut captured, mut other, mut callbacks) = (0, 0, 0);
    for vector in vectors() {
        let input = |field: &str| vector["input"][field].as_str().expect("a text");
        let gateway = gateway(input("secret"));
        match vector["kind"].as_str() {
            Some("webhook") => {
                let body = BASE64_STANDARD.decode(input("body_base64")).expect("base64");
                let is_genuine = gateway.is_webhook_genuine(&body, input("signature"));
                assert_eq!(is_genuine, vector["valid"], "{}", vector["name"]);
                match (is_genuine, gateway.read_webhook(&body)) {
                    (false, _) => {}
                    (true, Ok(GatewayNews::Captured(report))) => {
                        assert!(report.captured && report.order.is_some(), "{report:?}");
                        captured += 1;
                    }
                    (true, Ok(GatewayNews::Other(_)) | Err(GatewayError::Nonsense(_))) => {
                        other += 1;
                    }
                    (true, Err(error)) => panic!("{}: {error}", vector["name"]),
                }
            }
            Some("payment") => {
                let order = GatewayOrder(input("order_id").to_owned());
                let payment = GatewayPayment(input("payment_id").to_owned());
                let is_genuine = gateway.is_callback_genuine(&order, &payment, input("signature"));
                assert_eq!(is_genuine, vector["valid"], "{}", vector["name"]);
                callbacks += 1;
            }
            _ => {}
        }
    }
    assert_eq!((captured, other, callbacks), (8, 3, 5));
}

#[test]
fn without_a_secret_every_webhook_is_a_forgery() {
    let settings = RazorpaySettings {
        base_url: "http://127.0.0.1:1".to_owned(),
        key_id: "rzp_test_1".to_owned(),
        key_secret: "secret".to_owned(),
        webhook_secrets: Vec::new(),
    };
    let gateway = Razorpay::new(settings.clone()).expect("good settings");
    // HMAC-SHA256 of nothing with an empty key.
    let signed = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    assert!(!gateway.is_webhook_genuine(b"", signed));

    let empty = RazorpaySettings { webhook_secrets: vec![String::new()], ..settings };
    assert!(Razorpay::new(empty).is_err());
}
