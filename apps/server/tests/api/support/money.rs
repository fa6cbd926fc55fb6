//! Orders, payments and the passing of a hold's ten minutes.

use sandbox::{CheckoutResult, Outcome};
use serde_json::{Value, json};

use super::{Person, TestServer, text, until};

impl TestServer {
    /// Asks for the order by which a booking is paid.
    pub(crate) async fn order(&self, who: &Person, booking: &str) -> String {
        let asked = self.post(&format!("/bookings/{booking}/payments")).by(who).once().await;
        text(&asked.expect(201), "/razorpay_order_id")
    }

    /// The customer pays at the checkout, and the bank says yes.
    pub(crate) async fn pay(&self, who: &Person, booking: &str) -> CheckoutResult {
        let order = self.order(who, booking).await;
        self.sandbox().pay(&order, Outcome::Success).expect("the bank says yes")
    }

    /// The app tells what the checkout gave.
    pub(crate) async fn tell(&self, who: &Person, paid: &CheckoutResult) -> super::Answer {
        self.post("/payments/razorpay/confirm").by(who).json(&callback(paid)).await
    }

    /// Waits until a booking stands like this.
    pub(crate) async fn becomes(&self, who: &Person, booking: &str, status: &str) {
        until(&format!("the booking is {status}"), async || {
            (self.status_of(who, booking).await == status).then_some(())
        })
        .await;
    }

    /// A customer's booking, paid for and confirmed.
    pub(crate) async fn confirmed(&self, who: &Person, booking: &str) -> CheckoutResult {
        let paid = self.pay(who, booking).await;
        self.becomes(who, booking, "confirmed").await;
        paid
    }

    /// Ten minutes pass for this hold: its clock is turned back, and nothing else is done.
    pub(crate) async fn the_time_passes(&self, booking: &str) {
        let past = "held_until = held_until - interval '11 minutes'";
        self.database.execute(&format!("update bookings set {past} where id = '{booking}'")).await;
        self.database
            .execute(&format!("update claims set {past} where booking = '{booking}'"))
            .await;
    }

    /// The time of this visit has come: it is moved to this minute, and nothing else is done.
    pub(crate) async fn its_time_comes(&self, booking: &str) {
        let by = format!(
            "(select starts_at - date_trunc('minute', now()) from bookings where id = '{booking}')"
        );
        let times = format!("starts_at = starts_at - {by}, ends_at = ends_at - {by}");
        let line = format!("to_jsonb((line ->> 'start')::timestamptz - {by})");
        let lines = format!(
            "(select jsonb_agg(jsonb_set(line, '{{start}}', {line}) order by n)
              from jsonb_array_elements(lines) with ordinality l(line, n))"
        );
        self.database
            .execute(&format!("update claims set {times} where booking = '{booking}'"))
            .await;
        self.database
            .execute(&format!(
                "update bookings set {times}, lines = {lines} where id = '{booking}'"
            ))
            .await;
    }

    /// Ten minutes pass for this hold, and the worker takes notice.
    pub(crate) async fn the_hold_runs_out(&self, booking: &str) {
        self.the_time_passes(booking).await;
        self.is_due_now("booking_held", booking).await;
    }

    /// The time of an event about something has come.
    pub(crate) async fn is_due_now(&self, kind: &str, about: &str) {
        let job = format!(
            "from graphile_worker._private_jobs where payload->'event'->>'kind' = '{kind}'
             and payload::text like '%{about}%'"
        );
        until(&format!("the job of {kind}"), async || {
            (self.database.count(&format!("select count(*) {job}")).await > 0).then_some(())
        })
        .await;
        let of_it = job.replace("from graphile_worker._private_jobs where", "where");
        self.database
            .execute(&format!("update graphile_worker._private_jobs set run_at = now() {of_it}"))
            .await;
    }

    /// What became of the payment company's news, oldest first.
    pub(crate) async fn news(&self) -> Vec<String> {
        let sql = "select coalesce(outcome, 'waits') from inbox order by received_at, id";
        self.database.texts(sql).await
    }

    /// Waits until every piece of news that came has been dealt with.
    pub(crate) async fn all_news_is_read(&self) -> Vec<String> {
        until("the news is read", async || {
            let news = self.news().await;
            (!news.is_empty() && !news.contains(&"waits".to_owned())).then_some(news)
        })
        .await
    }

    /// How many events of a kind were written.
    pub(crate) async fn events(&self, kind: &str) -> i64 {
        self.database.count(&format!("select count(*) from events where kind = '{kind}'")).await
    }

    /// The refunds that the payment company gave for a payment.
    pub(crate) async fn refunds_of(&self, payment: &str) -> Vec<Value> {
        self.at_the_gateway(&format!("payments/{payment}/refunds")).await
    }

    /// The orders that the payment company has.
    pub(crate) async fn orders_at_the_gateway(&self) -> Vec<String> {
        self.at_the_gateway("orders").await.iter().map(|order| text(order, "/id")).collect()
    }

    async fn at_the_gateway(&self, list: &str) -> Vec<Value> {
        let sandbox = self.sandbox();
        let keys = &sandbox.settings().razorpay;
        let url = format!("{}/v1/{list}", sandbox.base_url());
        let request = self.client().get(url).basic_auth(&keys.key_id, Some(&keys.key_secret));
        let answer = request.send().await.expect("the sandbox answers");
        let found: Value = answer.json().await.expect("JSON");
        found["items"].as_array().cloned().unwrap_or_else(|| panic!("no items in {found}"))
    }
}

/// What the checkout gives to the app, as the app gives it on.
pub(crate) fn callback(paid: &CheckoutResult) -> Value {
    json!({ "razorpay_order_id": paid.razorpay_order_id,
        "razorpay_payment_id": paid.razorpay_payment_id,
        "razorpay_signature": paid.razorpay_signature })
}
