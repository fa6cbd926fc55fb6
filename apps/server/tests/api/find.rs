//! Finding a salon: near a point, by what it sells, and free when it suits.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestServer, text};

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
    let owner = server.customer().await;
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
    let owner = server.customer().await;
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
    let owner = server.customer().await;
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
