//! Pages without end, and bookmarks that were tampered with.

use serde_json::{Value, json};

use super::open;
use crate::contract::{World, all};
use crate::support::{Call, TestServer, text};

/// Every list of the API, as the document has it: whatever comes in pages, or goes on from a bookmark.
fn lists(world: &World, parameter: &str) -> Vec<(String, Call)> {
    let lists =
        all().into_iter().filter(|operation| operation.query.iter().any(|name| name == parameter));
    let lists = lists.map(|operation| {
        let call = world.bare(&operation, &world.path(&operation)).by(world.caller(&operation));
        (operation.id, call)
    });
    let lists: Vec<_> = lists.collect();
    assert!(lists.len() >= 8, "lists have vanished from the document: {}", lists.len());
    lists
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_one_to_a_hundred_items() {
    let world = World::new().await;
    for bad in [
        "0",
        "101",
        "1000000000",
        "-1",
        "4294967295",
        "4294967296",
        "4294967297",
        "9223372036854775808",
        "1e1",
        "1.0",
        "abc",
        "",
        " 5",
        "٥",
        "0x10",
        "NaN",
        "5;drop",
    ] {
        for (id, list) in lists(&world, "limit") {
            let answer = list.query(&[("limit", bad)]).await;
            assert_eq!(answer.status, 422, "{id} {bad}: {answer:?}");
            answer.names(&["limit"]);
        }
    }
    for good in ["1", "100", "020"] {
        for (id, list) in lists(&world, "limit") {
            let answer = list.query(&[("limit", good)]).await;
            assert_eq!(answer.status, 200, "{id} {good}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_list_knows_and_what_is_said_twice_is_named() {
    let world = World::new().await;
    for (name, value) in [
        ("offset", "9223372036854775808"),
        ("page", "2"),
        ("Limit", "5"),
        ("limit[]", "5"),
        ("sort", "name"),
        ("", "x"),
        ("q\u{0}", "x"),
        ("ग्लो", "x"),
    ] {
        for (id, list) in lists(&world, "limit") {
            let answer = list.query(&[(name, value)]).await;
            assert_eq!(answer.status, 422, "{id} {name}: {answer:?}");
            answer.names(&[name]);
        }
    }
    for (_, list) in lists(&world, "limit") {
        list.query(&[("limit", "5"), ("limit", "6")]).await.names(&["limit"]);
    }
    for (_, list) in lists(&world, "cursor") {
        list.query(&[("cursor", "x"), ("cursor", "y")]).await.names(&["cursor"]);
    }
    world.server.get("/salons?q=a&q=a").await.names(&["q"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bookmark_that_is_none_is_named_in_every_list() {
    let world = World::new().await;
    let long = "A".repeat(5_000);
    let plain = r#"{"key":"a","id":"01890000-0000-7000-8000-000000000000"}"#;
    for bad in ["", "x", "AAAA", "%%%", "null", "-1", "0", "a\u{0}b", "ग्लो", plain, &long]
    {
        for (id, list) in lists(&world, "cursor") {
            let answer = list.query(&[("cursor", bad)]).await;
            assert_eq!(answer.status, 422, "{id} {bad:.40}: {answer:?}");
            answer.names(&["cursor"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_was_touched_is_no_cursor() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    for name in ["Alpha", "Beta"] {
        open(&server, &salon.owner, &json!(name)).await.expect(201);
    }
    let page = server.get("/salons?limit=1").await.expect(200);
    let cursor = text(&page, "/next_cursor");
    let ask = |cursor: &str| server.get("/salons").query(&[("limit", "1"), ("cursor", cursor)]);
    assert_eq!(ask(&cursor).await.expect(200)["data"][0]["name"], "Beta");

    for place in 0..cursor.len() {
        let mut touched = cursor.clone().into_bytes();
        touched[place] = if touched[place] == b'A' { b'B' } else { b'A' };
        let touched = String::from_utf8(touched).expect("ASCII");
        ask(&touched).await.names(&["cursor"]);
    }
    for cut in 0..cursor.len() {
        ask(&cursor[..cut]).await.names(&["cursor"]);
    }
    let plain = r#"{"key":"a","id":"01890000-0000-7000-8000-000000000000"}"#;
    let offer = server.free_slot(&salon).await.offer;
    for other in
        [plain, "null", "AAAA", "%%%", &format!("{cursor}{cursor}"), &offer, &"A".repeat(5_000)]
    {
        ask(other).await.names(&["cursor"]);
    }
    // A bookmark of a list by name does not open a list by time.
    for list in ["/bookings", &format!("/vendor/salons/{}/diary", salon.id)] {
        let list = server.get(list).by(&salon.owner);
        let list = list.query(&[
            ("cursor", cursor.as_str()),
            ("from", "2026-01-01T00:00:00Z"),
            ("to", "2026-01-02T00:00:00Z"),
        ]);
        let problem = list.await.expect(422);
        assert!(problem["errors"].to_string().contains("\"cursor\""), "{problem}");
    }
    // Nor does one of another house.
    let stranger = TestServer::start().await;
    stranger.get("/salons").query(&[("cursor", &cursor)]).await.names(&["cursor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_in_step_while_salons_open() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for number in 10..20 {
        open(&server, &owner, &json!(format!("Salon {number}"))).await.expect(201);
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut query = vec![("limit", "3".to_owned())];
    for round in 0..4 {
        let page = server.get("/salons").query(&query).await.expect(200);
        seen.extend(page["data"].as_array().expect("a list").iter().map(|s| s["name"].clone()));
        // Someone opens before and after the bookmark; the one before is not shown any more.
        open(&server, &owner, &json!(format!("Salon 0{round}"))).await.expect(201);
        let cursor = page["next_cursor"].as_str();
        let Some(cursor) = cursor else { break };
        query = vec![("limit", "3".to_owned()), ("cursor", cursor.to_owned())];
    }
    let expected: Vec<Value> = (10..20).map(|number| json!(format!("Salon {number}"))).collect();
    assert_eq!(seen, expected);
}
