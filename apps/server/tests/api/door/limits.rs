//! How often one caller may call, who is one caller, and what happens where nobody can count.

use dev_services::Redis;
use futures_util::future::join_all;
use indistylo_server::config::{Config, Secret};
use indistylo_server::http::classes::Class;
use indistylo_server::http::client::{Proxies, ToldIn};
use indistylo_server::http::limits::{Limits, Quota};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::support::{Answer, TestServer};

/// So many calls of a kind within ten minutes.
fn allow(config: &mut Config, class: Class, most: u32) {
    let quota = Quota::new(most, 600).expect("in bounds");
    config.door.limits = config.door.limits.clone().with(class, quota);
}

async fn house(class: Class, most: u32) -> TestServer {
    TestServer::start_with(|config| allow(config, class, most)).await
}

/// The last line of a header: what a route tells of limits of its own stands before.
fn told(answer: &Answer, name: &str) -> String {
    let mut values = answer.headers.get_all(name).iter().map(|value| value.to_str().expect("text"));
    values.next_back().unwrap_or_default().to_owned()
}

fn is_refused(answer: &Answer, class: &str) {
    let problem = answer.refused(429, "too_many_requests");
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains(class)), "{problem}");
    let pause: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=600).contains(&pause), "{pause}");
    assert!(told(answer, "ratelimit").starts_with(&format!("\"{class}\";r=0;t=")), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_around_is_told_what_is_left_and_then_to_wait() {
    let server = house(Class::Browse, 3).await;
    for left in [2, 1, 0] {
        let answer = server.get("/salons").await;
        answer.expect(200);
        assert_eq!(told(&answer, "ratelimit-policy"), "\"browse\";q=3;w=600");
        let standing = told(&answer, "ratelimit");
        assert!(standing.starts_with(&format!("\"browse\";r={left};t=")), "{standing}");
    }
    is_refused(&server.get("/salons").await, "browse");
    // It is one limit for all of its kind, nowhere included; other kinds have their own.
    is_refused(&server.get("/nowhere").await, "browse");
    server.get("/me").await.refused(401, "unauthenticated");
    // Probes are never kept waiting.
    for _ in 0..5 {
        server.call_outside(Method::GET, "/health/live").await.expect(200);
    }
    // Whoever is known is counted by themselves.
    let (asha, bina) = (server.customer().await, server.customer().await);
    for _ in 0..3 {
        server.get("/salons").by(&asha).await.expect(200);
    }
    is_refused(&server.get("/salons").by(&asha).await, "browse");
    server.get("/salons").by(&bina).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_not_a_caller_of_its_own() {
    let server = house(Class::Account, 3).await;
    let customer = server.customer().await;
    for number in 0..3 {
        let forged = format!("{}{number}", customer.token);
        server.get("/me").token(&forged).await.refused(401, "unauthenticated");
    }
    is_refused(&server.get("/me").token("another.one.still").await, "account");
    server.get("/me").by(&customer).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_behind_our_proxies_are_told_apart_and_nobody_else_is_believed() {
    let server = behind_a_proxy(|config| allow(config, Class::Browse, 2)).await;
    let look = |told: &str| server.get("/salons").header("x-forwarded-for", told);
    for _ in 0..2 {
        look("203.0.113.1").await.expect(200);
    }
    is_refused(&look("203.0.113.1").await, "browse");
    is_refused(&look("198.51.100.7, 203.0.113.1").await, "browse");
    is_refused(&look("203.0.113.1, 127.0.0.9").await, "browse");
    look("203.0.113.2").await.expect(200);
    // A household of IPv6 is one caller, whichever of its addresses it takes.
    for last in 1..=2 {
        look(&format!("2001:db8:1:20{last}::1")).await.expect(200);
    }
    is_refused(&look("2001:db8:1:2ff:ffff::9").await, "browse");
    look("2001:db8:1:300::1").await.expect(200);

    let server = house(Class::Browse, 2).await;
    for told in ["203.0.113.1", "203.0.113.2"] {
        server.get("/salons").header("x-forwarded-for", told).await.expect(200);
    }
    let forged = server.get("/salons").header("x-forwarded-for", "203.0.113.3");
    is_refused(&forged.header("forwarded", "for=203.0.113.4").await, "browse");
}

/// A house behind a proxy, so that calls come from any address.
async fn behind_a_proxy(change: impl FnOnce(&mut Config)) -> TestServer {
    let ours = vec!["127.0.0.0/8".parse().expect("a network")];
    TestServer::start_with(|config| {
        config.door.proxies = Proxies::new(ours, ToldIn::XForwardedFor).expect("few");
        change(config);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_whole_network_has_no_login_for_each_of_its_addresses() {
    let server = behind_a_proxy(|config| allow(config, Class::Login, 2)).await;
    let nobody = TestServer::answer("01890000-0000-7000-8000-000000000000", "123456");
    let guess = |from: String| {
        server.post("/auth/otp/verify").header("x-forwarded-for", &from).json(&nobody)
    };
    let mut granted = [0, 0];
    for n in 0..40 {
        granted[0] += u32::from(guess(format!("2001:db8:1:2{n:02x}::1")).await.status == 401);
        granted[1] += u32::from(guess(format!("2001:db8:2:{n:02x}00::1")).await.status == 401);
    }
    assert_eq!(granted, [2, 16], "one home, and the homes of one network");
    is_refused(&guess("2001:db8:2:ff00::1".to_owned()).await, "login");
    guess("2001:db8:3::1".to_owned()).await.refused(401, "code_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_tried_from_a_home_not_from_each_of_its_networks() {
    let server = behind_a_proxy(|_| ()).await;
    let mut statuses = Vec::new();
    for n in 0..34 {
        let ask = json!({ "email": format!("vendor{n}@example.in"),
            "password": "tea with the neighbours" });
        let tried = server.post("/auth/password/login").json(&ask);
        let tried = tried.header("x-forwarded-for", &format!("2001:db8:1:2{n:02x}::1")).await;
        statuses.push(tried.status);
    }
    assert_eq!(statuses[..31], [401; 31], "as many as from one address");
    assert_eq!(statuses[31..], [429; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_guess_at_once_the_database_counts_them_for_all_nodes() {
    let server = house(Class::Login, 20).await;
    let guess = || {
        let nobody = TestServer::answer("01890000-0000-7000-8000-000000000000", "123456");
        server.post("/auth/otp/verify").json(&nobody).into_future()
    };
    let answers = join_all((0..60).map(|_| guess())).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(tried, 20, "{answers:?}");
    let counted = "select taken from tallies where key = 'login:127.0.0.1'";
    assert!(server.database.count(counted).await >= 20);
    // Another node, which has counted nobody yet, refuses as well.
    let url = server.database.url.clone();
    let other = TestServer::start_with(|config| {
        config.database_url = Some(Secret::new(url));
        allow(config, Class::Login, 20);
    })
    .await;
    let nobody = TestServer::answer("01890000-0000-7000-8000-000000000000", "123456");
    is_refused(&other.post("/auth/otp/verify").json(&nobody).await, "login");
    let login = json!({ "email": "asha@example.in", "password": "tea with the neighbours" });
    is_refused(&other.post("/auth/password/login").json(&login).await, "login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_made_up_tokens_keeps_nobody_at_the_same_address_from_refreshing() {
    let server = TestServer::start_with(|config| config.door.limits = Limits::default()).await;
    let (asha, bina) = (server.customer().await, server.customer().await);
    let refresh = |token: &str| {
        server.post("/auth/refresh").json(&json!({ "refresh_token": token })).into_future()
    };
    for n in 0..120 {
        let made_up = format!("{}{n}", &asha.refresh[..asha.refresh.len() - 3]);
        refresh(&made_up).await.refused(401, "session_ended");
    }
    is_refused(&refresh("made-up").await, "refresh");
    is_refused(&server.post("/auth/refresh").raw_json("{").await, "refresh");
    is_refused(&server.post("/auth/refresh").await, "refresh");
    let renewed = refresh(&bina.refresh).await;
    renewed.expect(200);
    assert!(told(&renewed, "ratelimit").starts_with("\"refresh\";r=119;t="), "{renewed:?}");
    server.customer().await;

    // Who refreshes without end spends what is theirs alone, whatever becomes of the session.
    for _ in 1..120 {
        refresh(&bina.refresh).await;
    }
    is_refused(&refresh(&bina.refresh).await, "refresh");
    refresh(&asha.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_count_logins_and_money_stop_and_looking_around_goes_on() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let challenges = async || server.database.count("select count(*) from challenges").await;
    let before = challenges().await;
    server.database.execute("alter table tallies rename to gone").await;
    let phone = json!({ "phone": server.a_phone() });
    let login = server.post("/auth/otp/request").json(&phone).even_in_trouble().await;
    login.refused(503, "unavailable");
    let order = format!("/bookings/{booking}/payments");
    let money = server.post(&order).by(&customer).once().even_in_trouble().await;
    money.refused(503, "unavailable");
    server.get("/salons").await.expect(200);
    server.get("/me").by(&customer).await.expect(200);
    assert_eq!(challenges().await, before, "nobody was texted");

    server.database.execute("alter table gone rename to tallies").await;
    server.post(&order).by(&customer).once().await.expect(201);
}

/// Says one thing to Redis.
async fn say(redis: &Redis, word: &str) -> String {
    let url = redis.url();
    let path = url.trim_start_matches("redis+unix://").trim_start_matches("unix://");
    let mut stream = UnixStream::connect(path.split('?').next().unwrap_or(path)).await.expect(path);
    stream.write_all(format!("{word}\r\n").as_bytes()).await.expect("it listens");
    let mut answer = vec![0; 1_024];
    let count = stream.read(&mut answer).await.expect("it answers");
    String::from_utf8_lossy(&answer[..count]).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn emptying_redis_gives_nobody_another_guess_and_losing_it_keeps_nobody_out() {
    let redis = Redis::throwaway().expect("a Redis");
    let url = redis.url();
    let server = TestServer::start_with(|config| {
        config.redis_url = Some(Secret::new(url));
        allow(config, Class::Login, 2);
        allow(config, Class::Money, 2);
        allow(config, Class::Browse, 2);
    })
    .await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let nobody = TestServer::answer("01890000-0000-7000-8000-000000000000", "123456");
    let login = || server.post("/auth/otp/verify").json(&nobody);
    let money = || server.post(&format!("/bookings/{booking}/payments")).by(&customer).key("pay");
    let look = || server.get("/salons");
    for _ in 0..2 {
        login().await.refused(401, "code_invalid");
        money().await.expect(201);
        look().await.expect(200);
    }
    is_refused(&look().await, "browse");

    assert_eq!(say(&redis, "FLUSHALL").await, "+OK");
    is_refused(&login().await, "login");
    is_refused(&money().await, "money");
    look().await.expect(200);
    let orders = "select count(*) from payments";
    assert_eq!(server.database.count(orders).await, 1);

    redis.stop().expect("stops");
    let uncounted = look().await;
    uncounted.expect(200);
    assert_eq!(told(&uncounted, "ratelimit"), "", "nobody counted");
    for _ in 0..5 {
        look().await.expect(200);
    }
    is_refused(&login().await, "login");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_news_is_turned_away_sooner_or_later_and_good_news_never() {
    let server = house(Class::Webhook, 2).await;
    let forged = || {
        let news = server.post("/webhooks/razorpay").header("x-razorpay-signature", "00");
        news.header("x-razorpay-event-id", "forged").raw_json("{}")
    };
    for _ in 0..2 {
        forged().await.refused(401, "signature_invalid");
    }
    is_refused(&forged().await, "webhook");
    // The payment company calls from the same address, and is heard.
    let salon = server.a_salon().opens().await;
    for _ in 0..3 {
        let (customer, booking) = server.a_hold(&salon).await;
        server.confirmed(&customer, &booking).await;
    }
    is_refused(&forged().await, "webhook");
}
