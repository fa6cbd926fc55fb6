//! Two whose statements cross: neither overlooks what the other does. What is not approved is shown to
//! nobody, nobody's salon is opened, and nobody is told anything where they logged out.

mod ground;

use std::future::Future;
use std::time::Duration;

use ground::PgGround;
use identity::{EndReason, Ended, Platform, Proof, PushBy, Vendor, VendorState};
use kernel::{AuditId, DeviceId, SessionId};
use ports::{Addition, Clock, Device, KeptVendor, NewEntry, NewSession, StoreError, Whence};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use testkit::ground::phone;
use testkit::{Ground, Salon, a_salon};

fn entry(ground: &PgGround) -> NewEntry {
    NewEntry {
        id: AuditId::new(ground.ids().next()),
        at: ground.clock().now(),
        actor: None,
        act: "suspendVendor".to_owned(),
        object: "vendor".to_owned(),
        detail: None,
    }
}

async fn kept(ground: &PgGround, salon: &Salon) -> KeptVendor {
    let found = ground.vendors().vendor_of(salon.owner).await;
    found.expect("an answer").expect("they own one")
}

/// The same vendor in the other state: shown, or not.
fn turned(KeptVendor { vendor, version }: KeptVendor) -> KeptVendor {
    let state = match vendor.state {
        VendorState::Approved => VendorState::Suspended("complaints".to_owned()),
        _ => VendorState::Approved,
    };
    KeptVendor { vendor: Vendor { state, ..vendor }, version }
}

/// Writes or locks a row past every rule, in a transaction that whoever wants the same row waits for.
async fn in_the_way(ground: &PgGround, row: &str) -> Transaction<'static, Postgres> {
    let mut tx = ground.database.pool().begin().await.expect("a transaction");
    let database: &mut PgConnection = &mut tx;
    for sql in ["set local session_replication_role = replica", row] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *database).await.expect(sql);
    }
    tx
}

/// Until so many statements wait for another's lock.
async fn waiting(ground: &PgGround, most: i64) {
    let all = async {
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while ground.database.count(waiting).await < most {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), all).await.expect("they wait for each other");
}

/// Begins one, and the other when the first waits, and lets both go when both do.
async fn between<A: Send + 'static, B: Send + 'static>(
    ground: &PgGround,
    row: &str,
    first: impl Future<Output = A> + Send + 'static,
    then: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    let in_the_way = in_the_way(ground, row).await;
    let first = tokio::spawn(first);
    waiting(ground, 1).await;
    let then = tokio::spawn(then);
    waiting(ground, 2).await;
    in_the_way.rollback().await.expect("nothing is in the way any more");
    (first.await.expect("it ends"), then.await.expect("it ends"))
}

/// Of how many salons it is said wrongly whether they are shown.
async fn wrong(ground: &PgGround) -> i64 {
    let wrong = "select count(*) from salons s join vendors v on v.id = s.vendor
        where s.is_listed <> (v.state = 'approved')";
    ground.database.count(wrong).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salon_that_opens_while_its_vendor_is_decided_about_makes_it_decide_again() {
    for plan in [a_salon(), a_salon().not_listed()] {
        let ground = PgGround::fresh().await;
        let salon = plan.on(&ground).await;
        let (new, decided) =
            (a_salon().to_open(&ground, salon.owner), turned(kept(&ground, &salon).await));
        let member = format!(
            "insert into members (salon, person, role) values ('{}', '{}', 'owner')",
            new.id, new.owner
        );
        let (catalogue, vendors) = (ground.catalogue(), ground.vendors());
        let noted = entry(&ground);
        let (opened, saved) =
            between(&ground, &member, async move { catalogue.add_salon(&new).await }, async move {
                vendors.save(&decided, &noted).await
            })
            .await;
        assert!(opened.expect("an answer"));
        assert!(matches!(saved, Err(StoreError::Conflict)), "{saved:?}");
        assert_eq!(wrong(&ground).await, 0);
        let again = turned(kept(&ground, &salon).await);
        ground.vendors().save(&again, &entry(&ground)).await.expect("saved");
        assert_eq!(wrong(&ground).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salon_that_opens_after_a_decision_waits_for_it() {
    for plan in [a_salon(), a_salon().not_listed()] {
        let ground = PgGround::fresh().await;
        let salon = plan.on(&ground).await;
        let (new, decided) =
            (a_salon().to_open(&ground, salon.owner), turned(kept(&ground, &salon).await));
        let noted = entry(&ground);
        let same_entry = format!(
            "insert into audit (id, at, act, object) values ('{}', now(), 'act', 'object')",
            noted.id
        );
        let (catalogue, vendors) = (ground.catalogue(), ground.vendors());
        let (saved, opened) = between(
            &ground,
            &same_entry,
            async move { vendors.save(&decided, &noted).await },
            async move { catalogue.add_salon(&new).await },
        )
        .await;
        saved.expect("saved");
        assert!(opened.expect("an answer"));
        assert_eq!(wrong(&ground).await, 0);
        assert_eq!(ground.database.count("select count(*) from salons").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_being_erased_opens_no_salon() {
    let ground = PgGround::fresh().await;
    let asha = ground.person(&phone(1)).await;
    let salon = a_salon().on(&ground).await;
    let now = ground.clock().now();
    let liked = ground.profiles().add_favourite(asha, salon.id, now).await;
    assert_eq!(liked.expect("an answer"), Addition::There(()));
    let new = a_salon().called("Nobody's").to_open(&ground, asha);
    let (catalogue, profiles) = (ground.catalogue(), ground.profiles());
    let (erased, opened) = between(
        &ground,
        "select from favourites for update",
        async move { profiles.erase(asha, now).await },
        async move { catalogue.add_salon(&new).await },
    )
    .await;
    assert_eq!(erased.expect("an answer"), Ok(()));
    assert!(!opened.expect("an answer"));
    assert_eq!(ground.database.count("select count(*) from salons").await, 1);
    assert_eq!(ground.database.count("select count(*) from vendors").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_registered_while_its_session_ends_leaves_with_it() {
    let ground = PgGround::fresh().await;
    let (asha, now) = (ground.person(&phone(1)).await, ground.clock().now());
    let session = SessionId::new(ground.ids().next());
    let (proof, whence) = (Proof::Code, Whence::default());
    let new = NewSession { id: session, proof, at: now, whence };
    ground.sessions().open(asha, &new).await.expect("opened");
    let device = Device {
        id: DeviceId::new(ground.ids().next()),
        person: asha,
        session,
        platform: Platform::Web,
        push: PushBy::Fcm,
        token: "token".parse().expect("a token"),
        app_version: "1".to_owned(),
        registered_at: now,
    };
    let same_token = "insert into devices values (gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), 'web', 'fcm', 'token', '1', now())";
    let (profiles, sessions) = (ground.profiles(), ground.sessions());
    let ended = Ended { at: now, why: EndReason::LoggedOut };
    let (registered, ended) = between(
        &ground,
        same_token,
        async move { profiles.register_device(&device).await },
        async move { sessions.end(asha, session, ended, None).await },
    )
    .await;
    assert!(registered.expect("an answer").is_some());
    assert!(ended.expect("an answer"));
    assert_eq!(ground.database.count("select count(*) from devices").await, 0);
}
