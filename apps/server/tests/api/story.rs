//! One booking from the first text on the phone to the moment the customer leaves the chair.

use chrono::TimeDelta;
use sandbox::Outcome;
use serde_json::json;

use crate::support::{TestServer, now, text, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_finds_holds_pays_and_is_served() {
    let server = TestServer::start().await;
    let salon = server.a_salon().open_all_day().with_service("Haircut", 45).opens().await;

    // The phone is proved by the code in the text.
    let phone = server.a_phone();
    let challenge = server.ask_for_a_code(&phone).await;
    let code = server.code_on(&phone).await;
    let sms = &server.sandbox().messages(Some(&phone))[0].body;
    assert_eq!(
        *sms,
        format!("{code} is your IndiStylo code. It is valid for 5 minutes. Do not share it.")
    );
    let session = server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, &code));
    let session = session.await.expect(200);
    let token = text(&session, "/access_token");
    let me = server.get("/me").token(&token).await.expect(200);
    assert_eq!((&me["id"], &me["phone"]), (&session["person_id"], &json!(phone)));
    assert_eq!(me["memberships"], json!([]));

    // The salon is found, and a time in it.
    let listed = server.get("/salons?q=glow&city=indore&category=hair").await.expect(200);
    assert_eq!(text(&listed, "/data/0/id"), salon.id);
    let wish = json!({ "service_id": salon.service(), "staff_id": salon.professional() });
    let ask = json!({ "salon_id": salon.id, "services": [wish], "from": now() + TimeDelta::hours(1),
        "to": now() + TimeDelta::days(1) });
    let found = server.post("/availability/search").json(&ask).await.expect(200);
    assert_eq!(found["time_zone"], "Asia/Kolkata");
    let slot = &found["slots"][0];
    assert_eq!(slot["price"], json!({ "amount": 49_900, "currency": "INR" }));
    assert_eq!(slot["lines"][0]["staff_id"], salon.professional());

    // It is held for ten minutes.
    let asked =
        server.post("/bookings").token(&token).once().json(&json!({"offer": slot["offer"]}));
    let asked = asked.await;
    let held = asked.expect(201);
    let booking = text(&held, "/id");
    assert_eq!(asked.header("location"), format!("/api/v1/bookings/{booking}"));
    assert_eq!(held["status"], "held");
    let until_then: chrono::DateTime<chrono::Utc> =
        text(&held, "/held_until").parse().expect("an instant");
    let left = until_then - now();
    assert!(left > TimeDelta::minutes(9) && left <= TimeDelta::minutes(10), "{left}");
    assert!(text(&held, "/starts_at").ends_with("+05:30"), "on the salon's clock: {held}");

    // Asking twice for the order gives the same order.
    let pay = format!("/bookings/{booking}/payments");
    let checkout = server.post(&pay).token(&token).once().await.expect(201);
    let again = server.post(&pay).token(&token).once().await.expect(201);
    assert_eq!(checkout, again);
    assert_eq!(checkout["amount"], json!({ "amount": 49_900, "currency": "INR" }));
    server
        .sandbox()
        .pay(&text(&checkout, "/razorpay_order_id"), Outcome::Success)
        .expect("the bank says yes");

    // The webhook confirms, and a text says so.
    let path = format!("/bookings/{booking}");
    let confirmed = until("the webhook confirms", async || {
        let booking = server.get(&path).token(&token).await.expect(200);
        (booking["status"] == "confirmed").then_some(booking)
    })
    .await;
    assert_eq!(confirmed["held_until"], json!(null));
    let sms = until("the confirmation is texted", async || {
        let texts = server.sandbox().messages(Some(&phone));
        texts.into_iter().map(|text| text.body).find(|body| body.contains("confirmed"))
    })
    .await;
    let starts: chrono::DateTime<chrono::FixedOffset> =
        text(&confirmed, "/starts_at").parse().expect("an instant");
    let when = starts.format("%a %-d %b, %H:%M");
    assert_eq!(sms, format!("Your booking is confirmed: Haircut at Glow on {when}. - IndiStylo"));

    // The salon sees it in its diary and serves the customer, one step after the other.
    let day = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ");
    let (from, to) = (day(now()), day(now() + TimeDelta::days(3)));
    let diary = format!("/vendor/salons/{}/diary?from={from}&to={to}", salon.id);
    let diary = server.get(&diary).by(&salon.owner).await.expect(200);
    assert_eq!(diary["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(text(&diary, "/data/0/id"), booking);
    assert_eq!(text(&diary, "/data/0/customer_phone"), phone);
    let step = async |step: &str| {
        server.post(&format!("/vendor/bookings/{booking}/{step}")).by(&salon.owner).await
    };
    step("start").await.refused(409, "not_in_this_state");
    server.its_time_comes(&booking).await;
    for (name, status) in [("arrive", "arrived"), ("start", "started"), ("complete", "completed")] {
        assert_eq!(step(name).await.expect(200)["status"], status);
        step(name).await.refused(409, "not_in_this_state");
    }
    let mine = server.get("/bookings").token(&token).await.expect(200);
    assert_eq!(text(&mine, "/data/0/status"), "completed");
}
