//! What was stored before a migration is there after it, in the form of the day.

use std::sync::Arc;

use indistylo_adapter_postgres::{Address, PgCatalogue, PgQueries, PgStore, Shared, migrate};
use kernel::Money;
use ledger::{Refund, RefundReason};
use ports::{Catalogue, IdempotencyKey, Queries, Store, Wish};
use scheduling::{Booking, Chosen, Part};
use sqlx::AssertSqlSafe;
use testkit::TestDatabase;
use testkit::fakes::TestIds;

/// The migrations whose names fit, in order.
fn scripts(fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut scripts: Vec<_> = std::fs::read_dir("../../migrations")
        .expect("the migrations")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(&fits))
        .collect();
    scripts.sort();
    scripts.iter().map(|path| std::fs::read_to_string(path).expect("a script")).collect()
}

/// Every migration up to this one, as a database that has only these.
async fn database_at(version: &'static str) -> TestDatabase {
    let apply = async |url: &str| {
        let pool = sqlx::PgPool::connect(url).await?;
        for script in scripts(|name| name <= version) {
            sqlx::raw_sql(AssertSqlSafe(script)).execute(&pool).await?;
        }
        pool.close().await;
        Ok::<(), sqlx::Error>(())
    };
    TestDatabase::fresh(version, apply).await
}

/// Every migration after this one.
async fn bring_up(database: &TestDatabase, version: &str) {
    for script in scripts(|name| name > version) {
        database.execute(&script).await;
    }
}

/// A colour in three parts by a professional, with buffers, as migration 3 stored it; and the
/// answer to a booking that a client may still ask for again.
const BEFORE_VISITS: &str = "
    insert into people values ('00000000-0000-7000-8000-000000000001', '+919812345678', null, now());
    insert into salons values ('00000000-0000-7000-8000-000000000002', 'Glow', 'Pune', 'x', null,
        null, 'Asia/Kolkata', '{}', 15, 0, 60, 1, now(), 'grid');
    insert into services values ('00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000002', 'Colour', 'hair', 120, 5, 10, 249900, '{30,-60,30}');
    insert into staff values ('00000000-0000-7000-8000-000000000004',
        '00000000-0000-7000-8000-000000000002', 'Asha', null, 1);
    insert into bookings (id, salon, customer, service, staff, zone, starts_at, ends_at,
        claim_starts_at, claim_ends_at, price_paise, status, placed_at, changed_at, version, parts)
    select ('00000000-0000-7000-8000-00000000001' || n)::uuid,
        '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001',
        '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000004',
        'Asia/Kolkata', at, at + minutes * interval '1 minute', at - interval '5 minutes',
        at + (minutes + 10) * interval '1 minute', 249900, 'confirmed', now(), now(), 1, parts
    from (values (0, timestamptz '2026-05-05 11:00+05:30', 120, '{30,-60,30}'::smallint[]),
                 (1, '2026-05-06 11:00+05:30', 45, null)) b(n, at, minutes, parts);
    insert into claims values ('00000000-0000-7000-8000-000000000010',
        '00000000-0000-7000-8000-000000000004', '2026-05-05 10:55+05:30',
        '2026-05-05 11:30+05:30', null, true);
    insert into replays select '00000000-0000-7000-8000-000000000001', 'create_booking', 'k', '\\x00',
        '{\"id\": \"00000000-0000-7000-8000-000000000011\", \"salon\":
          \"00000000-0000-7000-8000-000000000002\", \"customer\":
          \"00000000-0000-7000-8000-000000000001\", \"service\":
          \"00000000-0000-7000-8000-000000000003\", \"staff\":
          \"00000000-0000-7000-8000-000000000004\", \"zone\": \"Asia/Kolkata\", \"window\":
          {\"start\": \"2026-05-06T05:30:00Z\", \"end\": \"2026-05-06T06:15:00Z\"}, \"timing\":
          {\"parts\": [{\"minutes\": 45, \"hands_on\": true}], \"buffer_before\": 5,
           \"buffer_after\": 10}, \"price\": {\"amount\": 249900, \"currency\": \"INR\"},
          \"placed_at\": \"2026-05-04T05:30:00Z\", \"state\": {\"status\": \"confirmed\",
          \"at\": \"2026-05-04T05:31:00Z\"}}';
";

#[tokio::test]
async fn bookings_of_one_service_become_visits_of_one_line() {
    let database = database_at("0003_parts.sql").await;
    database.execute(BEFORE_VISITS).await;
    bring_up(&database, "0003_parts.sql").await;

    let address = Address::parse(&database.url).expect("an address");
    let queries = PgQueries::new(address.pool(1));
    let id = |n: u8| format!("00000000-0000-7000-8000-0000000000{n}").parse().expect("an id");
    let colour = queries.booking(id(10)).await.expect("an answer").expect("it is there");
    assert_eq!(
        (colour.lines[0].service.as_str(), colour.lines[0].staff.as_str()),
        ("Colour", "Asha")
    );
    let line = colour.booking.lines.first();
    let parts: Vec<Part> = line.timing.parts().collect();
    assert_eq!(parts.len(), 3);
    assert_eq!((line.price, line.chosen), (Money::inr(249_900), Chosen::Named));
    let claims: Vec<String> =
        colour.booking.lines.claims().map(|(_, window)| window.to_string()).collect();
    let taken =
        ["2026-05-05T05:25:00Z/2026-05-05T06:00:00Z", "2026-05-05T07:00:00Z/2026-05-05T07:40:00Z"];
    assert_eq!(claims, taken);
    let (salon, diary) = (colour.booking.salon, line.staff.into());
    let catalogue = PgCatalogue::new(address.pool(1), Shared::on(&address));
    let wish = [Wish { guest: 0, service: line.service, staff: None, gender: None }];
    let seen = catalogue.outlook(salon, &wish, &|_| Some(colour.booking.window())).await;
    let busy = seen.expect("an answer").expect("it is sold").busy;
    let busy: Vec<String> = busy[&diary].taken.iter().map(ToString::to_string).collect();
    assert_eq!(busy, taken[..1], "the diary is the professional's, and searches know of it");

    let cut = queries.booking(id(11)).await.expect("an answer").expect("it is there").booking;
    let mut tx = store(&address).begin().await.expect("a unit of work");
    let person = cut.customer;
    let key = IdempotencyKey { person, verb: "create_booking", key: "k".to_owned() };
    database.execute("update replays set fingerprint = decode(repeat('00', 32), 'hex')").await;
    let answer = tx.replay(&key).await.expect("an answer").expect("it is kept").answer;
    let answer: Booking = serde_json::from_str(&answer).expect("it reads");
    assert_eq!(answer.lines, cut.lines);
}

/// Payments in every state, as migration 9 stored them.
const BEFORE_PARTS: &str = "
    insert into people values ('00000000-0000-7000-8000-000000000001', '+919812345678', null, now());
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status, placed_at,
        changed_at, version)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000001', 'Asia/Kolkata', now(), now(), '[]', 'expired',
        now(), now(), 1);
    insert into payments select ('00000000-0000-7000-8000-00000000001' || n)::uuid,
        '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 49900,
        status, case when n > 0 then 'order_' || n end, case when n > 1 then 'pay_' || n end,
        case when n > 3 then 'rfnd_' || n end, case when n > 2 then 'slot_gone' end,
        '2026-05-04 10:00+05:30', 1
    from (values (1, 'ordered'), (2, 'captured'), (3, 'refund_due'), (4, 'refunded')) p(n, status);
";

#[tokio::test]
async fn what_went_back_whole_is_one_refund_of_all_of_it() {
    let database = database_at("0009_resources.sql").await;
    database.execute(BEFORE_PARTS).await;
    bring_up(&database, "0009_resources.sql").await;

    let address = Address::parse(&database.url).expect("an address");
    let mut tx = store(&address).begin().await.expect("a unit of work");
    let booking = "00000000-0000-7000-8000-000000000002".parse().expect("an id");
    let payments = tx.payments_of(booking).await.expect("an answer");
    let told = payments.iter().map(|payment| {
        let capture = payment.captured()?;
        let back = |refund: &Refund| {
            assert_eq!(refund.id.uuid(), payment.id.uuid(), "by this name the gateway knows it");
            assert_eq!((refund.amount, refund.due_at), (payment.amount, capture.at()));
            (refund.reason, refund.given.as_ref().map(|(name, _)| name.0.clone()))
        };
        Some((capture.kept().minor_units(), capture.refunds().iter().map(back).collect::<Vec<_>>()))
    });
    let gone = RefundReason::SlotGone;
    let expected = [
        None,
        Some((49_900, vec![])),
        Some((0, vec![(gone, None)])),
        Some((0, vec![(gone, Some("rfnd_4".to_owned()))])),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

fn store(address: &Address) -> PgStore {
    PgStore::new(address.pool(1), Arc::new(TestIds::default()), Arc::default(), Shared::on(address))
}

#[tokio::test]
async fn all_of_them_run_one_after_the_other() {
    let database = TestDatabase::fresh("none", async |_: &str| Ok::<(), String>(())).await;
    migrate(&database.url).await.expect("migrated");
    migrate(&database.url).await.expect("and again");
    assert!(database.count("select count(*) from _sqlx_migrations where success").await >= 4);
}

/// Walk-ins as migration 25 stored them: of a passer-by, of somebody who called, and of a customer
/// who logs in and told how they are called; and what that customer booked themselves.
const BEFORE_NOTED: &str = "
    insert into people (id, phone, name, created_at)
    select ('00000000-0000-7000-8000-00000000002' || n)::uuid, phone, name, now()
    from (values (1, null, 'Passer-by'), (2, '+919812345672', 'Caller'),
                 (3, '+919812345673', 'Own name')) p(n, phone, name);
    insert into sessions (id, person, opened_at, rotated_at)
    values ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000023', now(),
        now());
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status, placed_at,
        changed_at, version)
    select ('00000000-0000-7000-8000-00000000001' || n)::uuid,
        '00000000-0000-7000-8000-000000000003',
        ('00000000-0000-7000-8000-00000000002' || least(n, 3))::uuid, 'Asia/Kolkata', now(),
        now(), '[]', 'confirmed', now(), now(), 1
    from generate_series(1, 4) n;
    insert into events (id, kind, payload, due)
    select gen_random_uuid(), 'walk_in_noted', jsonb_build_object('kind', 'walk_in_noted', 'booking',
        '00000000-0000-7000-8000-00000000001' || n), now()
    from generate_series(1, 3) n;
    insert into replays (person, verb, key, fingerprint, answer)
    values ('00000000-0000-7000-8000-000000000023', 'mark_arrived', 'k', '\\x00',
        '{\"id\": 1, \"home\": {\"address\": \"12 Palasia\"}}');
";

#[tokio::test]
async fn what_salons_typed_becomes_theirs_and_nobodys_name() {
    let database = database_at("0025_noted_logins.sql").await;
    database.execute(BEFORE_NOTED).await;
    bring_up(&database, "0025_noted_logins.sql").await;
    let noted =
        database.texts("select coalesce(noted::text, 'none') from bookings order by id").await;
    let expected = [
        r#"{"name": "Passer-by"}"#,
        r#"{"phone": "+919812345672"}"#,
        r#"{"phone": "+919812345673"}"#,
        "none",
    ];
    assert_eq!(noted, expected);
    let names = "select coalesce(name, 'none') from people order by id";
    assert_eq!(database.texts(names).await, ["none", "none", "Own name"]);
    let answers = database.texts("select answer::text from replays").await;
    assert_eq!(answers, [r#"{"id": 1}"#], "answers bear no home");
}

/// A server of before answers were kept as text, beside one of now, for a while.
#[tokio::test]
async fn an_answer_that_the_release_before_keeps_is_read() {
    let database = database_at("0046_salons_by_text.sql").await;
    bring_up(&database, "0046_salons_by_text.sql").await;
    let id = "00000000-0000-7000-8000-000000000001";
    let kept = format!(
        r#"select keep_answer('{{"person": "{id}", "verb": "create_staff", "key": "k",
               "fingerprint": "\\x{}", "answer": "{id}"}}')"#,
        "07".repeat(32)
    );
    database.execute(&kept).await;
    let address = Address::parse(&database.url).expect("an address");
    let mut tx = store(&address).begin().await.expect("a unit of work");
    let person = id.parse().expect("an id");
    let key = IdempotencyKey { person, verb: "create_staff", key: "k".to_owned() };
    let answer = tx.replay(&key).await.expect("an answer").expect("it is kept").answer;
    assert_eq!(answer, format!("\"{id}\""));
}
