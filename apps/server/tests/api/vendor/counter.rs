//! The salon's own hand: who walks in, who is given to a colleague, whose visit is called off.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, Salon, TestServer, fresh_name, now, seen, text};

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
async fn a_visit_runs_over_and_the_diary_names_who_is_delayed() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let walk_ins = format!("/vendor/salons/{}/walk-ins", salon.id);
    let wish = json!({ "service_id": salon.service(), "staff_id": salon.professional() });
    let noted = async |ask: Value| {
        server.post(&walk_ins).by(&salon.owner).once().json(&ask).await.expect(201)
    };
    let visit = noted(json!({ "services": [wish] })).await;
    let ends: DateTime<Utc> = text(&visit, "/ends_at").parse().expect("an instant");
    let next = noted(json!({ "services": [wish], "starts_at": ends })).await;
    let path = format!("/vendor/bookings/{}", text(&visit, "/id"));
    let longer = async |until: Value| {
        let ask = json!({ "lasts_until": until });
        server.post(&format!("{path}/extend")).by(&salon.owner).json(&ask).await
    };
    let until = ends + TimeDelta::minutes(15);
    longer(json!(until)).await.refused(409, "not_in_this_state");
    server.post(&format!("{path}/start")).by(&salon.owner).await.expect(200);

    longer(json!(ends)).await.refused(422, "not_longer");
    longer(json!(until + TimeDelta::minutes(1))).await.refused(422, "end_off_grid");
    longer(json!(ends + TimeDelta::minutes(245))).await.refused(422, "too_long");
    longer(json!("soon")).await.names(&["/lasts_until"]);
    let told = longer(json!(until)).await.expect(200);
    assert_eq!(told["delays"], json!([next["id"]]));
    assert_eq!((&told["ends_at"], &told["price"]), (&visit["ends_at"], &visit["price"]));
    let shown: DateTime<Utc> = text(&told, "/lasts_until").parse().expect("an instant");
    assert_eq!(shown, until);

    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!(
        "/vendor/salons/{}/diary?from={}&to={}",
        salon.id,
        instant(ends),
        instant(ends + TimeDelta::minutes(5))
    );
    let diary = server.get(&path).by(&salon.owner).await.expect(200);
    let entries = diary["data"].as_array().cloned().expect("a list");
    let shown: Vec<_> = entries.iter().map(|one| (&one["id"], &one["delays"])).collect();
    let (late, on_time) = (json!([next["id"]]), json!([]));
    assert_eq!(shown, [(&visit["id"], &late), (&next["id"], &on_time)]);
    assert_eq!(entries[1]["starts_at"], next["starts_at"], "she is not moved");

    let stranger = server.customer().await;
    let path = format!("/vendor/bookings/{}/extend", text(&visit, "/id"));
    let ask = json!({ "lasts_until": until });
    server.post(&path).by(&stranger).json(&ask).await.expect(404);
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
async fn what_belongs_to_another_salon_is_refused_as_if_it_were_not_there() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_professionals(2).opens().await;
    let other = server.a_salon().opens().await;
    let nothing = fresh_name();
    let walk_in = async |service: &str, staff: &str| {
        let wish = json!({ "service_id": service, "staff_id": staff });
        let path = format!("/vendor/salons/{}/walk-ins", salon.id);
        server.post(&path).by(&salon.owner).once().json(&json!({ "services": [wish] })).await
    };
    let (service, staff) = (salon.service(), salon.staff[0].as_str());
    let (theirs, their_staff) = (other.service(), other.staff[0].as_str());
    for (foreign, absent) in [
        (walk_in(service, their_staff).await, walk_in(service, &nothing).await),
        (walk_in(theirs, staff).await, walk_in(&nothing, staff).await),
        (walk_in(theirs, their_staff).await, walk_in(&nothing, &nothing).await),
    ] {
        assert!((400..500).contains(&foreign.status), "{foreign:?}");
        assert_eq!(seen(&foreign), seen(&absent));
    }
    assert_eq!(server.database.count("select count(*) from bookings").await, 0);

    let noted = walk_in(service, staff).await.expect(201);
    let path = format!("/vendor/bookings/{}/reassign", text(&noted, "/id"));
    let reassign = async |staff: &str| {
        let give = json!({ "lines": [{ "line": 0, "staff_id": staff }] });
        server.post(&path).by(&salon.owner).json(&give).await
    };
    let foreign = reassign(their_staff).await;
    assert!((400..500).contains(&foreign.status), "{foreign:?}");
    assert_eq!(seen(&foreign), seen(&reassign(&nothing).await));
    reassign(&salon.staff[1]).await.expect(200);
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

#[tokio::test(flavor = "multi_thread")]
async fn who_is_said_to_have_come_long_before_may_still_call_off() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let from = now() + TimeDelta::days(2);
    let slot = server.free_between(&salon, from, from + TimeDelta::hours(1)).await.remove(0);
    let customer = server.customer().await;
    let booking = server.hold(&customer, &slot).await;
    server.confirmed(&customer, &booking).await;
    let path = format!("/vendor/bookings/{booking}/arrive");
    server.post(&path).by(&salon.owner).await.refused(422, "too_early");
    let path = format!("/bookings/{booking}/cancel");
    server.post(&path).by(&customer).await.expect(200);
    server.becomes(&customer, &booking, "cancelled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_begins_once_its_time_has_come() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    server.confirmed(&customer, &booking).await;
    // Whatever day it is by the salon's clock, they are there.
    let there = "update bookings set status = 'arrived' where id = ";
    server.database.execute(&format!("{there}'{booking}'")).await;
    let step = async |step: &str| {
        server.post(&format!("/vendor/bookings/{booking}/{step}")).by(&salon.owner).await
    };
    let early = step("start").await.refused(422, "too_early");
    assert!(text(&early, "/detail").contains("from 20"), "it says from when: {early}");
    server.its_time_comes(&booking).await;
    step("start").await.expect(200);
    step("complete").await.expect(200);
}

impl TestServer {
    /// Notes a walk-in at the salon's first professional, this many hours from now.
    async fn noted(&self, salon: &Salon, hours: i64, who: &Value) -> Answer {
        let at = (now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:00:00Z").to_string();
        let wish = json!({ "service_id": salon.service(), "staff_id": salon.professional() });
        let mut ask = json!({ "services": [wish], "starts_at": at });
        for (field, value) in who.as_object().into_iter().flatten() {
            ask[field] = value.clone();
        }
        let path = format!("/vendor/salons/{}/walk-ins", salon.id);
        self.post(&path).by(&salon.owner).once().json(&ask).await
    }

    /// For whom the bookings of the next two days are, as the salon's diary shows it.
    async fn guests(&self, salon: &Salon) -> Vec<(Value, Value)> {
        let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (from, to) = (instant(now()), instant(now() + TimeDelta::days(2)));
        let path = format!("/vendor/salons/{}/diary?from={from}&to={to}", salon.id);
        let diary = self.get(&path).by(&salon.owner).await.expect(200);
        let entries = diary["data"].as_array().cloned().expect("a list");
        let guest =
            |entry: &Value| (entry["customer_name"].clone(), entry["customer_phone"].clone());
        entries.iter().map(guest).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_tells_the_salon_no_more_than_it_typed() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let victim = server.customer().await;
    let named = json!({ "name": "Asha Real", "language": "en" });
    server.put("/me").by(&victim).json(&named).await.expect(200);

    server.noted(&salon, 2, &json!({ "phone": victim.phone })).await.expect(201);
    let typed = json!({ "phone": victim.phone, "name": "Asha, blue bag" });
    server.noted(&salon, 4, &typed).await.expect(201);
    let phone = json!(victim.phone);
    let typed = [(json!(null), phone.clone()), (json!("Asha, blue bag"), phone.clone())];
    assert_eq!(server.guests(&salon).await, typed);
    // Who books themselves tells the salon who they are.
    let slots =
        server.free_between(&salon, now() + TimeDelta::hours(8), now() + TimeDelta::hours(9));
    let booking = server.hold(&victim, &slots.await[0]).await;
    assert_eq!(server.guests(&salon).await[2], (json!("Asha Real"), phone));

    // They see what was booked for them, call themselves as before, and are told what was typed.
    let mine = server.get("/bookings").by(&victim).await.expect(200);
    assert_eq!(mine["data"].as_array().map(Vec::len), Some(3));
    assert_eq!(server.get("/me").by(&victim).await.expect(200)["name"], "Asha Real");
    let held = server.get("/me/export").by(&victim).await.expect(200);
    assert_eq!(text(&held, "/bookings/data/0/id"), booking);
    assert_eq!(held["bookings"]["data"][0]["noted_by_salon"], json!(null));
    let noted = json!({ "name": "Asha, blue bag", "phone": victim.phone });
    assert_eq!(held["bookings"]["data"][1]["noted_by_salon"], noted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_salon_typed_is_nobodys_own_name_and_leaves_with_them() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let phone = server.a_phone();
    let typed = json!({ "phone": phone, "name": "Chitra" });
    let noted = server.noted(&salon, 2, &typed).await.expect(201);
    let chitra = server.log_in(&phone).await;
    assert_eq!(server.get("/me").by(&chitra).await.expect(200)["name"], json!(null));
    assert_eq!(server.guests(&salon).await, [(json!("Chitra"), json!(phone))]);
    // Who is refused is nobody yet.
    let late = json!({ "phone": server.a_phone(), "name": "Bina" });
    server.noted(&salon, 2, &late).await.refused(409, "taken");
    let people = "select count(*) from people where phone = ";
    assert_eq!(server.database.count(&format!("{people}'{}'", text(&late, "/phone"))).await, 0);

    let path = format!("/bookings/{}/cancel", text(&noted, "/id"));
    server.post(&path).by(&chitra).await.expect(200);
    server.delete("/me").by(&chitra).await.expect(204);
    assert_eq!(server.guests(&salon).await, [(json!(null), json!(null))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salon_that_is_not_shown_notes_no_phone() {
    let server = TestServer::start().await;
    let salon = server.a_salon().not_approved().opens().await;
    let victim = server.customer().await;
    for phone in [victim.phone.clone(), server.a_phone()] {
        let typed = json!({ "phone": phone, "name": "Chitra" });
        server.noted(&salon, 2, &typed).await.refused(422, "not_offered");
    }
    assert_eq!(server.guests(&salon).await, []);
    let mine = server.get("/bookings").by(&victim).await.expect(200);
    assert_eq!(mine["data"], json!([]));
    server.noted(&salon, 2, &json!({ "name": "Chitra" })).await.expect(201);
    assert_eq!(server.guests(&salon).await, [(json!("Chitra"), json!(null))]);
    assert_eq!(
        server.database.count("select count(*) from people where name is not null").await,
        0
    );
}
