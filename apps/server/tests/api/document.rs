//! The document of the API: complete, true, and readable without the internet.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Answer, TestServer};

/// What a salon's software programs against; none of it may vanish.
const PROMISED: [&str; 46] = [
    "requestOtp",
    "verifyOtp",
    "refreshSession",
    "logout",
    "getMe",
    "updateMe",
    "deleteMe",
    "exportMe",
    "listAddresses",
    "createAddress",
    "updateAddress",
    "deleteAddress",
    "setDefaultAddress",
    "listFavourites",
    "addFavourite",
    "removeFavourite",
    "listPastProfessionals",
    "registerDevice",
    "removeDevice",
    "listConsents",
    "recordConsent",
    "searchSalons",
    "getSalon",
    "listSalonServices",
    "listSalonStaff",
    "searchAvailability",
    "explainAvailability",
    "createBooking",
    "getBooking",
    "listBookings",
    "cancelBooking",
    "createPayment",
    "confirmRazorpayPayment",
    "razorpayWebhook",
    "twilioStatusWebhook",
    "fast2smsStatusWebhook",
    "getDiary",
    "markArrived",
    "startBooking",
    "completeBooking",
    "createSalon",
    "createService",
    "createStaff",
    "putStaffSkills",
    "putOpeningHours",
    "putStaffHours",
];

async fn get(server: &TestServer, path: &str) -> Answer {
    server.call_outside(Method::GET, path).await
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path") {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_and_promises_every_operation_once() {
    let server = TestServer::start().await;
    let document = get(&server, "/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let all = operations(&document);
    let ids: Vec<_> = all.iter().filter_map(|(_, _, o)| o["operationId"].as_str()).collect();
    let distinct: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "an operationId is given twice");
    for promised in PROMISED {
        assert!(distinct.contains(promised), "{promised} is missing");
    }
    assert_eq!(all.len(), ids.len(), "an operation has no operationId");
    for (method, path, operation) in &all {
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} is not explained");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        let problem = &responses["4XX"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/ProblemDocument", "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let server = TestServer::start().await;
    let document = get(&server, "/openapi.json").await.expect(200);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 40);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_documented_is_served() {
    let server = TestServer::start().await;
    let document = get(&server, "/openapi.json").await.expect(200);
    for (method, path, _) in operations(&document) {
        let called = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let called = called.collect::<Vec<_>>().join("/");
        let method: Method = method.parse().expect("a method");
        let answer = server.call_outside(method.clone(), &called).await;
        assert_ne!(answer.status, 405, "{method} {path}");
        // What is about nothing is 404; the resource itself is there, as another method shows.
        let other = server.call_outside(Method::PATCH, &called).await;
        other.refused(405, "method_not_allowed");
        assert!(other.header("allow").contains(method.as_str()), "{method} {path}");
    }
}

/// The other way round: the routes are read from where they are written.
#[test]
fn what_is_served_is_documented() {
    let source = include_str!("../../src/routes/mod.rs");
    let document = serde_json::to_value(indistylo_server::http::document()).expect("JSON");
    let documented: BTreeSet<_> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let mut served = BTreeSet::new();
    for line in source.split(';').filter(|line| line.contains("at(\"")) {
        let (_, rest) = line.split_once("at(\"").expect("a route");
        let (path, taken) = rest.split_once('"').expect("a path");
        for method in ["get", "post", "put", "patch", "delete"] {
            if taken.contains(&format!(".{method}(")) {
                served.insert((method.to_uppercase(), format!("/api/v1{path}")));
            }
        }
        if taken.contains("read(r") {
            served.insert(("GET".to_owned(), format!("/api/v1{path}")));
        }
    }
    assert!(
        served.len() >= PROMISED.len(),
        "the routes are written in another way now: {served:?}"
    );
    assert_eq!(served, documented);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_not_to_be_served_nothing_is_there() {
    let server = TestServer::start_with(|config| config.docs = false).await;
    for path in ["/docs", "/docs/", "/docs/index.html", "/docs/swagger-ui.css", "/openapi.json"] {
        let answer = server.call_outside(Method::GET, path).await;
        answer.refused(404, "not_found");
        assert!(
            answer.header("content-security-policy").starts_with("default-src 'none'; base-uri")
        );
    }
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_to_read_it_on_needs_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    let moved = get(&server, "/docs").await;
    assert!(
        (300..400).contains(&moved.status) && moved.header("location") == "/docs/",
        "{moved:?}"
    );
    let page = get(&server, "/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let html = String::from_utf8(page.bytes).expect("a page");
    let mut assets = 0;
    for attribute in ["src=\"", "href=\""] {
        for part in html.split(attribute).skip(1) {
            let target = part.split('"').next().expect("a target");
            assert!(!target.contains("//"), "{target} is elsewhere");
            let target = target.trim_start_matches("./");
            let asset = get(&server, &format!("/docs/{target}")).await;
            assert!(asset.status == 200 && !asset.bytes.is_empty(), "{target}: {}", asset.status);
            assets += 1;
        }
    }
    assert!(assets >= 4, "only {assets} assets in {html}");
    let settings = get(&server, "/docs/swagger-initializer.js").await;
    let settings = String::from_utf8(settings.bytes).expect("a script");
    assert!(settings.contains("/openapi.json"), "{settings}");
    assert!(!settings.contains("petstore"), "{settings}");
}
