//! Every answer tells the browser what it is, whichever route it comes from and however it ends.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use crate::contract::{NOTHING, all};
use crate::support::{Answer, TestServer};

/// What an answer carries that does not depend on what was asked.
pub(crate) const SNAPSHOT: &str = "\
content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
cross-origin-opener-policy: same-origin
cross-origin-resource-policy: same-origin
referrer-policy: no-referrer
strict-transport-security: max-age=63072000; includeSubDomains
x-content-type-options: nosniff
x-frame-options: DENY
";

/// Headers that tell of the one answer: none of these is a promise of every answer.
const OF_ITS_OWN: [&str; 19] = [
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "clear-site-data",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
    "x-request-id",
];

pub(crate) fn snapshot(answer: &Answer) -> String {
    let headers = answer.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers: BTreeMap<_, _> = headers.collect();
    let kept = headers.into_iter().filter(|(name, _)| !OF_ITS_OWN.contains(&name.as_str()));
    let lines: Vec<_> = kept.map(|(name, value)| format!("{name}: {value}\n")).collect();
    lines.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_carries_the_same_headers_however_it_ends() {
    let server = TestServer::start().await;
    let mut ends = BTreeMap::new();
    for operation in all() {
        let path = operation.path.replace("{salon_id}", NOTHING).replace("{staff_id}", NOTHING);
        let path = path.split('/').map(|part| if part.starts_with('{') { NOTHING } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        // Some of them log out.
        let customer = server.customer().await;
        let call = |method: &Method| server.call_outside(method.clone(), &path);
        for (what, answer) in [
            ("by nobody", call(&operation.method).await),
            ("by somebody", call(&operation.method).by(&customer).once().json(&json!({})).await),
            ("not JSON", call(&operation.method).by(&customer).body("<xml/>").await),
            ("another method", call(&Method::PATCH).await),
            ("asked beforehand", {
                let asked = call(&Method::OPTIONS).header("origin", "https://elsewhere.example");
                asked.header("access-control-request-method", "POST").await
            }),
        ] {
            assert_eq!(snapshot(&answer), SNAPSHOT, "{} {what}: {answer:?}", operation.id);
            assert_eq!(answer.header("vary"), "Origin", "{} {what}", operation.id);
            *ends.entry(answer.status).or_insert(0) += 1;
        }
    }
    // The ends that were meant were met.
    for status in [200, 400, 401, 403, 404, 405, 415, 422] {
        assert!(ends.contains_key(&status), "no {status} among {ends:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_outside_the_operations_carries_them_too() {
    let server = TestServer::start().await;
    let get = |path: &str| server.call_outside(Method::GET, path);
    for path in
        ["/", "/api/v1", "/api/v1/nowhere", "/health/live", "/health/ready", "/openapi.json"]
    {
        assert_eq!(snapshot(&get(path).await), SNAPSHOT, "{path}");
    }
    let large =
        server.post("/auth/otp/request").json(&json!({ "phone": "9".repeat(70_000) })).await;
    large.refused(413, "too_large");
    assert_eq!(snapshot(&large), SNAPSHOT);
    server.database.execute("alter table people rename to gone").await;
    let customer = server.get("/salons").even_in_trouble().await;
    assert_eq!(snapshot(&customer), SNAPSHOT, "{customer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_document_runs_its_own_scripts_and_no_others() {
    let server = TestServer::start().await;
    let page = server.call_outside(Method::GET, "/docs/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    let html = String::from_utf8_lossy(&page.bytes).into_owned();
    assert!(!html.contains("<script>"), "a script that the policy forbids: {html}");
    for script in html.split("<script src=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!script.contains("//"), "{script} comes from elsewhere");
    }
}
