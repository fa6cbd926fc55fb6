//! How many customers can book at once, and what those who come second have to wait.

use std::time::Instant;

use crate::desk::{Crowd, Desk};
use crate::floor::{self, Floor, Pgbench};
use crate::house::{House, say};
use crate::load::{self, Requests, Slice};
use crate::machine::{self, Used};
use crate::report::{self, Row};
use crate::stats::float;
use crate::town::{self, HORIZON, Street};
use crate::{Failure, Options};

/// Two thousand professionals, ten to a salon.
const SPREAD: Street = Street { first: 0, salons: 200, staff_each: 10 };
/// Days among which the bookings of one slice are spread: each slice has days of its own.
const DAYS: u64 = 20;
/// The number of the first salon with a crowd before it; every slice has one of its own.
const FIRST_CROWDED: u64 = 1_000;
/// Requests written for the first slice, per second of it: more than the house could answer.
const MOST_PER_SECOND: f64 = 10_000.0;

/// Customers of a slice whom the house has heard of before it: as many as it remembers at the least.
const KNOWN: usize = 50_000;

/// What a slice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Random professionals and times.
    Spread,
    /// Twenty professionals, one day at a time: four of five are refused.
    Contested,
}

/// The measurement as it goes on.
struct Run {
    options: Options,
    house: House,
    desk: Desk,
    pgbench: Option<Pgbench>,
    /// Slices so far, of either load.
    slices: (u64, u64),
    /// Bookings that were answered with 201.
    created: usize,
    neighbours: Vec<f64>,
}

/// Measures, prints, checks.
pub(crate) async fn run(mut options: Options) -> Result<(), Failure> {
    if options.clients.is_empty() {
        options.clients = vec![1, 8, 32];
    }
    let started = Instant::now();
    let house = House::open(&options).await?;
    say("building a town: 2,000 professionals, 250,000 people ...");
    town::settle(&house).await?;
    town::build(&house, SPREAD).await?;
    let crowds = u64::from(options.rounds) * u64::try_from(options.clients.len())?;
    let crowded = Street { first: FIRST_CROWDED, salons: crowds, staff_each: 20 };
    town::build(&house, crowded).await?;
    house.sql(floor::TABLE).await?;
    house.sql("vacuum analyze").await?;
    house.sql("checkpoint").await?;

    let pgbench = Pgbench::with(&house, floor::INSERT)?;
    let desk = Desk::open()?;
    let neighbours = Vec::new();
    let mut run = Run { options, house, desk, pgbench, slices: (0, 0), created: 0, neighbours };
    let measured = run.measure().await;
    let checked = match measured {
        Ok(_) => run.check().await,
        Err(_) => Ok(String::new()),
    };
    let postgres: String =
        sqlx::query_scalar("show server_version").fetch_one(&run.house.pool).await?;
    let neighbours = run.neighbours.clone();
    run.house.close().await?;

    println!("{}", report::bookings(&measured?));
    println!("{}", report::footer(&machine::line(&postgres), &neighbours, started.elapsed()));
    println!("{}", checked?);
    Ok(())
}

impl Run {
    async fn measure(&mut self) -> Result<Vec<Row>, Failure> {
        say("warming up ...");
        let days = HORIZON - DAYS..HORIZON;
        let requests = Requests::Once(self.desk.spread(SPREAD, days, 20_000).bookings);
        let slice = load::run(self.house.address, 32, 2.0, requests).await?;
        self.note(&slice)?;
        // What was planned while the tables were empty is planned again.
        self.house.sql("vacuum analyze").await?;

        let mut rows = Vec::new();
        for clients in self.options.clients.clone() {
            let mut spread = Row::new(clients, Load::Spread);
            let mut contested = Row::new(clients, Load::Contested);
            let mut before = self.floor(clients).await?;
            for round in 0..self.options.rounds {
                let order = [Load::Spread, Load::Contested];
                let order = if round % 2 == 0 { order } else { [order[1], order[0]] };
                for load in order {
                    let row = if load == Load::Spread { &mut spread } else { &mut contested };
                    before = self.slice(row, before).await?;
                }
                say(&format!(
                    "{clients} clients, round {}: {}",
                    round + 1,
                    report::so_far(&spread)
                ));
            }
            rows.extend([spread, contested]);
        }
        Ok(rows)
    }

    /// One slice between two slices of the floor; returns the second of them.
    async fn slice(
        &mut self,
        row: &mut Row,
        before: Option<Floor>,
    ) -> Result<Option<Floor>, Failure> {
        let seconds = self.options.seconds;
        let Crowd { mut greetings, bookings } = self.crowd(row)?;
        if !self.options.strangers {
            greetings.truncate(KNOWN);
            load::run(self.house.address, 8, 60.0, Requests::Once(greetings)).await?;
        }
        let wal = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
        let (wal_before, used_before) =
            (self.house.number(wal).await?, self.house.processes.used());
        let requests = Requests::Once(bookings);
        let slice = load::run(self.house.address, row.clients, seconds, requests).await?;
        let (wal_after, used_after) = (self.house.number(wal).await?, self.house.processes.used());
        self.note(&slice)?;
        self.neighbours.push(Used::neighbours(used_before, used_after));
        let after = self.floor(row.clients).await?;
        row.wal.push((wal_after - wal_before, slice.all_of(|status| status == 201)));
        row.add(slice, used_after.since(used_before), before, after.clone());
        Ok(after)
    }

    fn crowd(&mut self, row: &Row) -> Result<Crowd, Failure> {
        // Twice what was answered the last time, or more than can be.
        let rate = row.last_rate().map_or(MOST_PER_SECOND, |rate| 2.0 * rate + 100.0);
        let count = format!("{:.0}", rate * self.options.seconds).parse()?;
        Ok(match row.load {
            Load::Spread => {
                let first = 1 + self.slices.0 * DAYS % (HORIZON - 2 * DAYS);
                self.slices.0 += 1;
                self.desk.spread(SPREAD, first..first + DAYS, count)
            }
            Load::Contested => {
                let first = FIRST_CROWDED + self.slices.1;
                self.slices.1 += 1;
                self.desk.contested(Street { first, salons: 1, staff_each: 20 }, count)
            }
        })
    }

    async fn floor(&mut self, clients: usize) -> Result<Option<Floor>, Failure> {
        let Some(pgbench) = &mut self.pgbench else { return Ok(None) };
        pgbench.run(clients, self.options.seconds, 0).await.map(Some)
    }

    fn note(&mut self, slice: &Slice) -> Result<(), Failure> {
        self.created += slice.all_of(|status| status == 201);
        if let Some(strange) = &slice.strange {
            say(&format!("an answer that was not expected: {strange}"));
        }
        if slice.all.is_empty() {
            return Err("the server does not answer".into());
        }
        Ok(())
    }

    /// Nobody was booked twice, and whoever was told "201" has a booking.
    async fn check(&self) -> Result<String, Failure> {
        let overlaps = self
            .house
            .number(
                "select count(*) from claims a join claims b
                 on a.diary = b.diary and a.booking < b.booking
                    and a.starts_at < b.ends_at and b.starts_at < a.ends_at
                 where a.active and b.active",
            )
            .await?;
        let stored = self.house.number("select count(*) from bookings").await?;
        let deadlocks = self
            .house
            .number("select deadlocks from pg_stat_database where datname = current_database()")
            .await?;
        let said = format!(
            "{stored} bookings stored, {} answered with 201; {overlaps} overlaps; {deadlocks} \
             deadlocks.",
            self.created
        );
        if overlaps != 0 || usize::try_from(stored)? != self.created {
            return Err(format!("THE BOOKS ARE WRONG: {said}").into());
        }
        Ok(said)
    }
}

/// Bytes of write-ahead log per booking.
pub(crate) fn wal_each(wal: &[(i64, usize)]) -> f64 {
    let bytes: i64 = wal.iter().map(|(bytes, _)| bytes).sum();
    let bookings: usize = wal.iter().map(|(_, bookings)| bookings).sum();
    i32::try_from(bytes / 1_000).map_or(0.0, f64::from) * 1_000.0 / float(bookings.max(1))
}
