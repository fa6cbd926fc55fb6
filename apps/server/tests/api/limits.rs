//! How often one may ask for a code, guess it, and keep chairs from others without paying.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use application::availability::Offer;
use chrono::{DateTime, TimeDelta, Utc};
use dev_services::Redis;
use futures_util::future::join_all;
use identity::{CodeLimits, CodePolicy};
use indistylo_server::config::Secret;
use indistylo_server::http::client::{Proxies, ToldIn};
use kernel::Money;
use ports::Purpose;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, now, text};

async fn ask(server: &TestServer, phone: &str) -> Answer {
    server.post("/auth/otp/request").json(&json!({ "phone": phone })).await
}

/// Empties a Redis on a private socket.
fn flush(url: &str) {
    let socket = url.strip_prefix("redis+unix://").expect("a private one");
    let mut redis = UnixStream::connect(socket).expect("it listens");
    redis.write_all(b"FLUSHALL\r\n").expect("it reads");
    let mut answer = [0; 5];
    redis.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"+OK\r\n");
}

/// The number after `name=` in a header of limits.
fn limit(answer: &Answer, header: &str, name: &str) -> i64 {
    let value = answer.header(header);
    let part = value.split(';').find_map(|part| part.trim().strip_prefix(name));
    part.and_then(|part| part.parse().ok()).unwrap_or_else(|| panic!("no {name} in {value:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_code_for_one_phone_is_sent_after_a_pause() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    for (left, pause) in [(19, 30), (18, 60), (17, 120)] {
        let asked = ask(&server, &phone).await;
        let body = asked.expect(202);
        assert_eq!(asked.header("ratelimit-policy"), "\"code\";q=20;w=86400");
        assert_eq!(limit(&asked, "ratelimit", "r="), left);
        assert!((1..=86_400).contains(&limit(&asked, "ratelimit", "t=")));
        let again: DateTime<Utc> = text(&body, "/again_at").parse().expect("an instant");
        assert!(again <= now() + TimeDelta::seconds(pause), "{again}");
        let refused = ask(&server, &phone).await;
        refused.refused(429, "too_many_requests");
        let wait: i64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=pause).contains(&wait), "{wait} of {pause}");
        server.after_a_pause().await;
    }
    ask(&server, &server.a_phone()).await.expect(202);
    let challenges = "select count(*) from challenges";
    assert_eq!(server.database.count(challenges).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_is_counted_whatever_number_it_asks_for() {
    let server = TestServer::start().await;
    let ask = async |device: Value| {
        let asked = json!({ "phone": server.a_phone(), "device_id": device });
        server.post("/auth/otp/request").json(&asked).await
    };
    for _ in 0..10 {
        ask(json!("pixel-8-5f1c")).await.expect(202);
    }
    ask(json!("pixel-8-5f1c")).await.refused(429, "too_many_requests");
    ask(json!("pixel-9-5f1c")).await.expect(202);
    for bad in [json!(""), json!("a b c d e"), json!("a".repeat(65)), json!(7), json!("फ़ोन")]
    {
        ask(bad).await.names(&["/device_id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_codes_together_cost_no_more_than_the_house_allows() {
    let limits = CodeLimits { spend_an_hour: Money::inr(158), ..CodeLimits::default() };
    let codes = CodePolicy::new(6, 5, limits).expect("a policy");
    let server = TestServer::start_with(|config| config.codes = codes).await;
    // As many numbers as calls, none alike, all at once.
    let calls = (0..40).map(|n| {
        let asked = json!({ "phone": format!("+9198{:08}", n * 10_000) });
        server.post("/auth/otp/request").json(&asked)
    });
    let answers = join_all(calls.map(IntoFuture::into_future)).await;
    let granted = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(granted, 5, "a sixth would cost 120 paise, and 39 of 158 are for known devices");
    for refused in answers.iter().filter(|answer| answer.status != 202) {
        refused.refused(429, "too_many_requests");
    }
    let spent = "select taken from code_counts where key = 'spend:hour'";
    assert_eq!(server.database.count(spent).await, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_ask_for_keeps_nobody_out_who_logged_in_from_their_device() {
    let limits = CodeLimits { spend_an_hour: Money::inr(100), ..CodeLimits::default() };
    let codes = CodePolicy::new(6, 5, limits).expect("a policy");
    let server = TestServer::start_with(|config| config.codes = codes).await;
    let phone = server.a_phone();
    let ask = async |device: &str| {
        let asked = json!({ "phone": phone, "device_id": device });
        server.post("/auth/otp/request").json(&asked).await
    };
    let challenge = text(&ask("a-device-of-hers").await.expect(202), "/challenge_id");
    let code = server.code_of(&challenge).await;
    let verify = json!({ "challenge_id": challenge, "code": code });
    let session = server.post("/auth/otp/verify").json(&verify).await.expect(200);
    let kept = "select count(*) from proved_devices where phone = $$PHONE$$ and device = sha256('a-device-of-hers')";
    assert_eq!(server.database.count(&kept.replace("PHONE", &phone)).await, 1);
    let all = server.get("/me/export").token(&text(&session, "/access_token")).await.expect(200);
    assert_eq!(all["known_devices"].as_array().map(Vec::len), Some(1), "{all}");
    let dump = server.database.texts("select proved_devices::text from proved_devices").await;
    assert!(!dump.concat().contains("device-of-hers"), "{dump:?}");

    // Her number waits now, and so do all others.
    ask("a-device-of-his").await.expect(202);
    ask("a-device-of-his").await.refused(429, "too_many_requests");
    server.post("/auth/otp/request").json(&json!({ "phone": server.a_phone() })).await.expect(202);
    let other = json!({ "phone": server.a_phone(), "device_id": "a-device-of-hers" });
    server.post("/auth/otp/request").json(&other).await.refused(429, "too_many_requests");
    let hers = ask("a-device-of-hers").await;
    hers.expect(202);
    assert_eq!(limit(&hers, "ratelimit", "r="), 17, "as if nothing were reserved");
    ask("a-device-of-hers").await.refused(429, "too_many_requests");
}

/// What a pump does: every call from another address block, for the next number.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_one_after_the_other_are_cut_off_wherever_one_asks_from() {
    let ours = vec!["127.0.0.0/8".parse().expect("a network")];
    let proxies = Proxies::new(ours, ToldIn::XForwardedFor).expect("few");
    let server = TestServer::start_with(|config| config.door.proxies = proxies).await;
    let ask = |number: u32, block: u32| {
        let phone = format!("+9198{number:08}");
        let call = server.post("/auth/otp/request").json(&json!({ "phone": phone }));
        call.header("x-forwarded-for", &format!("10.{}.{}.1", block / 250, block % 250))
    };
    let mut granted = 0;
    for turn in 0..15 {
        let calls = (0..20).map(|n| ask(turn * 20 + n, turn * 20 + n).into_future());
        let answers = join_all(calls).await;
        granted += answers.iter().filter(|answer| answer.status == 202).count();
    }
    assert_eq!(granted, 50, "of fifty codes none was used");
    let spent = "select taken from code_counts where key = 'spend:hour'";
    assert_eq!(server.database.count(spent).await, 50 * 20);
    // Who has a number of another kind is served all the same.
    ask(10_000, 999).await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn emptying_redis_gives_nobody_another_code() {
    let redis = Redis::throwaway().expect("a Redis of our own");
    let url = redis.url();
    let server =
        TestServer::start_with(|config| config.redis_url = Some(Secret::new(url.clone()))).await;
    let phone = server.a_phone();
    let challenge = server.ask_for_a_code(&phone).await;
    let right = server.code_of(&challenge).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let guess = TestServer::answer(&challenge, wrong);
        server.post("/auth/otp/verify").json(&guess).await.refused(401, "code_invalid");
    }
    flush(&url);
    ask(&server, &phone).await.refused(429, "too_many_requests");
    let late = TestServer::answer(&challenge, &right);
    server.post("/auth/otp/verify").json(&late).await.refused(401, "code_invalid");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_number_is_answered_like_any_other() {
    let server = TestServer::start().await;
    let (open, blocked) = (server.a_phone(), server.a_phone());
    let block =
        format!("insert into blocked_numbers (begins, reason) values ('{blocked}', 'asked us to')");
    server.database.execute(&block).await;
    let (one, other) = (ask(&server, &open).await, ask(&server, &blocked).await);
    let (one_body, other_body) = (one.expect(202), other.expect(202));
    let fields =
        |body: &Value| body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>());
    assert_eq!(fields(&one_body), fields(&other_body));
    assert_eq!(limit(&one, "ratelimit", "r="), limit(&other, "ratelimit", "r="));
    server.code_on(&open).await;
    assert!(server.sandbox().messages(Some(&blocked)).is_empty());
    let spent = "select taken from code_counts where key = 'spend:hour'";
    assert_eq!(server.database.count(spent).await, 20);
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
    server.after_a_pause().await;
    let challenge = server.ask_for_a_code(&phone).await;
    let right = server.code_of(&challenge).await;
    let guess = async |code: &str| {
        server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, code)).await
    };
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        guess(wrong).await.refused(401, "code_invalid");
    }
    guess(&right).await.expect(200);
}

/// A house that believes everybody about where they come from.
async fn a_house_of_many_addresses() -> TestServer {
    let ours = vec!["127.0.0.0/8".parse().expect("a network")];
    let proxies = Proxies::new(ours, ToldIn::XForwardedFor).expect("few");
    TestServer::start_with(|config| config.door.proxies = proxies).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_guesses_at_once_are_not_more_than_five() {
    let server = a_house_of_many_addresses().await;
    let counted = "create table counted (guesses integer);
        create function count_it() returns trigger language plpgsql as $$
        begin insert into counted values (new.guesses); return null; end $$;
        create trigger count_it after update of guesses on challenges
            for each row execute function count_it()";
    server.database.execute(counted).await;
    let challenge = server.ask_for_a_code(&server.a_phone()).await;
    let right = server.code_of(&challenge).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let guesses = (0..200).map(|n| {
        // Each from another place; the right code is one of them.
        let code = if n == 137 { &right } else { wrong };
        let call = server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, code));
        call.header("x-forwarded-for", &format!("10.1.{n}.1")).into_future()
    });
    let answers = join_all(guesses).await;
    let (let_in, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    for answer in &refused {
        answer.refused(401, "code_invalid");
    }
    assert!(let_in.len() <= 1, "{let_in:?}");
    let tries = server.database.texts("select guesses::text from counted order by guesses").await;
    assert_eq!((tries.len(), &tries[..5]), (200, &["1", "2", "3", "4", "5"].map(String::from)[..]));
    assert!(tries[5..].iter().all(|tries| tries == "6"), "{tries:?}");
    assert_eq!(server.database.count("select guesses::int8 from challenges").await, 6);
    let sessions = usize::try_from(server.database.count("select count(*) from sessions").await);
    assert_eq!(sessions, Ok(let_in.len()));
    let late = server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, &right));
    late.await.refused(401, "code_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_at_the_codes_of_many_numbers_from_one_place_waits() {
    let server = a_house_of_many_addresses().await;
    let mut statuses = Vec::new();
    for _ in 0..13 {
        let challenge = server.ask_for_a_code(&server.a_phone()).await;
        let right = server.code_of(&challenge).await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            let guess =
                server.post("/auth/otp/verify").json(&TestServer::answer(&challenge, wrong));
            statuses.push(guess.header("x-forwarded-for", "203.0.113.9").await.status);
        }
    }
    assert_eq!((&statuses[..61], &statuses[61..]), (&[401; 61][..], &[429; 4][..]));
    let challenge = server.ask_for_a_code(&server.a_phone()).await;
    let right = TestServer::answer(&challenge, &server.code_of(&challenge).await);
    let there = server.post("/auth/otp/verify").json(&right);
    let waits = there.header("x-forwarded-for", "203.0.113.9").await;
    waits.refused(429, "too_many_requests");
    assert!((1..=30).contains(&waits.header("retry-after").parse().expect("seconds")));
    let elsewhere = server.post("/auth/otp/verify").json(&right);
    elsewhere.header("x-forwarded-for", "198.51.100.7").await.expect(200);
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
    let my_code = server.code_of(&my_challenge).await;
    let crossed = TestServer::answer(&their_challenge, &my_code);
    server.post("/auth/otp/verify").json(&crossed).await.refused(401, "code_invalid");
    let nobody = "01890000-0000-7000-8000-000000000000";
    let nowhere = TestServer::answer(nobody, "123456");
    server.post("/auth/otp/verify").json(&nowhere).await.refused(401, "code_invalid");

    let aged = "update challenges set expires_at = now() - interval '1 second'";
    server.database.execute(aged).await;
    let late = TestServer::answer(&my_challenge, &my_code);
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
