//! A payment from order to refund, against the simulated Razorpay.

use std::time::Duration;

use indistylo_adapter_payments::{Razorpay, RazorpaySettings};
use kernel::{BookingId, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment};
use ports::{Gateway, GatewayError, GatewayNews};
use sandbox::{ApiFaults, CheckoutResult, Faults, Outcome, Sandbox, Settings};
use testkit::stub::Stub;
use uuid::Uuid;

const PRICE: Money = Money::inr(149_900);
const KEY: &str = "0193c0de-0000-7000-8000-0000000000ff";

fn receipt(n: u128) -> PaymentId {
    PaymentId::new(Uuid::from_u128(n))
}

fn booking() -> BookingId {
    BookingId::new(Uuid::from_u128(77))
}

async fn open() -> (Sandbox, Razorpay) {
    let sandbox = Sandbox::start(Settings::development()).await.expect("starts");
    let account = sandbox.settings().razorpay.clone();
    let settings = RazorpaySettings {
        base_url: sandbox.base_url(),
        key_id: account.key_id,
        key_secret: account.key_secret,
        webhook_secrets: vec!["a newer secret".to_owned(), account.webhook_secret],
    };
    (sandbox, Razorpay::new(settings).expect("good settings"))
}

fn api(faults: ApiFaults) -> Faults {
    Faults { api: faults, ..Faults::default() }
}

async fn ordered(gateway: &Razorpay) -> GatewayOrder {
    gateway.create_order(receipt(1), booking(), PRICE).await.expect("an order")
}

fn paid(sandbox: &Sandbox, order: &GatewayOrder) -> CheckoutResult {
    sandbox.pay(&order.0, Outcome::Success).expect("payable")
}

#[tokio::test]
async fn an_order_is_found_again_by_its_receipt_after_a_lost_reply() {
    let (sandbox, gateway) = open().await;
    assert_eq!(gateway.public_key(), "rzp_test_sandbox0000000");
    assert_eq!(gateway.find_order(receipt(1)).await.expect("answers"), None);

    sandbox.set_faults(api(ApiFaults { drop_after_effect: 1, ..ApiFaults::default() }));
    let lost = gateway.create_order(receipt(1), booking(), PRICE).await;
    assert!(matches!(lost, Err(GatewayError::Unavailable(_))), "{lost:?}");
    let order = gateway.find_order(receipt(1)).await.expect("answers").expect("it was made");
    assert_eq!(gateway.find_order(receipt(2)).await.expect("answers"), None);
    assert!(gateway.attempts(&order).await.expect("answers").is_empty());

    sandbox.set_faults(api(ApiFaults { fail_next: 1, ..ApiFaults::default() }));
    let failed = gateway.create_order(receipt(3), booking(), PRICE).await;
    assert!(matches!(failed, Err(GatewayError::Unavailable(_))), "{failed:?}");
    assert_eq!(gateway.find_order(receipt(3)).await.expect("answers"), None);
}

#[tokio::test]
async fn a_paid_order_is_captured_by_itself_and_its_callback_is_genuine() {
    let (sandbox, gateway) = open().await;
    let order = ordered(&gateway).await;
    let failed = sandbox.pay(&order.0, Outcome::Failure).expect("payable");
    let paid = paid(&sandbox, &order);

    let payment = GatewayPayment(paid.razorpay_payment_id);
    let signature = paid.razorpay_signature.expect("signed");
    assert!(gateway.is_callback_genuine(&order, &payment, &signature));
    let other = GatewayOrder("order_other".to_owned());
    assert!(!gateway.is_callback_genuine(&other, &payment, &signature));

    let report = gateway.attempt(&payment).await.expect("answers");
    assert_eq!(report.payment, payment);
    assert_eq!(report.order.as_ref(), Some(&order));
    assert_eq!(report.amount, PRICE);
    assert!(report.captured);

    let attempts = gateway.attempts(&order).await.expect("answers");
    assert_eq!(attempts.len(), 2);
    assert!(attempts.contains(&report));
    let unpaid = attempts.iter().find(|attempt| !attempt.captured).expect("the first one");
    assert_eq!(unpaid.payment.0, failed.razorpay_payment_id);
}

#[tokio::test]
async fn webhooks_arrive_signed_and_tell_of_the_capture() {
    let (sandbox, gateway) = open().await;
    let door = Stub::start(Some((200, ""))).await;
    sandbox.set_webhook_url(&door.url());
    let order = ordered(&gateway).await;
    let paid = paid(&sandbox, &order);

    let mut captures = 0;
    for request in heard(&door, sandbox.events().len()).await {
        let (head, body) = request.split_once("\r\n\r\n").expect("a request");
        let signature = head
            .lines()
            .find_map(|line| line.strip_prefix("x-razorpay-signature: "))
            .expect("a signature");
        assert!(gateway.is_webhook_genuine(body.as_bytes(), signature));
        assert!(!gateway.is_webhook_genuine(format!("{body} ").as_bytes(), signature));
        if let GatewayNews::Captured(report) = gateway.read_webhook(body.as_bytes()).expect("sense")
        {
            assert_eq!(report.payment.0, paid.razorpay_payment_id);
            assert_eq!(report.order.as_ref(), Some(&order));
            assert_eq!(report.amount, PRICE);
            captures += 1;
        }
    }
    assert_eq!(captures, 2, "payment.captured and order.paid");
}

/// The requests at the door, once so many have come.
async fn heard(door: &Stub, expected: usize) -> Vec<String> {
    for _ in 0..500 {
        if door.requests().len() >= expected {
            return door.requests();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} of {expected} webhooks came", door.requests().len());
}

#[tokio::test]
async fn money_goes_back_once_however_often_it_is_asked_for() {
    let (sandbox, gateway) = open().await;
    let order = ordered(&gateway).await;
    let payment = GatewayPayment(paid(&sandbox, &order).razorpay_payment_id);

    sandbox.set_faults(api(ApiFaults { drop_after_effect: 1, ..ApiFaults::default() }));
    let lost = gateway.refund(&payment, PRICE, KEY).await;
    assert!(matches!(lost, Err(GatewayError::Unavailable(_))), "{lost:?}");
    let refund = gateway.refund(&payment, PRICE, KEY).await.expect("the same refund");
    assert_eq!(gateway.refund(&payment, PRICE, KEY).await.expect("the same refund"), refund);
    assert!(!gateway.attempt(&payment).await.expect("answers").captured);

    for (amount, key) in [
        (Money::inr(100), KEY),
        (PRICE, "0193c0de-0000-7000-8000-0000000000fe"),
        (PRICE, "short"),
        (PRICE, "two\nlines, which no header has"),
    ] {
        let refused = gateway.refund(&payment, amount, key).await;
        assert!(matches!(refused, Err(GatewayError::Refused(_))), "{key:?}: {refused:?}");
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_and_never_more_than_came() {
    let (sandbox, gateway) = open().await;
    let order = ordered(&gateway).await;
    let payment = GatewayPayment(paid(&sandbox, &order).razorpay_payment_id);
    let name = |n: u8| format!("0193c0de-0000-7000-8000-0000000000{n:02}");
    let part = Money::inr(50_000);
    let first = gateway.refund(&payment, part, &name(1)).await.expect("a part");
    assert!(gateway.attempt(&payment).await.expect("answers").captured, "the rest is here");
    let second = gateway.refund(&payment, part, &name(2)).await.expect("as much again");
    assert_ne!(first, second);
    let rest = PRICE.checked_sub(Money::inr(100_000)).expect("more was paid");
    let over = rest.checked_add(Money::inr(1)).expect("it fits");
    let refused = gateway.refund(&payment, over, &name(3)).await;
    assert!(matches!(refused, Err(GatewayError::Refused(_))), "{refused:?}");
    gateway.refund(&payment, rest, &name(4)).await.expect("the rest");
    assert_eq!(gateway.refund(&payment, part, &name(1)).await.expect("the first again"), first);
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let (_sandbox, gateway) = open().await;
    for name in ["pay_00000000000000", "", "../orders", "pay_1?x=1", "pay_₹", &"p".repeat(65)] {
        let payment = GatewayPayment(name.to_owned());
        for refused in [
            gateway.attempt(&payment).await.map(drop),
            gateway.refund(&payment, PRICE, KEY).await.map(drop),
            gateway.attempts(&GatewayOrder(name.to_owned())).await.map(drop),
        ] {
            assert!(matches!(refused, Err(GatewayError::Refused(_))), "{name:?}: {refused:?}");
        }
    }
    let too_little = gateway.create_order(receipt(1), booking(), Money::inr(99)).await;
    assert!(matches!(too_little, Err(GatewayError::Refused(_))), "{too_little:?}");
}

#[tokio::test]
async fn a_wrong_key_is_our_trouble_and_not_the_last_word() {
    let (sandbox, _) = open().await;
    let stranger = Razorpay::new(RazorpaySettings {
        base_url: sandbox.base_url(),
        key_id: "rzp_test_stranger".to_owned(),
        key_secret: "wrong".to_owned(),
        webhook_secrets: Vec::new(),
    });
    let answer = stranger.expect("good settings").find_order(receipt(1)).await;
    assert!(matches!(answer, Err(GatewayError::Unavailable(_))), "{answer:?}");
}
