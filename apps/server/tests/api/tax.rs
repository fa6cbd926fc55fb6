//! Prices include the tax, as slots, quotes and bookings tell.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestServer, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_registered_shows_the_tax_in_each_price() {
    let server = TestServer::start().await;
    let plan = server.a_salon().with("gstin", "27AAPFU0939F1ZV");
    let salon = plan.with_service("Cut", 45).with_service("Wash", 30).opens().await;
    let from = now() + TimeDelta::hours(1);
    let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0), salon.wish(1)],
        "from": from, "to": from + TimeDelta::hours(4) });
    let found = server.post("/availability/search").json(&ask).await.expect(200);
    let rupees = |paise: i64| json!({ "amount": paise, "currency": "INR" });
    // Each service by itself: 49,900 / 1.05 × 2.5 % is 1,188.095 paise for each head.
    let tax = |lines: i64| {
        json!({ "rate": "0.05", "included": true,
        "taxable": rupees(lines * 47_524), "cgst": rupees(lines * 1_188),
        "sgst": rupees(lines * 1_188) })
    };
    assert_eq!(found["slots"][0]["tax"], tax(2));

    let customer = server.customer().await;
    let offer = json!({ "offer": found["slots"][0]["offer"] });
    let quote = async || server.post("/bookings/quote").by(&customer).json(&offer).await;
    let quoted = quote().await.expect(200);
    let names = |pointer: &str| text(&quoted, pointer);
    assert_eq!([names("/lines/0/service_name"), names("/lines/1/service_name")], ["Cut", "Wash"]);
    assert_eq!((&quoted["tax"], &quoted["payable"]), (&tax(2), &rupees(99_800)));
    for same in ["starts_at", "ends_at", "price", "cancellation", "offer_expires_at"] {
        assert_eq!(quoted[same], found["slots"][0][same], "{same}");
    }
    let booked = server.post("/bookings").by(&customer).once().json(&offer).await.expect(201);
    assert_eq!(booked["tax"], tax(2));
    quote().await.refused(409, "taken");
    let forged = json!({ "offer": "never made" });
    server.post("/bookings/quote").by(&customer).json(&forged).await.names(&["/offer"]);
    server.post("/bookings/quote").json(&offer).await.refused(401, "unauthenticated");
    let path = format!("/bookings/{}", text(&booked, "/id"));
    let terms = format!("/vendor/salons/{}/terms", salon.id);
    let put = async |body: Value, version: i64| {
        server.put(&terms).by(&salon.owner).on_version(version).json(&body).await
    };
    put(json!({}), 2).await.expect(200);
    let one = json!({ "lines": [1] });
    let left = server.post(&format!("{path}/cancel")).by(&customer).json(&one).await.expect(200);
    assert_eq!(left["tax"], tax(1), "of what is left, at the rate that was agreed");
    let found = server.post("/availability/search").json(&ask).await.expect(200);
    assert_eq!(found["slots"][0]["tax"], Value::Null);

    for bad in [json!("27AAPFU0939F1ZW"), json!("27aapfu0939f1zv"), json!(""), json!(27)] {
        put(json!({ "gstin": bad }), 3).await.names(&["/gstin"]);
    }
}
