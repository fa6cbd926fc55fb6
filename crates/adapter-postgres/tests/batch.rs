//! Who shares a statement shares no fate: what goes wrong for one leaves the others alone, and
//! nobody waits for a statement that hangs or a runtime that is gone.

mod ground;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ground::PgGround;
use indistylo_adapter_postgres::{Address, PgStore, Shared};
use kernel::{BookingId, StaffId};
use ports::{Claimed, Clock, Event, IdempotencyKey, Replay, Sought, Store, StoreError, Wish};
use scheduling::policy::HOLD_LIFETIME;
use scheduling::{Booking, Chosen, Line, Lines, State, Terms};
use testkit::ground::phone;
use testkit::{Ground, Salon, a_salon};
use tokio::task::JoinSet;

/// So many professionals, each with time for everyone.
const STAFF: usize = 24;
/// The one in the middle of them.
const SPOILT: usize = STAFF / 2;

struct Scene {
    ground: PgGround,
    salon: Salon,
}

impl Scene {
    async fn fresh() -> Self {
        let ground = PgGround::fresh().await;
        let mut plan = a_salon();
        for number in 0..STAFF {
            plan = plan.professional(&format!("Stylist {number}"));
        }
        let salon = plan.on(&ground).await;
        Self { ground, salon }
    }

    /// A customer's hold with a professional at a time of Tuesday.
    async fn hold(&self, customer: u32, staff: StaffId, wall: &str) -> Booking {
        let service = self.salon.service();
        let start = self.salon.at(&format!("2026-05-05 {wall}"));
        let now = self.ground.clock().now();
        let line = Line {
            guest: 0,
            service: service.id,
            staff,
            chosen: Chosen::Named,
            start,
            timing: service.timing,
            price: service.price,
            units: Vec::new(),
        };
        Booking {
            id: BookingId::new(self.ground.ids().next()),
            salon: self.salon.id,
            customer: self.ground.person(&phone(customer)).await,
            zone: self.salon.zone,
            lines: Lines::of(vec![line]).expect("a line"),
            home: None,
            terms: Terms::default(),
            placed_at: now,
            state: State::Held { until: now + HOLD_LIFETIME, number: 0 },
        }
    }

    /// One hold at eleven with each professional, each by someone else.
    async fn one_each(&self) -> Vec<Booking> {
        let mut holds = Vec::new();
        for (customer, staff) in (0..).zip(&self.salon.staff) {
            holds.push(self.hold(customer, *staff, "11:00").await);
        }
        holds
    }

    /// Another process: it shares nothing with the first but the database.
    fn another_process(&self) -> Arc<dyn Store> {
        let address = Address::parse(&self.ground.database.url).expect("an address");
        let (ids, committed) = (self.ground.ids(), Arc::default());
        Arc::new(PgStore::new(address.pool(4), ids, committed, Shared::on(&address)))
    }

    async fn count(&self, what: &str) -> i64 {
        self.ground.database.count(what).await
    }
}

/// Places a booking under this key, if the time is free.
async fn place(store: Arc<dyn Store>, booking: Booking, key: String) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for (diary, window) in booking.lines.diaries() {
        let claims = tx.diary(diary, booking.zone, window).await?.claims;
        if claims.iter().any(|claim| booking.takes(diary, claim.window)) {
            return Err(StoreError::Conflict);
        }
    }
    tx.save_booking(&booking);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, booking.placed_at);
    let key = IdempotencyKey { person: booking.customer, verb: "test", key };
    tx.record(&key, Replay { fingerprint: [0; 32], answer: "{}".to_owned() });
    tx.commit().await
}

async fn all_at_once(
    store: &Arc<dyn Store>,
    holds: impl IntoIterator<Item = (Booking, String)>,
) -> BTreeMap<BookingId, Result<(), StoreError>> {
    let mut placing = JoinSet::new();
    for (hold, key) in holds {
        let store = Arc::clone(store);
        placing.spawn(async move { (hold.id, place(store, hold, key).await) });
    }
    placing.join_all().await.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_places_at_the_same_moment_shares_a_statement() {
    let scene = Scene::fresh().await;
    let holds = scene.one_each().await.into_iter().map(|hold| (hold, "key".to_owned()));
    let answers = all_at_once(&scene.ground.store(), holds).await;
    assert!(answers.values().all(Result::is_ok), "{answers:?}");
    for (table, rows) in [("bookings", STAFF), ("claims", STAFF), ("events", STAFF)] {
        let count = scene.count(&format!("select count(*) from {table}")).await;
        assert_eq!(usize::try_from(count), Ok(rows), "{table}");
    }
    // Rows written by one statement carry its transaction's number.
    let statements = scene.count("select count(distinct xmin::text) from bookings").await;
    assert!(statements < 24, "{statements} statements for 24 bookings");
    let together = scene
        .count(
            "select count(distinct (b.xmin::text, c.xmin::text, e.xmin::text))
        from bookings b join claims c on c.booking = b.id
        join events e on e.payload->>'booking' = b.id::text",
        )
        .await;
    assert_eq!(together, statements, "a booking, its claim and its event are one statement's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_the_database_refuses_spoils_nobody_else() {
    let scene = Scene::fresh().await;
    let store = scene.ground.store();
    // Someone in the middle of the crowd has a hold of that number.
    let holds = scene.one_each().await;
    let first = scene.hold(12, holds[SPOILT].lines.first().staff, "15:00").await;
    assert_eq!(first.customer, holds[SPOILT].customer);
    place(Arc::clone(&store), first, "first".to_owned()).await.expect("the time is free");
    let spoilt = holds[SPOILT].id;
    let answers = all_at_once(&store, holds.into_iter().map(|hold| (hold, "k".to_owned()))).await;
    for (id, answer) in &answers {
        if *id == spoilt {
            assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
        } else {
            assert!(answer.is_ok(), "{answer:?}");
        }
    }
    assert_eq!(scene.count("select count(*) from claims where active").await, 24);
    assert_eq!(scene.count("select count(*) from replays").await, 24);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_hangs_does_not_hold_up_who_comes_later() {
    let scene = Scene::fresh().await;
    let store = scene.ground.store();
    let [stuck, free] = [scene.salon.staff[0], scene.salon.staff[1]];
    let first = scene.hold(0, stuck, "11:00").await;
    place(Arc::clone(&store), first, "1".to_owned()).await.expect("the time is free");

    let mut script = scene.ground.database.pool().begin().await.expect("a transaction");
    sqlx::query("select from diary_days where diary = $1 for update")
        .bind(stuck.uuid())
        .execute(&mut *script)
        .await
        .expect("a lock");
    let waits = scene.hold(1, stuck, "15:00").await;
    let passes = scene.hold(2, free, "15:00").await;
    let waiting = tokio::spawn(place(Arc::clone(&store), waits, "2".to_owned()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    place(store, passes, "3".to_owned()).await.expect("another's lock is nothing to it");
    assert!(!waiting.is_finished(), "the lock is still held");
    script.rollback().await.expect("the lock is given back");
    waiting.await.expect("no panic").expect("the time was free all along");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_cut_while_idle_is_not_handed_out() {
    let scene = Scene::fresh().await;
    let store = scene.ground.store();
    let first = scene.hold(0, scene.salon.staff[0], "11:00").await;
    place(Arc::clone(&store), first, "1".to_owned()).await.expect("the time is free");
    scene
        .ground
        .database
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()",
        )
        .await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let second = scene.hold(1, scene.salon.staff[1], "11:00").await;
    place(store, second, "2".to_owned()).await.expect("nobody notices");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_runtime_that_is_gone() {
    let scene = Scene::fresh().await;
    let hold = scene.hold(0, scene.salon.staff[0], "11:00").await;
    let address = Address::parse(&scene.ground.database.url).expect("an address");
    let gone = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let shared = {
        let _entered = gone.enter();
        Shared::on(&address)
    };
    gone.shutdown_background();
    let store = PgStore::new(address.pool(2), scene.ground.ids(), Arc::default(), shared);
    let answer = place(Arc::new(store), hold, "1".to_owned()).await;
    let Err(StoreError::Unavailable(cause)) = answer else { panic!("{answer:?}") };
    assert!(cause.is::<tokio::sync::oneshot::error::RecvError>(), "told at once, not timed out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_in_a_rush_neither_overlap_nor_block_each_other() {
    const EACH: u32 = 120;
    let scene = Scene::fresh().await;
    let stores = [scene.ground.store(), scene.another_process()];
    let mut rush = JoinSet::new();
    for customer in 0..2 * EACH {
        // Five professionals; starts that overlap their neighbours.
        let staff = scene.salon.staff[customer as usize % 5];
        let wall = format!("{}:{:02}", 11 + customer / 5 % 7, customer / 35 % 4 * 15);
        let hold = scene.hold(customer, staff, &wall).await;
        let store = Arc::clone(&stores[customer as usize % 2]);
        rush.spawn(place(store, hold, "key".to_owned()));
    }
    let answers = rush.join_all().await;
    let placed = answers.iter().filter(|answer| answer.is_ok()).count();
    let bad = |answer: &&Result<(), StoreError>| {
        matches!(answer, Err(StoreError::Unavailable(_) | StoreError::Corrupt { .. }))
    };
    assert_eq!(answers.iter().filter(bad).count(), 0, "{answers:?}");
    assert!(placed > 0);
    assert_eq!(
        usize::try_from(scene.count("select count(*) from bookings").await),
        Ok(placed),
        "stored as answered"
    );
    let overlaps = "select count(*) from claims a join claims b
        on a.diary = b.diary and a.booking < b.booking
        and a.starts_at < b.ends_at and b.starts_at < a.ends_at
        where a.active and b.active";
    assert_eq!(scene.count(overlaps).await, 0);
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(scene.count(deadlocks).await, 0);
}

#[tokio::test]
async fn who_looks_at_nothing_lets_those_pass_who_decide_again() {
    let scene = Scene::fresh().await;
    let (store, staff) = (scene.ground.store(), scene.salon.staff[0]);
    let sought = |hold: &Booking, again| Sought {
        salon: hold.salon,
        wishes: vec![Wish { staff: Some(hold.lines.first().staff), ..scene.salon.wish() }],
        customer: hold.customer,
        start: hold.window().start(),
        destination: None,
        key: None,
        again,
    };
    let claiming = async |hold: &Booking| {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.presume(&sought(hold, false)).await.expect("an answer").expect("it is sold");
        tx.save_booking(hold);
        tx
    };
    let mut again = store.begin().await.expect("a unit of work");
    let first = scene.hold(0, staff, "11:00").await;
    again.desk(&sought(&first, true)).await.expect("an answer").expect("it is sold");
    let waits = claiming(&scene.hold(1, staff, "15:00").await).await;
    let passes = claiming(&scene.hold(2, scene.salon.staff[1], "15:00").await).await;
    let waiting = tokio::spawn(waits.claim());
    assert_eq!(passes.claim().await.expect("an answer"), Claimed::Saved, "another's line");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished(), "it is not their turn");
    drop(again);
    let claimed = waiting.await.expect("no panic").expect("an answer");
    assert_eq!(claimed, Claimed::Saved);
}
