//! Finding a salon: near a point, by what it sells, and free when it suits.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestServer, every_day, now, text};

/// A salon with a pin is opened.
async fn open(server: &TestServer, owner: &Person, name: &str, pin: (f64, f64)) -> String {
    let salon = json!({ "name": name, "city": "Indore", "address": "1 MG Road",
        "location": { "latitude": pin.0, "longitude": pin.1 } });
    text(&server.post("/vendor/salons").by(owner).json(&salon).await.expect(201), "/id")
}

async fn find(server: &TestServer, query: &[(&str, &str)]) -> Answer {
    server.get("/salons").query(query).await
}

fn names(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("a list").iter().map(|salon| text(salon, "/name")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_near_comes_first_page_by_page() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for (name, pin) in [
        ("Palasia", (22.7244, 75.8839)),
        ("Rajwada", (22.7185, 75.8555)),
        ("Vijay Nagar", (22.7533, 75.8937)),
        ("Sarafa", (22.7170, 75.8540)),
        ("Indiranagar", (12.9719, 77.6412)),
    ] {
        open(&server, &owner, name, pin).await;
    }
    server.a_salon().with("name", "Without a pin").opens().await;

    let near = ("near", "22.7185,75.8555");
    let page = find(&server, &[near]).await.expect(200);
    assert_eq!(names(&page), ["Rajwada", "Sarafa", "Palasia"]);
    let metres: Vec<_> =
        page["data"].as_array().expect("a list").iter().map(|one| &one["distance_m"]).collect();
    assert_eq!(metres, [&json!(0), &json!(227), &json!(2_986)]);
    assert_eq!(page["next_cursor"], Value::Null);

    let (mut seen, mut cursor) = (Vec::new(), None);
    for _ in 0..5 {
        let mut query = vec![near, ("radius_m", "50000"), ("limit", "1")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = find(&server, &query).await.expect(200);
        seen.extend(names(&page));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["Rajwada", "Sarafa", "Palasia", "Vijay Nagar"]);
    let few = find(&server, &[near, ("radius_m", "227"), ("q", "a")]).await.expect(200);
    assert_eq!(names(&few), ["Rajwada", "Sarafa"]);

    let by_name = find(&server, &[]).await.expect(200);
    assert_eq!(by_name["data"].as_array().map(Vec::len), Some(6));
    assert!(by_name["data"][0].get("distance_m").is_none(), "{by_name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bookmark_by_name_is_none_by_distance() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for name in ["Palasia", "Rajwada"] {
        open(&server, &owner, name, (22.7, 75.8)).await;
    }
    let near = ("near", "22.7,75.8");
    let by_name = text(&find(&server, &[("limit", "1")]).await.expect(200), "/next_cursor");
    let near_by = text(&find(&server, &[near, ("limit", "1")]).await.expect(200), "/next_cursor");
    find(&server, &[near, ("cursor", &by_name)]).await.names(&["cursor"]);
    find(&server, &[("cursor", &near_by)]).await.names(&["cursor"]);
    find(&server, &[("near", "x"), ("cursor", &near_by)]).await.names(&["near"]);
    let rest = find(&server, &[near, ("cursor", &near_by)]).await.expect(200);
    assert_eq!(names(&rest), ["Rajwada"], "as far away, and opened later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_is_on_the_earth() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    open(&server, &owner, "North Pole", (90.0, 0.0)).await;
    open(&server, &owner, "Taveuni", (-16.8, 180.0)).await;
    for bad in [
        "",
        " ",
        ",",
        "22.7",
        "22.7,",
        ",75.8",
        "22.7,75.8,0",
        "22.7;75.8",
        "22.7 75.8",
        "NaN,NaN",
        "NaN,0",
        "0,nan",
        "inf,0",
        "0,-Infinity",
        "90.0001,0",
        "-91,0",
        "0,180.0001",
        "0,-181",
        "1e400,0",
        "0,1e309",
        "٢٢,٧٥",
        "22,7,75,8",
        "'; drop table salons; --",
        "null",
        "[22,75]",
    ] {
        find(&server, &[("near", bad)]).await.names(&["near"]);
    }
    for bad in [
        "0",
        "-1",
        "50001",
        "1e3",
        "5000.5",
        "",
        "abc",
        "NaN",
        "4294967296",
        "9223372036854775808",
        "-9223372036854775809",
    ] {
        find(&server, &[("near", "22.7,75.8"), ("radius_m", bad)]).await.names(&["radius_m"]);
    }
    find(&server, &[("radius_m", "5000")]).await.names(&["radius_m"]);
    find(&server, &[("near", "91,0"), ("radius_m", "0"), ("limit", "0"), ("far", "1")])
        .await
        .names(&["near", "radius_m", "limit", "far"]);
    find(&server, &[("near", "1,1"), ("near", "1,1")]).await.names(&["near"]);

    for (good, there) in [
        ("90,-180", vec!["North Pole"]),
        ("89.9999,77", vec!["North Pole"]),
        ("-16.8,-180", vec!["Taveuni"]),
        ("-16.8,-179.99", vec!["Taveuni"]),
        ("-90,180", vec![]),
        ("4.9e-324,-0.0", vec![]),
    ] {
        let page = find(&server, &[("near", good), ("radius_m", "50000")]).await.expect(200);
        assert_eq!(names(&page), there, "{good}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_service_is_to_fit_and_the_salon_to_be_well_thought_of() {
    let server = TestServer::start().await;
    let glow = server.a_salon().with("name", "Glow").opens().await;
    let shine = server.a_salon().with("name", "Shine").opens().await;
    let facial = json!({ "name": "Facial", "category": "skin", "duration_minutes": 60,
        "mode": "home", "for_gender": "women", "price": { "amount": 120_000, "currency": "INR" } });
    let sell = server.post(&format!("/vendor/salons/{}/services", shine.id)).by(&shine.owner);
    sell.json(&facial).await.expect(201);
    let sold = server.get(&format!("/salons/{}/services", shine.id)).await.expect(200);
    assert_eq!(
        (&sold["data"][0]["mode"], &sold["data"][0]["for_gender"]),
        (&json!("home"), &json!("women"))
    );
    assert_eq!(
        (&sold["data"][1]["mode"], &sold["data"][1]["for_gender"]),
        (&json!("salon"), &json!("any"))
    );
    let staff = server.get(&format!("/salons/{}/staff", shine.id)).await.expect(200);
    assert_eq!(staff["data"][0]["gender"], "female");

    let rate = |id: &str, rating: &str| {
        format!("update salons set rating = {rating}, reviews = 3 where id = '{id}'")
    };
    server.database.execute(&rate(&glow.id, "4.3")).await;
    let found = async |query: &[(&str, &str)]| names(&find(&server, query).await.expect(200));
    assert_eq!(found(&[("mode", "home")]).await, ["Shine"]);
    assert_eq!(found(&[("mode", "spa")]).await, [""; 0]);
    assert_eq!(found(&[("category", "skin"), ("gender", "women")]).await, ["Shine"]);
    assert_eq!(found(&[("category", "skin"), ("gender", "men")]).await, [""; 0]);
    assert_eq!(found(&[("category", "hair"), ("gender", "men")]).await, ["Glow", "Shine"]);
    assert_eq!(found(&[("category", "hair"), ("mode", "home")]).await, [""; 0]);
    assert_eq!(found(&[("max_price", "49900")]).await, ["Glow", "Shine"]);
    assert_eq!(found(&[("max_price", "49899")]).await, [""; 0]);
    assert_eq!(found(&[("category", "skin"), ("max_price", "120000")]).await, ["Shine"]);
    assert_eq!(found(&[("min_rating", "4.3")]).await, ["Glow"]);
    assert_eq!(found(&[("min_rating", "4.4")]).await, [""; 0]);
    let page = find(&server, &[]).await.expect(200);
    assert_eq!((&page["data"][0]["rating"], &page["data"][0]["reviews"]), (&json!(4.3), &json!(3)));
    assert!(page["data"][1].get("rating").is_none(), "{page}");
    let shown = server.get(&format!("/salons/{}", glow.id)).await.expect(200);
    assert_eq!(shown["rating"], 4.3);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_numbers_of_a_search_are_checked() {
    let server = TestServer::start().await;
    for (name, bad) in [
        ("mode", ["", "Home", "home ", "at_home", "salon,home", "%"]),
        ("gender", ["", "female", "Women", "womens", "0", "null"]),
        ("max_price", ["-1", "100000001", "499.00", "NaN", "", "9223372036854775808"]),
        ("min_rating", ["0", "0.9", "5.1", "6", "4.55", "NaN"]),
        ("min_rating", ["", "4.", ".5", "-4", "1e0", "4,5"]),
        ("open_now", ["", "1", "yes", "True", "TRUE", "null"]),
        ("min_rating", ["٤", "05", "5.00", "inf", " 4", "4.5.1"]),
    ] {
        for bad in bad {
            find(&server, &[(name, bad)]).await.names(&[name]);
        }
    }
    for (name, good) in
        [("max_price", "0"), ("max_price", "100000000"), ("min_rating", "1"), ("min_rating", "5.0")]
    {
        find(&server, &[(name, good)]).await.expect(200);
    }
    find(&server, &[("mode", "x"), ("gender", "x"), ("max_price", "x"), ("min_rating", "x")])
        .await
        .names(&["mode", "gender", "max_price", "min_rating"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_woman_is_offered_one() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let path = format!("/vendor/salons/{}/staff", salon.id);
    for bad in [json!("woman"), json!(""), json!("Female"), json!(1)] {
        let body = json!({ "name": "Kiran", "gender": bad });
        server.post(&path).by(&salon.owner).json(&body).await.names(&["/gender"]);
    }
    let (from, to) = (now(), now() + TimeDelta::days(1));
    let free = async |gender: Value| {
        let wish = json!({ "service_id": salon.service(), "staff_gender": gender });
        server.free_for(&salon, &json!([wish]), from, to).await.len()
    };
    assert!(free(json!("female")).await > 0);
    assert_eq!(free(json!("female")).await, free(Value::Null).await);
    assert_eq!(free(json!("male")).await, 0);

    let wish = json!({ "service_id": salon.service(), "staff_gender": "male" });
    let ask = json!({ "salon_id": salon.id, "services": [wish], "starts_at": to });
    let why = server.post("/availability/explain").json(&ask).await.expect(200);
    assert_eq!((&why["bookable"], &why["reason"]["code"]), (&json!(false), &json!("not_offered")));
    let wish = json!({ "service_id": salon.service(), "staff_gender": "any" });
    let ask = json!({ "salon_id": salon.id, "services": [wish], "starts_at": to });
    server.post("/availability/explain").json(&ask).await.names(&["/services/0/staff_gender"]);

    let customer = server.customer().await;
    let wish = json!({ "service_id": salon.service(), "staff_gender": "male" });
    let ask = json!({ "salon_id": salon.id, "services": [wish], "from": from, "to": to });
    let place = server.post("/waitlist").by(&customer).json(&ask).await.expect(201);
    assert_eq!(place["services"][0]["staff_gender"], "male", "and it is kept");
    let places = server.get("/waitlist").by(&customer).await.expect(200);
    assert_eq!(places["data"][0]["services"][0]["staff_gender"], "male");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_salons_that_are_free_are_listed_with_their_next_free_time() {
    let server = TestServer::start().await;
    let pin = |north: f64| json!({ "latitude": north, "longitude": 75.8 });
    let glow = server.a_salon().with("name", "Glow").with("location", pin(22.7)).opens().await;
    let closed = json!({ "weekly": every_day("10:00", "10:30") });
    let shut = server.a_salon().with("name", "Shut").with("location", pin(22.71));
    shut.with_hours(closed).opens().await;
    let far = server.a_salon().with("name", "Far").with("location", pin(22.72)).opens().await;

    let day = (now() + TimeDelta::days(3)).format("%F").to_string();
    let hair = ("category", "hair");
    let page = find(&server, &[hair, ("free_on", &day)]).await.expect(200);
    assert_eq!(
        (names(&page), &page["next_cursor"]),
        (vec!["Far".into(), "Glow".into()], &Value::Null)
    );
    let first = &page["data"][1]["next_free"];
    assert_eq!(first["service_id"], glow.service());
    assert_eq!(first["starts_at"], format!("{day}T00:00:00+05:30"), "it is open all day");

    // It is offered at the salon, and once taken the next is told.
    let start: DateTime<Utc> = text(first, "/starts_at").parse().expect("an instant");
    let slot = server.free_between(&glow, start, start + TimeDelta::minutes(1)).await.remove(0);
    server.hold(&server.customer().await, &slot).await;
    let (from, to) = (start.to_rfc3339(), (start + TimeDelta::hours(24)).to_rfc3339());
    let near = ("near", "22.7,75.8");
    let times = [hair, near, ("free_from", &from), ("free_to", &to)];
    let page = find(&server, &times).await.expect(200);
    assert_eq!(names(&page), ["Glow", "Far"], "the nearest first");
    assert_eq!(page["data"][0]["next_free"]["starts_at"], format!("{day}T00:45:00+05:30"));
    assert_eq!(page["data"][1]["next_free"]["starts_at"], format!("{day}T00:00:00+05:30"));
    assert_eq!(page["data"][1]["next_free"]["service_id"], far.service());
    assert_eq!(page["data"][1]["distance_m"], 2_224);

    // Page by page: the full one in between takes no place.
    let mut query = times.to_vec();
    query.push(("limit", "1"));
    let page = find(&server, &query).await.expect(200);
    assert_eq!(names(&page), ["Glow"]);
    let cursor = text(&page, "/next_cursor");
    query.push(("cursor", &cursor));
    let page = find(&server, &query).await.expect(200);
    assert_eq!((names(&page), &page["next_cursor"]), (vec!["Far".into()], &Value::Null));

    for (name, value) in
        [("free_on", "2020-01-01"), ("free_on", "9999-12-31"), ("free_on", "0000-01-01")]
    {
        let page = find(&server, &[hair, (name, value)]).await.expect(200);
        assert_eq!(page["data"], json!([]), "{value}");
    }
    for (from, to) in [
        ("0000-01-01T00:00:00Z", "0000-01-01T00:01:00Z"),
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T23:59:59Z"),
    ] {
        let page = find(&server, &[hair, ("free_from", from), ("free_to", to)]).await.expect(200);
        assert_eq!(page["data"], json!([]), "{from}");
    }
    for other in [("mode", "salon"), ("gender", "men"), ("max_price", "49900")] {
        let page = find(&server, &[other, ("free_on", &day)]).await.expect(200);
        assert_eq!(names(&page), ["Far", "Glow"], "{other:?} picks a service too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_it_is_to_be_free_is_said_in_one_way() {
    let server = TestServer::start().await;
    let hair = ("category", "hair");
    let (from, to) = (("free_from", "2026-11-22T10:00:00Z"), ("free_to", "2026-11-22T18:00:00Z"));
    let day = ("free_on", "2026-11-22");
    for (query, named) in [
        (vec![day], vec!["category"]),
        (vec![day, ("q", "x"), ("min_rating", "4")], vec!["category"]),
        (vec![from, to], vec!["category"]),
        (vec![hair, from], vec!["free_to"]),
        (vec![hair, to], vec!["free_from"]),
        (vec![hair, day, from], vec!["free_on"]),
        (vec![hair, day, from, to], vec!["free_on"]),
        (vec![day, to], vec!["category", "free_on"]),
        (vec![hair, day, day], vec!["free_on"]),
        (vec![hair, ("free_from", "x"), ("free_to", "y")], vec!["free_from", "free_to"]),
        (vec![hair, ("free_from", "2026-11-22T18:00:00Z"), to], vec!["free_to"]),
        (vec![hair, ("free_from", "2026-11-21T17:59:59Z"), to], vec!["free_to"]),
        (vec![hair, ("free_from", "2026-11-22"), to], vec!["free_from"]),
        (vec![hair, ("free_from", "2026-11-22T10:00:00"), to], vec!["free_from"]),
        (vec![hair, day, ("limit", "51")], vec!["limit"]),
        (vec![hair, day, ("limit", "0"), ("near", "NaN,0")], vec!["limit", "near"]),
        (vec![("category", ""), day], vec!["category"]),
    ] {
        find(&server, &query).await.names(&named);
    }
    for bad in [
        "",
        "today",
        "2026-13-01",
        "2026-02-30",
        "2026-2-3",
        "20261122",
        "2026-11-22T00:00:00Z",
        "+2026-11-22",
        "-0001-01-01",
        "+10000-01-01",
        "-262143-01-01",
        "+262142-12-31",
        "22-11-2026",
        "2026-11-22 ",
        "2026/11/22",
        "NaN",
        "٢٠٢٦-11-22",
    ] {
        find(&server, &[hair, ("free_on", bad)]).await.names(&["free_on"]);
    }
    find(&server, &[hair, day, ("limit", "50")]).await.expect(200);
    find(&server, &[hair, ("free_from", "2026-11-21T18:00:00Z"), to]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_salons_that_are_open_now_are_listed_page_by_page() {
    let server = TestServer::start().await;
    for name in ["All day", "Day and night", "Never closed"] {
        server.a_salon().with("name", name).opens().await;
    }
    // Closed for days around now, by closures.
    let closed = server.a_salon().with("name", "On holiday").opens().await;
    let day = |days: i64| (now() + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let hours = json!({ "weekly": every_day("00:00", "24:00"),
        "closures": [{ "first": day(-2), "last": day(2) }] });
    let path = format!("/vendor/salons/{}/hours", closed.id);
    server.put(&path).by(&closed.owner).on_version(2).json(&hours).await.expect(200);

    let all = find(&server, &[]).await.expect(200);
    assert_eq!(names(&all), ["All day", "Day and night", "Never closed", "On holiday"]);
    let not_asked = find(&server, &[("open_now", "false")]).await.expect(200);
    assert_eq!(names(&not_asked), names(&all));
    let page = find(&server, &[("open_now", "true"), ("limit", "2")]).await.expect(200);
    assert_eq!(names(&page), ["All day", "Day and night"]);
    assert_eq!(page["data"][0].get("next_free"), None);
    let cursor = text(&page, "/next_cursor");
    let rest = find(&server, &[("open_now", "true"), ("cursor", &cursor)]).await.expect(200);
    assert_eq!(names(&rest), ["Never closed"]);
    assert_eq!(rest["next_cursor"], Value::Null);
}
