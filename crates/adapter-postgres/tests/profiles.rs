//! What somebody consented to stays said, and who was forgotten stays forgotten, even where the
//! program is in error or late.

mod ground;

use std::time::Duration;

use chrono::{DateTime, Utc};
use ground::PgGround;
use identity::policy::NOTED_NAME_KEPT_FOR;
use identity::{Consent, ConsentPurpose};
use indistylo_adapter_postgres::housekeeping;
use kernel::ConsentId;
use ports::Clock;
use testkit::Ground;
use testkit::ground::phone;
use tokio::sync::oneshot;

/// Who looks all the time takes the processor from the keeper, whose statements have a deadline.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_consent_is_changed_or_removed_by_any_statement() {
    let ground = PgGround::fresh().await;
    let asha = ground.person(&phone(1)).await;
    let consent = Consent {
        id: ConsentId::new(ground.ids().next()),
        purpose: ConsentPurpose::Marketing,
        version: "2026-11-01".parse().expect("a version"),
        given: false,
        at: ground.clock().now(),
    };
    ground.profiles().record_consent(asha, &consent).await.expect("an answer");
    for change in ["update consents set given = true", "delete from consents", "truncate consents"]
    {
        let error = sqlx::query(change).execute(ground.database.pool()).await;
        let error = error.expect_err(change).to_string();
        assert!(error.contains("do not change"), "{change}: {error}");
    }
    let kept: (bool, DateTime<Utc>) = sqlx::query_as("select given, at from consents")
        .fetch_one(ground.database.pool())
        .await
        .expect("it is there");
    assert_eq!(kept, (false, consent.at));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_late_of_who_was_erased_is_taken_away_and_nobody_elses() {
    let ground = PgGround::fresh().await;
    let (gone, here) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let erased = ground.profiles().erase(gone, ground.clock().now()).await;
    assert!(erased.expect("an answer").is_ok());
    ground.database.execute("update people set erased_at = now() where phone is null").await;
    for person in [gone, here] {
        let booking = format!(
            "insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status,
                 home, placed_at, changed_at, version)
             values (gen_random_uuid(), gen_random_uuid(), '{person}', 'Asia/Kolkata', now(), now(),
                 '[]', 'expired', '{{}}', now(), now(), 1);
             insert into replays values ('{person}', 'v', 'key', '', '1', now())"
        );
        ground.database.execute(&booking).await;
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let keeper =
        tokio::spawn(housekeeping::keep_house(ground.pool.clone(), housekeeping::MOST, async {
            let _ = stopped.await;
        }));
    let homes = "select customer::text from bookings where home is not null";
    let taken = async {
        while ground.database.texts(homes).await.len() > 1 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), taken).await.expect("it is taken away");
    stop.send(()).expect("the keeper is at work");
    keeper.await.expect("the keeper ends");
    let here = [here.to_string()];
    assert_eq!(ground.database.texts(homes).await, here);
    assert_eq!(ground.database.texts("select person::text from replays").await, here);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_who_told_no_phone_is_forgotten_a_while_after_the_visit() {
    let ground = PgGround::fresh().await;
    let kept_for = NOTED_NAME_KEPT_FOR.num_days();
    let (over, due) = (kept_for - 1, kept_for + 1);
    for (days_ago, noted) in [
        (due, r#"'{"name": "Asha"}'"#),
        (due, r#"'{"name": "Bina"}'"#),
        (due, r#"'{"name": "Chitra"}'"#),
        (over, r#"'{"name": "Deepa"}'"#),
        (due, r#"'{"name": "Esha", "phone": "+919800000007"}'"#),
        (due, "null"),
    ] {
        let booking = format!(
            "insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status,
                 noted, placed_at, changed_at, version)
             values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Asia/Kolkata', now(),
                 now() - interval '{days_ago} days', '[]', 'completed', {noted}, now(), now(), 1)"
        );
        ground.database.execute(&booking).await;
    }
    // In one round, though they are more than it takes at a time.
    let (stop, stopped) = oneshot::channel::<()>();
    let keeper = tokio::spawn(housekeeping::keep_house(ground.pool.clone(), 2, async {
        let _ = stopped.await;
    }));
    let forgotten = async {
        while ground.database.count("select count(*) from bookings where noted = '{}'").await < 3 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), forgotten).await.expect("it is forgotten");
    stop.send(()).expect("the keeper is at work");
    keeper.await.expect("the keeper ends");
    let names = "select noted ->> 'name' from bookings where noted ? 'name' order by 1";
    assert_eq!(ground.database.texts(names).await, ["Deepa", "Esha"]);
    assert_eq!(ground.database.count("select count(*) from bookings where noted is null").await, 1);
}
