//! Dates that no calendar has, and windows without end.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, Salon, TestServer, every_day, now};

async fn search(server: &TestServer, salon: &Salon, from: &str, to: &str) -> Answer {
    let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)], "from": from, "to": to });
    server.post("/availability/search").json(&ask).await
}

async fn diary(server: &TestServer, salon: &Salon, from: &str, to: &str) -> Answer {
    let encoded = |text: &str| text.replace('+', "%2B").replace(' ', "%20");
    let (from, to) = (encoded(from), encoded(to));
    let path = format!("/vendor/salons/{}/diary?from={from}&to={to}", salon.id);
    server.get(&path).by(&salon.owner).await
}

/// Windows at the ends of time and beyond.
const ENDS_OF_TIME: [(&str, &str); 14] = [
    ("0000-01-01T00:00:00Z", "0000-01-02T00:00:00Z"),
    ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
    ("-0001-01-01T00:00:00Z", "-0001-01-02T00:00:00Z"),
    ("-4713-01-01T00:00:00Z", "-4713-01-02T00:00:00Z"),
    ("-4714-12-31T00:00:00Z", "-4713-01-02T00:00:00Z"),
    ("-9999-01-01T00:00:00Z", "-9999-01-02T00:00:00Z"),
    ("-262143-01-01T00:00:00Z", "-262143-01-02T00:00:00Z"),
    ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
    ("9999-12-31T00:00:00Z", "+10000-01-01T00:00:00Z"),
    ("+10000-01-01T00:00:00Z", "+10000-01-02T00:00:00Z"),
    ("+262142-12-30T00:00:00Z", "+262142-12-31T23:59:59Z"),
    ("+262142-12-31T00:00:00Z", "+262143-01-01T00:00:00Z"),
    ("+294276-12-31T00:00:00Z", "+294277-01-01T00:00:00Z"),
    ("+300000-01-01T00:00:00Z", "+300000-01-02T00:00:00Z"),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_free_at_the_ends_of_time_but_one_may_ask() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    for (from, to) in ENDS_OF_TIME {
        let answer = search(&server, &salon, from, to).await;
        match answer.status {
            200 => assert_eq!(answer.json()["slots"], json!([]), "{from}"),
            _ => drop(answer.refused(422, "invalid")),
        }
        let answer = diary(&server, &salon, from, to).await;
        match answer.status {
            200 => assert_eq!(answer.json()["data"], json!([]), "{from}"),
            _ => drop(answer.refused(422, "invalid")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_instant_is_named() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let to = "2026-12-01T00:00:00Z";
    for from in [
        "",
        "now",
        "2026-11-22",
        "2026-11-22T10:00",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T10:61:00Z",
        "1763800000",
        "2026-11-22T10:00:00+99:99",
        "२०२६-११-२२T१०:००:००Z",
        "2026-11-22T10:00:00Z\u{0}",
    ] {
        search(&server, &salon, from, to).await.names(&["/from"]);
        if !from.contains('\u{0}') {
            diary(&server, &salon, from, to).await.names(&["from"]);
        }
    }
    // A leap second and a fraction are instants.
    search(&server, &salon, "2026-11-30T23:59:60Z", "2026-12-01T00:00:02Z").await.expect(200);
    search(&server, &salon, "2026-11-30T23:59:59.999999999Z", to).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_runs_forward_and_not_for_ever() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let (start, text) = (now(), |at: DateTime<Utc>| at.to_rfc3339());
    let days = |days: i64| text(start + TimeDelta::days(days));
    search(&server, &salon, &days(1), &days(1)).await.names(&["/to"]);
    search(&server, &salon, &days(2), &days(1)).await.names(&["/to"]);
    search(&server, &salon, &days(0), &days(63)).await.names(&["/to"]);
    search(&server, &salon, &days(0), &days(62)).await.expect(200);
    let longer = text(start + TimeDelta::days(62) + TimeDelta::seconds(1));
    search(&server, &salon, &days(0), &longer).await.names(&["/to"]);

    diary(&server, &salon, &days(1), &days(1)).await.names(&["to"]);
    diary(&server, &salon, &days(2), &days(1)).await.names(&["to"]);
    diary(&server, &salon, &days(0), &longer).await.names(&["to"]);
    diary(&server, &salon, &days(0), &days(62)).await.expect(200);
    let path = format!("/vendor/salons/{}/diary", salon.id);
    server.get(&path).by(&salon.owner).await.names(&["from", "to"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_with_impossible_dates_is_refused_date_by_date() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let put = async |field: &str, entry: Value| {
        let mut hours = json!({ "weekly": every_day("10:00", "19:00") });
        hours[field] = json!([entry]);
        let path = format!("/vendor/salons/{}/hours", salon.id);
        server.put(&path).by(&salon.owner).on_version(2).json(&hours).await
    };
    for date in [
        "300000-01-01",
        "+300000-01-01",
        "+262142-12-31",
        "0000-01-01",
        "-0001-01-01",
        "1999-12-31",
        "2101-01-01",
        "2026-02-30",
        "2026-1-1",
        "",
        "22.11.2026",
    ] {
        let answer = put("overrides", json!({ "date": date, "hours": [] })).await;
        assert_eq!(answer.status, 422, "{date}: {answer:?}");
        answer.names(&["/overrides/0/date"]);
        let answer = put("closures", json!({ "first": date, "last": "2026-12-31" })).await;
        let problem = answer.refused(422, "invalid");
        assert!(problem.to_string().contains("/closures/0"), "{date}: {problem}");
    }
    for instant in [
        "+300000-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2101-01-01T00:00:00Z",
    ] {
        for (start, end) in [(instant, "2026-12-31T00:00:00Z"), ("2026-12-31T00:00:00Z", instant)] {
            let answer = put("time_off", json!({ "start": start, "end": end })).await;
            let problem = answer.refused(422, "invalid");
            assert!(problem.to_string().contains("/time_off/0"), "{instant}: {problem}");
        }
    }
    for time in ["24:01", "25:00", "10:60", "9:00", "09.00", "٠٩:٠٠", "", "10:00:00", "-1:00"] {
        let answer = put(
            "overrides",
            json!({ "date": "2026-12-31",
            "hours": [{ "opens": time, "closes": "19:00" }] }),
        )
        .await;
        answer.names(&["/overrides/0/hours/0/opens"]);
    }
    assert_eq!(server.database.count("select version from salons").await, 2);
}
