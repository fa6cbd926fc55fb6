//! How fast a free time is found, on the first day and after a million bookings.

use std::time::Instant;

use ports::Clock;
use server::world::SystemClock;

use crate::floor::{self, Floor, Pgbench};
use crate::house::{House, say};
use crate::http::{Connection, post};
use crate::load::{self, Requests};
use crate::machine::{self, Used};
use crate::report::{self, Searches};
use crate::town::{self, Street};
use crate::{Failure, Options};

/// Everybody else: two thousand professionals, ten to a salon.
const TOWN: Street = Street { first: 0, salons: 200, staff_each: 10 };
/// The salon that is searched: twelve professionals, nearly fully booked for a fortnight.
const BUSY: Street = Street { first: 5_000, salons: 1, staff_each: 12 };
/// The days that are searched.
const DAYS: u64 = 14;

/// Measures and prints.
pub(crate) async fn run(mut options: Options) -> Result<(), Failure> {
    if options.clients.is_empty() {
        options.clients = vec![8];
    }
    let started = Instant::now();
    let house = House::open(&options).await?;
    say("building a town: 2,012 professionals, 250,000 people ...");
    town::settle(&house).await?;
    town::build(&house, TOWN).await?;
    town::build(&house, BUSY).await?;
    house.sql(BUSY_FORTNIGHT).await?;
    house.sql("vacuum analyze").await?;
    house.sql("checkpoint").await?;

    let mut pgbench = Pgbench::with(&house, floor::LOOKUP)?;
    let (mut rows, mut neighbours) = (Vec::new(), Vec::new());
    for past in [0, options.stored] {
        if past > 0 {
            say(&format!("storing {past} bookings, nine of ten in the past ..."));
            store(&house, past).await?;
        }
        for clients in options.clients.clone() {
            let row = measure(&house, &options, clients, &mut pgbench, &mut neighbours).await?;
            rows.push(row);
        }
    }
    let postgres: String = sqlx::query_scalar("show server_version").fetch_one(&house.pool).await?;
    house.close().await?;
    println!("{}", report::searches(&rows));
    println!(
        "\nA search: {DAYS} days of a salon with 12 professionals, 13 of 14 possible times booked. \
         Floor: one stored booking by its key, `pgbench -M prepared`, same socket."
    );
    println!("{}", report::footer(&machine::line(&postgres), &neighbours, started.elapsed()));
    Ok(())
}

async fn measure(
    house: &House,
    options: &Options,
    clients: usize,
    pgbench: &mut Option<Pgbench>,
    neighbours: &mut Vec<f64>,
) -> Result<Searches, Failure> {
    let stored = house.number("select count(*) from bookings").await?;
    let keys = u32::try_from(stored)?;
    let request = request();
    let mut connection = Connection::open(house.address).await?;
    let answer = connection.exchange(&request).await?;
    if answer.status != 200 {
        return Err(String::from_utf8_lossy(answer.body).into_owned().into());
    }
    let found: serde_json::Value = serde_json::from_slice(answer.body)?;
    let slots = found["slots"].as_array().map_or(0, Vec::len);
    let mut row = Searches {
        clients,
        stored,
        slices: Vec::new(),
        floors: Vec::new(),
        bytes: answer.body.len(),
        slots,
    };
    let seconds = options.seconds;
    load::run(house.address, clients, 1.0, Requests::Same(request.clone())).await?;
    let mut before = lookups(pgbench, clients, seconds, keys).await?;
    for round in 0..options.rounds {
        let used_before = house.processes.used();
        let requests = Requests::Same(request.clone());
        let slice = load::run(house.address, clients, seconds, requests).await?;
        let used_after = house.processes.used();
        neighbours.push(Used::neighbours(used_before, used_after));
        if let Some(strange) = &slice.strange {
            say(&format!("an answer that was not expected: {strange}"));
        }
        let after = lookups(pgbench, clients, seconds, keys).await?;
        say(&format!(
            "{stored} stored, {clients} clients, round {}: {:.0} searches/s beside {:.0} lookups/s",
            round + 1,
            slice.rate(|status| status == 200),
            after.as_ref().map_or(0.0, |floor| floor.rate),
        ));
        row.slices.push((slice, used_after.since(used_before)));
        row.floors.push((before, after.clone()));
        before = after;
    }
    Ok(row)
}

async fn lookups(
    pgbench: &mut Option<Pgbench>,
    clients: usize,
    seconds: f64,
    stored: u32,
) -> Result<Option<Floor>, Failure> {
    let Some(pgbench) = pgbench else { return Ok(None) };
    pgbench.run(clients, seconds, stored).await.map(Some)
}

/// The search of the fortnight that begins tomorrow.
fn request() -> Vec<u8> {
    let now = SystemClock.now();
    let (from, to) = (town::start(now, 1, 0), town::start(now, 1 + DAYS, 0));
    let professional = BUSY.professional(0);
    let body = serde_json::json!({
        "salon_id": professional.salon, "services": [{ "service_id": professional.service }],
        "from": from, "to": to,
    });
    post("/api/v1/availability/search", "", &body.to_string())
}

/// Bookings are named by their number, so that the floor can look them up; the first are these.
/// Fourteen times a day fit; one of the fourteen, another for each professional and day, is free.
const BUSY_FORTNIGHT: &str = "
    create sequence stored minvalue 0;
    create view booked_fortnight as
        select s.id as staff, s.salon,
               (date_trunc('day', now() at time zone 'Asia/Kolkata') + interval '9 hours'
                + make_interval(days => d::int, mins => (45 * t)::int)) at time zone 'Asia/Kolkata'
               as starts_at
        from staff s, generate_series(1, 14) d, generate_series(0, 13) t
        where s.salon = bench_id(1, 5000)
          and (get_byte(uuid_send(s.id), 5) + 5 * d + t) % 14 <> 0;
    create procedure store_booking_rows(past boolean) language plpgsql as $$ begin
        insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, status,
            placed_at, changed_at, version)
        select ((100000000000 + nextval('stored'))::text || '70008005000000000000')::uuid,
               b.salon, bench_id(4, (random() * 249999)::int), 'Asia/Kolkata',
               b.starts_at, b.starts_at + interval '45 minutes',
               jsonb_build_array(jsonb_build_object('guest', 0, 'service', v.id, 'staff', b.staff,
                   'chosen', 'named', 'start', b.starts_at, 'price',
                   jsonb_build_object('amount', 49900, 'currency', 'INR'), 'timing',
                   jsonb_build_object('buffer_before', 0, 'buffer_after', 0, 'parts',
                       jsonb_build_array(jsonb_build_object('minutes', 45, 'hands_on', true))))),
               case when past then 'completed' else 'confirmed' end,
               b.starts_at - interval '3 days', b.starts_at - interval '3 days', 1
        from to_store b join services v on v.salon = b.salon;
        insert into claims (booking, diary, starts_at, ends_at, active)
        select k.id, b.staff, k.starts_at, k.ends_at, not past
        from to_store b
        join bookings k on k.salon = b.salon and k.starts_at = b.starts_at
            and (k.lines -> 0 ->> 'staff')::uuid = b.staff;
        insert into busy as k (diary, day, bits)
        select b.staff, d.day, bit_or(d.bits)
        from to_store b
        cross join lateral busy_bits(b.starts_at, b.starts_at + interval '45 minutes') d
        where not past
        group by b.staff, d.day
        on conflict (diary, day) do update set bits = k.bits | excluded.bits;
    end $$;
    create temporary table to_store as select * from booked_fortnight;
    analyze to_store;
    call store_booking_rows(false);
    drop table to_store;";

/// Stores so many bookings: each professional of the town has nine tenths of their share in the
/// past (the busy salon's too) and, but for the busy salon, one tenth to come.
async fn store(house: &House, count: u32) -> Result<(), Failure> {
    // Foreign keys hold by construction; checking them a million times would take minutes.
    let mut connection = house.pool.acquire().await?;
    let set_up = "set session_replication_role = replica";
    sqlx::raw_sql(set_up).execute(&mut *connection).await?;
    for past in [true, false] {
        let share = count / 10 * if past { 9 } else { 1 };
        // Ten bookings a day for each of about two thousand professionals.
        let days = share.div_ceil(10 * 2_012);
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "create temporary table to_store as
             select s.id as staff, s.salon,
                    (date_trunc('day', now() at time zone 'Asia/Kolkata') + interval '9 hours'
                     + make_interval(days => {sign} * d, mins => 60 * t))
                    at time zone 'Asia/Kolkata' as starts_at
             from generate_series(1, {days}) d, generate_series(0, 9) t, staff s
             where {past} or s.salon <> bench_id(1, 5000)
             limit {share};
             analyze to_store;
             call store_booking_rows({past});
             drop table to_store;",
            sign = if past { -1 } else { 1 },
        )))
        .execute(&mut *connection)
        .await?;
    }
    sqlx::raw_sql("set session_replication_role = default").execute(&mut *connection).await?;
    drop(connection);
    house.sql("vacuum analyze").await?;
    house.sql("checkpoint").await
}
