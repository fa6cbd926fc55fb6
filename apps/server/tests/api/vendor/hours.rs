//! Doors that close after midnight, holidays and days off: search and booking know them alike.

use application::availability::{Offer, OfferLine};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Asia::Kolkata;
use reqwest::Method;
use scheduling::{Chosen, Terms};
use serde_json::{Value, json};

use crate::support::{Answer, Salon, Slot, TestServer, every_day, now};

/// The date at the salon, so many days from today.
fn day(after: u64) -> NaiveDate {
    now().with_timezone(&Kolkata).date_naive() + Days::new(after)
}

/// A time of the salon's clock, so many minutes after the midnight at which a date begins.
fn at(date: NaiveDate, minutes: i64) -> DateTime<Utc> {
    let midnight = date.and_hms_opt(0, 0, 0).expect("midnight").and_local_timezone(Kolkata);
    midnight.single().expect("India does not change its clocks").to_utc()
        + TimeDelta::minutes(minutes)
}

/// The times on the salon's clock at which one may begin on a date.
async fn starts(server: &TestServer, salon: &Salon, date: NaiveDate) -> Vec<(u32, u32)> {
    let slots = server.free_between(salon, at(date, 0), at(date, 24 * 60)).await;
    let local = slots.iter().map(|slot| slot.starts_at.with_timezone(&Kolkata));
    local.map(|local| (local.hour(), local.minute())).collect()
}

/// Asks for a start that the search would not offer, as if it had.
async fn insist(server: &TestServer, salon: &Salon, start: DateTime<Utc>) -> Answer {
    let offer = Offer {
        salon: salon.id.parse().expect("an id"),
        start,
        lines: vec![OfferLine {
            guest: 0,
            service: salon.service().parse().expect("an id"),
            staff: salon.professional().parse().expect("an id"),
            gender: None,
            chosen: Chosen::Named,
            price: kernel::Money::inr(49_900),
        }],
        moves: None,
        good_until: now() + TimeDelta::minutes(5),
        destination: None,
        terms: Terms::default(),
    };
    let slot = Slot { offer: offer.seal(server.ports().credentials.as_ref()), starts_at: start };
    server.book(&server.customer().await, &slot).await
}

async fn a_salon_with(server: &TestServer, hours: Value) -> Salon {
    server
        .a_salon()
        .with("slot_step_minutes", 60)
        .with_service("Facial", 60)
        .with_hours(hours)
        .opens()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salon_that_closes_after_midnight_is_booked_after_midnight() {
    let server = TestServer::start().await;
    let salon = a_salon_with(&server, json!({ "weekly": every_day("20:00", "02:00") })).await;
    let tomorrow = day(1);
    let expected = [(0, 0), (1, 0), (20, 0), (21, 0), (22, 0), (23, 0)];
    assert_eq!(starts(&server, &salon, tomorrow).await, expected);
    insist(&server, &salon, at(tomorrow, 60)).await.expect(201);
    insist(&server, &salon, at(tomorrow, 23 * 60)).await.expect(201);
    insist(&server, &salon, at(tomorrow, 2 * 60)).await.refused(422, "closed");
    insist(&server, &salon, at(tomorrow, 19 * 60)).await.refused(422, "closed");
    assert_eq!(starts(&server, &salon, tomorrow).await, [(0, 0), (20, 0), (21, 0), (22, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salon_without_gaps_begins_where_the_last_visit_ends() {
    let server = TestServer::start().await;
    let salon = server
        .a_salon()
        .with("slot_step_minutes", 60)
        .with("slot_layout", "tight")
        .with_service("Facial", 50)
        .with_hours(json!({ "weekly": every_day("10:00", "14:00") }))
        .opens()
        .await;
    let tomorrow = day(1);
    assert_eq!(starts(&server, &salon, tomorrow).await, [(10, 0), (11, 0), (12, 0), (13, 0)]);
    insist(&server, &salon, at(tomorrow, 10 * 60)).await.expect(201);
    assert_eq!(starts(&server, &salon, tomorrow).await, [(10, 50), (11, 50), (12, 50)]);
    insist(&server, &salon, at(tomorrow, 11 * 60)).await.refused(422, "off_grid");
    insist(&server, &salon, at(tomorrow, 10 * 60 + 50)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn breaks_holidays_and_special_days_hold_for_search_and_booking() {
    let server = TestServer::start().await;
    let (special, shut, closed) = (day(2), day(3), day(5));
    let hours = json!({
        "weekly": every_day("10:00", "14:00"),
        "breaks": every_day("12:00", "13:00"),
        "overrides": [{ "date": special, "hours": [{ "opens": "18:00", "closes": "20:00" }] },
            { "date": shut, "hours": [] }],
        "closures": [{ "first": closed, "last": closed + Days::new(1) }],
    });
    let salon = a_salon_with(&server, hours).await;
    assert_eq!(starts(&server, &salon, day(1)).await, [(10, 0), (11, 0), (13, 0)]);
    assert_eq!(starts(&server, &salon, special).await, [(18, 0), (19, 0)]);
    assert_eq!(starts(&server, &salon, day(4)).await, [(10, 0), (11, 0), (13, 0)]);
    for date in [shut, closed, closed + Days::new(1)] {
        assert_eq!(starts(&server, &salon, date).await, []);
        insist(&server, &salon, at(date, 10 * 60)).await.refused(422, "closed");
    }
    insist(&server, &salon, at(day(1), 12 * 60)).await.refused(422, "closed");
    insist(&server, &salon, at(special, 10 * 60)).await.refused(422, "closed");
    insist(&server, &salon, at(special, 18 * 60)).await.expect(201);
    insist(&server, &salon, at(day(4), 10 * 60)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_who_is_away_is_not_offered() {
    let server = TestServer::start().await;
    let salon = a_salon_with(&server, json!({ "weekly": every_day("10:00", "14:00") })).await;
    let away = json!({ "hours": { "weekly": every_day("11:00", "24:00"),
        "time_off": [{ "start": at(day(2), 0), "end": at(day(2), 12 * 60 + 30) }] } });
    let path = format!("/vendor/staff/{}/hours", salon.professional());
    server.put(&path).by(&salon.owner).on_version(2).json(&away).await.expect(200);
    assert_eq!(starts(&server, &salon, day(1)).await, [(11, 0), (12, 0), (13, 0)]);
    assert_eq!(starts(&server, &salon, day(2)).await, [(13, 0)]);
    insist(&server, &salon, at(day(1), 10 * 60)).await.refused(422, "staff_away");
    insist(&server, &salon, at(day(2), 12 * 60)).await.refused(422, "staff_away");
    insist(&server, &salon, at(day(2), 13 * 60)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_from_before_the_hours_changed_is_judged_by_the_new_hours() {
    let server = TestServer::start().await;
    let salon = a_salon_with(&server, json!({ "weekly": every_day("10:00", "14:00") })).await;
    let slots = server.free_between(&salon, at(day(1), 0), at(day(1), 24 * 60)).await;
    let closed = json!({ "weekly": every_day("10:00", "14:00"),
        "closures": [{ "first": day(1), "last": day(1) }] });
    let path = format!("/vendor/salons/{}/hours", salon.id);
    server.put(&path).by(&salon.owner).on_version(2).json(&closed).await.expect(200);
    let refused = server.book(&server.customer().await, &slots[0]).await;
    let problem = refused.refused(422, "closed");
    let instead = problem["alternatives"].as_array().expect("other times");
    let next_day = |slot: &Value| {
        let start: DateTime<Utc> = slot["starts_at"].as_str()?.parse().ok()?;
        Some(start.with_timezone(&Kolkata).date_naive() > day(1))
    };
    assert!(
        !instead.is_empty() && instead.iter().all(|slot| next_day(slot) == Some(true)),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_had_is_explained_by_the_rule_that_refuses_it() {
    let server = TestServer::start().await;
    let salon = a_salon_with(&server, json!({ "weekly": every_day("10:00", "14:00") })).await;
    let tomorrow = day(1);
    insist(&server, &salon, at(tomorrow, 10 * 60)).await.expect(201);
    let explained = async |start: DateTime<Utc>| {
        let asked = json!({ "salon_id": salon.id, "services": [salon.wish(0)],
            "starts_at": start });
        let call = server.call_outside(Method::POST, "/api/v1/availability/explain");
        call.json(&asked).await.expect(200)
    };
    let eleven = explained(at(tomorrow, 11 * 60)).await;
    assert_eq!(eleven["bookable"], true, "{eleven}");
    assert_eq!(eleven["lines"][0]["staff_id"], salon.professional());
    for (minute, code) in [(10 * 60, "taken"), (9 * 60, "closed"), (10 * 60 + 30, "off_grid")] {
        let start = at(tomorrow, minute);
        let why = explained(start).await;
        assert_eq!(
            (&why["bookable"], &why["reason"]["code"]),
            (&json!(false), &json!(code)),
            "{why}"
        );
        let refused = insist(&server, &salon, start).await;
        assert_eq!(refused.json()["code"], code, "booking it says the same");
        assert_eq!(
            why["next_starts_at"],
            json!(at(tomorrow, 11 * 60).with_timezone(&Kolkata)),
            "{why}"
        );
    }
    let taken = explained(at(tomorrow, 10 * 60)).await;
    let obstacle = &taken["obstacle"];
    assert_eq!((&obstacle["guest"], &obstacle["service_id"]), (&json!(0), &json!(salon.service())));
    assert_eq!(obstacle["professionals"][0]["staff_id"], salon.professional());
    assert_eq!(obstacle["professionals"][0]["code"], "taken");
    let past = explained(now() - TimeDelta::days(400)).await;
    assert_eq!(past["reason"]["code"], "too_soon");
    let far = explained(now() + TimeDelta::days(4_000)).await;
    assert_eq!(
        (&far["reason"]["code"], &far["next_starts_at"]),
        (&json!("beyond_horizon"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_soon_too_far_and_off_the_grid_have_names() {
    let server = TestServer::start().await;
    let salon = server
        .a_salon()
        .with("slot_step_minutes", 60)
        .with("notice_minutes", 24 * 60)
        .with("horizon_days", 10)
        .with_service("Facial", 60)
        .opens()
        .await;
    insist(&server, &salon, at(day(1), 0)).await.refused(422, "too_soon");
    insist(&server, &salon, at(day(0), 0) - TimeDelta::days(400)).await.refused(422, "too_soon");
    insist(&server, &salon, at(day(12), 10 * 60)).await.refused(422, "beyond_horizon");
    insist(&server, &salon, at(day(3), 10 * 60 + 7)).await.refused(422, "off_grid");
    insist(&server, &salon, at(day(3), 10 * 60)).await.expect(201);
    let soon = server.free_between(&salon, now(), now() + TimeDelta::hours(24)).await;
    assert!(soon.is_empty(), "{soon:?}");
    let far = server.free_between(&salon, at(day(12), 0), at(day(13), 0)).await;
    assert!(far.is_empty(), "{far:?}");
}
