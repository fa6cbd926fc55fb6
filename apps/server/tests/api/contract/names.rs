//! Who may call what, by which method, and about what: a stranger learns nothing.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::samples::NOTHING;
use super::{Operation, World, all};
use crate::support::{Answer, Person};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pass_one_is_told_to_log_in_and_no_more() {
    let world = World::new().await;
    let mut said = Vec::new();
    for operation in all() {
        let path = world.path(&operation);
        let bare = world.bare(&operation, &path).await;
        let code = bare.status >= 400 && bare.json()["code"] == "unauthenticated";
        assert_eq!(code, !operation.is_public, "{}: {bare:?}", operation.id);
        if operation.is_public {
            continue;
        }
        // Who you are comes before what you ask.
        let nonsense = world.bare(&operation, &path).raw_json("{").await;
        for answer in [bare, nonsense, world.bare(&operation, &path).token("forged").await] {
            let problem = answer.refused(401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            said.push(problem["detail"].clone());
        }
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    let public: Vec<_> = all().into_iter().filter(|operation| operation.is_public).collect();
    let mut public: Vec<_> = public.iter().map(|operation| operation.id.as_str()).collect();
    public.sort_unstable();
    assert_eq!(
        public,
        [
            "explainAvailability",
            "fast2smsStatusWebhook",
            "forgotPassword",
            "getSalon",
            "listSalonServices",
            "listSalonStaff",
            "loginWithPassword",
            "razorpayWebhook",
            "refreshSession",
            "registerVendor",
            "requestOtp",
            "resetPassword",
            "searchAvailability",
            "searchSalons",
            "twilioStatusWebhook",
            "verifyEmail",
            "verifyOtp",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_can_be_read_can_be_asked_for_without_its_body() {
    let world = World::new().await;
    for operation in all().iter().filter(|operation| operation.method == Method::GET) {
        let ask = |method| {
            let call = world.server.call_outside(method, &world.path(operation));
            if operation.is_public { call } else { call.by(world.caller(operation)) }
        };
        let (head, get) = (ask(Method::HEAD).await, ask(Method::GET).await);
        assert_eq!((head.status, get.status), (200, 200), "{}", operation.id);
        assert!(head.bytes.is_empty(), "{}: {head:?}", operation.id);
        for header in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(header), get.header(header), "{} {header}", operation.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_resource_does_not_take_is_refused_with_those_it_takes() {
    let world = World::new().await;
    let mut by_path: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in all() {
        by_path.entry(operation.path.clone()).or_default().push(operation);
    }
    for operations in by_path.values() {
        let mut taken: Vec<_> = operations.iter().map(|o| o.method.clone()).collect();
        if taken.contains(&Method::GET) {
            taken.push(Method::HEAD);
        }
        taken.sort_by_key(ToString::to_string);
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if taken.contains(&method) {
                continue;
            }
            let answer = world.server.call_outside(method, &world.path(&operations[0])).await;
            answer.refused(405, "method_not_allowed");
            let mut allowed: Vec<_> = answer.header("allow").split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, taken, "{}", operations[0].path);
        }
    }
    for outside in ["/health/live", "/health/ready", "/openapi.json"] {
        let answer = world.server.call_outside(Method::POST, outside).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "GET");
    }
}

/// The call of an operation about something else.
async fn about(world: &World, operation: &Operation, who: &Person, id: &str) -> Answer {
    let path = world.path(operation);
    let path = world.own().iter().fold(path, |path, own: &&str| path.replace(*own, id));
    let mut call = world.bare(operation, &path);
    if operation.body.is_some() {
        call = call.json(&world.sample(operation));
    }
    if operation.is_public { call.await } else { call.by(who).await }
}

/// What a problem says, without the names of the request.
fn said(answer: &Answer) -> Value {
    let problem = answer.json();
    json!({ "status": problem["status"], "code": problem["code"], "title": problem["title"],
        "detail": problem["detail"], "errors": problem["errors"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_is_not_yours_look_the_same() {
    let world = World::new().await;
    let stranger = world.server.customer().await;
    // The stranger is not just anyone: a salon's owner, with a booking.
    let theirs = world.server.a_salon().opens().await;
    let (_, their_booking) = world.server.a_hold(&theirs).await;
    let mut tried = 0;
    for operation in all().iter().filter(|operation| operation.names_something()) {
        let caller = world.caller(operation);
        let long = "9".repeat(500);
        for nothing in [
            NOTHING,
            "nonsense",
            "1",
            "-1",
            "00000000-0000-0000-0000-000000000000",
            "%00",
            "%F0%9F%92%87",
            "%2e%2e",
            "..%2f..%2fetc%2fpasswd",
            "{salon_id}",
            &long,
        ] {
            let answer = about(&world, operation, caller, nothing).await;
            assert_eq!(answer.status, 404, "{} {nothing}: {answer:?}", operation.id);
            answer.refused(404, "not_found");
            tried += 1;
        }
        // To whom runs the platform everything is theirs, and nothing to anybody else; and anybody
        // may like a salon.
        let is_anybodys = operation.is_public || operation.id == "addFavourite";
        if is_anybodys || operation.is_of_the_platform() {
            continue;
        }
        let absent = said(&about(&world, operation, caller, NOTHING).await);
        let own = world.own().into_iter().find(|own| world.path(operation).contains(own));
        let own = own.expect("it is about something of the world");
        let others = [&stranger, &theirs.owner];
        for other in others {
            let foreign = about(&world, operation, other, own).await;
            assert_eq!(said(&foreign), absent, "{}: {foreign:?}", operation.id);
        }
        if !operation.is_of_the_salon() {
            let owner = about(&world, operation, &world.salon.owner, own).await;
            assert_eq!(said(&owner), absent, "{}: the salon is not the customer", operation.id);
            let foreign = about(&world, operation, caller, &their_booking).await;
            assert_eq!(said(&foreign), absent, "{}: {foreign:?}", operation.id);
        }
    }
    assert!(tried > 100, "only {tried} were tried");
    // Nothing of it left a trace.
    assert_eq!(world.server.status_of(&world.customer, &world.booking).await, "held");
    assert_eq!(world.server.database.count("select count(*) from staff").await, 3);
    assert_eq!(world.server.database.count("select count(*) from services").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_says_so_politely() {
    let world = World::new().await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v2/salons",
        "/api/v1/salons/",
        "/api/v1//salons",
        "/.env",
        "/metrics",
        "/api/v1/vendor",
        "/healthz",
        "/docs/../../etc/passwd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
    ] {
        let answer = world.server.call_outside(Method::GET, path).await;
        answer.refused(404, "not_found");
    }
}
