//! What a caller hears when something breaks inside: the house answers, and goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_credentials::Cost;
use async_trait::async_trait;
use dev_services::Redis;
use futures_util::future::join_all;
use identity::Password;
use indistylo_server::config::Secret;
use indistylo_server::http::client::{Proxies, ToldIn};
use ports::{Compared, HashError, Hasher};
use reqwest::Method;
use serde_json::json;

use crate::door::headers::{SNAPSHOT, snapshot};
use crate::support::{Call, TestServer};

/// A part that breaks down, or never comes to an end, by the password that it is given.
struct Broken;

#[async_trait]
impl Hasher for Broken {
    async fn hash(&self, _: &Password) -> Result<String, HashError> {
        panic!("a part breaks down")
    }

    async fn compare(&self, password: &Password, _: Option<&str>) -> Result<Compared, HashError> {
        assert_ne!(password.as_bytes(), b"a part breaks down", "as it was told to");
        std::future::pending().await
    }
}

fn log_in(server: &TestServer, password: &str) -> Call {
    let ask = json!({ "email": "asha@example.in", "password": password });
    server.post("/auth/password/login").json(&ask).even_in_trouble()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_or_never_ends_is_answered_for_and_the_house_goes_on() {
    let server = TestServer::start_changed(|_| (), |ports| ports.hasher = Arc::new(Broken)).await;
    let endless = tokio::spawn(log_in(&server, "never comes to an end").into_future());
    let started = Instant::now();
    for _ in 0..3 {
        let broken = log_in(&server, "a part breaks down").await;
        let problem = broken.refused(500, "internal");
        assert_eq!(problem["detail"], "something went wrong on our side");
        assert_eq!(snapshot(&broken), SNAPSHOT);
        server.get("/salons").await.expect(200);
    }
    let late = endless.await.expect("an answer");
    late.refused(503, "unavailable");
    assert_eq!((snapshot(&late).as_str(), late.header("retry-after")), (SNAPSHOT, "1"));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    server.get("/salons").await.expect(200);

    // Whoever keeps the house running sees both.
    let numbers = server.read_metrics().await;
    for status in ["500", "503"] {
        let counted = format!("route=\"/api/v1/auth/password/login\",status=\"{status}\"");
        assert!(numbers.contains(&counted), "no {status} in {numbers:.3000}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_the_queue_for_passwords_full_is_told_when_to_come_back() {
    let server = TestServer::start_with(|config| {
        config.password_cost = Cost { memory_kib: 8 * 1024, passes: 2 };
        let ours = vec!["127.0.0.0/8".parse().expect("a network")];
        config.door.proxies = Proxies::new(ours, ToldIn::XForwardedFor).expect("few");
    })
    .await;
    // Each from a place of their own and about an account of their own: nobody has guessed before.
    let logins = (0..200).map(|n| {
        let ask = json!({ "email": format!("asha{n}@example.in"), "password": "tea with the neighbours" });
        let call = server.post("/auth/password/login").json(&ask).even_in_trouble();
        call.header("x-forwarded-for", &format!("203.0.113.{n}")).into_future()
    });
    let answers = join_all(logins).await;
    let (told, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 503);
    assert!(!told.is_empty() && !others.is_empty(), "{} of 200", told.len());
    for answer in told {
        answer.refused(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "2");
        assert_eq!(snapshot(answer), SNAPSHOT);
    }
    for answer in others {
        answer.refused(401, "credentials_invalid");
    }
    log_in(&server, "tea with the neighbours").await.refused(401, "credentials_invalid");
}

/// The list of migrations becomes a view that counts who reads it.
const COUNTED: &str = "create sequence reads;
    alter table _sqlx_migrations rename to kept_migrations;
    create view _sqlx_migrations as
        with read as materialized (select nextval('reads'))
        select kept.* from kept_migrations kept, read";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_probes_without_end_costs_the_database_a_reading_a_second() {
    let redis = Redis::throwaway().expect("a Redis");
    let url = redis.url();
    let server =
        TestServer::start_with(|config| config.redis_url = Some(Secret::new(url.clone()))).await;
    server.database.execute(COUNTED).await;
    let probe = || server.call_outside(Method::GET, "/health/ready").even_in_trouble();
    let started = Instant::now();
    for _ in 0..10 {
        let probes = join_all((0..50).map(|_| probe().into_future())).await;
        assert!(probes.iter().all(|told| told.status == 200), "{probes:?}");
    }
    let reads = server.database.count("select last_value from reads").await;
    let seconds = i64::try_from(started.elapsed().as_secs()).expect("not so long");
    assert!((1..=seconds + 2).contains(&reads), "{reads} reads in {seconds} s");

    // Limits alone are in Redis: without it nobody is kept waiting.
    redis.stop().expect("stops");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    probe().await.expect(200);
    server.get("/salons").await.expect(200);
}
