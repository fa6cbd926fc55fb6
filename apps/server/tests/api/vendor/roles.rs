//! Who may change a salon, who may only work there, and who does not even see it.

use serde_json::json;

use crate::support::{Answer, Person, Salon, TestServer, every_day};

/// Everything by which a salon is set up, tried by someone.
async fn set_up(server: &TestServer, who: &Person, salon: &Salon, version: i64) -> Vec<Answer> {
    let at = |what: &str| format!("/vendor/salons/{}/{what}", salon.id);
    let of = |what: &str| format!("/vendor/staff/{}/{what}", salon.professional());
    let hours = json!({ "weekly": every_day("09:00", "21:00") });
    let service = json!({ "name": "Facial", "category": "skin", "duration_minutes": 30,
        "price": { "amount": 49_900, "currency": "INR" } });
    vec![
        server.post(&at("services")).by(who).json(&service).await,
        server.post(&at("staff")).by(who).json(&json!({ "name": "Asha" })).await,
        server.put(&at("hours")).by(who).on_version(version).json(&hours).await,
        server
            .put(&of("services"))
            .by(who)
            .on_version(version)
            .json(&json!({ "service_ids": salon.services }))
            .await,
        server
            .put(&of("hours"))
            .by(who)
            .on_version(version + 1)
            .json(&json!({ "follows_salon": true }))
            .await,
    ]
}

async fn join(server: &TestServer, salon: &Salon, role: &str) -> Person {
    let person = server.customer().await;
    let (salon, id) = (&salon.id, &person.id);
    server
        .database
        .execute(&format!("insert into members values ('{salon}', '{id}', '{role}')"))
        .await;
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn owner_and_manager_set_up_a_professional_does_not_and_a_stranger_sees_nothing() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let stranger = server.customer().await;
    let professional = join(&server, &salon, "professional").await;
    for answer in set_up(&server, &stranger, &salon, 2).await {
        answer.refused(404, "not_found");
    }
    for answer in set_up(&server, &professional, &salon, 2).await {
        answer.refused(403, "forbidden");
    }
    assert_eq!(server.database.count("select count(*) from staff").await, 1);
    assert_eq!(server.database.count("select version from salons").await, 2);
    let manager = join(&server, &salon, "manager").await;
    for answer in set_up(&server, &manager, &salon, 2).await {
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_who_works_there_sees_the_diary_and_serves() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    server.confirmed(&customer, &booking).await;
    let professional = join(&server, &salon, "professional").await;
    let manager = join(&server, &salon, "manager").await;
    let window = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
    let diary = format!("/vendor/salons/{}/diary?{window}", salon.id);
    server.its_time_comes(&booking).await;
    for (who, step) in [(&professional, "arrive"), (&manager, "start"), (&salon.owner, "complete")]
    {
        server.get(&diary).by(who).await.expect(200);
        server.post(&format!("/vendor/bookings/{booking}/{step}")).by(who).await.expect(200);
    }
    // The customer is nobody at the salon, even about their own booking.
    server.get(&diary).by(&customer).await.refused(404, "not_found");
    let path = format!("/vendor/bookings/{booking}/arrive");
    server.post(&path).by(&customer).await.refused(404, "not_found");

    let me = server.get("/me").by(&professional).await.expect(200);
    assert_eq!(me["memberships"], json!([{ "salon_id": salon.id, "role": "professional" }]));
    // Who has left is a stranger from the next request on.
    server.database.execute("delete from members where role = 'professional'").await;
    server.get(&diary).by(&professional).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cannot_lend_services_to_another_salon() {
    let server = TestServer::start().await;
    let mine = server.a_salon().opens().await;
    let theirs = server.a_salon().opens().await;
    let path = format!("/vendor/staff/{}/services", mine.professional());
    let put = async |services: serde_json::Value| {
        let body = json!({ "service_ids": services });
        server.put(&path).by(&mine.owner).on_version(2).json(&body).await
    };
    put(json!([theirs.service()])).await.names(&["/service_ids"]);
    put(json!([mine.service(), theirs.service()])).await.names(&["/service_ids"]);
    put(json!([mine.service(), mine.service()])).await.names(&["/service_ids"]);
    put(json!([mine.service(), "x"])).await.names(&["/service_ids"]);
    put(json!([])).await.expect(200);
    // Nobody does it any more, so it is not offered.
    assert!(server.free_slots(&mine, 1).await.is_empty());
    let ask = json!({ "salon_id": mine.id, "services": [theirs.wish(0)],
        "from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z" });
    server.post("/availability/search").json(&ask).await.refused(422, "not_offered");
    let wish = json!({ "service_id": theirs.service(), "staff_id": mine.professional() });
    let ask = json!({ "salon_id": theirs.id, "services": [wish], "from": "2026-12-01T00:00:00Z",
        "to": "2026-12-02T00:00:00Z" });
    server.post("/availability/search").json(&ask).await.refused(422, "not_offered");
}
