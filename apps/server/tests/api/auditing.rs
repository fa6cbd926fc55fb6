//! Whoever runs the platform can be asked what they did.

use serde_json::{Value, json};

use identity::AdminRole;

use crate::support::{Person, TestServer, text, until};

/// The entries of the log, once there are so many.
async fn log(server: &TestServer, admin: &Person, query: &str, count: usize) -> Vec<Value> {
    until("the log is sealed", async || {
        let page = server.get(&format!("/admin/audit?limit=100{query}")).by(admin).await;
        let entries = page.expect(200)["data"].as_array().cloned().unwrap_or_default();
        (entries.len() >= count).then_some(entries)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_about_a_vendor_is_in_the_log_and_cannot_be_changed() {
    let server = TestServer::start().await;
    let admin = server.admin(AdminRole::Owner).await;
    let support = server.admin(AdminRole::Support).await;
    let salon = server.a_salon().opens().await;
    let vendor = server.get("/vendor/profile").by(&salon.owner).await.expect(200);
    let version = vendor["version"].as_i64().expect("a version");
    let called = json!({ "business_name": "Glow & Co" });
    let edit = server.put("/vendor/profile").by(&salon.owner).json(&called);
    let vendor = edit.on_version(version).await.expect(200);
    let object = format!("vendor/{}", text(&vendor, "/id"));
    let path = format!("/admin/vendors/{}/suspend", text(&vendor, "/id"));
    let why = json!({ "reason": "three complaints" });
    let version = vendor["version"].as_i64().expect("a version");
    for _ in 0..2 {
        server.post(&path).by(&support).on_version(version).json(&why).await.expect(200);
    }

    let more = json!({ "reason": "a fourth complaint" });
    server.post(&path).by(&support).on_version(version + 1).json(&more).await.expect(200);

    let of_vendor = format!("&object={}", object.replace('/', "%2F"));
    let entries = log(&server, &admin, &of_vendor, 7).await;
    let acts: Vec<_> = entries.iter().map(|entry| text(entry, "/act")).collect();
    let expected = [
        "suspendVendor",
        "suspendVendor",
        "updateVendorProfile",
        "approveVendor",
        "reviewDocument",
        "reviewDocument",
        "submitForVerification",
    ];
    assert_eq!(acts, expected, "each once, though it was asked for twice");
    assert_eq!(entries[0]["actor_id"], support.id);
    assert_eq!(entries[0]["detail"], "a fourth complaint");
    assert_eq!(entries[1]["detail"], "three complaints");
    assert_eq!(entries[2]["detail"], "business name", "what changed, and not to what");
    let by_support = log(&server, &admin, &format!("&actor={}", support.id), 1).await;
    assert!(by_support.iter().all(|entry| entry["actor_id"] == support.id));

    let verify = async |body: Value| {
        server.post("/admin/audit/verify").by(&admin).json(&body).await.expect(200)
    };
    let found = verify(json!({})).await;
    assert_eq!((&found["intact"], &found["flaw"]), (&json!(true), &Value::Null));
    let witness = json!({ "seq": 1, "hash": "0".repeat(64), "at": "2026-01-01T00:00:00Z",
        "signature": "none" });
    let found = verify(json!({ "witness": witness })).await;
    assert_eq!(found["flaw"], json!({ "seq": 1, "kind": "forged" }));

    // By the house's own hand nothing of it is changed; whoever switches the guard off is seen.
    let database = &server.database;
    for change in [
        "update audit set detail = 'nothing'",
        "delete from audit",
        "truncate audit",
        "update audit_checkpoints set at = now()",
        "delete from audit_checkpoints",
        "truncate audit_checkpoints",
    ] {
        assert!(database.refuses(change).await, "{change}");
    }
    let seq = &entries[0]["seq"];
    database
        .execute(&format!(
            "alter table audit disable trigger user;
             update audit set detail = 'nothing' where seq = {seq};
             alter table audit enable trigger user"
        ))
        .await;
    let found = verify(json!({})).await;
    assert_eq!(found["flaw"], json!({ "seq": seq, "kind": "changed" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_at_the_papers_of_a_vendor_is_in_the_log() {
    let server = TestServer::start().await;
    let (admin, support) =
        (server.admin(AdminRole::Owner).await, server.admin(AdminRole::Support).await);
    let salon = server.a_salon().opens().await;
    let vendor = server.get("/vendor/profile").by(&salon.owner).await.expect(200);
    let id = text(&vendor, "/id");
    server.get(&format!("/admin/vendors/{id}")).by(&support).await.expect(200);
    server.get("/admin/vendors").by(&support).await.expect(200);
    server.get("/admin/vendors").by(&salon.owner).await.refused(403, "forbidden");
    let by_support = format!("&actor={}", support.id);
    let entries = until("the log is sealed", async || {
        let entries = log(&server, &admin, &by_support, 1).await;
        let looks = entries.into_iter().filter(|one| one["act"] != "session.opened");
        let looks: Vec<Value> = looks.collect();
        (looks.len() >= 2).then_some(looks)
    })
    .await;
    let mut seen: Vec<_> =
        entries.iter().map(|one| (text(one, "/act"), text(one, "/object"))).collect();
    seen.sort();
    let expected = [("getVendor", format!("vendor/{id}")), ("listVendors", "vendors".to_owned())];
    assert_eq!(seen, expected.map(|(act, object)| (act.to_owned(), object)));
}
