//! For whoever keeps the house running: is it up, is it ready, how is it doing, may it close.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use sandbox::{ApiFaults, Faults, Outcome};
use serde_json::json;
use testkit::TestDatabase;

use crate::support::{Call, TestServer, text, until};

async fn ready(server: &TestServer) -> u16 {
    server.call_outside(Method::GET, "/health/ready").even_in_trouble().await.status
}

/// The database goes away, or comes back; told from another one of the same server.
pub(crate) async fn let_in(beside: &TestDatabase, name: &str, allowed: bool) {
    beside.execute(&format!("alter database {name} allow_connections {allowed}")).await;
    let rest = format!("from pg_stat_activity where datname = '{name}'");
    beside.count(&format!("select count(pg_terminate_backend(pid)) {rest}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_house_lives_is_not_ready_and_comes_back_by_itself() {
    let server = TestServer::start().await;
    let beside = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let name = server.database.texts("select current_database()::text").await.remove(0);
    assert_eq!(ready(&server).await, 200);

    let_in(&beside.database, &name, false).await;
    until("it is not ready", async || (ready(&server).await == 503).then_some(())).await;
    let probe = server.call_outside(Method::GET, "/health/ready").even_in_trouble().await;
    probe.refused(503, "not_ready");
    server.call_outside(Method::GET, "/health/live").await.expect(200);
    let path = format!("/salons/{}", salon.id);
    let listed = server.get(&path).even_in_trouble().await;
    listed.refused(503, "unavailable");
    assert_eq!(listed.header("retry-after"), "1");

    let_in(&beside.database, &name, true).await;
    until("it is ready again", async || (ready(&server).await == 200).then_some(())).await;
    // Connections that broke meanwhile are found out by whoever gets them first, so once or twice
    // one more try is needed; the worker has come back too.
    let ask = |call: Call| call.by(&customer).even_in_trouble();
    let order = until("the order is made", async || {
        let asked = ask(server.post(&format!("/bookings/{booking}/payments")).key("pay")).await;
        (asked.status == 201).then(|| text(&asked.json(), "/razorpay_order_id"))
    })
    .await;
    server.sandbox().pay(&order, Outcome::Success).expect("the bank says yes");
    until("the booking is confirmed", async || {
        let shown = ask(server.get(&format!("/bookings/{booking}"))).await;
        (shown.status == 200 && shown.json()["status"] == "confirmed").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_its_migrations_is_not_ready() {
    let server = TestServer::start().await;
    assert_eq!(ready(&server).await, 200);
    server.database.execute("delete from _sqlx_migrations").await;
    until("it is not ready", async || (ready(&server).await == 503).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_are_on_a_port_of_their_own_and_name_routes_not_people() {
    // The first server of the process has the counters; they count for all of them.
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    server.get(&format!("/salons/{}", salon.id)).await.expect(200);
    server.get("/salons/nonsense").await.expect(404);
    let port = server.metrics_address().port();
    assert_ne!(port, server.address().port());
    let numbers = server.read_metrics().await;
    let counted = |route: &str, status: &str| {
        let has = |line: &&str| {
            line.starts_with("http_request_duration_seconds_count")
                && line.contains(&format!("route=\"{route}\""))
                && line.contains(&format!("status=\"{status}\""))
        };
        numbers.lines().any(|line| has(&line))
    };
    assert!(counted("/api/v1/salons/{salon_id}", "200"), "{numbers:.3000}");
    assert!(counted("/api/v1/salons/{salon_id}", "404"), "{numbers:.3000}");
    assert!(numbers.contains("http_request_duration_seconds_bucket"));
    assert!(!numbers.contains(&salon.id) && !numbers.contains("nonsense"));
    server.call_outside(Method::GET, "/metrics").await.refused(404, "not_found");
}

/// The values of a label.
fn values<'a>(numbers: &'a str, label: &str) -> BTreeSet<&'a str> {
    let ours = numbers.lines().filter(|line| line.starts_with("http_request_duration_seconds"));
    let after = ours.filter_map(|line| line.split_once(&format!("{label}=\"")));
    after.filter_map(|(_, rest)| rest.split_once('"')).map(|(value, _)| value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invents_methods_and_paths_fills_no_memory_with_them() {
    let server = TestServer::start().await;
    server.get("/salons").await.expect(200);
    let before = server.read_metrics().await;
    assert!(values(&before, "method").contains("GET"), "{before:.3000}");
    for number in 0..1_000 {
        let method = Method::from_bytes(format!("INVENTED{number}").as_bytes()).expect("a method");
        let paths = ["/api/v1/salons".to_owned(), format!("/invented/{number}")];
        let answer = server.call_outside(method, &paths[number % 2]).await;
        answer.refused(405, "method_not_allowed");
        assert!(answer.header("allow").starts_with("GET, HEAD"), "{answer:?}");
    }
    for path in ["/invented", "/api/v1/invented", "/docs/invented", "/health/invented"] {
        server.call_outside(Method::GET, path).await.refused(404, "not_found");
    }
    let after = server.read_metrics().await;
    let added = |label| {
        let before: BTreeSet<&str> = values(&before, label);
        values(&after, label).into_iter().filter(|value| !before.contains(value)).count()
    };
    // Other tests of this process count as well, by methods and routes that there are.
    let methods = values(&after, "method");
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
    assert!(methods.iter().all(|method| known.contains(method)), "{methods:?}");
    assert!(methods.contains("other"), "{methods:?}");
    assert!(!after.to_lowercase().contains("invented"), "a path that there is not was counted");
    assert!(added("status") < 30, "{:?}", values(&after, "status"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_closes_lets_a_request_under_way_finish() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let api = ApiFaults { delay_ms: 1_500, ..ApiFaults::default() };
    server.sandbox().set_faults(Faults { api, ..Faults::default() });
    let path = format!("/bookings/{booking}/payments");
    let under_way = tokio::spawn(server.post(&path).by(&customer).once().into_future());
    until("the request has begun", async || {
        (server.database.count("select count(*) from payments").await == 1).then_some(())
    })
    .await;
    let late = server.get("/salons");
    let address = server.address();
    let database = server.stop().await;
    let answer = under_way.await.expect("the request was not cut off");
    assert!(answer.expect(201)["razorpay_order_id"].is_string());
    let ordered = "select count(*) from payments where status = 'ordered'";
    assert_eq!(database.count(ordered).await, 1, "what was answered was saved");
    drop(late);
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the door is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_a_worker_takes_bookings_and_another_does_the_work() {
    let server = TestServer::start_with(|config| config.worker_inside = false).await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    server.pay(&customer, &booking).await;
    until("the news is kept", async || (server.news().await.len() == 3).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(server.news().await, ["waits"; 3], "nobody works here");
    assert_eq!(server.status_of(&customer, &booking).await, "held");
    let worker = server.a_worker_beside().await;
    server.becomes(&customer, &booking, "confirmed").await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_nothing_but_their_answer() {
    let server = TestServer::start().await;
    let live = server.call_outside(Method::GET, "/health/live").await.expect(200);
    assert_eq!(live, json!({ "status": "live" }));
    let ready = server.call_outside(Method::GET, "/health/ready").await.expect(200);
    assert_eq!(ready, json!({ "status": "ready" }));
    let answer = server.get("/salons").await;
    assert_eq!((answer.header("server"), answer.header("x-powered-by")), ("", ""));
}
