//! How fast a free time is found, on the first day and after a million bookings.

use std::sync::Arc;
use std::time::Instant;

use ports::Clock;
use server::world::SystemClock;

use crate::floor::{self, Floor, Pgbench};
use crate::house::{House, say};
use crate::http::{Connection, get, post};
use crate::load::{self, Requests};
use crate::machine::{self, Used};
use crate::report::{self, Searches};
use crate::town::{self, BUSY_FROM, CROWDED, Professional, Street};
use crate::{Failure, Options};

/// Everybody else: two thousand professionals, ten to a salon, nine of ten of their days ahead free.
const TOWN: Street = Street { first: 0, salons: 200, staff_each: 10 };
/// The salons that are searched, in a city of their own: twelve professionals each, nearly fully
/// booked for a fortnight.
const BUSY: Street = Street { first: BUSY_FROM, salons: 50, staff_each: 12 };
/// The days that are searched.
const DAYS: u64 = 14;

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// A fortnight of one busy salon, by all clients.
    Fortnight,
    /// A fortnight of one busy salon, by each client of another.
    Fortnights,
    /// A fortnight of quiet salons in turn.
    Quiet,
    /// The same, for three services one after the other.
    Chain,
    /// The fifty busy salons: which are free within the same 24 hours, on two dates.
    Page,
}

impl Question {
    const ALL: [Self; 5] =
        [Self::Fortnight, Self::Fortnights, Self::Quiet, Self::Chain, Self::Page];

    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Fortnight => "one busy salon",
            Self::Fortnights => "busy salons in turn",
            Self::Quiet => "quiet salons in turn",
            Self::Chain => "the same, three services",
            Self::Page => "page of 50 busy salons",
        }
    }

    /// The requests that ask it.
    fn requests(self) -> Vec<Vec<u8>> {
        let now = SystemClock.now();
        let (from, to) = (town::start(now, 1, 0), town::start(now, 1 + DAYS, 0));
        let ask = |salon: Professional, services: usize| {
            let service = serde_json::json!({ "service_id": salon.service });
            let body = serde_json::json!({
                "salon_id": salon.salon, "services": vec![service; services],
                "from": from, "to": to,
            });
            post("/api/v1/availability/search", "", &body.to_string())
        };
        let each = |street: Street, services: usize| {
            let first = (0..street.salons).map(|salon| salon * street.staff_each);
            first.map(|number| ask(street.professional(number), services)).collect()
        };
        match self {
            Self::Fortnight => vec![ask(BUSY.professional(0), 1)],
            Self::Fortnights => each(BUSY, 1),
            Self::Quiet => each(TOWN, 1),
            Self::Chain => each(TOWN, 3),
            Self::Page => {
                // From one in the afternoon, so that it touches two dates.
                let (from, to) = (town::start(now, 1, 16), town::start(now, 2, 16));
                let when = format!(
                    "free_from={}&free_to={}",
                    from.format("%Y-%m-%dT%H:%M:%SZ"),
                    to.format("%Y-%m-%dT%H:%M:%SZ")
                );
                let path = format!("/api/v1/salons?city={CROWDED}&category=hair&limit=50&{when}");
                vec![get(&path, "")]
            }
        }
    }

    /// How many were found.
    fn found(self, answer: &serde_json::Value) -> usize {
        let list = if self == Self::Page { &answer["data"] } else { &answer["slots"] };
        list.as_array().map_or(0, Vec::len)
    }
}

/// Measures and prints.
pub(crate) async fn run(mut options: Options) -> Result<(), Failure> {
    if options.clients.is_empty() {
        options.clients = vec![8];
    }
    let started = Instant::now();
    let house = House::open(&options).await?;
    say("building a town: 2,600 professionals, 250,000 people ...");
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
            for question in Question::ALL {
                let asked = (question, clients);
                let row = measure(&house, &options, asked, &mut pgbench, &mut neighbours).await?;
                rows.push(row);
            }
        }
    }
    let postgres: String = sqlx::query_scalar("show server_version").fetch_one(&house.pool).await?;
    house.close().await?;
    println!("{}", report::searches(&rows));
    println!(
        "\nA search: {DAYS} days of a salon; the busy ones have 12 professionals each, 13 of 14 \
         possible times booked, the quiet ones 10. A page: which of 50 busy salons have a free \
         start within 24 hours on two dates. Floor: one stored booking by its key, `pgbench -M \
         prepared`, same socket."
    );
    println!("{}", report::footer(&machine::line(&postgres), &neighbours, started.elapsed()));
    Ok(())
}

async fn measure(
    house: &House,
    options: &Options,
    (question, clients): (Question, usize),
    pgbench: &mut Option<Pgbench>,
    neighbours: &mut Vec<f64>,
) -> Result<Searches, Failure> {
    let stored = house.number("select count(*) from bookings").await?;
    let keys = u32::try_from(stored)?;
    let requests = Arc::new(question.requests());
    let first = requests.first().ok_or("nothing to ask")?;
    let mut connection = Connection::open(house.address).await?;
    let answer = connection.exchange(first).await?;
    if answer.status != 200 {
        return Err(String::from_utf8_lossy(answer.body).into_owned().into());
    }
    let found: serde_json::Value = serde_json::from_slice(answer.body)?;
    let mut row = Searches {
        question,
        clients,
        stored,
        slices: Vec::new(),
        floors: Vec::new(),
        bytes: answer.body.len(),
        found: question.found(&found),
    };
    let seconds = options.seconds;
    load::run(house.address, clients, 1.0, Requests::Round(Arc::clone(&requests))).await?;
    let mut before = lookups(pgbench, clients, seconds, keys).await?;
    for round in 0..options.rounds {
        let used_before = house.processes.used();
        let asked = Requests::Round(Arc::clone(&requests));
        let slice = load::run(house.address, clients, seconds, asked).await?;
        let used_after = house.processes.used();
        neighbours.push(Used::neighbours(used_before, used_after));
        if let Some(strange) = &slice.strange {
            say(&format!("an answer that was not expected: {strange}"));
        }
        let after = lookups(pgbench, clients, seconds, keys).await?;
        say(&format!(
            "{}, {stored} stored, {clients} clients, round {}: {:.0}/s beside {:.0} lookups/s",
            question.what(),
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
        where s.salon >= bench_id(1, 5000)
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
        insert into claims (booking, salon, diary, starts_at, ends_at, active)
        select k.id, b.salon, b.staff, k.starts_at, k.ends_at, not past
        from to_store b
        join bookings k on k.salon = b.salon and k.starts_at = b.starts_at
            and (k.lines -> 0 ->> 'staff')::uuid = b.staff;
        insert into busy as k (salon, day, diary, bits)
        select b.salon, d.day, b.staff, bit_or(d.bits)
        from to_store b
        cross join lateral busy_bits(b.starts_at, b.starts_at + interval '45 minutes') d
        where not past
        group by b.salon, d.day, b.staff
        on conflict (salon, day, diary) do update set bits = k.bits | excluded.bits;
    end $$;
    create temporary table to_store as select * from booked_fortnight;
    analyze to_store;
    call store_booking_rows(false);
    drop table to_store;";

/// Stores so many bookings: each professional of the town has nine tenths of their share in the
/// past (those of the busy salons too) and, but for the busy salons, one tenth to come.
async fn store(house: &House, count: u32) -> Result<(), Failure> {
    // Foreign keys hold by construction; checking them a million times would take minutes.
    let mut connection = house.pool.acquire().await?;
    let set_up = "set session_replication_role = replica";
    sqlx::raw_sql(set_up).execute(&mut *connection).await?;
    for past in [true, false] {
        let share = count / 10 * if past { 9 } else { 1 };
        let staff = if past { TOWN.staff() + BUSY.staff() } else { TOWN.staff() };
        // Ten bookings a day for each of the professionals.
        let days = share.div_ceil(10 * u32::try_from(staff)?);
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "create temporary table to_store as
             select s.id as staff, s.salon,
                    (date_trunc('day', now() at time zone 'Asia/Kolkata') + interval '9 hours'
                     + make_interval(days => {sign} * d, mins => 60 * t))
                    at time zone 'Asia/Kolkata' as starts_at
             from generate_series(1, {days}) d, generate_series(0, 9) t, staff s
             where {past} or s.salon < bench_id(1, 5000)
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
