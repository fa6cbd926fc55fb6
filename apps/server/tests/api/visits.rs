//! Visits of several services and guests, and bookings that move.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Salon, TestServer, now, text};

async fn search(server: &TestServer, ask: &Value) -> Value {
    server.post("/availability/search").json(ask).await.expect(200)
}

fn instant(of: &Value) -> DateTime<Utc> {
    of.as_str().and_then(|text| text.parse().ok()).expect("an instant")
}

fn ask(salon: &Salon, services: &Value) -> Value {
    json!({ "salon_id": salon.id, "services": services, "from": now() + TimeDelta::hours(1),
        "to": now() + TimeDelta::days(1) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_couple_and_a_chain_are_found_booked_and_shown_line_by_line() {
    let server = TestServer::start().await;
    let salon = server
        .a_salon()
        .with_service("Cut", 45)
        .with_service("Shave", 15)
        .with_professionals(2)
        .opens()
        .await;
    let [cut, shave] = [&salon.services[0], &salon.services[1]];
    // The guests in any order: guest 1 comes first here.
    let services = json!([{ "service_id": shave, "guest": 1 }, { "service_id": cut },
        { "service_id": shave }]);
    let found = search(&server, &ask(&salon, &services)).await;
    let slot = &found["slots"][0];
    let lines = slot["lines"].as_array().expect("lines");
    let summary: Vec<_> =
        lines.iter().map(|line| (line["guest"].as_u64(), text(line, "/service_id"))).collect();
    let expected = [(Some(0), cut.clone()), (Some(0), shave.clone()), (Some(1), shave.clone())];
    assert_eq!(summary, expected);
    assert_eq!(lines[0]["starts_at"], lines[2]["starts_at"], "both guests begin together");
    assert_eq!(lines[0]["ends_at"], lines[1]["starts_at"], "back to back");
    assert_ne!(lines[0]["staff_id"], lines[2]["staff_id"]);
    assert_eq!(lines[0]["chosen"], "fairly");

    let customer = server.customer().await;
    let offer = json!({ "offer": slot["offer"] });
    let booking = server.post("/bookings").by(&customer).once().json(&offer).await.expect(201);
    assert_eq!(booking["lines"], slot["lines"], "what was offered is what is booked");
    let path = format!("/bookings/{}", text(&booking, "/id"));
    let shown = server.get(&path).by(&customer).await.expect(200);
    let names: Vec<_> = shown["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| text(line, "/service_name"))
        .collect();
    assert_eq!(names, ["Cut", "Shave", "Shave"]);
    let sum: i64 = lines.iter().filter_map(|line| line["price"]["amount"].as_i64()).sum();
    assert_eq!(shown["price"]["amount"], sum);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_moves_and_its_old_time_is_free() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let path = format!("/bookings/{booking}");
    let before = server.get(&path).by(&customer).await.expect(200);
    let mut again = ask(&salon, &json!([salon.wish(0)]));
    again["booking_id"] = json!(booking);

    let nobody = server.post("/availability/search").json(&again).await;
    nobody.refused(401, "unauthenticated");
    let stranger = server.customer().await;
    let strange = server.post("/availability/search").by(&stranger).json(&again).await;
    strange.names(&["/booking_id"]);
    let found = server.post("/availability/search").by(&customer).json(&again).await.expect(200);
    let slots = found["slots"].as_array().expect("slots");
    assert_eq!(slots[0]["starts_at"], before["starts_at"], "its own time counts as free");

    let to = json!({ "offer": slots[1]["offer"] });
    let reschedule = format!("{path}/reschedule");
    server.post(&reschedule).by(&stranger).json(&to).await.expect(404);
    let moved = server.post(&reschedule).by(&customer).json(&to).await.expect(200);
    assert_eq!(moved["starts_at"], slots[1]["starts_at"]);
    assert_eq!((&moved["id"], &moved["held_until"]), (&before["id"], &before["held_until"]));
    let far = json!({ "offer": slots[9]["offer"] });
    server.post(&reschedule).by(&customer).json(&far).await.expect(200);
    let free = search(&server, &ask(&salon, &json!([salon.wish(0)]))).await;
    assert_eq!(instant(&free["slots"][0]["starts_at"]), instant(&before["starts_at"]));

    // The offer of a search for a new booking moves nothing.
    let new = json!({ "offer": free["slots"][0]["offer"] });
    let refused = server.post(&reschedule).by(&customer).json(&new).await;
    assert_eq!(text(&refused.refused(422, "invalid"), "/errors/0/code"), "offer_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_visit_is_named() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let wish = salon.wish(0);
    let try_with = async |services: Value| {
        server.post("/availability/search").json(&ask(&salon, &services)).await
    };
    try_with(json!([])).await.names(&["/services"]);
    try_with(json!(vec![&wish; 65])).await.names(&["/services"]);
    try_with(json!(vec![&wish; 9])).await.names(&["/services"]);
    try_with(json!([{ "guest": 256, "service_id": salon.service() }]))
        .await
        .names(&["/services/0/guest"]);
    let crowd: Vec<Value> =
        (0..9).map(|guest| json!({ "guest": guest, "service_id": salon.service() })).collect();
    try_with(json!(crowd)).await.names(&["/services"]);
    try_with(json!([wish, {}])).await.names(&["/services/1/service_id"]);
    try_with(json!("cut")).await.names(&["/services"]);
}
