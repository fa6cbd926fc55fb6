//! While a colour takes, its professional serves somebody else.

use chrono::{DateTime, Days, TimeDelta, Timelike, Utc};
use chrono_tz::Asia::Kolkata;
use serde_json::json;

use crate::support::{Salon, Slot, TestServer, every_day, now};

/// A time of the salon's clock tomorrow, so many minutes after midnight.
fn tomorrow(minutes: i64) -> DateTime<Utc> {
    let date = now().with_timezone(&Kolkata).date_naive() + Days::new(1);
    let midnight = date.and_hms_opt(0, 0, 0).expect("midnight").and_local_timezone(Kolkata);
    midnight.single().expect("India does not change its clocks").to_utc()
        + TimeDelta::minutes(minutes)
}

/// A colour of half an hour, which takes for half an hour and is washed out in half an hour; and a
/// cut of half an hour. One professional, from ten to noon.
async fn a_salon(server: &TestServer) -> Salon {
    server
        .a_salon()
        .with("slot_step_minutes", 30)
        .with_hours(json!({ "weekly": every_day("10:00", "12:00") }))
        .with_service("Colour", 90)
        .in_parts(&[(30, true), (30, false), (30, true)])
        .with_service("Cut", 30)
        .opens()
        .await
}

/// Tomorrow's free slots of a service.
async fn free(server: &TestServer, salon: &Salon, service: usize) -> Vec<Slot> {
    let wish = json!([salon.wish(service)]);
    server.free_for(salon, &wish, tomorrow(0), tomorrow(24 * 60)).await
}

fn times(slots: &[Slot]) -> Vec<(u32, u32)> {
    let local = slots.iter().map(|slot| slot.starts_at.with_timezone(&Kolkata));
    local.map(|local| (local.hour(), local.minute())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_is_served_while_a_colour_takes() {
    let server = TestServer::start().await;
    let salon = a_salon(&server).await;
    let colours = free(&server, &salon, 0).await;
    assert_eq!(times(&colours), [(10, 0), (10, 30)]);
    let cuts = free(&server, &salon, 1).await;
    let asha = server.customer().await;
    let colour = server.hold(&asha, &colours[0]).await;
    assert_eq!(times(&free(&server, &salon, 1).await), [(10, 30), (11, 30)], "the gap is free");

    let bina = server.customer().await;
    server.book(&bina, &cuts[0]).await.refused(409, "taken");
    server.hold(&bina, &cuts[1]).await;
    assert_eq!(times(&free(&server, &salon, 1).await), [(11, 30)]);
    assert_eq!(free(&server, &salon, 0).await.len(), 0, "the gap is taken now");
    let taken = "select count(*) from claims where active";
    assert_eq!(server.database.count(taken).await, 3, "two stretches and one");

    let cancelled = server.post(&format!("/bookings/{colour}/cancel")).by(&asha).once();
    cancelled.json(&json!({})).await.expect(200);
    assert_eq!(times(&free(&server, &salon, 1).await), [(10, 0), (11, 0), (11, 30)]);
    assert_eq!(server.database.count(taken).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_must_make_the_whole() {
    let server = TestServer::start().await;
    let salon = a_salon(&server).await;
    let service = |parts: serde_json::Value| {
        json!({ "name": "Colour", "category": "hair", "duration_minutes": 90, "parts": parts,
            "price": { "amount": 49_900, "currency": "INR" } })
    };
    let path = format!("/vendor/salons/{}/services", salon.id);
    let part = |minutes: i64, hands_on: bool| json!({ "minutes": minutes, "hands_on": hands_on });
    for (parts, named) in [
        (json!([part(30, true), part(30, false)]), "/parts"),
        (json!([part(90, false)]), "/parts"),
        (json!([part(60, true), part(33, false)]), "/parts/1/minutes"),
        (json!([part(60, true), { "minutes": 30 }]), "/parts/1/hands_on"),
        (json!([part(60, true), { "minutes": 30, "hands_on": "no" }]), "/parts/1/hands_on"),
        (json!((0..8).map(|n| part(10, n % 2 == 0)).collect::<Vec<_>>()), "/parts"),
        (json!("thirty"), "/parts"),
    ] {
        let answer = server.post(&path).by(&salon.owner).json(&service(parts.clone())).await;
        assert_eq!(answer.status, 422, "{parts}: {answer:?}");
        answer.names(&[named]);
    }
    let listed = server.get(&format!("/salons/{}/services", salon.id)).await.expect(200);
    assert_eq!(listed["data"][0]["parts"][1], part(30, false), "{listed}");
    assert_eq!(listed["data"][1].get("parts"), None);
}
