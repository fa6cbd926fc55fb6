//! Passes that somebody made at home.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::TimeDelta;
use ports::Access;
use serde_json::{Value, json};

use crate::support::{TestServer, now};

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn read(part: &str) -> Value {
    let bytes = BASE64.decode(part).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pass_but_ours_opens_the_door() {
    let server = TestServer::start().await;
    let (one, other) = (server.customer().await, server.customer().await);
    let parts: Vec<_> = one.token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts: {}", one.token) };
    let theirs = other.token.split('.').nth(1).expect("claims");
    let mut forged = vec![
        format!("{header}.{theirs}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{}", "A".repeat(signature.len())),
        format!("{header}.{claims}.{signature}.{signature}"),
        one.refresh.clone(),
    ];
    for (member, value) in [
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("typ", json!("JWT")),
        ("kid", json!("../../dev/null")),
        ("alg", json!("ES256")),
        ("alg", json!(["EdDSA"])),
        ("kid", json!("' or 1=1 --")),
        ("kid", Value::Null),
        ("jku", json!("http://127.0.0.1/keys")),
        ("x5u", json!("http://127.0.0.1/keys")),
        ("x5c", json!(["MIIB"])),
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43) })),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("crit", json!(["exp"])),
    ] {
        let mut changed = read(header);
        changed[member] = value;
        forged.push(format!("{}.{claims}.", part(&changed)));
        forged.push(format!("{}.{claims}.{signature}", part(&changed)));
    }
    for (member, value) in [
        ("sub", json!(other.id)),
        ("exp", json!(9_999_999_999_i64)),
        ("exp", json!(1e300)),
        ("aud", json!("another-api")),
        ("iss", json!("another-house")),
        ("sid", json!("x")),
        ("sub", Value::Null),
    ] {
        let mut changed = read(claims);
        changed[member] = value;
        forged.push(format!("{header}.{}.{signature}", part(&changed)));
    }
    // The genuine one is remembered by now; what is like it must not profit from that.
    server.get("/me").by(&one).await.expect(200);
    for token in forged {
        server.get("/me").token(&token).await.refused(401, "unauthenticated");
    }
    server.get("/me").by(&one).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_ends_when_its_time_is_over_and_is_good_in_one_house_only() {
    let server = TestServer::start().await;
    let someone = server.customer().await;
    let id = someone.id.parse().expect("an id");
    let session = server.database.texts("select id::text from sessions").await.remove(0);
    let access = Access { person: id, session: session.parse().expect("an id") };
    let credentials = &server.ports().credentials;
    let at = now();
    let over =
        credentials.access_token(access, at - TimeDelta::minutes(11), at - TimeDelta::minutes(1));
    server.get("/me").token(&over).await.refused(401, "unauthenticated");
    let good = credentials.access_token(access, at, at + TimeDelta::minutes(1));
    server.get("/me").token(&good).await.expect(200);
    let elsewhere = TestServer::start().await;
    elsewhere.get("/me").token(&good).await.refused(401, "unauthenticated");
}
