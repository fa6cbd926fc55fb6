//! A made-up town: salons, what they sell, who works there, and everybody who might drop in.
//!
//! Written straight into the tables, because a town of this size is no subject of the measurement.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};
use kernel::{PersonId, SalonId, ServiceId, StaffId};
use scheduling::{Calendar, Hours, Week};
use uuid::Uuid;

use crate::Failure;
use crate::house::House;

/// What the service costs, in paise.
pub(crate) const PRICE: i64 = 49_900;
/// How many people live there.
pub(crate) const PEOPLE: u64 = 250_000;
/// Starts of a day: 45 minutes, every quarter from nine to the last that ends by eight.
pub(crate) const STARTS: u64 = 42;
/// The number from which on salons are in a city of their own.
pub(crate) const BUSY_FROM: u64 = 5_000;
/// That city.
pub(crate) const CROWDED: &str = "Bhopal";
/// Days that may be booked ahead.
pub(crate) const HORIZON: u64 = 365;

/// Everything in the town is named by what it is and a number, here and in SQL: a UUID of version 7
/// whose time tells the number, as if one had been made every few milliseconds.
const NAME: &str = "
    create function bench_id(kind int, n bigint) returns uuid language sql immutable as $$
        select (lpad(to_hex(1760000000000 + 37 * n), 12, '0') || '70008'
            || lpad(kind::text, 3, '0') || '000000000000')::uuid
    $$";

fn id(kind: u64, number: u64) -> Uuid {
    let time = u128::from(1_760_000_000_000 + 37 * number);
    Uuid::from_u128(time << 80 | 0x7000_8000_0000_0000_0000 | u128::from(kind << 48))
}

/// A row of salons of the same size.
#[derive(Clone, Copy)]
pub(crate) struct Street {
    /// The number of the first salon.
    pub(crate) first: u64,
    /// How many salons.
    pub(crate) salons: u64,
    /// How many work in each.
    pub(crate) staff_each: u64,
}

/// One professional, with their salon and its service.
#[derive(Clone, Copy)]
pub(crate) struct Professional {
    /// Where they work.
    pub(crate) salon: SalonId,
    /// What they do.
    pub(crate) service: ServiceId,
    /// Who they are.
    pub(crate) id: StaffId,
}

impl Street {
    /// How many work in this street.
    pub(crate) fn staff(&self) -> u64 {
        self.salons * self.staff_each
    }

    /// One of them.
    pub(crate) fn professional(&self, number: u64) -> Professional {
        let salon = self.first + number / self.staff_each;
        Professional {
            salon: SalonId::new(id(1, salon)),
            service: ServiceId::new(id(2, salon)),
            id: StaffId::new(id(3, salon * 1_000 + number % self.staff_each)),
        }
    }
}

/// One of the people.
pub(crate) fn person(number: u64) -> PersonId {
    PersonId::new(id(4, number % PEOPLE))
}

/// The `number`th start of the day that is so many days after `now`, in India.
pub(crate) fn start(now: DateTime<Utc>, day: u64, number: u64) -> DateTime<Utc> {
    let india = FixedOffset::east_opt(5 * 3_600 + 1_800);
    let today = india.map_or(now.date_naive(), |zone| now.with_timezone(&zone).date_naive());
    let quarters = i64::try_from(day * 96 + number).unwrap_or_default();
    // Nine in India is half past three in Greenwich.
    let nine = TimeDelta::minutes(3 * 60 + 30);
    today.and_time(NaiveTime::MIN).and_utc() + nine + TimeDelta::minutes(15 * quarters)
}

/// Settles the people.
pub(crate) async fn settle(house: &House) -> Result<(), Failure> {
    house.sql(NAME).await?;
    let people = "insert into people (id, phone, created_at)
        select bench_id(4, n), '+91' || (6000000000 + n), now() from generate_series(0, $1 - 1) n";
    sqlx::query(people).bind(i64::try_from(PEOPLE)?).execute(&house.pool).await?;
    Ok(())
}

/// Builds a street: each salon sells one service of 45 minutes, is open every day from nine to
/// eight, and all who work there do it.
pub(crate) async fn build(house: &House, street: Street) -> Result<(), Failure> {
    let weekly = Week::every_day("09:00-20:00".parse::<Hours>()?);
    let hours = serde_json::to_value(Calendar { weekly, ..Calendar::default() })?;
    let (first, last) = (street.first, street.first + street.salons - 1);
    let statements = [
        "insert into salons (id, name, city, address, zone, hours, step_minutes, notice_minutes,
             horizon_days, created_at, is_listed)
         select bench_id(1, n), 'Salon ' || n,
             case when n < 5000 then 'Indore' else 'Bhopal' end, 'MG Road ' || n, 'Asia/Kolkata', $3, 15, 0,
             $4::bigint, now(), true
         from generate_series($1, $2) n where $5::bigint = $5 and $6::bigint = $6",
        "insert into services (id, salon, name, category, duration_minutes, buffer_before_minutes,
             buffer_after_minutes, price_paise)
         select bench_id(2, n), bench_id(1, n), 'Haircut', 'hair', 45, 0, 0, $5
         from generate_series($1, $2) n
         where $3::jsonb = $3 and $4::bigint = $4 and $6::bigint = $6",
        "insert into staff (id, salon, name)
         select bench_id(3, n * 1000 + k), bench_id(1, n), 'Stylist ' || k
         from generate_series($1, $2) n, generate_series(0, $6 - 1) k
         where $3::jsonb = $3 and $4::bigint = $4 and $5::bigint = $5",
        "insert into skills (staff, service)
         select bench_id(3, n * 1000 + k), bench_id(2, n)
         from generate_series($1, $2) n, generate_series(0, $6 - 1) k
         where $3::jsonb = $3 and $4::bigint = $4 and $5::bigint = $5",
    ];
    for statement in statements {
        sqlx::query(statement)
            .bind(i64::try_from(first)?)
            .bind(i64::try_from(last)?)
            .bind(&hours)
            .bind(i64::try_from(HORIZON)?)
            .bind(PRICE)
            .bind(i64::try_from(street.staff_each)?)
            .execute(&house.pool)
            .await?;
    }
    Ok(())
}
