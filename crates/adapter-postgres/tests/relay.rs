//! What happened is told: every event gets its place in the feed, without gaps, and reaches the
//! one who carries out its effects, even when several relays and eight writers are at work at once.

mod ground;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ground::PgGround;
use indistylo_adapter_postgres::{Address, Pool, housekeeping, worker};
use kernel::{EventId, PaymentId, RefundId};
use ports::{Clock, Event, EventHandler, HandleError, Recorded};
use testkit::Ground;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Counts how often each event was handed over; the first `failures` hands fail.
#[derive(Default)]
struct Counting {
    seen: Mutex<HashMap<EventId, (Event, u32)>>,
    failures: Mutex<u32>,
    heard: Notify,
}

impl Counting {
    fn seen(&self) -> HashMap<EventId, (Event, u32)> {
        self.seen.lock().expect("no test panicked").clone()
    }

    /// Waits until so many different events were handed over, half a minute at most.
    async fn hear(&self, events: usize) {
        let all = async {
            while self.seen().len() < events {
                self.heard.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), all).await;
        waited.unwrap_or_else(|_| panic!("{} of {events} were handed over", self.seen().len()));
    }
}

#[async_trait]
impl EventHandler for Counting {
    async fn handle(&self, recorded: &Recorded) -> Result<(), HandleError> {
        {
            let mut failures = self.failures.lock().expect("no test panicked");
            if *failures > 0 {
                *failures -= 1;
                return Err(HandleError { what: "told to".to_owned() });
            }
        }
        {
            let mut seen = self.seen.lock().expect("no test panicked");
            seen.entry(recorded.id).or_insert((recorded.event.clone(), 0)).1 += 1;
        }
        self.heard.notify_one();
        Ok(())
    }
}

/// A signal to stop, for any number of those who work.
struct Shift(watch::Sender<bool>);

impl Shift {
    fn begin() -> Self {
        Self(watch::channel(false).0)
    }

    fn end(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut over = self.0.subscribe();
        async move {
            // A sender that is gone ends the shift as well.
            let _ = over.wait_for(|over| *over).await;
        }
    }
}

fn pool(ground: &PgGround, connections: u32) -> Pool {
    Address::parse(&ground.database.url).expect("an address").pool(connections)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rival_relays_place_two_thousand_events_of_eight_writers_without_a_gap() {
    const RELAYS: usize = 4;
    const WRITERS: u8 = 8;
    const COMMITS: u32 = 50;
    const EVENTS_A_COMMIT: u8 = 5;
    let total = usize::from(WRITERS) * usize::from(EVENTS_A_COMMIT) * COMMITS as usize;

    let ground = PgGround::fresh().await;
    let (shift, handler) = (Shift::begin(), Arc::new(Counting::default()));
    let mut crew = JoinSet::new();
    let drums: Vec<Arc<Notify>> = (0..RELAYS).map(|_| Arc::default()).collect();
    for drum in &drums {
        crew.spawn(worker::relay(pool(&ground, 1), Arc::clone(drum), shift.end()));
    }
    let mut over = shift.0.subscribe();
    crew.spawn(async move {
        // All relays look at the same moments, over and over.
        while !*over.borrow_and_update() {
            for drum in &drums {
                drum.notify_one();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let runner = tokio::spawn(worker::run(pool(&ground, 10), handler.clone(), shift.end()));

    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, ids, now) = (ground.store(), ground.ids(), ground.clock().now());
        writers.spawn(async move {
            for commit in 0..COMMITS {
                let mut tx = store.begin().await.expect("a unit of work");
                for round in 0..EVENTS_A_COMMIT {
                    let payment = PaymentId::new(ids.next());
                    tx.enqueue(Event::PaymentAwaited { payment, round: writer ^ round }, now);
                }
                if commit % 10 == 9 {
                    // What is not committed gets no place.
                    drop(tx);
                    tx = store.begin().await.expect("a unit of work");
                    for round in 0..EVENTS_A_COMMIT {
                        let payment = PaymentId::new(ids.next());
                        tx.enqueue(Event::PaymentAwaited { payment, round }, now);
                    }
                }
                tx.commit().await.expect("nobody is in the way");
            }
        });
    }
    writers.join_all().await;
    handler.hear(total).await;
    shift.0.send_replace(true);
    crew.join_all().await;
    runner.await.expect("the runner ends").expect("the runner ends well");

    let database = &ground.database;
    let total = i64::try_from(total).expect("not so many");
    let feed = "select count(*) from events where seq";
    assert_eq!(database.count(&format!("{feed} is null")).await, 0, "each has its place");
    assert_eq!(database.count(&format!("{feed} between 1 and {total}")).await, total, "no gap");
    assert_eq!(database.count("select last_seq from relay").await, total);
    let seen = handler.seen();
    let kept = database.texts("select id::text from events order by seq").await;
    assert_eq!(seen.len(), kept.len());
    for id in kept {
        let id: EventId = id.parse().expect("an id");
        assert!(seen.contains_key(&id), "{id} was never handed over");
    }
    let jobs = "select count(*) from graphile_worker._private_jobs";
    assert_eq!(database.count(jobs).await, 0, "the queue is empty at the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_that_fails_is_tried_again_and_one_that_is_not_due_waits() {
    let ground = PgGround::fresh().await;
    let (shift, handler) = (Shift::begin(), Arc::new(Counting::default()));
    *handler.failures.lock().expect("no test panicked") = 1;
    let (now, due, not_due) = (
        ground.clock().now(),
        RefundId::new(ground.ids().next()),
        RefundId::new(ground.ids().next()),
    );
    let mut tx = ground.store().begin().await.expect("a unit of work");
    tx.enqueue(Event::RefundDue { refund: due }, now);
    let far_away = "2999-01-01T00:00:00Z".parse().expect("an instant");
    tx.enqueue(Event::RefundDue { refund: not_due }, far_away);
    tx.commit().await.expect("saved");

    let relay =
        tokio::spawn(worker::relay(pool(&ground, 1), ground.committed.clone(), shift.end()));
    let runner = tokio::spawn(worker::run(pool(&ground, 6), handler.clone(), shift.end()));
    handler.hear(1).await;
    shift.0.send_replace(true);
    relay.await.expect("the relay ends");
    runner.await.expect("the runner ends").expect("the runner ends well");

    let events: Vec<Event> = handler.seen().into_values().map(|(event, _)| event).collect();
    assert_eq!(events, [Event::RefundDue { refund: due }]);
    assert_eq!(*handler.failures.lock().expect("no test panicked"), 0, "it failed once before");
    let waiting = "select count(*) from graphile_worker._private_jobs where run_at > now()";
    assert_eq!(ground.database.count(waiting).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_served_its_time_is_thrown_away_and_nothing_else() {
    let ground = PgGround::fresh().await;
    let database = &ground.database;
    for (key, age) in [("old", "49 hours"), ("recent", "47 hours")] {
        database
            .execute(&format!(
                "insert into replays values (gen_random_uuid(), 'v', '{key}', '', '1',
                     now() - interval '{age}');
                 insert into challenges values (gen_random_uuid(), '{key}', 0,
                     now() - interval '{age}' + interval '24 hours')"
            ))
            .await;
    }
    for (agent, age) in [("old", "182 days"), ("recent", "180 days")] {
        database
            .execute(&format!(
                "with owner as (insert into people (id, created_at)
                     values (gen_random_uuid(), now()) returning id)
                 insert into sessions (id, person, opened_at, rotated_at, agent, proof)
                 select id, id, now(), now() - interval '{age}', '{agent}', 'code' from owner"
            ))
            .await;
    }
    for (days, bits) in [(8, 0), (6, 0), (-1, 1)] {
        database
            .execute(&format!(
                "insert into busy (salon, day, diary, bits)
                 values ('00000000-0000-7000-8000-000000000002',
                     (now() at time zone 'UTC')::date - ({days}),
                     '00000000-0000-7000-8000-000000000001', {bits}::bit(288))"
            ))
            .await;
    }
    let shift = Shift::begin();
    let keeper =
        tokio::spawn(housekeeping::keep_house(pool(&ground, 1), housekeeping::MOST, shift.end()));
    let thrown = async {
        while database.count("select count(*) from challenges").await > 1
            || database.count("select count(*) from sessions").await > 1
            || database.count("select count(*) from busy where bits <> 0::bit(288)").await > 0
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), thrown).await.expect("it is thrown away");
    shift.0.send_replace(true);
    keeper.await.expect("the keeper ends");
    assert_eq!(database.count("select count(*) from busy").await, 2, "of days that may matter");
    assert_eq!(database.texts("select key from replays").await, ["recent"]);
    assert_eq!(database.texts("select phone from challenges").await, ["recent"]);
    assert_eq!(database.texts("select agent from sessions").await, ["recent"]);
}

/// Each with a row as old as it is kept and an hour less, and one an hour older.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_logins_and_texts_leave_behind_is_kept_for_its_time() {
    let ground = PgGround::fresh().await;
    let database = &ground.database;
    database
        .execute("insert into people (id, created_at) select gen_random_uuid(), now() from generate_series(1, 4)")
        .await;
    // A table, its row of a name and an age, and how long it is kept, in hours.
    let kinds = [
        ("tallies", "(key, taken, ends_at) values ('NAME', 1, AGE)", 1),
        ("code_counts", "(key, taken, ends_at) values ('NAME', 1, AGE)", 1),
        (
            "texts",
            "(provider, name, status, rank, noted_at, changed_at)
             values ('a provider', 'NAME', 'sent', 1, AGE, AGE)",
            90 * 24,
        ),
        (
            "registrations",
            "(id, digest, email, name, phone, business_name, password, expires_at)
             values (gen_random_uuid(), 'NAME', 'e', 'NAME', 'p', 'b', 'p', AGE)",
            24,
        ),
        (
            "password_resets",
            "(id, digest, asked_at, expires_at)
             values (gen_random_uuid(), 'NAME', now(), AGE)",
            24,
        ),
        ("attempts", "(key, wrong, free_at, tried_at) values ('NAME', 1, now(), AGE)", 24),
        ("proved_devices", "(phone, device, proved_at) values ('NAME', 'd', AGE)", 180 * 24),
        (
            "second_factors",
            "(person, sealed, enrolled_at)
             select id, 'NAME', AGE from people where id not in (select person from second_factors)
             limit 1",
            24,
        ),
    ];
    for (table, row, hours) in kinds {
        for (name, age) in [("old", hours + 1), ("recent", hours - 1)] {
            let age = format!("now() - interval '{age} hours'");
            let row = row.replace("NAME", name).replace("AGE", &age);
            database.execute(&format!("insert into {table} {row}")).await;
        }
    }
    // What is confirmed, and where somebody is known, stays for longer.
    database
        .execute(
            "insert into second_factors (person, sealed, enrolled_at, confirmed_at, last_step)
                 select id, 'confirmed', now() - interval '9 days', now(), 1 from people
                 where id not in (select person from second_factors) limit 1;
             insert into attempts (key, wrong, free_at, tried_at, familiar_at) values
                 ('familiar', 0, now(), now() - interval '59 days', now() - interval '59 days'),
                 ('stranger', 0, now(), now() - interval '61 days', now() - interval '61 days')",
        )
        .await;
    let shift = Shift::begin();
    let keeper =
        tokio::spawn(housekeeping::keep_house(pool(&ground, 1), housekeeping::MOST, shift.end()));
    let all = kinds.map(|(table, _, _)| format!("(select count(*) from {table})")).join(" + ");
    let thrown = async {
        while database.count(&format!("select {all}")).await > 10 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(10), thrown).await;
    shift.0.send_replace(true);
    keeper.await.expect("the keeper ends");
    for (table, _, _) in kinds {
        let old = format!("select count(*) from {table} t where t::text ~ 'old|6f6c64|stranger'");
        assert_eq!(database.count(&old).await, 0, "{table}");
        let recent =
            format!("select count(*) from {table} t where t::text ~ 'recent|726563656e74'");
        assert_eq!(database.count(&recent).await, 1, "{table}");
    }
    let kept = "select encode(sealed, 'escape') from second_factors where confirmed_at is not null
        union all select encode(key, 'escape') from attempts where familiar_at is not null";
    assert_eq!(database.texts(kept).await, ["confirmed", "familiar"]);
    done.expect("no more is thrown away than that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_counts_is_thrown_away_to_the_last_row() {
    let ground = PgGround::fresh().await;
    let database = &ground.database;
    database
        .execute(
            "insert into tallies select 'old' || n, 1, now() - interval '2 hours'
                 from generate_series(1, 25000) n;
             insert into tallies values ('recent', 1, now());
             insert into attempts (key, wrong, free_at, tried_at)
                 select sha256(n::text::bytea), 1, now(), now() - interval '2 days'
                 from generate_series(1, 25000) n",
        )
        .await;
    let shift = Shift::begin();
    let keeper =
        tokio::spawn(housekeeping::keep_house(pool(&ground, 1), housekeeping::MOST, shift.end()));
    let counts = "select (select count(*) from tallies) + (select count(*) from attempts)";
    let thrown = async {
        while database.count(counts).await > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), thrown).await.expect("it is thrown away");
    shift.0.send_replace(true);
    keeper.await.expect("the keeper ends");
    assert_eq!(database.texts("select key from tallies").await, ["recent"]);
}
