//! What people keep with the house about themselves, and that it is theirs to take away.

use identity::Role;
use serde_json::{Value, json};

use crate::support::{
    ADDRESS, Answer, Call, Person, Salon, TestServer, near_by, now, pointers, text,
};

fn home(label: &str) -> Value {
    json!({ "label": label, "line1": "12 Palasia", "city": "Indore", "pin_code": "452001",
        "state": "madhya_pradesh" })
}

impl TestServer {
    async fn keeps(&self, who: &Person, address: &Value) -> Value {
        self.post("/me/addresses").by(who).json(address).await.expect(201)
    }

    async fn all(&self, who: &Person, path: &str) -> Vec<Value> {
        let listed = self.get(path).by(who).await.expect(200);
        listed["data"].as_array().expect("a list").clone()
    }

    fn leaving(&self, who: &Person) -> Call {
        self.delete("/me").by(who)
    }
}

fn labels(addresses: &[Value]) -> Vec<(String, bool)> {
    let label = |kept: &Value| (text(kept, "/label"), kept["is_default"] == true);
    addresses.iter().map(label).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_how_they_are_called_and_spoken_to() {
    let server = TestServer::start().await;
    let (asha, bina) = (server.customer().await, server.customer().await);
    let set = async |body: Value| server.put("/me").by(&asha).json(&body).await;
    // From right to left, with signs and with marks above marks: whatever can be read is a name.
    for name in ["आशा", "آشا", "\u{202e}ahsA", "A\u{301}\u{302}\u{303}sha 💇🏽‍♀️", "O'Neil; drop"]
    {
        let me = set(json!({ "name": name, "language": "mr" })).await.expect(200);
        assert_eq!((&me["name"], &me["language"]), (&json!(name), &json!("mr")));
        assert_eq!(server.get("/me").by(&asha).await.expect(200), me);
    }
    for (body, field) in [
        (json!({ "name": "a\u{0}b" }), "/name"),
        (json!({ "name": "a\nb" }), "/name"),
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "अ".repeat(81) }), "/name"),
        (json!({ "language": "english" }), "/language"),
        (json!({ "language": "MR" }), "/language"),
        (json!({ "phone": "+919812345678" }), "/phone"),
        (json!({ "memberships": [] }), "/memberships"),
    ] {
        set(body).await.names(&[field]);
    }
    set(json!({ "name": "अ".repeat(80) })).await.expect(200);
    let me = set(json!({})).await.expect(200);
    assert_eq!((&me["name"], &me["language"]), (&Value::Null, &Value::Null), "it is forgotten");
    let other = server.get("/me").by(&bina).await.expect(200);
    assert_eq!((&other["name"], &other["id"]), (&Value::Null, &json!(bina.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_addresses_one_is_the_default() {
    let server = TestServer::start().await;
    let asha = server.customer().await;
    assert!(server.all(&asha, "/me/addresses").await.is_empty());
    let mut first = home("Home");
    first["line2"] = json!("Second floor");
    first["location"] = near_by();
    let first = server.keeps(&asha, &first).await;
    assert_eq!((&first["is_default"], &first["location"]), (&json!(true), &near_by()));
    let second = server.keeps(&asha, &home("Work")).await;
    assert_eq!(second["is_default"], false);

    let at = |address: &Value| format!("/me/addresses/{}", text(address, "/id"));
    server.put(&format!("{}/default", at(&second))).by(&asha).await.expect(204);
    let changed = server.put(&at(&first)).by(&asha).json(&home("Mother")).await.expect(200);
    assert_eq!((&changed["line2"], &changed["is_default"]), (&Value::Null, &json!(false)));
    let named = |label: &str, is_default| (label.to_owned(), is_default);
    let now = labels(&server.all(&asha, "/me/addresses").await);
    assert_eq!(now, [named("Work", true), named("Mother", false)]);
    server.delete(&at(&second)).by(&asha).await.expect(204);
    server.delete(&at(&second)).by(&asha).await.refused(404, "not_found");
    let now = labels(&server.all(&asha, "/me/addresses").await);
    assert_eq!(now, [named("Mother", true)]);

    for number in 1..20 {
        server.keeps(&asha, &home(&number.to_string())).await;
    }
    let full = server.post("/me/addresses").by(&asha).json(&home("One more")).await;
    full.refused(422, "too_many_addresses");
    let bina = server.customer().await;
    server.keeps(&bina, &home("Home")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_one_that_the_post_would_find() {
    let server = TestServer::start().await;
    let asha = server.customer().await;
    let with = |field: &str, value: Value| {
        let mut address = home("Home");
        address[field] = value;
        address
    };
    for bad in [
        "052001",
        "45200",
        "4520011",
        "452 001",
        "४५२००१",
        "4️⃣52001",
        "٤٥٢٠٠١",
        "452001\u{0}",
        " 452001",
    ] {
        let answer =
            server.post("/me/addresses").by(&asha).json(&with("pin_code", json!(bad))).await;
        answer.names(&["/pin_code"]);
    }
    for bad in ["bombay", "Goa", "", "goa\u{0}", "गोवा"] {
        let answer = server.post("/me/addresses").by(&asha).json(&with("state", json!(bad))).await;
        answer.names(&["/state"]);
    }
    for (field, longest) in [("label", 40), ("line1", 120), ("line2", 120), ("city", 80)] {
        for bad in [json!("a\u{0}"), json!("a\tb"), json!("  "), json!("म".repeat(longest + 1))] {
            let answer = server.post("/me/addresses").by(&asha).json(&with(field, bad)).await;
            answer.names(&[&format!("/{field}")]);
        }
    }
    let nowhere = json!({ "latitude": 91, "longitude": 0 });
    let answer = server.post("/me/addresses").by(&asha).json(&with("location", nowhere)).await;
    answer.names(&["/location/latitude"]);
    // From right to left and beyond the first plane.
    for (field, good) in
        [("label", "🏠"), ("line1", "شارع ١٢"), ("line2", "דירה ג׳"), ("city", "इंदौर")]
    {
        let kept = server.keeps(&asha, &with(field, json!(good))).await;
        assert_eq!(kept[field], good);
    }
    assert_eq!(server.all(&asha, "/me/addresses").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn favourites_are_salons_that_are_there() {
    let server = TestServer::start().await;
    let (asha, bina) = (server.customer().await, server.customer().await);
    let (glow, zen) = (server.a_salon().opens().await, server.a_salon().opens().await);
    let at = |id: &str| format!("/me/favourites/{id}");
    for salon in [&glow, &zen, &glow] {
        server.put(&at(&salon.id)).by(&asha).await.expect(204);
    }
    let hidden = server.a_salon().not_approved().opens().await;
    for nothing in ["01890000-0000-7000-8000-000000000000", &hidden.id] {
        server.put(&at(nothing)).by(&asha).await.refused(404, "not_found");
    }

    let first = server.get("/me/favourites").query(&[("limit", "1")]).by(&asha).await.expect(200);
    assert_eq!(first["data"][0]["salon_id"], json!(zen.id));
    let cursor = text(&first, "/next_cursor");
    let rest = server.get("/me/favourites").query(&[("cursor", &cursor)]).by(&asha).await;
    let rest = rest.expect(200);
    assert_eq!(
        (rest["data"][0]["salon_id"].as_str(), &rest["next_cursor"]),
        (Some(&*glow.id), &Value::Null)
    );
    assert!(server.all(&bina, "/me/favourites").await.is_empty());

    server.delete(&at(&zen.id)).by(&bina).await.refused(404, "not_found");
    server.delete(&at(&zen.id)).by(&asha).await.expect(204);
    server.delete(&at(&zen.id)).by(&asha).await.refused(404, "not_found");
    assert_eq!(server.all(&asha, "/me/favourites").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_belongs_to_who_registered_it_last_and_leaves_with_the_session() {
    let server = TestServer::start().await;
    let (asha, bina) = (server.customer().await, server.customer().await);
    let install = json!({ "platform": "android", "push": "fcm", "token": "cT9:APA91bH",
        "app_version": "1.0.0" });
    let register =
        async |who: &Person| server.post("/me/devices").by(who).json(&install).await.expect(201);
    let first = register(&asha).await;
    assert_eq!(text(&register(&asha).await, "/id"), text(&first, "/id"), "the same install");
    let moved = register(&bina).await;
    assert_ne!(moved["id"], first["id"]);
    let at = |device: &Value| format!("/me/devices/{}", text(device, "/id"));
    server.delete(&at(&first)).by(&asha).await.refused(404, "not_found");
    server.delete(&at(&moved)).by(&asha).await.refused(404, "not_found");
    server.post("/auth/logout").by(&bina).await.expect(204);
    let bina = server.log_in(&bina.phone).await;
    server.delete(&at(&moved)).by(&bina).await.refused(404, "not_found");

    let mut wrong = install.clone();
    wrong["push"] = json!("apns");
    let refused = server.post("/me/devices").by(&asha).json(&wrong).await.refused(422, "invalid");
    assert_eq!(pointers(&refused), [("/push".to_owned(), "range".to_owned())]);
    for bad in ["", "a b", "a\u{0}", "é", &"x".repeat(1_025)] {
        wrong["push"] = json!("fcm");
        wrong["token"] = json!(bad);
        server.post("/me/devices").by(&asha).json(&wrong).await.names(&["/token"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_consented_to_can_be_withdrawn_and_both_are_told() {
    let server = TestServer::start().await;
    let asha = server.customer().await;
    let say = async |purpose: &str, given: bool| {
        let said = json!({ "purpose": purpose, "version": "2026-11-01", "given": given });
        server.post("/me/consents").by(&asha).json(&said).await.expect(201)
    };
    let given = say("marketing", true).await;
    assert_eq!(say("marketing", true).await, given, "said again, it is the same");
    let withdrawn = say("marketing", false).await;
    say("bookings", true).await;
    let all = server.all(&asha, "/me/consents").await;
    assert_eq!(all[1..], [withdrawn, given]);
    for (field, bad) in
        [("purpose", "profiling"), ("version", "v 1"), ("version", "a\u{0}"), ("version", "")]
    {
        let mut said = json!({ "purpose": "marketing", "version": "1", "given": true });
        said[field] = json!(bad);
        let answer = server.post("/me/consents").by(&asha).json(&said).await;
        answer.names(&[&format!("/{field}")]);
    }
}

/// A customer who was served, at home, for money.
async fn served(server: &TestServer) -> (Salon, Person, String) {
    let salon = server.a_salon().comes_home().with_service("Massage", 45).at_home().opens().await;
    let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)], "destination": near_by(),
        "from": now() + chrono::TimeDelta::hours(1), "to": now() + chrono::TimeDelta::days(2) });
    let found = server.post("/availability/search").json(&ask).await.expect(200);
    let offer = json!({ "offer": text(&found, "/slots/0/offer"), "address": ADDRESS });
    let asha = server.customer().await;
    let held = server.post("/bookings").by(&asha).once().json(&offer).await.expect(201);
    let booking = text(&held, "/id");
    server.confirmed(&asha, &booking).await;
    server.leaving(&asha).await.refused(409, "booking_to_come");
    server.its_time_comes(&booking).await;
    for step in ["arrive", "start", "complete"] {
        let path = format!("/vendor/bookings/{booking}/{step}");
        server.post(&path).by(&salon.owner).key(step).await.expect(200);
    }
    server.leaving(&salon.owner).await.refused(409, "vendor_was_shown");
    (salon, asha, booking)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_held_of_a_person_is_told_in_one_document() {
    let server = TestServer::start().await;
    let (_, asha, booking) = served(&server).await;
    let past = server.all(&asha, "/me/past-professionals").await;
    assert_eq!((past.len(), &past[0]["visits"]), (1, &json!(1)));
    server
        .put("/me")
        .by(&asha)
        .json(&json!({ "name": "Asha", "language": "hi" }))
        .await
        .expect(200);
    server.keeps(&asha, &home("Home")).await;
    let like = format!("/me/favourites/{}", text(&past[0], "/salon_id"));
    server.put(&like).by(&asha).await.expect(204);
    let install = json!({ "platform": "web", "push": "fcm", "token": "t", "app_version": "1" });
    server.post("/me/devices").by(&asha).json(&install).await.expect(201);
    let agreed = json!({ "purpose": "bookings", "version": "1", "given": true });
    server.post("/me/consents").by(&asha).json(&agreed).await.expect(201);
    let other = server.log_in(&asha.phone).await;
    server.post("/auth/logout").by(&other).await.expect(204);

    let all = server.get("/me/export").by(&asha).await.expect(200);
    assert_eq!(all["me"], server.get("/me").by(&asha).await.expect(200));
    for list in ["addresses", "favourites", "devices", "consents"] {
        assert_eq!(all[list].as_array().map(Vec::len), Some(1), "{list}: {all}");
    }
    assert_eq!(all["logins"].as_array().map(Vec::len), Some(2), "the one that ended too");
    let booked = &all["bookings"]["data"][0];
    assert_eq!(
        (booked["id"].as_str(), booked["address"].as_str()),
        (Some(&*booking), Some(ADDRESS))
    );
    assert_eq!(booked["payments"][0]["status"], "captured");
    assert_eq!(booked["payments"][0]["amount"], booked["price"]);
    assert_eq!(all["bookings"]["next_cursor"], Value::Null);

    // Another person with as much finds nothing of the first.
    let (_, bina, theirs) = served(&server).await;
    let mut hers = server.get("/me/export").by(&bina).await.expect(200);
    for first in [&asha.id, &asha.phone, &booking] {
        assert!(!hers.to_string().contains(first.as_str()), "{first} in {hers}");
    }
    assert_eq!(hers["bookings"]["data"][0]["id"], json!(theirs));
    let hers = hers["bookings"].take();
    assert_eq!(hers["data"].as_array().map(Vec::len), Some(1));
}

async fn count(server: &TestServer, what: &str, whose: &Person) -> i64 {
    server.database.count(&format!("select count(*) from {what} = '{}'", whose.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_forgotten_and_the_books_stay() {
    let server = TestServer::start().await;
    let (salon, asha, booking) = served(&server).await;
    let there = server.log_in(&asha.phone).await;
    server.keeps(&asha, &home("Home")).await;
    let like = server.all(&asha, "/me/past-professionals").await;
    let like = format!("/me/favourites/{}", text(&like[0], "/salon_id"));
    server.put(&like).by(&asha).await.expect(204);
    server.put("/me").by(&asha).json(&json!({ "name": "Asha" })).await.expect(200);

    // What the salon did is told again by its keys, with the address as long as it is known.
    let again = async || {
        let path = format!("/vendor/bookings/{booking}/arrive");
        server.post(&path).by(&salon.owner).key("arrive").await.expect(200)
    };
    assert_eq!(text(&again().await, "/address"), ADDRESS);

    let left: Answer = server.leaving(&asha).await;
    left.expect(204);
    let told = again().await;
    assert_eq!((text(&told, "/status"), told.get("address")), ("arrived".to_owned(), None));
    let answers = format!("select count(*) from replays where answered like '%{ADDRESS}%'");
    assert_eq!(server.database.count(&answers).await, 0);
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert!(left.header("clear-site-data").contains("\"storage\""));
    for gone in [&asha, &there] {
        server.get("/me").by(gone).await.refused(401, "unauthenticated");
        let token = json!({ "refresh_token": gone.refresh });
        server.post("/auth/refresh").json(&token).await.refused(401, "session_ended");
    }
    server.leaving(&asha).await.refused(401, "unauthenticated");
    for what in ["addresses where person", "favourites where person", "replays where person"] {
        assert_eq!(count(&server, what, &asha).await, 0, "{what}");
    }
    assert_eq!(count(&server, "bookings where home is null and customer", &asha).await, 1);
    assert_eq!(count(&server, "payments where customer", &asha).await, 1);
    let named = "people where phone is null and name is null and erased_at is not null and id";
    assert_eq!(count(&server, named, &asha).await, 1);

    let anew = server.log_in(&asha.phone).await;
    assert_ne!(anew.id, asha.id);
    assert!(server.all(&anew, "/bookings").await.is_empty());
    server.get(&format!("/bookings/{booking}")).by(&anew).await.refused(404, "not_found");
    let me = server.get("/me").by(&anew).await.expect(200);
    assert_eq!(me["name"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_leaves_while_money_is_on_its_way() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (asha, booking) = server.a_hold(&salon).await;
    server.leaving(&asha).await.refused(409, "booking_to_come");
    server.order(&asha, &booking).await;
    let path = format!("/bookings/{booking}/cancel");
    server.post(&path).by(&asha).once().await.expect(200);
    server.leaving(&asha).await.refused(409, "money_on_its_way");
    server.get("/me").by(&asha).await.expect(200);
}

/// What nobody was ever shown goes with its owner, and what still ties them is named.
#[tokio::test(flavor = "multi_thread")]
async fn who_owns_a_draft_leaves_with_it() {
    let server = TestServer::start().await;
    let salon = server.a_salon().not_approved().opens().await;
    let professional = server.member(&salon, Role::Professional).await;
    server.leaving(&professional).await.refused(409, "works_at_salon");
    let starts = (now() + chrono::TimeDelta::days(1)).date_naive();
    let by_hand = json!({ "services": [{ "service_id": salon.service(), "guest": 0,
        "staff_id": salon.professional() }], "starts_at": format!("{starts}T06:30:00Z") });
    let path = format!("/vendor/salons/{}/walk-ins", salon.id);
    let walk_in = server.post(&path).by(&salon.owner).once().json(&by_hand).await.expect(201);
    server.leaving(&salon.owner).await.refused(409, "visit_to_come");
    let other = server.a_salon().not_approved().opens().await;
    server.leaving(&other.owner).await.expect(204);
    let left = server.database.texts("select id::text from salons").await;
    assert_eq!(left, std::slice::from_ref(&salon.id));

    let past = "starts_at = starts_at - interval '2 days', ends_at = ends_at - interval '2 days'";
    let past = format!("update bookings set {past} where id = '{}'", text(&walk_in, "/id"));
    server.database.execute(&past).await;
    server.leaving(&salon.owner).await.expect(204);
    let left = server.database.texts("select id::text from salons where vendor is null").await;
    assert_eq!(left, [salon.id], "the books name it");
    assert_eq!(server.database.count("select count(*) from vendors").await, 0);
    server.leaving(&professional).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_of_a_vendor_is_told_as_well() {
    let server = TestServer::start().await;
    let salon = server.a_salon().not_approved().opens().await;
    let (owner, liked) = (&salon.owner, server.a_salon().opens().await);
    let told = "insert into vendor_applications values";
    let told = format!("{told} ('{}', 'Glow', '+919812345678', now())", owner.id);
    server.database.execute(&told).await;
    let papers = json!({ "legal_name": "Glow", "documents": [
        { "kind": "pan", "reference": "media/1" },
        { "kind": "business_registration", "reference": "media/2" }] });
    server.post("/vendor/verification").by(owner).json(&papers).await.expect(200);
    server.put(&format!("/me/favourites/{}", liked.id)).by(owner).await.expect(204);
    let hidden = "update vendors set state = 'suspended', reason = 'because'";
    let hidden = format!("{hidden} where owner = '{}'", liked.owner.id);
    server.database.execute(&hidden).await;
    server.database.execute("update salons set is_listed = false").await;
    let there = server.log_in(&owner.phone).await;
    let install = json!({ "platform": "web", "push": "fcm", "token": "t", "app_version": "1" });
    server.post("/me/devices").by(&there).json(&install).await.expect(201);

    let all = server.get("/me/export").by(owner).await.expect(200);
    assert_eq!(all["vendor"], server.get("/vendor/profile").by(owner).await.expect(200));
    assert_eq!(all["vendor"]["documents"][0]["reference"], "media/1");
    assert_eq!(all["vendor_application"]["phone"], "+919812345678");
    assert_eq!(all["favourites"][0]["salon_id"], json!(liked.id));
    assert_eq!(all["devices"][0]["token"], "t");
    server.post("/auth/logout").by(&there).await.expect(204);
    assert_eq!(
        count(&server, "devices where person", owner).await,
        0,
        "it leaves with its session"
    );
    let all = server.get("/me/export").by(&liked.owner).await.expect(200);
    assert_eq!((&all["vendor_application"], &all["devices"]), (&Value::Null, &json!([])));
}
