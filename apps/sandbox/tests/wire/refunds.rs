//! Money going back: whole, in parts, never too much, and once per key.

use serde_json::{Value, json};

use crate::support::{Merchant, answer, text};

async fn refund(merchant: &Merchant, payment: &str, key: &str, body: Value) -> (u16, Value) {
    let account = &merchant.sandbox.settings().razorpay;
    let request = merchant
        .http
        .post(merchant.url(&format!("/v1/payments/{payment}/refund")))
        .basic_auth(&account.key_id, Some(&account.key_secret))
        .header("X-Refund-Idempotency", key)
        .json(&body);
    answer(request.send().await.unwrap()).await
}

#[tokio::test]
async fn parts_add_up_to_the_whole_and_no_further() {
    let merchant = Merchant::new().await;
    let (order, payment) = merchant.paid().await;
    let path = format!("/v1/payments/{payment}/refund");
    let ask = json!({"amount": 50_000, "speed": "optimum", "receipt": "rf_1", "notes": {"a": "b"}});
    let (status, first) = merchant.post(&path, ask).await;
    assert_eq!(status, 200);
    assert!(text(&first["id"]).starts_with("rfnd_"));
    assert_eq!((&first["status"], &first["amount"]), (&json!("pending"), &json!(50_000)));
    assert_eq!(
        (&first["speed_requested"], &first["speed_processed"]),
        (&json!("optimum"), &json!("normal"))
    );
    let (_, paper) = merchant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(
        (&paper["status"], &paper["refund_status"]),
        (&json!("captured"), &json!("partial"))
    );

    let (status, error) = merchant.post(&path, json!({"amount": 99_901})).await;
    let words = "The refund amount provided is greater than amount captured.";
    assert_eq!((status, &error["error"]["description"]), (400, &json!(words)));
    let (_, rest) = merchant.post(&path, json!({})).await;
    assert_eq!(rest["amount"], 99_900);
    assert!(rest.get("speed_requested").is_none(), "no speed was asked for");
    let (_, paper) = merchant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(
        (&paper["status"], &paper["amount_refunded"]),
        (&json!("refunded"), &json!(149_900))
    );
    assert_eq!(merchant.get(&format!("/v1/orders/{order}")).await.1["status"], "paid");
    let (status, error) = merchant.post(&path, json!({})).await;
    let words = "The payment has been fully refunded already.";
    assert_eq!((status, &error["error"]["description"]), (400, &json!(words)));

    let (_, list) = merchant.get(&format!("/v1/payments/{payment}/refunds")).await;
    assert_eq!(list["count"], 2);
    let first = text(&first["id"]);
    for path in [format!("/v1/refunds/{first}"), format!("/v1/payments/{payment}/refunds/{first}")]
    {
        let (status, paper) = merchant.get(&path).await;
        assert_eq!((status, &paper["status"]), (200, &json!("processed")));
    }
    assert_eq!(merchant.get("/v1/refunds").await.1["count"], 2);
}

#[tokio::test]
async fn only_captured_money_goes_back() {
    let merchant = Merchant::new().await;
    let order = merchant.order("manual").await;
    let result = merchant.pay(&order, "success").await;
    let path = format!("/v1/payments/{}/refund", text(&result["razorpay_payment_id"]));
    let (status, error) = merchant.post(&path, json!({})).await;
    let words = "The payment status should be captured for action to be taken";
    assert_eq!((status, &error["error"]["description"]), (400, &json!(words)));
}

#[tokio::test]
async fn unknown_fields_and_small_amounts_are_refused() {
    let merchant = Merchant::new().await;
    let (_, payment) = merchant.paid().await;
    let path = format!("/v1/payments/{payment}/refund");
    let (status, error) = merchant.post(&path, json!({"reason": "late"})).await;
    let words = "reason is/are not required and should not be sent";
    assert_eq!((status, &error["error"]["description"]), (400, &json!(words)));
    assert_eq!(merchant.post(&path, json!({"amount": 99})).await.0, 400);
    assert_eq!(merchant.post(&path, json!({"speed": "instant"})).await.0, 400);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let merchant = Merchant::new().await;
    let (_, payment) = merchant.paid().await;
    let body = json!({"amount": 50_000});
    let first = refund(&merchant, &payment, "refund-0001", body.clone()).await;
    assert_eq!(first.0, 200);
    assert_eq!(refund(&merchant, &payment, "refund-0001", body).await, first);
    let (_, paper) = merchant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(paper["amount_refunded"], 50_000);
}

#[tokio::test]
async fn a_key_serves_one_request_only() {
    let merchant = Merchant::new().await;
    let (_, payment) = merchant.paid().await;
    let (_, other) = merchant.paid().await;
    refund(&merchant, &payment, "refund-0001", json!({"amount": 50_000})).await;
    for (payment, amount) in [(&payment, 60_000), (&other, 50_000)] {
        let (status, error) =
            refund(&merchant, payment, "refund-0001", json!({"amount": amount})).await;
        assert_eq!((status, &error["error"]["code"]), (409, &json!("BAD_REQUEST_ERROR")));
    }
    for key in ["short", "has spaces in it", "has/slashes-in-it"] {
        assert_eq!(refund(&merchant, &payment, key, json!({})).await.0, 400, "{key}");
    }
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_its_key() {
    let merchant = Merchant::new().await;
    let (_, payment) = merchant.paid().await;
    assert_eq!(refund(&merchant, &payment, "refund-0001", json!({"amount": 1})).await.0, 400);
    assert_eq!(refund(&merchant, &payment, "refund-0001", json!({"amount": 100})).await.0, 200);
}
