//! Two whose statements cross: neither overlooks what the other does. What is not approved is shown to
//! nobody, nobody's salon is opened, and nobody is told anything where they logged out.

mod ground;

use std::future::Future;
use std::time::Duration;

use ground::PgGround;
use identity::{EndReason, Ended, EraseRefusal, Platform, Proof, PushBy, Vendor, VendorState};
use kernel::{AuditId, BookingId, DeviceId, PersonId, SessionId};
use ports::{
    Addition, Clock, Device, KeptVendor, NewEntry, NewSession, Noted, Saved, StoreError, Tx, Whence,
};
use scheduling::{Booking, Chosen, DailyCap, Line, Lines, State, Terms};
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

const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'";

/// Until so many statements wait for another's lock.
async fn waiting(ground: &PgGround, most: i64) {
    let all = async {
        while ground.database.count(WAITING).await < most {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(LONGEST, all).await.expect("they wait for each other");
}

/// Who looks all the time takes the processor from those who are looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// No test fails because others keep the machine busy.
const LONGEST: Duration = Duration::from_secs(20);

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
        let (opened, saved) = between(
            &ground,
            &member,
            async move { catalogue.add_salon(&new, None).await },
            async move { vendors.save(&decided, &noted).await },
        )
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
            async move { catalogue.add_salon(&new, None).await },
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
        async move { catalogue.add_salon(&new, None).await },
    )
    .await;
    assert_eq!(erased.expect("an answer"), Ok(()));
    assert!(!opened.expect("an answer"));
    assert_eq!(ground.database.count("select count(*) from salons").await, 1);
    assert_eq!(ground.database.count("select count(*) from vendors").await, 1);
}

/// A walk-in whose day was read, for somebody who told no phone.
async fn decided(ground: &PgGround, salon: &Salon, wall: &str) -> (Box<dyn Tx>, Booking) {
    let (service, start) = (salon.service(), salon.at(wall));
    let line = Line {
        guest: 0,
        service: service.id,
        staff: salon.professional(),
        chosen: Chosen::Named,
        start,
        timing: service.timing,
        price: service.price,
        units: Vec::new(),
    };
    let booking = Booking {
        id: BookingId::new(ground.ids().next()),
        salon: salon.id,
        customer: PersonId::new(ground.ids().next()),
        zone: salon.zone,
        lines: Lines::of(vec![line]).expect("a line"),
        home: None,
        terms: Terms::default(),
        placed_at: ground.clock().now(),
        state: State::Confirmed { at: ground.clock().now() },
    };
    let mut tx = ground.store().begin().await.expect("a unit of work");
    for (diary, window) in booking.lines.diaries() {
        tx.diary(diary, booking.zone, window).await.expect("an answer");
    }
    tx.save_walk_in(&booking, &Noted { name: Some("Chitra".to_owned()), phone: None });
    (tx, booking)
}

const WITHOUT_SALON: &str =
    "select count(*) from bookings b where not exists (select from salons s where s.id = b.salon)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salon_that_closes_books_for_nobody_meanwhile() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().not_listed().owned_by(7).on(&ground).await;
    closes_and_books_for_nobody(&ground, &salon).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salon_that_closes_and_stays_in_the_books_books_for_nobody_meanwhile() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().not_listed().owned_by(7).on(&ground).await;
    let (served, _) = decided(&ground, &salon, "2026-05-05 10:00").await;
    served.commit().await.expect("free");
    ground.clock().set(salon.at("2026-05-05 10:50"));
    closes_and_books_for_nobody(&ground, &salon).await;
    let salons = "select count(*) from salons where vendor is null";
    assert_eq!(ground.database.count(salons).await, 1, "the books name it");
}

async fn closes_and_books_for_nobody(ground: &PgGround, salon: &Salon) {
    let liked = a_salon().on(ground).await;
    let (owner, now) = (salon.owner, ground.clock().now());
    let added = ground.profiles().add_favourite(owner, liked.id, now).await;
    assert_eq!(added.expect("an answer"), Addition::There(()));
    let (walk_in, late) = decided(ground, salon, "2026-05-05 11:00").await;

    // The salon is gone, and its owner not yet.
    let favourites = in_the_way(ground, "select from favourites for update").await;
    let profiles = ground.profiles();
    let erased = tokio::spawn(async move { profiles.erase(owner, now).await });
    waiting(ground, 1).await;
    let booked = tokio::spawn(walk_in.commit());
    tokio::time::timeout(LONGEST, async {
        while !booked.is_finished() && ground.database.count(WAITING).await < 2 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    })
    .await
    .expect("it ends or waits");
    favourites.rollback().await.expect("nothing is in the way any more");
    assert_eq!(erased.await.expect("it ends").expect("an answer"), Ok(()));
    let booked = booked.await.expect("it ends");
    assert_eq!(ground.database.count(WITHOUT_SALON).await, 0);
    assert!(matches!(booked, Err(StoreError::Conflict)), "{booked:?}");
    let mut tx = ground.store().begin().await.expect("a unit of work");
    assert!(tx.booking(late.id).await.expect("an answer").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salon_that_books_for_somebody_does_not_close_meanwhile() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().not_listed().owned_by(7).on(&ground).await;
    let (owner, now) = (salon.owner, ground.clock().now());
    let (walk_in, booking) = decided(&ground, &salon, "2026-05-05 11:00").await;
    let day = format!(
        "insert into diary_days (diary, day, version) values ('{}', '2026-05-05', 1)",
        salon.professional()
    );
    let profiles = ground.profiles();
    let (booked, erased) =
        between(&ground, &day, walk_in.commit(), async move { profiles.erase(owner, now).await })
            .await;
    booked.expect("it was there first");
    assert_eq!(erased.expect("an answer"), Err(EraseRefusal::VisitToCome));
    assert_eq!(ground.database.count(WITHOUT_SALON).await, 0);
    let mut tx = ground.store().begin().await.expect("a unit of work");
    assert!(tx.booking(booking.id).await.expect("an answer").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_edits_a_professional_while_the_owner_leaves_waits_and_finds_nobody() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().not_listed().owned_by(7).on(&ground).await;
    let (owner, now, staff) = (salon.owner, ground.clock().now(), salon.professional());
    let (profiles, catalogue) = (ground.profiles(), ground.catalogue());
    let (erased, edited) = between(
        &ground,
        "select from salons for update",
        async move { profiles.erase(owner, now).await },
        async move { catalogue.put_daily_cap(staff, DailyCap::new(3), 2).await },
    )
    .await;
    assert_eq!(erased.expect("they do not wait for each other in a circle"), Ok(()));
    assert_eq!(edited.expect("an answer"), Saved::Stale);
    assert_eq!(ground.database.count("select count(*) from staff").await, 0);
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
