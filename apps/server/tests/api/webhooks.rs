//! The payment company's news: heard once or often, early or late, it changes things exactly once.

use futures_util::future::join_all;
use sandbox::{CheckoutResult, Faults, WebhookFaults, sign};
use serde_json::json;

use crate::support::{Call, Person, Salon, TestServer, until};

/// No news arrives by itself: the test carries it.
fn silence() -> Faults {
    Faults { webhook: WebhookFaults { lose: 1_000, ..Default::default() }, ..Faults::default() }
}

impl TestServer {
    /// Posts news as the payment company would, signed with its secret.
    pub(crate) fn news_call(&self, body: &str, event_id: &str) -> Call {
        let secret = self.sandbox().settings().razorpay.webhook_secret.clone();
        self.signed_with(&secret, body, event_id)
    }

    /// Posts news, signed with a secret.
    pub(crate) fn signed_with(&self, secret: &str, body: &str, event_id: &str) -> Call {
        self.post("/webhooks/razorpay")
            .header("x-razorpay-signature", &sign::razorpay_webhook(secret, body.as_bytes()))
            .header("x-razorpay-event-id", event_id)
            .raw_json(body)
    }

    /// The body of the news of this kind about a payment, which was not delivered.
    pub(crate) fn body_of(&self, kind: &str, paid: &CheckoutResult) -> String {
        let events = self.sandbox().events().into_iter();
        let mut of_it = events.filter(|event| event.payment_id == paid.razorpay_payment_id);
        of_it.find(|event| event.event == kind).expect("the event was written").body
    }

    /// A booking is confirmed once, its customer told once, and no money moves again.
    pub(crate) async fn is_confirmed_once(&self, who: &Person, booking: &str) {
        self.becomes(who, booking, "confirmed").await;
        until("the confirmation is texted", async || {
            (!self.texts_to(who).is_empty()).then_some(())
        })
        .await;
        assert_eq!(self.events("booking_confirmed").await, 1);
        assert_eq!(self.events("refund_due").await, 0);
        assert_eq!(self.texts_to(who).len(), 1, "{:?}", self.texts_to(who));
        assert!(self.texts_to(who)[0].starts_with("Your booking is confirmed"));
    }

    /// The money has gone back, once, and the customer was told once.
    pub(crate) async fn is_refunded_once(&self, who: &Person, paid: &CheckoutResult) {
        until("the refund is texted", async || {
            self.texts_to(who).iter().any(|text| text.contains("is being refunded")).then_some(())
        })
        .await;
        let refunds = self.refunds_of(&paid.razorpay_payment_id).await;
        assert_eq!(refunds.len(), 1, "{refunds:?}");
        assert_eq!(refunds[0]["amount"], 49_900);
        let told = self.texts_to(who);
        let told: Vec<_> = told.iter().filter(|text| text.contains("refunded")).collect();
        assert_eq!(told, ["₹499.00 for your booking at Glow is being refunded. - IndiStylo"]);
        let refunded = "select count(*) from refunds where gateway_refund is not null";
        assert_eq!(self.database.count(refunded).await, 1);
    }
}

async fn a_hold() -> (TestServer, Salon, Person, String) {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    (server, salon, customer, booking)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_comes_before_the_app_tells() {
    let (server, _, customer, booking) = a_hold().await;
    let paid = server.confirmed(&customer, &booking).await;
    let told = server.tell(&customer, &paid).await.expect(200);
    assert_eq!(
        (&told["status"], &told["booking"]["status"]),
        (&json!("settled"), &json!("confirmed"))
    );
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_tells_before_the_news_comes() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    let paid = server.pay(&customer, &booking).await;
    let told = server.tell(&customer, &paid).await.expect(200);
    assert_eq!(
        (&told["status"], &told["booking"]["status"]),
        (&json!("settled"), &json!("confirmed"))
    );
    server.news_call(&server.body_of("payment.captured", &paid), "e1").await.expect(200);
    server.news_call(&server.body_of("order.paid", &paid), "e2").await.expect(200);
    assert_eq!(server.all_news_is_read().await, ["known_before", "known_before"]);
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_news_under_the_same_name_or_another_is_kept_once() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    let paid = server.pay(&customer, &booking).await;
    let body = server.body_of("payment.captured", &paid);
    for name in ["e1", "e1", "another-name", "e1"] {
        server.news_call(&body, name).await.expect(200);
    }
    // The same name with another body is a duplicate too: the name is the sender's promise.
    server.news_call(&server.body_of("payment.authorized", &paid), "e1").await.expect(200);
    assert_eq!(server.all_news_is_read().await, ["confirmed"]);
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_copies_at_once_are_kept_once() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    let paid = server.pay(&customer, &booking).await;
    let body = server.body_of("order.paid", &paid);
    let copies = (0..20).map(|copy| server.news_call(&body, &format!("e{}", copy % 4)));
    for answer in join_all(copies.map(IntoFuture::into_future)).await {
        answer.expect(200);
    }
    assert_eq!(server.all_news_is_read().await, ["confirmed"]);
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn app_and_news_at_the_same_moment_confirm_once() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    let paid = server.pay(&customer, &booking).await;
    let captured = server.body_of("payment.captured", &paid);
    let order = server.body_of("order.paid", &paid);
    let (told, _, _) = tokio::join!(
        server.tell(&customer, &paid),
        server.news_call(&captured, "e1").into_future(),
        server.news_call(&order, "e2").into_future(),
    );
    told.expect(200);
    server.all_news_is_read().await;
    server.is_confirmed_once(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_hold_that_ran_out_confirms_it_while_the_time_is_free() {
    let (server, salon, customer, booking) = a_hold().await;
    let order = server.order(&customer, &booking).await;
    server.the_hold_runs_out(&booking).await;
    server.becomes(&customer, &booking, "expired").await;
    let freed = server.free_slots(&salon, 2).await.len();
    server.sandbox().pay(&order, sandbox::Outcome::Success).expect("the bank says yes");
    server.is_confirmed_once(&customer, &booking).await;
    assert!(server.free_slots(&salon, 2).await.len() < freed, "its time is taken again");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_time_that_another_has_by_now_goes_back() {
    let (server, salon, customer, booking) = a_hold().await;
    let order = server.order(&customer, &booking).await;
    // The hold has run out, though the worker has not noticed: the next customer may have it.
    server.the_time_passes(&booking).await;
    let rival = server.customer().await;
    let theirs = server.hold(&rival, &server.free_slot(&salon).await).await;
    assert_eq!(server.status_of(&customer, &booking).await, "expired");

    let paid = server.sandbox().pay(&order, sandbox::Outcome::Success).expect("the bank says yes");
    server.is_refunded_once(&customer, &paid).await;
    assert_eq!(server.status_of(&customer, &booking).await, "expired");
    assert_eq!(server.status_of(&rival, &theirs).await, "held");
    // Told again, by the app and by the post, it stays with the one refund.
    server.tell(&customer, &paid).await.expect(200);
    for event in server.sandbox().events() {
        server.news_call(&event.body, &format!("again-{}", event.id)).await.expect(200);
    }
    server.all_news_is_read().await;
    server.is_refunded_once(&customer, &paid).await;
    assert_eq!(server.events("booking_confirmed").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_booking_called_off_before_goes_back() {
    let (server, _, customer, booking) = a_hold().await;
    let order = server.order(&customer, &booking).await;
    server.post(&format!("/bookings/{booking}/cancel")).by(&customer).await.expect(200);
    let paid = server.sandbox().pay(&order, sandbox::Outcome::Success).expect("the bank says yes");
    server.is_refunded_once(&customer, &paid).await;
    assert_eq!(server.status_of(&customer, &booking).await, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_booking_called_off_gives_the_money_back_and_the_time_free() {
    let (server, salon, customer, booking) = a_hold().await;
    let paid = server.confirmed(&customer, &booking).await;
    let taken = server.free_slots(&salon, 2).await.len();
    let off = server.post(&format!("/bookings/{booking}/cancel")).by(&customer).await.expect(200);
    assert_eq!((&off["status"], &off["cancelled_by"]), (&json!("cancelled"), &json!("customer")));
    server.is_refunded_once(&customer, &paid).await;
    assert!(server.free_slots(&salon, 2).await.len() > taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_never_came_is_found_when_the_hold_runs_out() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    server.pay(&customer, &booking).await;
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    server.the_hold_runs_out(&booking).await;
    server.is_confirmed_once(&customer, &booking).await;
    assert_eq!(server.events("booking_expired").await, 0);
    assert_eq!(server.news().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_answers_after_the_hold_ran_out_is_found_by_the_later_looks() {
    let (server, _, customer, booking) = a_hold().await;
    server.sandbox().set_faults(silence());
    let order = server.order(&customer, &booking).await;
    let late = server.sandbox().pay(&order, sandbox::Outcome::Late).expect("the bank is slow");
    server.the_hold_runs_out(&booking).await;
    server.becomes(&customer, &booking, "expired").await;
    server.sandbox().authorise(&late.razorpay_payment_id).expect("the bank says yes after all");
    let payment = server.database.texts("select id::text from payments").await.remove(0);
    server.is_due_now("payment_awaited", &payment).await;
    server.is_confirmed_once(&customer, &booking).await;
}
