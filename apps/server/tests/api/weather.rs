//! Bad days of the payment company and the phone company: slow, silent, repeating themselves.

use sandbox::{ApiFaults, EventState, Faults, Outcome, WebhookFaults};
use serde_json::json;

use crate::support::{Person, TestServer, text, until};

async fn on_a_day_of(faults: Faults) -> (TestServer, Person, String) {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    server.sandbox().set_faults(faults);
    (server, customer, booking)
}

fn webhook(webhook: WebhookFaults) -> Faults {
    Faults { webhook, ..Faults::default() }
}

fn api(api: ApiFaults) -> Faults {
    Faults { api, ..Faults::default() }
}

/// Waits until the payment company has got rid of all its news.
async fn all_is_delivered(server: &TestServer, events: usize) {
    until("the news is delivered", async || {
        let all = server.sandbox().events();
        let done = all.iter().filter(|event| event.state == EventState::Delivered).count();
        (done == events).then_some(())
    })
    .await;
    server.all_news_is_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_copies_of_every_piece_of_news() {
    let repeated = WebhookFaults { duplicate: 5, ..WebhookFaults::default() };
    let (server, customer, booking) = on_a_day_of(webhook(repeated)).await;
    server.pay(&customer, &booking).await;
    all_is_delivered(&server, 3).await;
    until("all copies are posted", async || {
        server.sandbox().events().iter().all(|event| event.attempts == 6).then_some(())
    })
    .await;
    assert_eq!(server.news().await.len(), 3);
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_in_the_wrong_order() {
    let reversed = WebhookFaults { reorder: true, ..WebhookFaults::default() };
    let (server, customer, booking) = on_a_day_of(webhook(reversed)).await;
    server.pay(&customer, &booking).await;
    all_is_delivered(&server, 3).await;
    let order =
        "select convert_from(body, 'utf8')::jsonb->>'event' from inbox order by received_at";
    let order = server.database.texts(order).await;
    assert_eq!(order, ["order.paid", "payment.captured", "payment.authorized"]);
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_a_thief_altered_on_the_way() {
    let altered = WebhookFaults { tamper: true, ..WebhookFaults::default() };
    let (server, customer, booking) = on_a_day_of(webhook(altered)).await;
    let paid = server.pay(&customer, &booking).await;
    until("each was turned away", async || {
        let events = server.sandbox().events();
        let refused = |answer: &Option<String>| answer.as_deref() == Some("401");
        (events.len() == 3 && events.iter().all(|event| refused(&event.last_answer))).then_some(())
    })
    .await;
    assert_eq!(server.news().await, [""; 0]);
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    // The thief goes, the payment company tries again, and all is well.
    server.sandbox().clear_faults();
    server.is_confirmed_once(&customer, &booking).await;
    assert_eq!(server.tell(&customer, &paid).await.expect(200)["status"], "settled");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_is_a_second_late() {
    let slow = WebhookFaults { delay_ms: 1_000, ..WebhookFaults::default() };
    let (server, customer, booking) = on_a_day_of(webhook(slow)).await;
    server.pay(&customer, &booking).await;
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_says_no_then_yes() {
    let (server, customer, booking) = on_a_day_of(Faults::default()).await;
    let order = server.order(&customer, &booking).await;
    server.sandbox().pay(&order, Outcome::Failure).expect("the bank says no");
    let late = server.sandbox().pay(&order, Outcome::Late).expect("the bank is slow");
    all_is_delivered(&server, 2).await;
    assert_eq!(server.news().await, ["ignored: payment.failed"; 2]);
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    let paid = server.sandbox().authorise(&late.razorpay_payment_id).expect("the bank says yes");
    server.is_confirmed_once(&customer, &booking).await;
    assert_eq!(server.tell(&customer, &paid).await.expect(200)["status"], "settled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_app_tells_is_a_hint_that_is_checked() {
    let (server, customer, booking) = on_a_day_of(Faults::default()).await;
    let order = server.order(&customer, &booking).await;
    let failed = server.sandbox().pay(&order, Outcome::Late).expect("the bank is slow");
    let keys = server.sandbox().settings().razorpay.clone();
    let tell = async |who: &Person, order: &str, payment: &str, secret: &str| {
        let signature = sandbox::sign::razorpay_payment(secret, order, payment);
        let told = json!({ "razorpay_order_id": order, "razorpay_payment_id": payment,
            "razorpay_signature": signature });
        server.post("/payments/razorpay/confirm").by(who).json(&told).await
    };
    let payment = failed.razorpay_payment_id.as_str();

    // Signed, but the bank has not said yes: never paid.
    let told = tell(&customer, &order, payment, &keys.key_secret).await.expect(200);
    assert_eq!(
        (&told["status"], &told["booking"]["status"]),
        (&json!("processing"), &json!("held"))
    );
    tell(&customer, &order, payment, "guessed").await.names(&["/razorpay_signature"]);
    let webhook_secret = &keys.webhook_secret;
    tell(&customer, &order, payment, webhook_secret).await.names(&["/razorpay_signature"]);
    let unknown = tell(&customer, &order, "pay_Nowhere0000001", &keys.key_secret).await;
    unknown.names(&["/razorpay_payment_id"]);
    tell(&customer, "order_Nowhere00001", payment, &keys.key_secret)
        .await
        .refused(404, "not_found");
    // Someone else's order is not there.
    let stranger = server.customer().await;
    tell(&stranger, &order, payment, &keys.key_secret).await.refused(404, "not_found");

    // A payment of another order proves nothing for this one.
    let salon = server.a_salon().opens().await;
    let (other, cheap) = server.a_hold(&salon).await;
    let paid = server.confirmed(&other, &cheap).await;
    let crossed = tell(&customer, &order, &paid.razorpay_payment_id, &keys.key_secret).await;
    assert_eq!(crossed.expect(200)["status"], "processing");
    assert_eq!(server.status_of(&customer, &booking).await, "held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_company_that_is_down_costs_nobody_the_hold() {
    let (server, customer, booking) =
        on_a_day_of(api(ApiFaults { fail_next: 1, ..ApiFaults::default() })).await;
    let ask = async || {
        let call = server.post(&format!("/bookings/{booking}/payments")).by(&customer);
        call.key("pay").even_in_trouble().await
    };
    let down = ask().await;
    down.refused(503, "gateway_unavailable");
    assert_eq!(down.header("retry-after"), "2");
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    let early = ask().await;
    early.refused(409, "in_progress");
    assert_eq!(early.header("retry-after"), "2");
    // Fifteen seconds later it is asked again.
    let later = "update payments set changed_at = changed_at - interval '16 seconds'";
    server.database.execute(later).await;
    let order = text(&ask().await.expect(201), "/razorpay_order_id");
    server.sandbox().pay(&order, Outcome::Success).expect("the bank says yes");
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_was_lost_is_found_again() {
    let lost = ApiFaults { drop_after_effect: 1, ..ApiFaults::default() };
    let (server, customer, booking) = on_a_day_of(api(lost)).await;
    let call = || server.post(&format!("/bookings/{booking}/payments")).by(&customer).key("pay");
    call().even_in_trouble().await.refused(503, "gateway_unavailable");
    let later = "update payments set changed_at = changed_at - interval '16 seconds'";
    server.database.execute(later).await;
    let checkout = call().await;
    let order = text(&checkout.expect(201), "/razorpay_order_id");
    assert_eq!(call().await.bytes, checkout.bytes);
    assert_eq!(server.database.count("select count(*) from payments").await, 1);
    // The payment company has the one order and no other.
    assert_eq!(server.orders_at_the_gateway().await, [order]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_is_not_given_twice() {
    let (server, customer, booking) = on_a_day_of(Faults::default()).await;
    let paid = server.confirmed(&customer, &booking).await;
    let lost = ApiFaults { drop_after_effect: 1, fail_next: 1, ..ApiFaults::default() };
    server.sandbox().set_faults(api(lost));
    server.post(&format!("/bookings/{booking}/cancel")).by(&customer).await.expect(200);
    server.is_refunded_once(&customer, &paid).await;
    assert_eq!(server.sandbox().faults(), Faults::default(), "both faults were met");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_company_that_is_down_delays_the_code_and_no_more() {
    let server = TestServer::start().await;
    let twilio = ApiFaults { fail_next: 1, ..ApiFaults::default() };
    server.sandbox().set_faults(Faults { twilio, ..Faults::default() });
    let phone = server.a_phone();
    let challenge = server.ask_for_a_code(&phone).await;
    let code = server.code_on(&phone).await;
    let session = server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, &code));
    session.await.expect(200);
    assert_eq!(server.sandbox().messages(Some(&phone)).len(), 1);
}
