//! What a process knows of ended sessions is never older than was promised.

mod ground;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ground::PgGround;
use identity::Proof;
use identity::policy::ENDED_KNOWN_WITHIN;
use indistylo_adapter_postgres::PgSessions;
use kernel::SessionId;
use ports::{Clock, NewSession, Sessions, Whence};
use sqlx::postgres::PgPoolOptions;
use testkit::ground::phone;
use testkit::{Ground, TestIds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_known_before_a_reading_that_failed_is_not_told_when_it_has_grown_old() {
    let ground = PgGround::fresh().await;
    let (asha, now) = (ground.person(&phone(1)).await, ground.clock().now());
    let id = SessionId::new(ground.ids().next());
    // Patient enough to fail late, as where the database hangs.
    let patient = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(4));
    let pool = patient.connect(&ground.database.url).await.expect("the database answers");
    let sessions =
        PgSessions::new(pool.clone(), Arc::new(TestIds::default()), Arc::default(), &ground.shared);
    sessions
        .open(asha, &NewSession { id, proof: Proof::Code, at: now, whence: Whence::default() })
        .await
        .expect("open");
    let known = Instant::now();
    assert!(!sessions.is_ended(id, now).await.expect("an answer"));

    // Elsewhere it is ended. Here it would be read in a moment, but the one connection is taken.
    let end = format!(
        "update sessions set ended_at = now(), ended_why = 'logged_out' \
                       where id = '{id}'"
    );
    ground.database.execute(&end).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let taken = pool.acquire().await.expect("a connection");
    let told = sessions.is_ended(id, now).await;
    let promised = ENDED_KNOWN_WITHIN.to_std().expect("not negative");
    assert!(known.elapsed() > promised, "the reading was to take longer than what was known lasts");
    assert!(told.is_err(), "{told:?}");
    drop(taken);
    assert!(sessions.is_ended(id, now).await.expect("an answer"));
}
