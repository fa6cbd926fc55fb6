//! How often one may ask for a code, guess it, and keep chairs from others without paying.

use application::availability::Offer;
use chrono::TimeDelta;
use futures_util::future::join_all;
use ports::Purpose;
use serde_json::json;

use crate::support::{Answer, TestServer, now, text};

async fn ask(server: &TestServer, phone: &str) -> Answer {
    server.post("/auth/otp/request").json(&json!({ "phone": phone })).await
}

/// The number after `name=` in a header of limits.
fn limit(answer: &Answer, header: &str, name: &str) -> i64 {
    let value = answer.header(header);
    let part = value.split(';').find_map(|part| part.trim().strip_prefix(name));
    part.and_then(|part| part.parse().ok()).unwrap_or_else(|| panic!("no {name} in {value:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_code_for_one_phone_is_refused_until_the_window_ends() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    for left in (0..5).rev() {
        let asked = ask(&server, &phone).await;
        asked.expect(202);
        assert_eq!(asked.header("ratelimit-policy"), "\"code\";q=5;w=900");
        assert!(asked.header("ratelimit").starts_with("\"code\";"));
        assert_eq!(limit(&asked, "ratelimit", "r="), left);
        assert!((1..=900).contains(&limit(&asked, "ratelimit", "t=")));
    }
    let refused = ask(&server, &phone).await;
    refused.refused(429, "too_many_requests");
    let pause: i64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=900).contains(&pause), "{pause}");

    ask(&server, &server.a_phone()).await.expect(202);
    let challenges = "select count(*) from challenges";
    assert_eq!(server.database.count(challenges).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_ask_for_codes_for_everybody() {
    let server = TestServer::start().await;
    for _ in 0..30 {
        ask(&server, &server.a_phone()).await.expect(202);
    }
    let refused = ask(&server, &server.a_phone()).await;
    refused.refused(429, "too_many_requests");
    assert!(!refused.header("retry-after").is_empty());
    // Whom the proxy names is not believed without being told to.
    let forged = server.post("/auth/otp/request").header("x-forwarded-for", "203.0.113.9");
    let forged = forged.json(&json!({ "phone": server.a_phone() })).await;
    forged.refused(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_wrong_guesses_the_right_code_is_worth_nothing() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    let challenge = server.ask_for_a_code(&phone).await;
    let right = server.code_on(&phone).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let guess = async |code: &str| {
        server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, code)).await
    };
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(guess(wrong).await.refused(401, "code_invalid")["detail"].clone());
    }
    said.push(guess(&right).await.refused(401, "code_invalid")["detail"].clone());
    said.dedup();
    assert_eq!(said.len(), 1, "the answers tell guesses apart: {said:?}");

    // The fifth guess may still be the right one.
    let challenge = server.ask_for_a_code(&phone).await;
    let id = challenge.parse().expect("an id");
    let right = server.ports().credentials.code_of(id);
    let guess = async |code: &str| {
        server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, code)).await
    };
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        guess(wrong).await.refused(401, "code_invalid");
    }
    guess(&right).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_guesses_at_once_are_not_more_than_five() {
    let server = TestServer::start().await;
    let challenge = server.ask_for_a_code(&server.a_phone()).await;
    let right = server.ports().credentials.code_of(challenge.parse().expect("an id"));
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let wrong = TestServer::answer(&challenge, wrong);
    let guesses = (0..200).map(|_| server.post("/auth/otp/verify").json(&wrong));
    for answer in join_all(guesses.map(IntoFuture::into_future)).await {
        answer.refused(401, "code_invalid");
    }
    let late = server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, &right));
    late.await.refused(401, "code_invalid");
    assert_eq!(server.database.count("select count(*) from sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_sent_fifty_times_at_once_opens_one_session() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    let challenge = server.ask_for_a_code(&phone).await;
    let code = server.code_on(&phone).await;
    let given = TestServer::answer(&challenge, &code);
    let calls = (0..50).map(|_| server.post("/auth/otp/verify").json(&given));
    let answers = join_all(calls.map(IntoFuture::into_future)).await;
    let opened = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(opened, 1, "{opened} sessions");
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        refused.refused(401, "code_invalid");
    }
    assert_eq!(server.database.count("select count(*) from sessions").await, 1);
    assert_eq!(server.database.count("select count(*) from people").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_opens_only_its_own_challenge_and_only_for_five_minutes() {
    let server = TestServer::start().await;
    let (mine, theirs) = (server.a_phone(), server.a_phone());
    let my_challenge = server.ask_for_a_code(&mine).await;
    let their_challenge = server.ask_for_a_code(&theirs).await;
    let code_of =
        |challenge: &str| server.ports().credentials.code_of(challenge.parse().expect("an id"));
    let crossed = TestServer::answer(&their_challenge, &code_of(&my_challenge));
    server.post("/auth/otp/verify").json(&crossed).await.refused(401, "code_invalid");
    let nobody = "01890000-0000-7000-8000-000000000000";
    let nowhere = TestServer::answer(nobody, "123456");
    server.post("/auth/otp/verify").json(&nowhere).await.refused(401, "code_invalid");

    let aged = "update challenges set expires_at = now() - interval '1 second'";
    server.database.execute(aged).await;
    let late = TestServer::answer(&my_challenge, &code_of(&my_challenge));
    server.post("/auth/otp/verify").json(&late).await.refused(401, "code_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_a_fourth_chair_unpaid() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let customer = server.customer().await;
    let slots = server.free_slots(&salon, 2).await;
    // Every third start, so that 45 minutes do not overlap.
    let mut apart = slots.iter().step_by(3);
    let mut booked = Vec::new();
    for _ in 0..3 {
        booked.push(server.hold(&customer, apart.next().expect("a slot")).await);
    }
    let fourth = apart.next().expect("a slot");
    server.book(&customer, fourth).await.refused(422, "too_many_holds");

    let off = server.post(&format!("/bookings/{}/cancel", booked[0])).by(&customer).await;
    off.expect(200);
    server.hold(&customer, fourth).await;
    server.book(&customer, apart.next().expect("a slot")).await.refused(422, "too_many_holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_asked_for_at_once_are_counted_all_the_same() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_professionals(8).opens().await;
    let customer = server.customer().await;
    let slots = server.free_slots(&salon, 2).await;
    let wanted: Vec<_> = slots.iter().step_by(3).take(8).collect();
    let answers =
        join_all(wanted.iter().map(|slot| server.book_even_if_busy(&customer, slot))).await;
    let held = answers.iter().filter(|answer| answer.status == 201).count();
    assert!((1..=3).contains(&held), "{answers:?}");
    let live = "select count(*) from bookings where status = 'held'";
    assert_eq!(usize::try_from(server.database.count(live).await), Ok(held));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_honoured_for_its_time_and_only_if_we_made_it() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let customer = server.customer().await;
    let slot = server.free_slot(&salon).await;
    let credentials = server.ports().credentials.as_ref();
    let offer = async |offer: &str| {
        server.post("/bookings").by(&customer).once().json(&json!({ "offer": offer })).await
    };
    let code = |answer: &Answer| text(&answer.refused(422, "invalid"), "/errors/0/code");

    let made = Offer::open(&slot.offer, None, credentials, now()).expect("it was made here");
    let old = Offer { good_until: now() - TimeDelta::seconds(1), ..made.clone() }.seal(credentials);
    assert_eq!(code(&offer(&old).await), "offer_expired");

    let mut altered = slot.offer.clone().into_bytes();
    altered[10] = if altered[10] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("still ASCII");
    let cursor = credentials.seal(Purpose::Cursor, b"{}");
    let empty = credentials.seal(Purpose::Offer, b"{}");
    let stranger = TestServer::start().await;
    let elsewhere = made.seal(stranger.ports().credentials.as_ref());
    for forged in [altered, cursor, empty, elsewhere, "x".to_owned(), slot.offer.repeat(2)] {
        assert_eq!(code(&offer(&forged).await), "offer_unknown", "{forged}");
    }

    // A salon that raised its price after the offer keeps its word.
    server.database.execute("update services set price_paise = 99900").await;
    let held = offer(&slot.offer).await.expect(201);
    assert_eq!(held["price"]["amount"], 49_900);
}
