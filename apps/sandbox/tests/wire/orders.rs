//! Orders and payments: opened, looked up, paid, captured, and refused where Razorpay refuses.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Merchant, answer, text};

fn description(error: &Value) -> String {
    text(&error["error"]["description"])
}

fn is_id(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == 14 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[tokio::test]
async fn an_order_is_opened_as_razorpay_writes_it() {
    let merchant = Merchant::new().await;
    let body = json!({"amount": 100, "currency": "INR", "receipt": "bk_7"});
    let (status, order) = merchant.post("/v1/orders", body).await;
    assert_eq!(status, 200);
    let id = text(&order["id"]);
    assert!(is_id(&id, "order_"), "{id}");
    let expected = json!({
        "id": id, "entity": "order", "amount": 100, "amount_paid": 0, "amount_due": 100,
        "currency": "INR", "receipt": "bk_7", "offer_id": null, "status": "created",
        "attempts": 0, "notes": [], "created_at": order["created_at"],
    });
    assert_eq!(order, expected);
    assert_eq!(merchant.get(&format!("/v1/orders/{id}")).await, (200, order));
    merchant.sandbox.stop().await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_everywhere() {
    let merchant = Merchant::new().await;
    let account = merchant.sandbox.settings().razorpay.clone();
    let url = merchant.url("/v1/payments/pay_x");
    let none = merchant.http.get(&url);
    let wrong = merchant.http.get(&url).basic_auth(&account.key_id, Some("wrong"));
    let word = merchant.http.get(&url).header("authorization", "basic eDp5");
    for request in [none, wrong, word] {
        let (status, error) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, 401);
        assert_eq!(error["error"]["code"], "BAD_REQUEST_ERROR");
        assert_eq!(description(&error), "Authentication failed");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_bad_request() {
    let merchant = Merchant::new().await;
    for path in ["/v1/orders/order_x", "/v1/payments/pay_x", "/v1/refunds/rfnd_x"] {
        let (status, error) = merchant.get(path).await;
        assert_eq!((status, description(&error).as_str()), (400, "The id provided does not exist"));
    }
    let unknown = merchant.get("/v1/nothing").await;
    let method = answer(merchant.send(Method::DELETE, "/v1/orders", None).await).await;
    for (status, error) in [unknown, method] {
        let words = "The requested URL was not found on the server.";
        assert_eq!((status, description(&error).as_str()), (400, words));
    }
}

#[tokio::test]
async fn bad_orders_are_refused_and_name_the_field() {
    let merchant = Merchant::new().await;
    let many: Value = (0..16).map(|n| (n.to_string(), json!("x"))).collect();
    let cases = [
        ("amount", json!({"currency": "INR"})),
        ("amount", json!({"amount": 99, "currency": "INR"})),
        ("amount", json!({"amount": 100.5, "currency": "INR"})),
        ("currency", json!({"amount": 100})),
        ("currency", json!({"amount": 100, "currency": "USD"})),
        ("receipt", json!({"amount": 100, "currency": "INR", "receipt": "x".repeat(41)})),
        ("notes", json!({"amount": 100, "currency": "INR", "notes": many})),
        ("notes", json!({"amount": 100, "currency": "INR", "notes": {"a": "x".repeat(257)}})),
        (
            "automatic_expiry_period",
            json!({"amount": 100, "currency": "INR", "payment": {"capture": "automatic",
                "capture_options": {"automatic_expiry_period": 11}}}),
        ),
    ];
    for (field, body) in cases {
        let (status, error) = merchant.post("/v1/orders", body).await;
        assert_eq!(status, 400);
        assert_eq!(error["error"]["field"], field);
        assert_eq!(error["error"]["reason"], "input_validation_failed");
    }
    let garbage = merchant.http.post(merchant.url("/v1/orders")).body("{");
    let account = &merchant.sandbox.settings().razorpay;
    let garbage = garbage.basic_auth(&account.key_id, Some(&account.key_secret));
    assert_eq!(garbage.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn orders_are_found_by_receipt_and_page() {
    let merchant = Merchant::new().await;
    for n in 0..5 {
        let body = json!({"amount": 100, "currency": "INR", "receipt": format!("bk_{n}")});
        merchant.post("/v1/orders", body).await;
    }
    let (_, found) = merchant.get("/v1/orders?receipt=bk_3").await;
    assert_eq!((&found["entity"], &found["count"]), (&json!("collection"), &json!(1)));
    assert_eq!(found["items"][0]["receipt"], "bk_3");
    let (_, page) = merchant.get("/v1/orders?count=2&skip=1").await;
    let receipts: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|order| text(&order["receipt"])).collect();
    assert_eq!(receipts, ["bk_3", "bk_2"]);
    let (_, none) = merchant.get("/v1/orders?to=1000").await;
    assert_eq!(none["count"], 0);
    assert_eq!(merchant.get("/v1/orders?count=101").await.0, 400);
    for expand in ["expand[]=payments", "expand%5Bexpand%5D=payments"] {
        let (_, found) = merchant.get(&format!("/v1/orders?receipt=bk_3&{expand}")).await;
        assert_eq!(found["items"][0]["payments"]["count"], 0);
    }
}

#[tokio::test]
async fn notes_can_be_changed() {
    let merchant = Merchant::new().await;
    let path = format!("/v1/orders/{}", merchant.order("manual").await);
    let body = json!({"notes": {"booking_id": "7"}});
    let (status, order) = answer(merchant.send(Method::PATCH, &path, Some(body)).await).await;
    assert_eq!((status, &order["notes"]), (200, &json!({"booking_id": "7"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_order_is_paid_at_once_and_only_once() {
    let merchant = Merchant::new().await;
    let (order, payment) = merchant.paid().await;
    assert!(is_id(&payment, "pay_"));
    let (_, paper) = merchant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(paper["status"], "captured");
    assert_eq!(paper["captured"], true);
    assert_eq!((&paper["fee"], &paper["tax"]), (&json!(3538), &json!(540)));
    assert_eq!(paper["order_id"], *order);
    assert_eq!(paper["error_code"], Value::Null);
    let (_, paper) = merchant.get(&format!("/v1/orders/{order}")).await;
    assert_eq!(paper["status"], "paid");
    assert_eq!((&paper["amount_paid"], &paper["amount_due"]), (&json!(149_900), &json!(0)));
    let path = format!("/_sandbox/razorpay/orders/{order}/pay");
    assert_eq!(merchant.post(&path, json!({"outcome": "success"})).await.0, 400);
    let (_, payments) = merchant.get(&format!("/v1/orders/{order}/payments")).await;
    assert_eq!(payments["count"], 1);
    assert_eq!(merchant.get("/v1/payments").await.1["items"][0]["id"], *payment);
}

#[tokio::test]
async fn a_manual_payment_waits_for_an_exact_capture() {
    let merchant = Merchant::new().await;
    let order = merchant.order("manual").await;
    let result = merchant.pay(&order, "success").await;
    assert_eq!(result["status"], "authorized");
    let (_, paper) = merchant.get(&format!("/v1/orders/{order}")).await;
    assert_eq!((&paper["status"], &paper["attempts"]), (&json!("attempted"), &json!(1)));

    let path = format!("/v1/payments/{}/capture", text(&result["razorpay_payment_id"]));
    let (status, error) = merchant.post(&path, json!({"amount": 100, "currency": "INR"})).await;
    let words = "Capture amount must be equal to the amount authorized";
    assert_eq!((status, description(&error).as_str()), (400, words));
    let body = json!({"amount": 149_900, "currency": "INR"});
    let (status, paper) = merchant.post(&path, body.clone()).await;
    assert_eq!((status, &paper["status"]), (200, &json!("captured")));
    let (status, error) = merchant.post(&path, body).await;
    let words = "This payment has already been captured";
    assert_eq!((status, description(&error).as_str()), (400, words));
}

#[tokio::test]
async fn a_failed_payment_leaves_the_order_open() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let result = merchant.pay(&order, "failure").await;
    assert_eq!(
        (&result["status"], &result["razorpay_signature"]),
        (&json!("failed"), &Value::Null)
    );
    let payment = text(&result["razorpay_payment_id"]);
    let (_, paper) = merchant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(paper["error_reason"], "payment_failed");
    let capture = format!("/v1/payments/{payment}/capture");
    assert_eq!(merchant.post(&capture, json!({"amount": 149_900, "currency": "INR"})).await.0, 400);
    let authorise = format!("/_sandbox/razorpay/payments/{payment}/authorise");
    assert_eq!(merchant.post(&authorise, json!({})).await.0, 400, "this bank has decided");
    assert_eq!(merchant.pay(&order, "success").await["status"], "captured");
}

#[tokio::test]
async fn a_late_bank_pays_after_all() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let result = merchant.pay(&order, "late").await;
    assert_eq!(result["status"], "failed");
    let payment = text(&result["razorpay_payment_id"]);
    let path = format!("/v1/payments/{payment}");
    assert_eq!(merchant.get(&path).await.1["error_reason"], "payment_timed_out");
    let authorise = format!("/_sandbox/razorpay/payments/{payment}/authorise");
    let (status, result) = merchant.post(&authorise, json!({})).await;
    assert_eq!((status, &result["status"]), (200, &json!("captured")));
    assert_eq!(merchant.get(&path).await.1["error_reason"], Value::Null);
    assert_eq!(merchant.get(&format!("/v1/orders/{order}")).await.1["status"], "paid");
}

#[tokio::test]
async fn a_bank_that_is_too_late_gets_its_money_back() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let late = text(&merchant.pay(&order, "late").await["razorpay_payment_id"]);
    merchant.pay(&order, "success").await;
    let result = merchant.sandbox.authorise(&late).unwrap();
    assert_eq!(result.status, sandbox::PaymentStatus::Refunded);
    let (_, paper) = merchant.get(&format!("/v1/payments/{late}")).await;
    assert_eq!((&paper["captured"], &paper["refund_status"]), (&json!(false), &json!("full")));
}

#[tokio::test]
async fn the_proof_for_the_browser_is_made_with_the_key_secret() {
    let merchant = Merchant::new().await;
    let order = merchant.order("manual").await;
    let result = merchant.pay(&order, "success").await;
    let payment = text(&result["razorpay_payment_id"]);
    let secret = &merchant.sandbox.settings().razorpay.key_secret;
    let expected = sandbox::sign::razorpay_payment(secret, &order, &payment);
    assert_eq!(result["razorpay_signature"], *expected);
}
