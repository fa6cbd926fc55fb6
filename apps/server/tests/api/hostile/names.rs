//! Names from all over the world, and texts that are no names.

use serde_json::{Value, json};

use super::open;
use crate::support::{TestServer, pointers, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_null_character_or_any_other_control_character_is_refused_in_every_text() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let by = |path: &str| server.post(path).by(&salon.owner);
    let at = |what: &str| format!("/vendor/salons/{}/{what}", salon.id);
    for bad in [
        "\u{0}",
        "a\u{0}b",
        "a\nb",
        "a\u{7f}b",
        "a\u{1b}[31mb",
        "a\u{85}b",
        "\u{0}".repeat(9).as_str(),
    ] {
        for field in ["name", "city", "address"] {
            let mut body = json!({ "name": "Glow", "city": "Indore", "address": "1 MG Road" });
            body[field] = json!(bad);
            by("/vendor/salons").json(&body).await.names(&[&format!("/{field}")]);
        }
        for field in ["name", "category"] {
            let mut body = json!({ "name": "Cut", "category": "hair", "duration_minutes": 30,
                "price": { "amount": 100, "currency": "INR" } });
            body[field] = json!(bad);
            by(&at("services")).json(&body).await.names(&[&format!("/{field}")]);
        }
        by(&at("staff")).json(&json!({ "name": bad })).await.names(&["/name"]);
        let asked = server.post("/auth/otp/request").json(&json!({ "phone": bad })).await;
        asked.names(&["/phone"]);
        let offered = server.post("/bookings").by(&salon.owner).once();
        let offered = offered.json(&json!({ "offer": bad })).await;
        offered.names(&["/offer"]);
        for field in ["razorpay_order_id", "razorpay_payment_id", "razorpay_signature"] {
            let mut told = json!({ "razorpay_order_id": "order_1", "razorpay_payment_id": "pay_1",
                "razorpay_signature": "s" });
            told[field] = json!(bad);
            let told = by("/payments/razorpay/confirm").json(&told).await;
            told.names(&[&format!("/{field}")]);
        }
        let renewed = server.post("/auth/refresh").json(&json!({ "refresh_token": bad })).await;
        renewed.names(&["/refresh_token"]);
    }
    assert_eq!(server.database.count("select count(*) from salons").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_is_no_text() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for name in [r"\ud800", r"\udc00", r"a\ud83d", r"\udc00\ud800", r"\ud800\u0041", r"\uZZZZ"] {
        let body = format!(r#"{{"name":"{name}","city":"Indore","address":"x"}}"#);
        let answer = server.post("/vendor/salons").by(&owner).raw_json(body).await;
        answer.refused(400, "malformed");
    }
    let whole = r#"{"name":"\ud83d\udc87","city":"Indore","address":"x"}"#;
    let opened = server.post("/vendor/salons").by(&owner).raw_json(whole).await.expect(201);
    let path = format!("/salons/{}", text(&opened, "/id"));
    assert_eq!(server.get(&path).await.expect(200)["name"], "💇");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_any_script_come_back_unharmed() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for name in [
        "ग्लो सैलून",
        "صالون الجمال",
        "מספרה",
        "அழகு நிலையம்",
        "美容院",
        "👩🏽‍🦱 Curls",
        "Cafe\u{301}",
        "a\u{200b}b",
        "\u{202e}nolas",
        "x\u{feff}y",
        "O'Neil & <b>Sons</b>",
        "Robert'); drop table salons; --",
        "$1 {{7*7}} ${jndi:ldap://x} %s %n",
        "\\ \" / \u{fffd}",
        "=cmd|' /C calc'!A0",
        "🦱".repeat(120).as_str(),
    ] {
        let opened = open(&server, &owner, &json!(name)).await;
        let path = format!("/salons/{}", text(&opened.expect(201), "/id"));
        assert_eq!(server.get(&path).await.expect(200)["name"], json!(name));
    }
    let listed = server.get("/salons?limit=100").await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(16));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_a_beginning_and_an_end() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for nothing in ["", " ", "\u{a0}\u{3000}", " \t "] {
        open(&server, &owner, &json!(nothing)).await.names(&["/name"]);
    }
    let too_long = open(&server, &owner, &json!("é".repeat(121))).await;
    assert_eq!(
        pointers(&too_long.refused(422, "invalid")),
        [("/name".to_owned(), "too_long".to_owned())]
    );
    open(&server, &owner, &json!("é".repeat(120))).await.expect(201);
    let trimmed = open(&server, &owner, &json!("  Glow  ")).await.expect(201);
    let path = format!("/salons/{}", text(&trimmed, "/id"));
    assert_eq!(server.get(&path).await.expect(200)["name"], "Glow");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_mebibytes_are_turned_away_while_they_arrive() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    let name = "x".repeat(10 * 1024 * 1024);
    let body = json!({ "name": name, "city": "Indore", "address": "1 MG Road" }).to_string();
    let request = format!(
        "POST /api/v1/vendor/salons HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        owner.token,
        body.len()
    );
    let answer = server.send_raw(request.as_bytes()).await;
    assert_eq!(answer.status, Some(413), "{answer:.500?}");
    assert!(answer.text.contains("\"too_large\""), "{answer:.500?}");
    assert_eq!(server.database.count("select count(*) from salons").await, 0);
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ascii_digits_are_digits() {
    let server = TestServer::start().await;
    for phone in [
        "+91९८१२३४५६७८",
        "+91９８１２３４５６７８",
        "+91٩٨١٢٣٤٥٦٧٨",
        "+91𝟗𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
        "+919812345❽78",
        "＋919812345678",
        "+919812345678 ",
        " +919812345678",
        "+91 98123 45678",
        "00919812345678",
        "9812345678",
        "+915812345678",
        "+14155550100",
        "+91981234567",
        "+9198123456789",
        "+919812345678;ext=1",
        "tel:+919812345678",
    ] {
        let asked = server.post("/auth/otp/request").json(&json!({ "phone": phone })).await;
        asked.names(&["/phone"]);
    }
    let challenge = server.ask_for_a_code(&server.a_phone()).await;
    for code in
        ["१२३४५६", "１２３４５６", "12345", "1234567", "12 456", "-12345", "1e5000", "12345६"]
    {
        let given = TestServer::answer(&challenge, code);
        server.post("/auth/otp/verify").json(&given).await.names(&["/code"]);
    }
    // None of these was a guess.
    assert_eq!(server.database.count("select guesses::bigint from challenges").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn things_nested_two_hundred_deep_are_not_followed() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [127, 200, 10_000] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let body = format!(r#"{{"name": {nested}, "city": "Indore", "address": "x"}}"#);
            let answer = server.post("/vendor/salons").by(&owner).raw_json(body).await;
            answer.refused(400, "malformed");
        }
        let nested = format!("{}1{}", open.repeat(100), close.repeat(100));
        let nested: Value = serde_json::from_str(&nested).expect("JSON");
        super::open(&server, &owner, &nested).await.names(&["/name"]);
    }
}
