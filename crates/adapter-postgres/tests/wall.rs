//! The last wall stands in the database itself: whatever program writes there, and however, no
//! professional is booked twice.

mod ground;

use std::sync::Arc;

use ground::PgGround;
use sqlx::PgPool;
use testkit::{Salon, a_salon};
use tokio::sync::Barrier;

/// A booking written past every rule. Gives the code of the error, if there is one.
async fn write(pool: &PgPool, salon: &Salon, number: i16, from: &str, to: &str) -> Option<String> {
    let written = sqlx::query(
        "with booking as (
             insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status,
                 held_until, hold_number, placed_at, changed_at, version)
             values (gen_random_uuid(), $1, $2, 'Asia/Kolkata', $4::timestamptz,
                 $5::timestamptz, '[]', 'held', now(), $6, now(), now(), 1)
             returning id)
         insert into claims (booking, salon, diary, starts_at, ends_at, held_until, active)
         select id, $1, $3, $4::timestamptz, $5::timestamptz, now(), true from booking",
    )
    .bind(salon.id.uuid())
    .bind(salon.owner.uuid())
    .bind(salon.professional().uuid())
    .bind(from)
    .bind(to)
    .bind(number)
    .execute(pool)
    .await;
    match written {
        Ok(_) => None,
        Err(sqlx::Error::Database(error)) => error.code().map(Into::into),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn an_overlap_written_past_every_rule_is_stopped_by_the_wall_alone() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().on(&ground).await;
    let pool = ground.database.pool();
    let tuesday = |hours: &str| format!("2026-05-05 {hours}+05:30");
    let at = async |number, from: &str, to: &str| {
        write(pool, &salon, number, &tuesday(from), &tuesday(to)).await
    };
    assert_eq!(at(0, "11:00", "12:00").await, None);
    assert_eq!(at(1, "11:59", "12:30").await.as_deref(), Some("23P01"), "one minute is too much");
    assert_eq!(at(1, "10:00", "13:00").await.as_deref(), Some("23P01"), "around it");
    assert_eq!(at(1, "11:15", "11:30").await.as_deref(), Some("23P01"), "within it");
    assert_eq!(at(1, "12:00", "12:30").await, None, "touching is allowed");
    assert_eq!(at(1, "15:00", "15:30").await.as_deref(), Some("23505"), "the number is in use");

    ground.database.execute("update claims set active = false").await;
    assert_eq!(at(2, "11:30", "12:15").await, None, "what is given back is free");
    let back = sqlx::query("update claims set active = true").execute(pool).await;
    let code = back
        .expect_err("the time is taken")
        .into_database_error()
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    assert_eq!(code.as_deref(), Some("23P01"), "nobody gets back what was taken");
}

/// What a visit runs over by lies over whom it delays; two bookings still never lie over each other.
#[tokio::test]
async fn an_overrun_lies_over_bookings_and_lets_none_through() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().on(&ground).await;
    let pool = ground.database.pool();
    let tuesday = |hours: &str| format!("2026-05-05 {hours}+05:30");
    let at = async |number, from: &str, to: &str| {
        write(pool, &salon, number, &tuesday(from), &tuesday(to)).await
    };
    assert_eq!(at(0, "11:00", "12:00").await, None);
    let late = "insert into claims (booking, salon, diary, starts_at, ends_at, active, overrun)
                select gen_random_uuid(), salon, diary, starts_at - interval '30 minutes',
                    ends_at + interval '1 hour', true, true from claims";
    ground.database.execute(late).await;
    ground.database.execute(late).await;
    assert_eq!(at(1, "11:30", "12:30").await.as_deref(), Some("23P01"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_overlaps_written_at_once_one_stands() {
    let ground = PgGround::fresh().await;
    let salon = Arc::new(a_salon().on(&ground).await);
    let together = Arc::new(Barrier::new(8));
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..8_i16 {
        let (pool, salon, together) = (ground.pool.clone(), salon.clone(), together.clone());
        writers.spawn(async move {
            let from = format!("2026-05-05 11:{:02}+05:30", number * 5);
            together.wait().await;
            write(&pool, &salon, number, &from, "2026-05-05 12:00+05:30").await
        });
    }
    let codes: Vec<Option<String>> = writers.join_all().await;
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
    // Whoever waits for another that waits in turn is told so: a deadlock is a conflict too.
    let stopped = |code: &&str| ["23P01", "40P01"].contains(code);
    let stops = codes.iter().filter_map(Option::as_deref).filter(stopped).count();
    assert_eq!(stops, 7, "{codes:?}");
    assert_eq!(ground.database.count("select count(*) from claims where active").await, 1);
}

#[tokio::test]
async fn more_than_was_paid_does_not_go_back_whoever_writes_it() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().on(&ground).await;
    assert_eq!(write(ground.database.pool(), &salon, 0, "2026-05-05", "2026-05-06").await, None);
    let paid = "insert into payments select gen_random_uuid(), id, customer, 49900, 'captured',
        'order_1', 'pay_1', now(), 1 from bookings";
    ground.database.execute(paid).await;
    let refund = async |of: i64, from: i64, amount: i64| {
        let row = "insert into refunds select gen_random_uuid(), id, $1, $2, $3, 'cancelled', null,
            now(), null from payments";
        let written = sqlx::query(row).bind(of).bind(from).bind(amount);
        let error = written.execute(ground.database.pool()).await.err()?.into_database_error()?;
        error.code().map(std::borrow::Cow::into_owned)
    };
    assert_eq!(refund(49_900, 0, 20_000).await, None);
    assert_eq!(refund(49_900, 19_999, 1).await.as_deref(), Some("23P01"), "it went back before");
    assert_eq!(refund(49_900, 20_000, 29_901).await.as_deref(), Some("23514"), "a paisa too many");
    assert_eq!(refund(60_000, 20_000, 29_901).await.as_deref(), Some("23503"), "of another sum");
    assert_eq!(refund(49_900, 20_000, 29_900).await, None, "the rest");
}

#[tokio::test]
async fn a_row_that_contradicts_itself_is_not_kept() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().on(&ground).await;
    let pool = ground.database.pool();
    let from = "2026-05-05 11:00+05:30";
    assert_eq!(write(pool, &salon, 0, from, "2026-05-05 12:00+05:30").await, None);
    for nonsense in [
        "update claims set ends_at = starts_at + interval '25 hours'",
        "update services set duration_minutes = 0",
        "insert into relay (only_row, last_seq) values (false, 0)",
    ] {
        let error = sqlx::query(nonsense).execute(pool).await.expect_err(nonsense);
        let code = error.as_database_error().and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("23514"), "{nonsense}: {error}");
    }
}
