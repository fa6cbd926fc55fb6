//! Home visits, from the search to the door, and who would need the professional meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{ADDRESS, Person, Salon, TestServer, near_by, now, text};

/// One professional, who gives massages at home and cuts hair at the salon.
async fn salon(server: &TestServer) -> Salon {
    let plan = server.a_salon().comes_home().with_service("Massage", 60).at_home();
    plan.with_service("Haircut", 45).opens().await
}

/// Asks for a service of the salon, with a destination or without.
fn ask(salon: &Salon, service: usize, destination: &Value) -> Value {
    let mut ask = json!({ "salon_id": salon.id, "services": [salon.wish(service)],
        "from": now() + TimeDelta::hours(2), "to": now() + TimeDelta::hours(26) });
    if !destination.is_null() {
        ask["destination"] = destination.clone();
    }
    ask
}

async fn slots(server: &TestServer, who: &Person, ask: &Value) -> Vec<Value> {
    let found = server.post("/availability/search").by(who).json(ask).await.expect(200);
    found["slots"].as_array().cloned().expect("slots")
}

fn starts_at(slot: &Value) -> DateTime<Utc> {
    text(slot, "/starts_at").parse().expect("an instant")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_visit_is_found_booked_shown_and_kept_free_of_rivals_on_the_road() {
    let server = TestServer::start().await;
    let salon = salon(&server).await;
    let (customer, rival) = (server.customer().await, server.customer().await);
    let cuts = slots(&server, &rival, &ask(&salon, 1, &Value::Null)).await;
    let massages = slots(&server, &customer, &ask(&salon, 0, &near_by())).await;
    let slot = &massages[16];
    let begins = starts_at(slot);

    let book =
        async |who: &Person, body: Value| server.post("/bookings").by(who).once().json(&body).await;
    let no_address = book(&customer, json!({ "offer": slot["offer"] })).await;
    no_address.names(&["/address"]);
    for wrong in [json!(""), json!("x".repeat(301)), json!(7)] {
        let body = json!({ "offer": slot["offer"], "address": wrong });
        book(&customer, body).await.names(&["/address"]);
    }
    let body = json!({ "offer": slot["offer"], "address": ADDRESS });
    let booking = book(&customer, body).await.expect(201);
    assert_eq!((&booking["destination"], &booking["address"]), (&near_by(), &json!(ADDRESS)));
    assert_eq!(booking["starts_at"], slot["starts_at"], "the way is before it");

    // The rival found these before: during the massage, on the way there, and on the way back.
    let at = |minutes: i64| {
        let start = begins + TimeDelta::minutes(minutes);
        let cut = cuts.iter().find(|cut| starts_at(cut) == start);
        json!({ "offer": cut.expect("it was free")["offer"] })
    };
    for minutes in [0, -45, -60, 60, 75] {
        let refused = book(&rival, at(minutes)).await.refused(409, "taken");
        assert!(refused["alternatives"].is_array(), "{refused}");
    }
    for minutes in [-75, 90] {
        book(&rival, at(minutes)).await.expect(201);
    }
    let unasked = json!({ "offer": at(300)["offer"], "address": ADDRESS });
    book(&rival, unasked).await.names(&["/address"]);

    // Shown to whom it concerns, and kept when it is moved.
    let path = format!("/bookings/{}", text(&booking, "/id"));
    let shown = server.get(&path).by(&customer).await.expect(200);
    assert_eq!((&shown["destination"], &shown["address"]), (&near_by(), &json!(ADDRESS)));
    server.get(&path).by(&rival).await.expect(404);
    let mut again = ask(&salon, 0, &Value::Null);
    again["booking_id"] = booking["id"].clone();
    let later = slots(&server, &customer, &again).await.pop().expect("a later slot");
    let to = json!({ "offer": later["offer"] });
    let moved = server.post(&format!("{path}/reschedule")).by(&customer).json(&to).await;
    let moved = moved.expect(200);
    assert_eq!((&moved["address"], &moved["starts_at"]), (&json!(ADDRESS), &later["starts_at"]));
    again["destination"] = json!({ "latitude": 22.71, "longitude": 75.8 });
    let elsewhere = server.post("/availability/search").by(&customer).json(&again).await;
    elsewhere.names(&["/destination"]);
    let diary = format!("/vendor/salons/{}/diary", salon.id);
    let window = [("from", now().to_rfc3339()), ("to", (now() + TimeDelta::days(3)).to_rfc3339())];
    let diary = server.get(&diary).query(&window).by(&salon.owner).await.expect(200);
    let homes: Vec<_> = diary["data"].as_array().expect("entries").iter().collect();
    assert!(homes.iter().any(|entry| entry["address"] == json!(ADDRESS)), "{diary}");
    assert!(homes.iter().any(|entry| entry.get("address").is_none()), "{diary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_is_asked_for_at_home_and_nowhere_else() {
    let server = TestServer::start().await;
    let salon = salon(&server).await;
    let customer = server.customer().await;
    let starts_at = now() + TimeDelta::hours(5);
    let paths = ["/availability/search", "/availability/explain", "/waitlist"];
    let with = |path: &str, services: Value, destination: &Value| {
        let mut ask = ask(&salon, 0, destination);
        ask["services"] = services;
        if path.ends_with("explain") {
            ask["starts_at"] = json!(starts_at);
            for window in ["from", "to"] {
                ask.as_object_mut().expect("an object").remove(window);
            }
        }
        server.post(path).by(&customer).json(&ask)
    };
    let (home, shop) = (salon.wish(0), salon.wish(1));
    let far = json!({ "latitude": 22.8, "longitude": 75.8 });
    for path in paths {
        with(path, json!([home]), &Value::Null).await.names(&["/destination"]);
        with(path, json!([shop]), &near_by()).await.names(&["/destination"]);
        with(path, json!([home, shop]), &near_by()).await.names(&["/services"]);
        with(path, json!([home, shop]), &Value::Null).await.names(&["/services"]);
        for (wrong, field) in [
            (json!({}), "/destination/latitude"),
            (json!({ "latitude": 91, "longitude": 0 }), "/destination/latitude"),
            (json!({ "latitude": 1e308, "longitude": 0 }), "/destination/latitude"),
            (json!({ "latitude": 0, "longitude": "75.8" }), "/destination/longitude"),
            (json!("22.7,75.8"), "/destination"),
        ] {
            let problem = with(path, json!([home]), &wrong).await.refused(422, "invalid");
            let named = crate::support::pointers(&problem);
            assert!(named.iter().any(|(pointer, _)| pointer == field), "{path}: {problem}");
        }
        let answer = with(path, json!([home]), &far).await;
        if path.ends_with("explain") {
            let why = answer.expect(200);
            assert_eq!(why["reason"]["code"], "out_of_area");
            assert!(text(&why, "/reason/detail").contains("8000 m"), "{why}");
        } else {
            let problem = answer.refused(422, "out_of_area");
            assert!(text(&problem, "/detail").contains("8000 m"), "{problem}");
        }
        if path == "/waitlist" {
            with(path, json!([home]), &near_by()).await.names(&["/address"]);
        } else {
            with(path, json!([home]), &near_by()).await.expect(200);
        }
    }
    let walk_in = async |more: Value| {
        let named = json!({ "service_id": salon.service(), "staff_id": salon.professional() });
        let mut body = json!({ "services": [named] });
        for (field, value) in more.as_object().expect("an object") {
            body[field] = value.clone();
        }
        let path = format!("/vendor/salons/{}/walk-ins", salon.id);
        server.post(&path).by(&salon.owner).once().json(&body).await
    };
    walk_in(json!({})).await.names(&["/destination"]);
    walk_in(json!({ "destination": near_by() })).await.names(&["/address"]);
    let noted = walk_in(json!({ "destination": near_by(), "address": ADDRESS })).await;
    assert_eq!(noted.expect(201)["address"], json!(ADDRESS));
    let mut place = ask(&salon, 0, &near_by());
    place["address"] = json!(ADDRESS);
    let place = server.post("/waitlist").by(&customer).json(&place).await.expect(201);
    assert_eq!((&place["destination"], &place["address"]), (&near_by(), &json!(ADDRESS)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salon_says_how_far_it_comes_and_from_where() {
    let server = TestServer::start().await;
    let salon = salon(&server).await;
    let shown = server.get(&format!("/salons/{}", salon.id)).await.expect(200);
    let visits = json!({ "radius_m": 8_000, "base_minutes": 10, "minutes_per_km": 4 });
    assert_eq!(shown["home_visits"], visits);

    let path = format!("/vendor/salons/{}/home-visits", salon.id);
    let put = async |visits: &Value, version: i64| {
        let put = server.put(&path).by(&salon.owner).on_version(version);
        put.json(&json!({ "home_visits": visits })).await
    };
    for (field, wrong) in [
        ("radius_m", vec![json!(0), json!(50_001), json!(-1), json!(1e300)]),
        ("base_minutes", vec![json!(-1), json!(61), json!(2.5)]),
        ("minutes_per_km", vec![json!(-1), json!(11), json!("4")]),
    ] {
        for wrong in wrong {
            let mut visits = visits.clone();
            visits[field] = wrong;
            put(&visits, 2).await.names(&[&format!("/home_visits/{field}")]);
        }
    }
    put(&visits, 1).await.refused(412, "stale");
    assert_eq!(put(&Value::Null, 2).await.expect(200)["version"], 3);
    let none = server.post("/availability/search").json(&ask(&salon, 0, &near_by())).await;
    let none = none.refused(422, "out_of_area");
    assert!(text(&none, "/detail").contains("no home visits"), "{none}");

    let owner = server.customer().await;
    let mut nowhere = json!({ "name": "Glow", "city": "Indore", "address": "1 MG Road",
        "home_visits": visits });
    let new = async |salon: &Value| server.post("/vendor/salons").by(&owner).json(salon).await;
    new(&nowhere).await.names(&["/home_visits"]);
    nowhere.as_object_mut().expect("an object").remove("home_visits");
    let made = text(&new(&nowhere).await.expect(201), "/id");
    let put = server.put(&format!("/vendor/salons/{made}/home-visits"));
    let put = put.by(&owner).on_version(1).json(&json!({ "home_visits": visits })).await;
    put.names(&["/home_visits"]);
}
