//! Many people want the same chair at the same moment, and exactly one gets it.

use std::time::Instant;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{TestServer, every_day};

/// Pairs of active claims of one diary that overlap: there must never be one.
pub(crate) const OVERLAPS: &str = "select count(*) from claims a join claims b
    on a.diary = b.diary and a.booking < b.booking and a.active and b.active
    and a.starts_at < b.ends_at and b.starts_at < a.ends_at";

/// Claims without a booking, and bookings without a claim: there must never be one.
pub(crate) const LOST: &str =
    "select count(*) from claims c full join bookings b on b.id = c.booking
    where b.id is null or c.booking is null";

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_customers_race_for_one_slot_two_hundred_times() {
    const RIVALS: usize = 64;
    const ROUNDS: usize = 200;
    let server = TestServer::start().await;
    // Four starts a day keep the search for alternatives short; the race is the same.
    let salon = server
        .a_salon()
        .with("slot_step_minutes", 60)
        .with_hours(json!({ "weekly": every_day("10:00", "14:00") }))
        .with_service("Facial", 60)
        .opens()
        .await;
    let rivals = server.customers(RIVALS).await;
    let slots = server.free_slots(&salon, 55).await;
    let started = Instant::now();

    for (round, slot) in slots.iter().take(ROUNDS).enumerate() {
        let answers = join_all(rivals.iter().map(|rival| server.book(rival, slot))).await;
        let winners = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(winners, 1, "round {round}: {winners} got the slot");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            let problem = answer.refused(409, "taken");
            let instead = problem["alternatives"].as_array().expect("alternatives");
            assert!(!instead.is_empty(), "nothing instead: {problem}");
            let same = json!(slot.starts_at);
            assert!(instead.iter().all(|other| other["starts_at"] != same), "{problem}");
        }
        // The winner pays, so that nobody runs into the limit of three unpaid holds.
        let paid = "update claims set held_until = null; update bookings set status = 'confirmed',
            held_until = null, hold_number = null, version = version + 1 where status = 'held'";
        server.database.execute(paid).await;
    }

    eprintln!("{ROUNDS} rounds of {RIVALS} took {:.1} s", started.elapsed().as_secs_f32());
    let rounds = i64::try_from(ROUNDS).expect("a small number");
    assert_eq!(server.database.count("select count(*) from claims where active").await, rounds);
    assert_eq!(server.database.count("select count(*) from bookings").await, rounds);
    assert_eq!(server.database.count(OVERLAPS).await, 0);
    assert_eq!(server.database.count(LOST).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_customers_take_ten_different_times_of_one_professional_at_once() {
    let server = TestServer::start().await;
    let salon = server.a_salon().with("slot_step_minutes", 60).with_service("Facial", 60);
    let salon = salon.opens().await;
    let customers = server.customers(10).await;
    let slots = server.free_slots(&salon, 1).await;
    let pairs = customers.iter().zip(&slots);
    let all = join_all(pairs.map(|(who, slot)| server.book(who, slot))).await;
    let all: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    assert!(all.iter().all(|status| *status == 201), "{all:?}");
    assert_eq!(server.database.count("select count(*) from claims where active").await, 10);
    assert_eq!(server.database.count(OVERLAPS).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_wishes_are_never_both_granted() {
    let server = TestServer::start().await;
    // Starts every five minutes for a service of an hour: each wish overlaps 22 others.
    let salon = server.a_salon().with("slot_step_minutes", 5).with_service("Facial", 60);
    let salon = salon.with_professionals(2).opens().await;
    let customers = server.customers(24).await;
    let slots = server.free_slots(&salon, 1).await;
    let pairs = customers.iter().zip(&slots);
    let all = join_all(pairs.map(|(who, slot)| server.book(who, slot))).await;
    let all: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    let booked = all.iter().filter(|status| **status == 201).count();
    assert!(all.iter().all(|status| matches!(status, 201 | 409)), "{all:?}");
    assert!(booked >= 2, "{all:?}");
    let active = server.database.count("select count(*) from claims where active").await;
    assert_eq!(usize::try_from(active), Ok(booked));
    assert_eq!(server.database.count(OVERLAPS).await, 0);
}
