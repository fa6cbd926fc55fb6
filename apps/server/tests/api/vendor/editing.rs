//! Two people edit the same page: the second is told, and every mistake has its place.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Salon, TestServer, every_day, pointers, text};

fn hours() -> Value {
    json!({ "weekly": every_day("09:00", "21:00") })
}

/// The four pages that are edited, at version 2 once the salon is open.
fn pages(salon: &Salon) -> [(String, Value); 4] {
    let staff = salon.professional();
    [
        (format!("/vendor/salons/{}/hours", salon.id), hours()),
        (format!("/vendor/staff/{staff}/services"), json!({ "service_ids": salon.services })),
        (format!("/vendor/staff/{staff}/hours"), json!({ "hours": hours() })),
        (format!("/vendor/staff/{staff}/daily-cap"), json!({ "daily_cap": 8 })),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_names_the_version_it_was_made_on() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let versions = [2, 2, 4, 6];
    for ((path, body), version) in pages(&salon).into_iter().zip(versions) {
        let edit = || server.put(&path).by(&salon.owner).json(&body);
        edit().await.refused(428, "if_match_missing");
        for other in ["\"1\"", "\"99\"", "\"9223372036854775808\""] {
            edit().header("if-match", other).await.refused(412, "stale");
        }
        for none in ["", "2", "W/\"2\"", "*", "\"\"", "\"x\"", "\"-1\"", "\"+2\"", "\"2\", \"3\""] {
            edit().header("if-match", none).await.refused(400, "if_match_malformed");
        }
        let edited = edit().on_version(version).await;
        let next = version + 1;
        assert_eq!(edited.expect(200)["version"], next);
        assert_eq!(edited.header("etag"), format!("\"{next}\""));
        edit().on_version(version).await.refused(412, "stale");
        edit().on_version(next).await.expect(200);
    }
    let shown = server.get(&format!("/salons/{}", salon.id)).await;
    assert_eq!(shown.header("etag"), "\"4\"", "the salon's hours are part of its version");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_edits_of_one_version_one_is_saved() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    for (path, body) in pages(&salon).into_iter().take(2) {
        let edits = (0..10).map(|_| server.put(&path).by(&salon.owner).on_version(2).json(&body));
        let answers = join_all(edits.map(IntoFuture::into_future)).await;
        let saved = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(saved, 1, "{path}: {answers:?}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.refused(412, "stale");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_in_a_calendar_is_named_with_its_place() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let calendar = json!({
        "weekly": { "mon": [{ "opens": "10:00", "closes": "19:00" }, { "opens": "09:00", "closes": "09:00" }],
            "tue": [{ "opens": "24:00", "closes": "10:00" }],
            "sun": vec![json!({ "opens": "10:00", "closes": "11:00" }); 9] },
        "breaks": { "thu": [{ "opens": "19:00", "closes": "19:30" }] },
        "overrides": [{ "date": "2026-12-31", "hours": [] },
            { "date": "2026-12-31", "hours": [{ "opens": "10:00", "closes": "10:00" }] }],
        "closures": [{ "first": "2026-12-26", "last": "2026-12-24" },
            { "first": "2026-01-01", "last": "2029-01-01" }],
        "time_off": [{ "start": "2026-12-01T00:00:00Z", "end": "2029-12-01T00:00:00Z" }],
    });
    let expected = [
        "/breaks/thu/0",
        "/closures/0",
        "/closures/1",
        "/overrides/1/date",
        "/overrides/1/hours/0",
        "/time_off/0",
        "/weekly/mon/1",
        "/weekly/sun",
        "/weekly/tue/0",
    ];
    let [(salon_hours, _), _, (staff_hours, _), _] = pages(&salon);
    let put = server.put(&salon_hours).by(&salon.owner).on_version(2).json(&calendar).await;
    put.names(&expected);
    // The same in a professional's own hours, which stand one level deeper.
    let body = json!({ "hours": calendar });
    let put = server.put(&staff_hours).by(&salon.owner).on_version(2).json(&body).await;
    let deeper: Vec<_> = expected.iter().map(|pointer| format!("/hours{pointer}")).collect();
    put.names(&deeper.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(server.database.count("select version from salons").await, 2);

    let backwards = json!({ "weekly": {}, "time_off": [
        { "start": "2026-12-02T00:00:00Z", "end": "2026-12-01T00:00:00Z" }] });
    let put = server.put(&salon_hours).by(&salon.owner).on_version(2).json(&backwards).await;
    put.names(&["/time_off/0/end"]);
    let endless = json!({ "weekly": {}, "closures":
        vec![json!({ "first": "2026-12-24", "last": "2026-12-24" }); 367] });
    let put = server.put(&salon_hours).by(&salon.owner).on_version(2).json(&endless).await;
    put.names(&["/closures"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_has_hours_of_their_own_or_the_salons() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let path = format!("/vendor/staff/{}/hours", salon.professional());
    let put =
        async |body: Value| server.put(&path).by(&salon.owner).on_version(2).json(&body).await;
    for neither_nor_both in [
        json!({}),
        json!({ "follows_salon": false }),
        json!({ "follows_salon": true, "hours": hours() }),
    ] {
        let problem = put(neither_nor_both).await.refused(422, "invalid");
        assert_eq!(pointers(&problem), [("/hours".to_owned(), "either".to_owned())]);
    }
    put(json!({ "hours": { "weekly": {} } })).await.expect(200);
    assert!(server.free_slots(&salon, 3).await.is_empty(), "who never works is never free");
    let back = json!({ "follows_salon": true });
    server.put(&path).by(&salon.owner).on_version(3).json(&back).await.expect(200);
    assert!(!server.free_slots(&salon, 3).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_up_is_what_is_shown() {
    let server = TestServer::start().await;
    let owner = server.vendor().await;
    let salon = json!({ "name": "Rang", "city": "Pune", "address": "FC Road",
        "time_zone": "Asia/Kolkata", "location": { "latitude": 18.52, "longitude": 73.86 } });
    let made = server.post("/vendor/salons").by(&owner).json(&salon).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let id = text(&made.expect(201), "/id");
    let shown = server.get(&format!("/salons/{id}")).await.expect(200);
    let mut expected = salon.clone();
    expected["id"] = json!(id);
    assert_eq!(shown, expected);
    let me = server.get("/me").by(&owner).await.expect(200);
    assert_eq!(me["memberships"], json!([{ "salon_id": id, "role": "owner" }]));

    let service = json!({ "name": "Haircut", "category": "hair", "duration_minutes": 45,
        "price": { "amount": 49_900, "currency": "INR" } });
    let at = format!("/vendor/salons/{id}");
    let service_id = text(
        &server.post(&format!("{at}/services")).by(&owner).json(&service).await.expect(201),
        "/id",
    );
    let staff = json!({ "name": "Asha" });
    let staff_id =
        text(&server.post(&format!("{at}/staff")).by(&owner).json(&staff).await.expect(201), "/id");
    let skills = json!({ "service_ids": [service_id] });
    let put = server.put(&format!("/vendor/staff/{staff_id}/services")).by(&owner).on_version(1);
    put.json(&skills).await.expect(200);
    let sold = server.get(&format!("/salons/{id}/services")).await.expect(200);
    let mut expected = service;
    expected["id"] = json!(service_id);
    (expected["mode"], expected["for_gender"]) = (json!("salon"), json!("any"));
    assert_eq!(sold, json!({ "data": [expected], "next_cursor": null }));
    let works = server.get(&format!("/salons/{id}/staff")).await.expect(200);
    let expected = json!({ "id": staff_id, "name": "Asha", "service_ids": [service_id] });
    assert_eq!(works, json!({ "data": [expected], "next_cursor": null }));
}
