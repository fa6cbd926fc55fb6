//! A salon is there for everybody while its vendor is approved, and for its own people always.

use identity::AdminRole;
use serde_json::{Value, json};

use crate::support::{Answer, Person, Salon, TestServer, now, text};

impl TestServer {
    /// Whoever runs the platform decides about an owner's vendor.
    async fn decide(&self, owner: &Person, decision: &str) {
        let admin = self.admin(AdminRole::Support).await;
        let vendor = self.get("/vendor/profile").by(owner).await.expect(200);
        let path = format!("/admin/vendors/{}/{decision}", text(&vendor, "/id"));
        let because = json!({ "reason": "because" });
        let version = vendor["version"].as_i64().expect("a version");
        self.post(&path).by(&admin).on_version(version).json(&because).await.expect(200);
    }

    async fn look(&self, salon: &Salon, who: Option<&Person>) -> [u16; 3] {
        let mut statuses = [0; 3];
        for (status, what) in statuses.iter_mut().zip(["", "/services", "/staff"]) {
            let call = self.get(&format!("/salons/{}{what}", salon.id));
            *status = match who {
                Some(who) => call.by(who).await.status,
                None => call.await.status,
            };
        }
        statuses
    }

    async fn search(&self, salon: &Salon) -> Answer {
        let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)],
            "from": now(), "to": now() + chrono::TimeDelta::days(1) });
        self.post("/availability/search").json(&ask).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_salon_takes_nobody_new_and_keeps_who_came() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (customer, booking) = server.a_hold(&salon).await;
    let slot = server.free_slot(&salon).await;
    assert_eq!(server.look(&salon, None).await, [200; 3]);

    server.decide(&salon.owner, "suspend").await;
    assert_eq!(server.look(&salon, None).await, [404; 3]);
    assert_eq!(server.look(&salon, Some(&customer)).await, [404; 3]);
    assert_eq!(server.look(&salon, Some(&salon.owner)).await, [200; 3], "it is theirs");
    let listed = server.get("/salons").query(&[("city", "Indore")]).await.expect(200);
    assert_eq!(listed["data"], Value::Array(Vec::new()));
    server.search(&salon).await.refused(422, "not_offered");
    let late = server.book(&customer, &slot).await;
    late.refused(422, "not_offered");
    assert_eq!(server.status_of(&customer, &booking).await, "held", "what was booked stays");
    let pay = server.post(&format!("/bookings/{booking}/payments")).by(&customer);
    pay.once().await.refused(409, "salon_not_listed");
    let by_hand = json!({ "services": [{ "service_id": salon.service(), "guest": 0,
        "staff_id": salon.professional() }], "starts_at": slot.starts_at });
    let path = format!("/vendor/salons/{}/walk-ins", salon.id);
    server.post(&path).by(&salon.owner).once().json(&by_hand).await.expect(201);

    server.decide(&salon.owner, "reinstate").await;
    assert_eq!(server.look(&salon, None).await, [200; 3]);
    server.search(&salon).await.expect(200);
    server.confirmed(&customer, &booking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_about_what_they_did_not_see() {
    let server = TestServer::start().await;
    let salon = server.a_salon().not_approved().opens().await;
    let admin = server.admin(AdminRole::Support).await;
    let hand_in = async |legal_name: &str| {
        let papers = json!({ "legal_name": legal_name, "documents": [
            { "kind": "pan", "reference": "media/1" },
            { "kind": "business_registration", "reference": "media/2" }] });
        let handed = server.post("/vendor/verification").by(&salon.owner).json(&papers).await;
        let vendor = handed.expect(200);
        assert_eq!(handed.header("etag"), format!("\"{}\"", vendor["version"]));
        vendor
    };
    let vendor = hand_in("Glow Pvt Ltd").await;
    let at = |what: &str| format!("/admin/vendors/{}{what}", text(&vendor, "/id"));
    let seen = async || {
        let shown = server.get(&at("")).by(&admin).await;
        let version = shown.expect(200)["version"].as_i64().expect("a version");
        assert_eq!(shown.header("etag"), format!("\"{version}\""));
        version
    };
    let pan = at(&format!("/documents/{}/review", text(&vendor, "/documents/0/id")));
    let (accepted, because) = (json!({ "accepted": true }), json!({ "reason": "because" }));
    let nothing = Value::Null;
    let decisions = [
        (&pan, &accepted),
        (&at("/approve"), &nothing),
        (&at("/reject"), &because),
        (&at("/suspend"), &because),
        (&at("/reinstate"), &because),
    ];
    for (path, body) in decisions {
        let call = server.post(path).by(&admin);
        let call = if body.is_null() { call } else { call.json(body) };
        call.await.refused(428, "if_match_missing");
    }

    let first = seen().await;
    server.post(&pan).by(&admin).on_version(first).json(&accepted).await.expect(200);
    server.post(&pan).by(&admin).on_version(first).json(&accepted).await.expect(200);
    let another = json!({ "name": "Glow 2", "city": "Indore", "address": "2 MG Road" });
    server.post("/vendor/salons").by(&salon.owner).json(&another).await.expect(201);
    let reject = async |version| {
        server.post(&at("/reject")).by(&admin).on_version(version).json(&because).await
    };
    reject(first + 1).await.refused(412, "stale");
    let before = seen().await;
    reject(before).await.expect(200);

    // What was found good was found so of another company.
    let anew = hand_in("Other Pvt Ltd").await;
    assert_eq!(anew["documents"][0]["accepted"], nothing);
    let approve = server.post(&at("/approve")).by(&admin).on_version(before + 1).await;
    approve.refused(412, "stale");
    let approve = server.post(&at("/approve")).by(&admin).on_version(seen().await).await;
    approve.refused(409, "documents_not_accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_under_another_registered_name_is_verified_before_it_is_shown_again() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (path, owner) = ("/vendor/profile", &salon.owner);
    let edit = async |version: &Value, said: Value| {
        let call = server.put(path).by(owner).json(&said);
        call.on_version(version.as_i64().expect("a version")).await
    };
    let before = server.get(path).by(owner).await.expect(200);
    let called = json!({ "business_name": "Glow & Co" });
    server.put(path).by(owner).json(&called).await.refused(428, "if_match_missing");
    let edited = edit(&before["version"], called.clone()).await;
    let named = edited.expect(200);
    assert_eq!(edited.header("etag"), format!("\"{}\"", named["version"]));
    assert_eq!(
        (&named["business_name"], &named["state"]),
        (&json!("Glow & Co"), &json!("approved"))
    );
    edit(&before["version"], called).await.refused(412, "stale");
    assert_eq!(server.look(&salon, None).await, [200; 3]);

    let other = json!({ "business_name": "Glow & Co", "legal_name": "Other Pvt Ltd",
        "documents": [{ "kind": "pan", "reference": "media/1" },
            { "kind": "business_registration", "reference": "media/2" }] });
    let edited = edit(&named["version"], other).await.expect(200);
    assert_eq!(
        (&edited["state"], &edited["legal_name"]),
        (&json!("suspended"), &json!("Other Pvt Ltd"))
    );
    assert!(text(&edited, "/reason").contains("to be verified"), "{edited}");
    assert_eq!(server.look(&salon, None).await, [404; 3], "nobody has looked at it yet");

    let admin = server.admin(AdminRole::Support).await;
    let vendor = format!("/admin/vendors/{}", text(&edited, "/id"));
    let decide = async |what: &str, body: Value| {
        let version = server.get(&vendor).by(&admin).await.expect(200)["version"].clone();
        let call = server.post(&format!("{vendor}{what}")).by(&admin).json(&body);
        call.on_version(version.as_i64().expect("a version")).await
    };
    let because = json!({ "reason": "the papers are in order" });
    decide("/reinstate", because.clone()).await.refused(409, "documents_not_accepted");
    for document in edited["documents"].as_array().expect("a list") {
        let review = format!("/documents/{}/review", text(document, "/id"));
        decide(&review, json!({ "accepted": true })).await.expect(200);
    }
    decide("/reinstate", because).await.expect(200);
    assert_eq!(server.look(&salon, None).await, [200; 3]);

    let stranger = server.customer().await;
    let mut call = server.put(path).by(&stranger).json(&json!({ "business_name": "Glow" }));
    call = call.on_version(1);
    call.await.expect(404);
}
