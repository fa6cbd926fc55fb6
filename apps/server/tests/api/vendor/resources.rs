//! Chairs and rooms, and who takes longer or costs more.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{TestServer, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn there_are_as_many_facials_at_once_as_there_are_beds() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_professionals(3).opens().await;
    let resources = format!("/vendor/salons/{}/resources", salon.id);
    let bed = json!({ "name": "Bed", "units": 2 });
    let bed = server.post(&resources).by(&salon.owner).json(&bed).await.expect(201);
    let listed = server.get(&resources).by(&salon.owner).await.expect(200);
    assert_eq!(listed["data"], json!([{ "id": bed["id"], "name": "Bed", "units": 2 }]));
    server.get(&resources).by(&server.customer().await).await.expect(404);

    let facial = json!({ "name": "Facial", "category": "skin", "duration_minutes": 60,
        "resource_ids": [bed["id"]], "price": { "amount": 99_900, "currency": "INR" } });
    let services = format!("/vendor/salons/{}/services", salon.id);
    let facial = server.post(&services).by(&salon.owner).json(&facial).await.expect(201);
    for staff in &salon.staff {
        let skills = json!({ "service_ids": [facial["id"]] });
        let put = server.put(&format!("/vendor/staff/{staff}/services"));
        put.by(&salon.owner).on_version(2).json(&skills).await.expect(200);
    }
    let start = now() + TimeDelta::hours(30);
    let wish = json!([{ "service_id": facial["id"] }]);
    let free = async || {
        server.free_for(&salon, &wish, start, start + TimeDelta::hours(1)).await.into_iter().next()
    };
    let mut units = Vec::new();
    let first: DateTime<Utc> = free().await.expect("free").starts_at;
    for _ in 0..2 {
        let slot = free().await.expect("a bed is free");
        assert_eq!(slot.starts_at, first);
        let booked = server.book(&server.customer().await, &slot).await.expect(201);
        units.push(text(&booked, "/lines/0/unit_ids/0"));
    }
    assert_ne!(units[0], units[1]);
    let next = free().await;
    assert!(next.is_none_or(|slot| slot.starts_at > first), "the third professional has no bed");
    let ask = json!({ "salon_id": salon.id, "services": wish, "starts_at": first });
    let why = server.post("/availability/explain").json(&ask).await.expect(200);
    assert_eq!(why["reason"]["code"], "no_resource");

    // Another salon's bed is nobody's here.
    let other = server.a_salon().opens().await;
    let strange = json!({ "name": "Facial", "category": "skin", "duration_minutes": 60,
        "resource_ids": [bed["id"]], "price": { "amount": 99_900, "currency": "INR" } });
    let services = format!("/vendor/salons/{}/services", other.id);
    server.post(&services).by(&other.owner).json(&strange).await.names(&["/resource_ids"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_takes_longer_and_costs_more() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let put = async |own: Value, version: i64| {
        let skills = json!({ "service_ids": [salon.service()], "own_terms": [own] });
        let put = server.put(&format!("/vendor/staff/{}/services", salon.professional()));
        put.by(&salon.owner).on_version(version).json(&skills).await
    };
    let terms = json!({ "service_id": salon.service(), "duration_minutes": 60,
        "price": { "amount": 79_900, "currency": "INR" } });
    put(terms.clone(), 2).await.expect(200);
    let slot = server.free_slot(&salon).await;
    let booked = server.book(&server.customer().await, &slot).await.expect(201);
    assert_eq!(booked["price"]["amount"], 79_900);
    let at =
        |pointer: &str| -> DateTime<Utc> { text(&booked, pointer).parse().expect("an instant") };
    assert_eq!(at("/ends_at") - at("/starts_at"), TimeDelta::minutes(60));

    let mut short = terms.clone();
    short["parts"] = json!([{ "minutes": 30, "hands_on": true }]);
    put(short, 3).await.names(&["/own_terms/0/parts"]);
    let mut strange = terms;
    strange["service_id"] = json!("01890000-0000-7000-8000-000000000000");
    put(strange, 3).await.names(&["/own_terms"]);
}
