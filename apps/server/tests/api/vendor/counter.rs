//! The salon's own hand: who walks in, who is given to a colleague, whose visit is called off.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::support::{TestServer, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn who_walks_in_stands_in_the_diary_and_is_served() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_professionals(2).opens().await;
    let walk_ins = format!("/vendor/salons/{}/walk-ins", salon.id);
    let wish = json!({ "service_id": salon.service(), "staff_id": salon.staff[0] });
    let ask = json!({ "services": [wish], "name": "Chitra" });
    let noted = server.post(&walk_ins).by(&salon.owner).once().json(&ask).await.expect(201);
    assert_eq!(noted["status"], "arrived");
    let start: DateTime<Utc> = text(&noted, "/starts_at").parse().expect("an instant");
    assert!(start >= now() - TimeDelta::seconds(1) && start <= now() + TimeDelta::minutes(5));

    let (from, to) = (start - TimeDelta::hours(1), start + TimeDelta::hours(1));
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path =
        format!("/vendor/salons/{}/diary?from={}&to={}", salon.id, instant(from), instant(to));
    let diary = server.get(&path).by(&salon.owner).await.expect(200);
    assert_eq!(diary["data"][0]["customer_name"], "Chitra");
    assert!(diary["data"][0].get("customer_phone").is_none());

    // The chair is taken: a second one needs the colleague.
    server.post(&walk_ins).by(&salon.owner).once().json(&ask).await.refused(409, "taken");
    let path = format!("/vendor/bookings/{}", text(&noted, "/id"));
    let give = json!({ "lines": [{ "line": 0, "staff_id": salon.staff[1] }] });
    let given = server.post(&format!("{path}/reassign")).by(&salon.owner).json(&give).await;
    assert_eq!(given.expect(200)["lines"][0]["staff_id"], salon.staff[1]);
    server.post(&walk_ins).by(&salon.owner).once().json(&ask).await.expect(201);
    server.post(&format!("{path}/start")).by(&salon.owner).await.expect(200);
    let late = server.post(&format!("{path}/reassign")).by(&salon.owner).json(&give).await;
    late.refused(409, "not_in_this_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_in_names_who_does_it_and_only_the_salon_may() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let walk_ins = format!("/vendor/salons/{}/walk-ins", salon.id);
    let ask = json!({ "services": [salon.wish(0)], "phone": "12", "name": "" });
    let bad = server.post(&walk_ins).by(&salon.owner).once().json(&ask).await;
    bad.names(&["/name", "/phone", "/services/0/staff_id"]);
    let wish = json!({ "service_id": salon.service(), "staff_id": salon.professional() });
    let ask = json!({ "services": [wish] });
    let stranger = server.customer().await;
    server.post(&walk_ins).by(&stranger).once().json(&ask).await.expect(404);
    server
        .post(&walk_ins)
        .by(&salon.owner)
        .json(&ask)
        .await
        .refused(400, "idempotency_key_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_salon_calls_off_or_notes_who_never_came() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let path = format!("/vendor/bookings/{booking}");
    server
        .post(&format!("{path}/no-show"))
        .by(&salon.owner)
        .await
        .refused(409, "not_in_this_state");
    let off = server.post(&format!("{path}/cancel")).by(&salon.owner).await.expect(200);
    assert_eq!(off["cancelled_by"], "salon");
    assert_eq!(server.status_of(&customer, &booking).await, "cancelled");
    server.post(&format!("{path}/cancel")).by(&customer).await.expect(404);
}
