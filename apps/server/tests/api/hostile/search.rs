//! What people type into a search box is looked for as it stands, whatever it means to a database.

use serde_json::{Value, json};

use super::open;
use crate::support::{TestServer, text};

/// The names that a search finds.
async fn found(server: &TestServer, query: &str) -> Vec<String> {
    let listed = server.get(&format!("/salons?{query}")).await.expect(200);
    names(&listed)
}

fn names(listed: &Value) -> Vec<String> {
    listed["data"].as_array().expect("a list").iter().map(|salon| text(salon, "/name")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn percent_and_underscore_mean_themselves() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for name in ["100% Hair", "100 Hairs", "snake_cut", "snakeXcut", r"back\slash", "O'Neil"] {
        open(&server, &owner, &json!(name)).await.expect(201);
    }
    assert_eq!(found(&server, "q=%25").await, ["100% Hair"]);
    assert_eq!(found(&server, "q=100%25").await, ["100% Hair"]);
    assert_eq!(found(&server, "q=_").await, ["snake_cut"]);
    assert_eq!(found(&server, "q=E_C").await, ["snake_cut"]);
    assert_eq!(found(&server, "q=%5C").await, [r"back\slash"]);
    assert_eq!(found(&server, "q=%5C%25").await, [""; 0]);
    assert_eq!(found(&server, "q='").await, ["O'Neil"]);
    assert_eq!(found(&server, "q=hair").await.len(), 2);
    assert_eq!(found(&server, "city=%25").await, [""; 0]);
    assert_eq!(found(&server, "city=INDORE").await.len(), 6);
    assert_eq!(found(&server, "category=%25").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_never_a_command() {
    let server = TestServer::start().await;
    server.a_salon().opens().await;
    for attack in [
        "'",
        "''",
        "\"",
        "' or '1'='1",
        "'; drop table salons; --",
        "\\'; select pg_sleep(10); --",
        "$1",
        "%' escape '",
        "%27",
        "1); truncate people cascade; --",
        "\u{fffd}",
        "{{7*7}}",
        "(a+)+$",
        "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
    ] {
        for parameter in ["q", "city", "category"] {
            let call = server.get("/salons");
            let listed = call.query(&[(parameter, attack)]).await.expect(200);
            assert_eq!(listed["data"], json!([]), "{parameter}={attack}");
        }
    }
    assert_eq!(found(&server, "q=glow").await, ["Glow"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_salon_is_listed_once_whatever_letters_it_is_written_in() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    let mut written = vec![
        "Éclat",
        "éclat",
        "ÉCLAT",
        "Straße",
        "STRASSE",
        "istanbul",
        "ISTANBUL",
        "ıstanbul",
        "Ωmega",
        "ωmega",
        "Ǆ",
        "ǆ",
        "ẞ",
        "ß",
        "a b",
        "A-B",
        "ab",
        "_",
        "~",
        "ग्लो",
        "Zed",
        "zed",
        "Éclat",
        "ﬁn",
        "K",
        "K",
    ];
    for name in &written {
        open(&server, &owner, &json!(name)).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut next = String::new();
    for _ in 0..=written.len() {
        let page = server.get(&format!("/salons?limit=1{next}")).await.expect(200);
        seen.extend(names(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    let mut seen: Vec<_> = seen.iter().map(String::as_str).collect();
    seen.sort_unstable();
    written.sort_unstable();
    assert_eq!(seen, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_word_has_a_length() {
    let server = TestServer::start().await;
    for (parameter, most) in [("q", 100), ("city", 80), ("category", 40)] {
        let longest = "é".repeat(most);
        server.get("/salons").query(&[(parameter, &longest)]).await.expect(200);
        for bad in [format!("{longest}é"), String::new(), "a\u{0}b".into(), "\n".into()] {
            server.get("/salons").query(&[(parameter, &bad)]).await.names(&[parameter]);
        }
    }
}
