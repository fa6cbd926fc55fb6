//! The bitmaps that searches read are what the claims say; where they are not, it is noticed and
//! mended.

mod ground;

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ground::PgGround;
use indistylo_adapter_postgres::busy::{Difference, compare};
use kernel::{BookingId, DiaryId, SalonId, UnitId};
use ports::{Clock, Ids, Store, StoreError};
use scheduling::booking::{Booking, Paid, Party, State};
use scheduling::policy::HOLD_LIFETIME;
use scheduling::{Chosen, Line, Lines, Refusal, Terms, Window};
use testkit::ground::busy;
use testkit::{Ground, Salon, TestClock, a_salon};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn ever() -> RangeInclusive<NaiveDate> {
    day("2026-01-01")..=NaiveDate::MAX
}

/// Draws numbers, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % most
    }

    /// One or two services at any five minutes of two days, or off them; some in the only chair.
    fn lines(&mut self, salon: &Salon) -> Lines {
        let minute = i64::try_from(5 * self.below(2 * 288) + self.below(8) / 7).expect("small");
        let start = salon.at("2026-05-05 00:00") + TimeDelta::minutes(minute);
        let service = salon.service();
        let mut line = Line {
            guest: 0,
            service: service.id,
            staff: salon.staff[usize::from(self.below(2) == 0)],
            chosen: Chosen::Named,
            start,
            timing: service.timing,
            price: service.price,
            units: (self.below(3) == 0)
                .then_some(UnitId::new(salon.id.uuid()))
                .into_iter()
                .collect(),
        };
        let mut lines = vec![line.clone()];
        if self.below(2) == 0 {
            line.start = line.window().end();
            lines.push(line);
        }
        Lines::of(lines).expect("a visit")
    }

    /// What may happen to a booking next; itself again where nothing may.
    fn step(&mut self, booking: Booking, salon: &Salon, clock: &TestClock) -> Booking {
        let (now, same) = (clock.now(), booking.clone());
        let in_time = now.max(booking.window().start());
        let or_same = |next: Result<Booking, Refusal>| next.unwrap_or_else(|_| same.clone());
        match self.below(8) {
            0 | 1 => match booking.paid(&[], now) {
                Paid::Confirmed(booking) | Paid::Reinstated { booking, .. } => booking,
                _ => same,
            },
            2 => or_same(booking.cancel(Party::Customer, now)),
            3 => or_same(booking.expire(now + HOLD_LIFETIME)),
            4 => or_same(booking.arrive(in_time)),
            5 => {
                let there = booking.clone().arrive(in_time).unwrap_or(booking);
                let begun = there.clone().start(in_time).unwrap_or(there);
                let beyond = TimeDelta::minutes(5 + i64::try_from(self.below(180)).expect("small"));
                let until = begun.window().end() + beyond;
                let past = TimeDelta::seconds(until.timestamp() % 300);
                or_same(begun.extend(until - past, in_time))
            }
            6 => {
                let begun = booking.clone().start(in_time).unwrap_or(booking);
                or_same(begun.complete(in_time))
            }
            _ if booking.status().blocks() => Booking { lines: self.lines(salon), ..booking },
            _ => same,
        }
    }
}

/// Somebody who books, pays, moves and calls off, whatever the others do. Tells how often they were
/// in the way.
async fn comes_and_goes(
    (store, ids, clock): (Arc<dyn Store>, Arc<dyn Ids>, Arc<TestClock>),
    salon: Arc<Salon>,
    seed: u64,
) -> usize {
    let (mut dice, mut own, mut refused) = (Dice(seed), Vec::new(), 0);
    for _ in 0..120 {
        let mut tx = store.begin().await.expect("a unit of work");
        if own.is_empty() || dice.below(3) == 0 {
            let (id, now) = (BookingId::new(ids.next()), clock.now());
            let number = u16::try_from(1_000 * seed).expect("small")
                + u16::try_from(own.len()).expect("few");
            let state = State::Held { until: now + HOLD_LIFETIME, number };
            let (customer, lines) = (salon.owner, dice.lines(&salon));
            tx.save_booking(&Booking {
                id,
                salon: salon.id,
                customer,
                zone: salon.zone,
                lines,
                home: None,
                terms: Terms::default(),
                placed_at: now,
                state,
            });
            own.push(id);
        } else {
            let which = usize::try_from(dice.below(own.len() as u64)).expect("small");
            let Some(booking) = tx.booking(own[which]).await.expect("an answer") else { continue };
            tx.save_booking(&dice.step(booking, &salon, &clock));
        }
        match tx.commit().await {
            Ok(()) => {}
            Err(StoreError::Conflict) => refused += 1,
            Err(error) => panic!("neither saved nor a conflict: {error:?}"),
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_placed_moved_and_ended_at_once_the_bitmaps_keep_up() {
    let ground = PgGround::fresh().await;
    let salon = Arc::new(a_salon().professional("Deepa").professional("Esha").on(&ground).await);
    let all = (1..=4).map(|seed| {
        let world = (ground.store(), ground.ids(), ground.clock());
        tokio::spawn(comes_and_goes(world, Arc::clone(&salon), seed))
    });
    let mut refused = 0;
    for one in all.collect::<Vec<_>>() {
        refused += one.await.expect("it ends");
    }
    assert!(refused > 20, "they were in each other's way: {refused}");
    let database = &ground.database;
    assert!(database.count("select count(*) from claims where active").await > 20);
    let overruns = "select count(*) from claims where active and overrun";
    assert!(database.count(overruns).await > 0, "some run over");
    let set = "select sum(bit_count(bits))::bigint from busy";
    assert!(database.count(set).await > 100, "some were paid for");
    assert_eq!(compare(&ground.pool, ever()).await.expect("compared"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_at_once_is_told_of_their_own_salon_and_window() {
    let ground = PgGround::fresh().await;
    let (salon, quiet) =
        (a_salon().on(&ground).await.id, a_salon().owned_by(1).on(&ground).await.id);
    ground.database.execute(&BOOKED.replace(SOMEWHERE, &salon.to_string())).await;
    ground.database.execute(TELL).await;
    let first: DateTime<Utc> = "2026-05-05T00:00:00Z".parse().expect("an instant");
    let hours = |from: i64, until: i64| {
        let at = |hours| first + TimeDelta::hours(hours);
        Window::new(at(from), at(until)).expect("some hours")
    };
    let questions: Vec<(Vec<SalonId>, Window)> = vec![
        (vec![salon], hours(0, 12)),
        (vec![quiet], hours(0, 12)),
        (vec![salon], hours(0, 48)),
        (vec![quiet, salon], hours(12, 24)),
        (vec![salon], hours(72, 96)),
        (vec![], hours(0, 12)),
    ];
    let catalogue = ground.catalogue();
    let mut alone = Vec::new();
    for (salons, window) in &questions {
        alone.push(busy(catalogue.as_ref(), salons, *window).await.expect("an answer"));
    }
    let taken = alone.iter().map(|busy| busy.len()).collect::<Vec<_>>();
    assert_eq!(taken, [2, 0, 2, 2, 0, 0], "they differ");
    for round in 0..20 {
        let asks = (0..40).map(|number| {
            let at = (number * 7 + round) % questions.len();
            let ((salons, window), catalogue) = (questions[at].clone(), ground.catalogue());
            tokio::spawn(async move { (at, busy(catalogue.as_ref(), &salons, window).await) })
        });
        for one in asks.collect::<Vec<_>>() {
            let (at, told) = one.await.expect("it ends");
            assert_eq!(told.expect("an answer"), alone[at], "question {at}");
        }
    }
}

/// The bookings of claims that were written by hand, and their bitmaps.
const TELL: &str = "
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status, placed_at,
        changed_at, version)
        select booking, salon, booking, 'Asia/Kolkata', starts_at, ends_at, '[]', 'confirmed',
            now(), now(), 1 from claims;
    insert into busy (salon, day, diary, bits)
        select c.salon, b.day, c.diary, bit_or(b.bits)
        from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
        where c.active and c.held_until is null and on_grid(c.starts_at, c.ends_at)
        group by c.salon, b.day, c.diary;";

/// The salon of which that is told.
const SOMEWHERE: &str = "00000000-0000-7000-8000-000000000009";

/// Two professionals with a confirmed booking each, from 05:30 to 06:15 in Greenwich.
const BOOKED: &str = "
    insert into claims (booking, salon, diary, starts_at, ends_at, held_until, active)
    select gen_random_uuid(), '00000000-0000-7000-8000-000000000009',
        ('00000000-0000-7000-8000-00000000000' || n)::uuid, starts_at, ends_at, held_until, active
    from (values
        (1, '2026-05-05 05:30+00'::timestamptz, '2026-05-05 06:15+00'::timestamptz,
            null::timestamptz, true),
        (2, '2026-05-05 05:30+00', '2026-05-05 06:15+00', null, true),
        (1, '2026-05-05 23:30+00', '2026-05-06 00:15+00', null, true),
        (1, '2026-05-05 12:00+00', '2026-05-05 13:00+00', '2026-05-05', true),
        (1, '2026-05-05 14:02+00', '2026-05-05 15:00+00', null, true),
        (1, '2026-05-05 16:00+00', '2026-05-05 17:00+00', null, false))
        as c(n, starts_at, ends_at, held_until, active);";

#[tokio::test]
async fn a_difference_is_found_told_and_mended() {
    let ground = PgGround::fresh().await;
    let database = &ground.database;
    database.execute(BOOKED).await;
    database.execute(TELL).await;
    database.execute("create table told as select * from busy").await;
    let compared = async || compare(&ground.pool, ever()).await.expect("compared");
    assert_eq!(compared().await, []);

    let diary = |n: u8| -> DiaryId {
        format!("00000000-0000-7000-8000-00000000000{n}").parse().expect("an id")
    };
    let found =
        |n, text, lacking, idle| Difference { diary: diary(n), day: day(text), lacking, idle };
    let faults = [
        // 06:15 is shown as taken; 06:10 is not.
        (
            "update busy set bits = set_bit(bits, 75, 1) where diary::text like '%2'",
            found(2, "2026-05-05", 0, 1),
        ),
        (
            "update busy set bits = set_bit(bits, 74, 0) where diary::text like '%2'",
            found(2, "2026-05-05", 1, 0),
        ),
        ("delete from busy where day = '2026-05-06'", found(1, "2026-05-06", 3, 0)),
        (
            "insert into busy values ('00000000-0000-7000-8000-000000000009', '2026-05-09',
                 '00000000-0000-7000-8000-000000000003', 7::bit(288))",
            found(3, "2026-05-09", 0, 3),
        ),
    ];
    for (fault, expected) in faults {
        database.execute(fault).await;
        let others = day("2026-05-07")..=day("2026-05-08");
        assert_eq!(compare(&ground.pool, others).await.expect("compared"), [], "of other days");
        assert_eq!(compared().await, [expected], "{fault}");
        assert_eq!(compared().await, [], "{fault}: it was mended");
    }
    let left = "select count(*) from busy full join told using (salon, day, diary)
                where coalesce(busy.bits, 0::bit(288)) <> coalesce(told.bits, 0::bit(288))";
    assert_eq!(database.count(left).await, 0);
}

/// More salons than are compared at once; a booking somewhere among them that nobody told of.
#[tokio::test]
async fn every_diary_is_compared_however_many_there_are() {
    let ground = PgGround::fresh().await;
    let database = &ground.database;
    let booked = "insert into claims (booking, salon, diary, starts_at, ends_at, active)
             select gen_random_uuid(), md5((n % 90)::text)::uuid, md5(n::text)::uuid,
                 '2026-05-05 05:30+00', '2026-05-05 06:15+00', true
             from generate_series(1, 250) n";
    database.execute(booked).await;
    database.execute(TELL).await;
    database.execute("delete from busy where diary = md5('77')::uuid").await;
    let found = compare(&ground.pool, ever()).await.expect("compared");
    assert_eq!(found.iter().map(|one| (one.lacking, one.idle)).collect::<Vec<_>>(), [(9, 0)]);
    assert_eq!(compare(&ground.pool, ever()).await.expect("compared"), []);
}
