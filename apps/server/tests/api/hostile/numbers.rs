//! Numbers beyond all bounds, and what only looks like a number.

use serde_json::json;

use crate::support::{Salon, TestServer, pointers};

async fn price(server: &TestServer, salon: &Salon, amount: &str) -> crate::support::Answer {
    let body = format!(
        r#"{{"name":"Cut","category":"hair","duration_minutes":30,
            "price":{{"amount":{amount},"currency":"INR"}}}}"#
    );
    let path = format!("/vendor/salons/{}/services", salon.id);
    server.post(&path).by(&salon.owner).raw_json(body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_a_whole_number_of_paise_within_reason() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    for amount in [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "1e308",
        "100000001",
        "99",
        "0",
        "-1",
        "-0",
        "100.0",
        "1e3",
        "0.1",
        "149900.5",
        "4.9e-324",
        "\"49900\"",
        "true",
    ] {
        price(&server, &salon, amount).await.names(&["/price/amount"]);
    }
    for no_json in [
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "0x10",
        "007",
        "+5",
        "1_000",
        ".5",
        "5.",
    ] {
        price(&server, &salon, no_json).await.refused(400, "malformed");
    }
    for (amount, status) in [("100", 201), ("100000000", 201)] {
        price(&server, &salon, amount).await.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rupees_are_money() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let path = format!("/vendor/salons/{}/services", salon.id);
    for currency in ["USD", "inr", "INR ", "", "₹", "XXX"] {
        let body = json!({ "name": "Cut", "category": "hair", "duration_minutes": 30,
            "price": { "amount": 49_900, "currency": currency } });
        server.post(&path).by(&salon.owner).json(&body).await.names(&["/price/currency"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_lie_on_the_grain_and_within_a_day() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let path = format!("/vendor/salons/{}/services", salon.id);
    let sell = async |field: &str, value: i64| {
        let mut body = json!({ "name": "Cut", "category": "hair", "duration_minutes": 30,
            "price": { "amount": 49_900, "currency": "INR" } });
        body[field] = json!(value);
        server.post(&path).by(&salon.owner).json(&body).await
    };
    for bad in [0, 1, 4, 7, -5, 721, 725, 65_536, 65_541, i64::MAX, i64::MIN] {
        sell("duration_minutes", bad).await.names(&["/duration_minutes"]);
    }
    for buffer in ["buffer_before_minutes", "buffer_after_minutes"] {
        for bad in [-5, 1, 181, 185, 65_536, i64::MAX] {
            sell(buffer, bad).await.names(&[&format!("/{buffer}")]);
        }
        sell(buffer, 180).await.expect(201);
        sell(buffer, 0).await.expect(201);
    }
    sell("duration_minutes", 720).await.expect(201);
    sell("duration_minutes", 5).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_stands_on_the_earth_and_rules_are_rules() {
    let server = TestServer::start().await;
    let owner = server.customer().await;
    let with = async |field: &str, value: &str| {
        let body = format!(r#"{{"name":"x","city":"x","address":"x","{field}":{value}}}"#);
        server.post("/vendor/salons").by(&owner).raw_json(body).await
    };
    for (latitude, longitude, named) in [
        ("90.0001", "0", "/location/latitude"),
        ("-91", "0", "/location/latitude"),
        ("1e308", "0", "/location/latitude"),
        ("0", "180.5", "/location/longitude"),
        ("0", "-1e9", "/location/longitude"),
        ("\"22\"", "0", "/location/latitude"),
    ] {
        let pin = format!(r#"{{"latitude":{latitude},"longitude":{longitude}}}"#);
        with("location", &pin).await.names(&[named]);
    }
    with("location", r#"{"latitude":1e400,"longitude":0}"#).await.refused(400, "malformed");
    with("location", r#"{"latitude":-90,"longitude":180}"#).await.expect(201);
    with("location", r#"{"latitude":4.9e-324,"longitude":-0.0}"#).await.expect(201);
    for (field, bad) in [
        ("slot_step_minutes", ["0", "7", "45", "61", "-5", "65551"]),
        ("notice_minutes", ["-1", "10081", "65536", "1.5", "1e400000", "9223372036854775808"]),
        ("horizon_days", ["0", "-1", "366", "65537", "1.5", "9223372036854775808"]),
    ] {
        for value in bad {
            let answer = with(field, value).await;
            assert!(matches!(answer.status, 400 | 422), "{field} {value}: {answer:?}");
            if answer.status == 422 {
                let named = pointers(&answer.json());
                assert_eq!(named[0].0, format!("/{field}"), "{value}: {answer:?}");
            }
        }
    }
    for zone in
        ["Mars/Phobos", "", "asia/kolkata", "Asia/Kolkata ", "+05:30", "../etc/passwd", "IST", "Z"]
    {
        let answer = with("time_zone", &json!(zone).to_string()).await;
        answer.names(&["/time_zone"]);
    }
    with("time_zone", "\"Pacific/Chatham\"").await.expect(201);
}
