//! What the gateway may say, and what we make of it.

use super::*;

fn captured(event: &str, notes: &Value) -> Value {
    json!({
        "event": event,
        "payload": { "payment": { "entity": {
            "id": "pay_1", "amount": 149_900, "currency": "INR", "status": "captured",
            "order_id": "order_1", "notes": notes, "error_code": "", "fee": null,
        } } },
    })
}

fn read(webhook: &Value) -> Result<GatewayNews, GatewayError> {
    news(webhook.to_string().as_bytes())
}

#[test]
fn a_capture_is_told_in_two_ways_and_with_any_notes() {
    let expected = GatewayNews::Captured(GatewayReport {
        payment: GatewayPayment("pay_1".to_owned()),
        order: Some(GatewayOrder("order_1".to_owned())),
        amount: Money::inr(149_900),
        captured: true,
    });
    for event in ["payment.captured", "order.paid"] {
        for notes in [json!([]), json!({}), json!({"booking_id": "1"}), Value::Null] {
            assert_eq!(read(&captured(event, &notes)).expect("sense"), expected);
        }
    }
}

#[test]
fn what_is_no_capture_is_other_news() {
    let mut late = captured("payment.captured", &json!([]));
    late["payload"]["payment"]["entity"]["status"] = json!("refunded");
    for (webhook, name) in [
        (late, "payment.captured"),
        (captured("payment.authorized", &json!([])), "payment.authorized"),
        (json!({"event": "refund.processed", "payload": []}), "refund.processed"),
        (json!({"event": "payment.downtime.started"}), "payment.downtime.started"),
    ] {
        assert_eq!(read(&webhook).expect("sense"), GatewayNews::Other(name.to_owned()));
    }
}

#[test]
fn a_capture_that_makes_no_sense_is_not_believed() {
    let change = |field: &str, value: Value| {
        let mut webhook = captured("payment.captured", &json!([]));
        webhook["payload"]["payment"]["entity"][field] = value;
        webhook.to_string()
    };
    for body in [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"event":7}"#.to_owned(),
        r#"{"event":"a\u0000b"}"#.to_owned(),
        change("id", json!("pay_\0")),
        change("id", json!("")),
        change("order_id", json!("order\n1")),
        change("order_id", json!("o".repeat(101))),
        r#"{"event":"payment.captured"}"#.to_owned(),
        r#"{"event":"order.paid","payload":{"order":{}}}"#.to_owned(),
        change("id", Value::Null),
        change("amount", json!("149900")),
        change("amount", json!(1499.5)),
        change("amount", json!(1e300)),
        change("currency", json!("USD")),
        change("currency", json!("₹₹₹₹")),
    ] {
        assert!(matches!(news(body.as_bytes()), Err(GatewayError::Nonsense(_))), "{body}");
    }
    assert!(matches!(news(b"\xff{}"), Err(GatewayError::Nonsense(_))));
}

#[test]
fn of_two_orders_for_a_receipt_the_paid_one_counts_else_the_older_one() {
    let receipt: PaymentId = "0193c0de-0000-7000-8000-000000000001".parse().expect("an id");
    let order = |id: &str, status: &str, created_at: i64| Order {
        id: Name(id.to_owned()),
        amount: 100,
        currency: "INR".to_owned(),
        receipt: Some(receipt.to_string()),
        status: status.to_owned(),
        created_at,
    };
    let other = Order { receipt: None, ..order("other", "paid", 0) };
    let found = |orders| find(orders, receipt).map(|order| order.0);
    assert_eq!(found(vec![other]), None);
    let unpaid = || vec![order("new", "created", 2), order("old", "attempted", 1)];
    assert_eq!(found(unpaid()).as_deref(), Some("old"));
    let mut orders = unpaid();
    orders.push(order("paid", "paid", 3));
    assert_eq!(found(orders).as_deref(), Some("paid"));
}
