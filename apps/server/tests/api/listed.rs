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
        self.post(&path).by(&admin).json(&json!({ "reason": "because" })).await.expect(200);
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
    let by_hand = json!({ "services": [{ "service_id": salon.service(), "guest": 0,
        "staff_id": salon.professional() }], "starts_at": slot.starts_at });
    let path = format!("/vendor/salons/{}/walk-ins", salon.id);
    server.post(&path).by(&salon.owner).once().json(&by_hand).await.expect(201);

    server.decide(&salon.owner, "reinstate").await;
    assert_eq!(server.look(&salon, None).await, [200; 3]);
    server.search(&salon).await.expect(200);
}
