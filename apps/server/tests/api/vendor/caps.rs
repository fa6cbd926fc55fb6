//! Professionals who take so many visits a day.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Salon, TestServer, now, text};

/// From noon to noon in India around the day after tomorrow: within two of its dates.
fn noon() -> DateTime<Utc> {
    let india = FixedOffset::east_opt(5 * 3600 + 1800).expect("an offset");
    let date = (now() + TimeDelta::days(2)).with_timezone(&india).date_naive();
    let noon = date.and_hms_opt(12, 0, 0).expect("noon").and_local_timezone(india);
    noon.single().expect("once").with_timezone(&Utc)
}

async fn cap(server: &TestServer, salon: &Salon, cap: &Value, version: i64) {
    let path = format!("/vendor/staff/{}/daily-cap", salon.professional());
    let put = server.put(&path).by(&salon.owner).on_version(version).json(cap).await;
    assert_eq!(put.expect(200)["version"], version + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_at_once_a_capped_day_has_so_many_visits() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    cap(&server, &salon, &json!({ "daily_cap": 2 }), 2).await;
    // Six hours of one date, and as many customers, each with an hour of their own.
    let mut slots = server.free_between(&salon, noon(), noon() + TimeDelta::hours(6)).await;
    let mut hour = 0;
    slots.retain(|slot| {
        let next = slot.starts_at >= noon() + TimeDelta::hours(hour);
        hour += i64::from(next);
        next
    });
    assert_eq!(slots.len(), 6);
    let customers = join_all(slots.iter().map(|_| server.customer())).await;
    let asks = customers.iter().zip(&slots).map(|(who, slot)| server.book_even_if_busy(who, slot));
    let answers = join_all(asks).await;
    let placed = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(placed, 2, "{answers:?}");
    for refused in answers.iter().filter(|answer| ![201, 503].contains(&answer.status)) {
        refused.refused(409, "day_full");
    }
    let date = (noon() + TimeDelta::hours(5)).date_naive();
    let evening = noon() + TimeDelta::hours(5);
    let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)], "starts_at": evening });
    let why = server.post("/availability/explain").json(&ask).await.expect(200);
    assert_eq!(why["reason"]["code"], "day_full");
    let detail = text(&why, "/reason/detail");
    assert!(detail.contains(&date.to_string()), "{detail}");

    // Without the cap there is room again, and the fields are read strictly.
    cap(&server, &salon, &json!({}), 3).await;
    let free = server.free_between(&salon, noon(), noon() + TimeDelta::hours(6)).await;
    assert!(!free.is_empty());
    let path = format!("/vendor/staff/{}/daily-cap", salon.professional());
    for wrong in [json!(0), json!(101), json!(-1), json!(2.5), json!("2"), json!(1e30)] {
        let put = server.put(&path).by(&salon.owner).on_version(4);
        put.json(&json!({ "daily_cap": wrong })).await.names(&["/daily_cap"]);
    }
    let staff = format!("/vendor/salons/{}/staff", salon.id);
    let new = json!({ "name": "Meera", "daily_cap": 101 });
    server.post(&staff).by(&salon.owner).json(&new).await.names(&["/daily_cap"]);
    let stranger = server.customer().await;
    let put = server.put(&path).by(&stranger).on_version(4).json(&json!({ "daily_cap": 1 })).await;
    put.expect(404);
}
