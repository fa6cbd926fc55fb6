//! Passes as RFC 8725 and those who break in know them, each by its name: none opens the door, and
//! the answer tells none from another.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::TimeDelta;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use indistylo_server::config::Secret;
use ports::Access;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Person, TestServer, now};

const SECRET: &str = "the secret of this house, which a test may know as well";

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.chain_update(message).finalize().into_bytes().into()
}

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

/// Header, claims and a signature over both, all as they come.
fn pass(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{header}.{claims}");
    format!("{message}.{}", BASE64.encode(sign(message.as_bytes())))
}

/// A key of this house, as its secret makes it.
struct Key {
    signing: SigningKey,
    header: Value,
    claims: Value,
}

impl Key {
    fn of(who: &Person, session: &str) -> Self {
        let seed = hmac(SECRET.as_bytes(), b"indistylo/access-token/ed25519/1");
        let signing = SigningKey::from_bytes(&seed);
        let kid = BASE64.encode(&Sha256::digest(signing.verifying_key().to_bytes())[..12]);
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid });
        let at = now().timestamp();
        let claims = json!({ "iss": "indistylo", "aud": "indistylo-api", "sub": who.id,
            "sid": session, "iat": at, "exp": at + 600 });
        Self { signing, header, claims }
    }

    fn ours(&self, message: &[u8]) -> Vec<u8> {
        self.signing.sign(message).to_bytes().to_vec()
    }

    /// With another word in the header, signed by us.
    fn header_with(&self, member: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[member] = value;
        pass(&part(&header), &part(&self.claims), |message| self.ours(message))
    }

    /// With another claim, signed by us.
    fn claims_with(&self, member: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[member] = value;
        pass(&part(&self.header), &part(&claims), |message| self.ours(message))
    }

    /// With another word in the header, signed by a stranger's key or however else.
    fn forged_with(&self, member: &str, value: Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let mut header = self.header.clone();
        header[member] = value;
        pass(&part(&header), &part(&self.claims), sign)
    }
}

/// What was answered, but for the name of the request.
fn told(answer: &Answer) -> Value {
    let mut problem = answer.refused(401, "unauthenticated");
    for name in ["request_id", "instance"] {
        problem.as_object_mut().expect("an object").remove(name);
    }
    json!([problem, answer.header("www-authenticate"), answer.header("set-cookie")])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pass_of_the_books_opens_the_door_and_all_are_answered_alike() {
    let server = TestServer::start_with(|config| config.secret = Some(Secret::new(SECRET))).await;
    let customer = server.customer().await;
    let session = server.database.texts("select id::text from sessions").await.remove(0);
    let key = Key::of(&customer, &session);
    let (header, claims) = (part(&key.header), part(&key.claims));
    let ours = |message: &[u8]| key.ours(message);
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let strangers = |message: &[u8]| stranger.sign(message).to_bytes().to_vec();
    let public = key.signing.verifying_key().to_bytes();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
        "x": BASE64.encode(stranger.verifying_key().to_bytes()) });
    let good = pass(&header, &claims, ours);
    server.get("/me").token(&good).await.expect(200);

    let (at, url) = (now().timestamp(), json!("https://evil.example/keys.json"));
    let twice = |member: &str, value: &Value| {
        let once = key.claims.to_string();
        let twice = format!("{},\"{member}\":{value}}}", &once[..once.len() - 1]);
        pass(&header, &BASE64.encode(twice), ours)
    };
    let header_twice = {
        let once = key.header.to_string();
        let twice = format!("{},\"alg\":\"none\"}}", &once[..once.len() - 1]);
        pass(&BASE64.encode(twice), &claims, ours)
    };
    let cases = [
        ("alg none", key.forged_with("alg", json!("none"), |_| Vec::new())),
        ("alg none, signed", key.header_with("alg", json!("none"))),
        (
            "HS256 by our public key",
            key.forged_with("alg", json!("HS256"), |message| hmac(&public, message).to_vec()),
        ),
        ("ES256", key.forged_with("alg", json!("ES256"), strangers)),
        ("signed by a stranger", pass(&header, &claims, strangers)),
        ("a stranger's kid", key.forged_with("kid", json!("AAAAAAAAAAAAAAAA"), strangers)),
        ("another kid, signed by us", key.header_with("kid", json!("AAAAAAAAAAAAAAAA"))),
        (
            "kid as a path",
            key.forged_with("kid", json!("../../../dev/null"), |message| {
                hmac(&[], message).to_vec()
            }),
        ),
        ("kid as a number", key.header_with("kid", json!(1))),
        ("jku", key.forged_with("jku", url.clone(), strangers)),
        ("x5u", key.forged_with("x5u", url, strangers)),
        ("jwk", key.forged_with("jwk", jwk, strangers)),
        ("crit", key.header_with("crit", json!(["exp"]))),
        ("crit of something unknown", key.header_with("crit", json!(["urn:example:unknown"]))),
        ("wrong typ", key.header_with("typ", json!("JWT"))),
        ("no typ", key.header_with("typ", Value::Null)),
        ("wrong aud", key.claims_with("aud", json!("another-api"))),
        ("many aud", key.claims_with("aud", json!(["indistylo-api", "another-api"]))),
        ("wrong iss", key.claims_with("iss", json!("another-house"))),
        ("expired", key.claims_with("exp", json!(at - 1))),
        ("not yet valid", key.claims_with("iat", json!(at + 300))),
        ("time as text", key.claims_with("exp", json!("9999999999"))),
        ("nobody", key.claims_with("sub", Value::Null)),
        ("as long as headers may be", key.claims_with("pad", json!("x".repeat(15 * 1024)))),
        ("no signature", format!("{header}.{claims}.")),
        ("no part for a signature", format!("{header}.{claims}")),
        ("trailing garbage", format!("{good}AAAA")),
        ("a fourth part", format!("{good}.AAAA")),
        ("padding", format!("{good}=")),
        ("a claim twice", twice("sub", &json!(customer.id))),
        ("the end twice", twice("exp", &json!(at + 600))),
        ("alg twice", header_twice),
        ("claims that are no JSON", pass(&header, &BASE64.encode("{"), ours)),
        ("claims that are a list", pass(&header, &BASE64.encode("[]"), ours)),
        ("a refresh token", customer.refresh.clone()),
        ("nothing", String::new()),
    ];
    let absent = told(&server.get("/me").await);
    for (what, token) in cases {
        let answer = server.get("/me").token(&token).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert_eq!(told(&answer), absent, "{what}");
    }
    for scheme in ["Basic YTpi", "bearer", "Token x", &good] {
        assert_eq!(told(&server.get("/me").header("authorization", scheme).await), absent);
    }
    // What is larger than all headers may be together is not looked at.
    let huge = key.claims_with("pad", json!("x".repeat(70 * 1024)));
    server.get("/me").token(&huge).await.refused(431, "headers_too_large");

    // Nor does an answer tell who had a pass once: it expired, or its session has ended.
    let access = Access {
        person: customer.id.parse().expect("an id"),
        session: session.parse().expect("an id"),
    };
    let minutes = |count| now() + TimeDelta::minutes(count);
    let over = server.ports().credentials.access_token(access, minutes(-11), minutes(-1));
    assert_eq!(told(&server.get("/me").token(&over).await), absent, "expired");
    server.get("/me").token(&good).await.expect(200);
    server.post("/auth/logout").by(&customer).await.expect(204);
    for token in [&good, &customer.token] {
        assert_eq!(told(&server.get("/me").token(token).await), absent, "its session has ended");
    }
}
