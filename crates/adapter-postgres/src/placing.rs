//! The leaner statement that new bookings share: like [`crate::commit`]'s in its order, without all that
//! changes what was there before.

use std::collections::BTreeMap;

use kernel::PersonId;
use ports::{Claimed, Event};
use scheduling::{Booking, Home, Lines, Terms};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::batch::Batched;
use crate::line::Day;
use crate::rows::{StateColumns, column, terms_column};
use crate::store::Staged;

/// A new booking with its events and answer, and what it rests on.
pub(crate) struct Placing {
    /// The days of which it takes time, at the versions at which they were read; what was not read, as
    /// they are.
    pub(crate) days: BTreeMap<Day, Option<i64>>,
    /// The state of the salon's catalogue, if what takes time of those days was not read: then it stands
    /// if its time is free, its customer has no hold, and the catalogue is in that state.
    pub(crate) presumed: Option<i64>,
    pub(crate) staged: Staged,
}

impl Placing {
    fn customers(&self) -> impl Iterator<Item = PersonId> {
        self.staged.bookings.iter().map(|booking| booking.customer)
    }
}

impl Batched for Placing {
    type Answer = Claimed;

    /// The second to take a day finds that it has moved; in one statement they would be one row
    /// to change twice. The second hold of a customer has another number.
    fn excludes(&self, other: &Self) -> bool {
        self.days.keys().any(|day| other.days.contains_key(day))
            || self.customers().any(|one| other.customers().any(|other| one == other))
    }

    async fn answer(
        database: &mut PgConnection,
        asks: &[Self],
    ) -> Result<Vec<Claimed>, sqlx::Error> {
        let found = place(database, asks).await?;
        Ok(numbers(asks)
            .map(|(number, _)| match found.iter().find(|found| found.n == number) {
                None => Claimed::Otherwise,
                Some(found) if found.is_taken => Claimed::Taken,
                Some(_) => Claimed::Saved,
            })
            .collect())
    }
}

/// Numbers those who share a statement.
fn numbers<T>(all: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(all)
}

/// One that stood, or whose time was taken.
struct Found {
    n: i32,
    is_taken: bool,
}

/// Nothing that was there changes but the versions of days. One that does not stand leaves the others
/// alone (though where it was to touch two days of which one stood, that one's version is raised for
/// nothing, which at worst makes another decide anew).
///
/// What was presumed is looked at in the state in which the statement finds the database, and the days
/// are guarded at the versions that they have there: as if they had been read a moment before.
#[expect(clippy::too_many_lines, reason = "one statement, and its columns in order")]
async fn place(database: &mut PgConnection, asks: &[Placing]) -> Result<Vec<Found>, sqlx::Error> {
    let days: Vec<_> = numbers(asks)
        .flat_map(|(n, ask)| ask.days.iter().map(move |((diary, day), at)| (n, diary, day, at)))
        .collect();
    let new: Vec<_> = rows(asks, |staged| &staged.bookings);
    let events: Vec<_> = rows(asks, |staged| &staged.events);
    let replays: Vec<_> = rows(asks, |staged| &staged.replays);
    let states: Vec<_> = new.iter().map(|(_, booking)| StateColumns::of(booking)).collect();
    // Those with a number are looked at first.
    let claims: Vec<_> = numbers(asks)
        .flat_map(|(n, ask)| {
            let claims = ask.staged.bookings.iter().flat_map(Booking::claims);
            claims.map(move |claim| (ask.presumed.map(|_| n), claim))
        })
        .collect();
    sqlx::query_as!(
        Found,
        r#"
with
taken as materialized (
    select c.n
    from unnest($39::int[], $20::uuid[], $21::timestamptz[], $22::timestamptz[])
        as c(n, diary, starts_at, ends_at)
    where c.n is not null
      and (select true from claims k
           where k.diary = c.diary and k.active
             and k.starts_at >= c.starts_at - interval '24 hours'
             and k.starts_at < c.ends_at and k.ends_at > c.starts_at limit 1)
),
answered as materialized (
    select a.n
    from unnest($28::int[], $29::uuid[], $30::text[], $31::text[]) as a(n, person, verb, key)
    where (select true from replays r
           where r.person = a.person and r.verb = a.verb and r.key = a.key limit 1)
),
open as materialized (
    select n
    from unnest($5::int[], $36::bigint[], $37::uuid[], $38::uuid[])
        as a(n, presumed, salon, customer)
    where (presumed is null
           or (presumed = (select catalogue_version from salons where id = a.salon)
               and (select true from bookings where customer = a.customer and status = 'held'
                    limit 1) is null))
      and n not in (select n from taken) and n not in (select n from answered)
),
read as materialized (
    select n, diary, day,
           coalesce(version, (select version from diary_days d
                              where d.diary = r.diary and d.day = r.day), 0) as version
    from unnest($1::int[], $2::uuid[], $3::date[], $4::bigint[]) as r(n, diary, day, version)
    where n in (select n from open)
),
guarded as (
    insert into diary_days as d (diary, day, version)
    select diary, day, version + 1 from read order by diary, day
    on conflict (diary, day) do update set version = excluded.version
        where d.version = excluded.version - 1
    returning diary, day
),
stood as materialized (
    select n from open
    where n not in (select n from read where (diary, day) not in (select diary, day from guarded))
),
new_bookings as (
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, terms, home, status,
        held_until, hold_number, placed_at, changed_at, version)
    select id, salon, customer, zone, starts_at, ends_at, lines, terms, home, status, held_until,
           hold_number, placed_at, changed_at, 1
    from stood join unnest($6::int[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[],
                $11::timestamptz[], $12::timestamptz[], $13::jsonb[], $34::jsonb[], $35::jsonb[],
                $14::text[], $15::timestamptz[], $16::smallint[], $17::timestamptz[],
                $18::timestamptz[])
        as b(n, id, salon, customer, zone, starts_at, ends_at, lines, terms, home, status,
             held_until, hold_number, placed_at, changed_at)
        using (n)
    returning id, salon, held_until
),
new_claims as (
    insert into claims (booking, salon, diary, starts_at, ends_at, held_until, active)
    select b.id, b.salon, c.diary, c.starts_at, c.ends_at, b.held_until, true
    from new_bookings b
    join unnest($19::uuid[], $20::uuid[], $21::timestamptz[], $22::timestamptz[])
        as c(booking, diary, starts_at, ends_at) on c.booking = b.id
),
new_events as (
    insert into events (id, kind, payload, due)
    select id, kind, payload, due
    from stood join unnest($23::int[], $24::uuid[], $25::text[], $26::jsonb[], $27::timestamptz[])
        as e(n, id, kind, payload, due) using (n)
),
new_replays as (
    insert into replays (person, verb, key, fingerprint, answered)
    select person, verb, key, fingerprint, answered
    from stood join unnest($28::int[], $29::uuid[], $30::text[], $31::text[], $32::bytea[],
                           $33::text[])
        as a(n, person, verb, key, fingerprint, answered) using (n)
    order by person, verb, key
)
select n as "n!", false as "is_taken!" from stood
union all
select n, true from taken
"#,
        &column(&days, |(n, ..)| *n),
        &column(&days, |(_, diary, ..)| diary.uuid()),
        &column(&days, |(_, _, day, _)| **day),
        &column(&days, |(.., version)| **version) as &[Option<i64>],
        &numbers(asks).map(|(n, _)| n).collect::<Vec<_>>(),
        &column(&new, |(n, _)| *n),
        &column(&new, |(_, booking)| booking.id.uuid()),
        &column(&new, |(_, booking)| booking.salon.uuid()),
        &column(&new, |(_, booking)| booking.customer.uuid()),
        &column(&new, |(_, booking)| booking.zone.name()) as &[&str],
        &column(&new, |(_, booking)| booking.window().start()),
        &column(&new, |(_, booking)| booking.window().end()),
        &column(&new, |(_, booking)| Json(&booking.lines)) as &[Json<&Lines>],
        &column(&states, |c| c.status) as &[&str],
        &column(&states, |c| c.held_until) as &[Option<_>],
        &column(&states, |c| c.hold_number) as &[Option<i16>],
        &column(&new, |(_, booking)| booking.placed_at),
        &column(&states, |c| c.changed_at),
        &column(&claims, |(_, (_, claim))| claim.booking.uuid()),
        &column(&claims, |(_, (diary, _))| diary.uuid()),
        &column(&claims, |(_, (_, claim))| claim.window.start()),
        &column(&claims, |(_, (_, claim))| claim.window.end()),
        &column(&events, |(n, _)| *n),
        &column(&events, |(_, (id, ..))| *id),
        &column(&events, |(_, (_, event, _))| event.kind()) as &[&str],
        &column(&events, |(_, (_, event, _))| Json(event)) as &[Json<&Event>],
        &column(&events, |(_, (.., due))| *due),
        &column(&replays, |(n, _)| *n),
        &column(&replays, |(_, (key, _))| key.person.uuid()) as &[Uuid],
        &column(&replays, |(_, (key, _))| key.verb) as &[&str],
        &column(&replays, |(_, (key, _))| key.key.as_str()) as &[&str],
        &column(&replays, |(_, (_, replay))| replay.fingerprint.as_slice()) as &[&[u8]],
        &column(&replays, |(_, (_, replay))| replay.answer.as_str()) as &[&str],
        &column(&new, |(_, booking)| terms_column(booking)) as &[Option<Json<Terms>>],
        &column(&new, |(_, booking)| booking.home.as_ref().map(Json)) as &[Option<Json<&Home>>],
        &column(asks, |ask| ask.presumed) as &[Option<i64>],
        &column(asks, |ask| ask.staged.bookings.first().map(|booking| booking.salon.uuid()))
            as &[Option<Uuid>],
        &column(asks, |ask| ask.customers().next().map(PersonId::uuid)) as &[Option<Uuid>],
        &column(&claims, |(n, _)| *n) as &[Option<i32>],
    )
    .fetch_all(database)
    .await
}

/// The rows of all who share a statement, each with the number of whose it is.
fn rows<R>(asks: &[Placing], of: impl Fn(&Staged) -> &Vec<R>) -> Vec<(i32, &R)> {
    numbers(asks).flat_map(|(n, ask)| of(&ask.staged).iter().map(move |row| (n, row))).collect()
}
