//! The salon's diary: page by page, in order, nothing twice and nothing lost while others book.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::support::{Salon, TestServer, now, text};

async fn page(
    server: &TestServer,
    salon: &Salon,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: u32,
    cursor: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let z = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let mut query = vec![("from", z(from)), ("to", z(to)), ("limit", limit.to_string())];
    query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
    let call = server.get(&format!("/vendor/salons/{}/diary", salon.id)).by(&salon.owner);
    let shown = call.query(&query).await.expect(200);
    let next = shown["next_cursor"].as_str().map(ToOwned::to_owned);
    (shown["data"].as_array().expect("a list").clone(), next)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diary_is_read_page_by_page_while_customers_book() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with_professionals(2).opens().await;
    let slots = server.free_slots(&salon, 2).await;
    let mut expected = Vec::new();
    for slot in slots.iter().skip(30).step_by(6).take(7) {
        expected.push(server.hold(&server.customer().await, slot).await);
    }
    let window = (now(), now() + TimeDelta::days(4));
    let mut seen = Vec::new();
    let mut cursor = None;
    let mut early = slots.iter().step_by(6);
    loop {
        let (entries, next) = page(&server, &salon, window, 2, cursor.as_deref()).await;
        assert!(entries.len() <= 2);
        seen.extend(entries);
        // Someone books a time before the bookmark: it is not shown on a later page.
        server.hold(&server.customer().await, early.next().expect("a slot")).await;
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    // The first of the early ones came before the first page ended; all else is as it was.
    let ids: Vec<_> = seen.iter().map(|entry| text(entry, "/id")).collect();
    assert_eq!(ids, expected);
    let starts: Vec<_> = seen.iter().map(|entry| text(entry, "/starts_at")).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    let (all, next) = page(&server, &salon, window, 100, None).await;
    assert_eq!((all.len(), next), (7 + 4, None));
    assert!(all.iter().all(|entry| text(entry, "/customer_phone").starts_with("+9198")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diary_shows_what_touches_the_window_and_nothing_else() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let other = server.a_salon().opens().await;
    let slot = server.free_slot(&salon).await;
    let booking = server.hold(&server.customer().await, &slot).await;
    server.a_hold(&other).await;
    let (start, end) = (slot.starts_at, slot.starts_at + TimeDelta::minutes(45));
    let hour = TimeDelta::hours(1);
    let second = TimeDelta::seconds(1);
    for (from, to, shown) in [
        (start - hour, end + hour, true),
        (start, end, true),
        (start + second, end - second, true),
        (end - second, end + hour, true),
        (start - hour, start + second, true),
        (end, end + hour, false),
        (start - hour, start, false),
    ] {
        let (entries, _) = page(&server, &salon, (from, to), 10, None).await;
        let ids: Vec<_> = entries.iter().map(|entry| text(entry, "/id")).collect();
        let expected: Vec<_> = shown.then(|| booking.clone()).into_iter().collect();
        assert_eq!(ids, expected, "{from} to {to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_list_is_theirs_and_latest_first() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let customer = server.customer().await;
    server.a_hold(&salon).await;
    let slots = server.free_slots(&salon, 2).await;
    let mut booked = Vec::new();
    for slot in slots.iter().step_by(5).take(3) {
        booked.push(server.hold(&customer, slot).await);
    }
    booked.reverse();
    let mut seen = Vec::new();
    let mut query = vec![("limit", "1".to_owned())];
    while seen.len() < 5 {
        let shown = server.get("/bookings").by(&customer).query(&query).await.expect(200);
        seen.extend(shown["data"].as_array().expect("a list").iter().map(|b| text(b, "/id")));
        let Some(cursor) = shown["next_cursor"].as_str() else { break };
        query = vec![("limit", "1".to_owned()), ("cursor", cursor.to_owned())];
    }
    assert_eq!(seen, booked);
}
