//! The leaner statement that new bookings share: like [`crate::commit`]'s in its order, without all that
//! changes what was there before.

use std::collections::BTreeMap;

use ports::{Claimed, Event, IdempotencyKey, Replay};
use scheduling::{Booking, Home, Lines, Terms};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::batch::Batched;
use crate::line::Day;
use crate::rows::{StateColumns, column, terms_column};
use crate::store::Staged;

/// At most one hold and one answer, with its events, and what it rests on.
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
    fn booking(&self) -> Option<&Booking> {
        self.staged.bookings.first()
    }

    fn answer(&self) -> Option<&(IdempotencyKey, Replay)> {
        self.staged.replays.first()
    }
}

impl Batched for Placing {
    type Answer = Claimed;

    /// The second to take a day finds that it has moved; in one statement they would be one row
    /// to change twice. The second hold of a customer has another number.
    fn excludes(&self, other: &Self) -> bool {
        let customer = |placing: &Self| placing.booking().map(|booking| booking.customer);
        self.days.keys().any(|day| other.days.contains_key(day))
            || customer(self).is_some_and(|one| customer(other) == Some(one))
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
    let claims: Vec<_> = numbers(asks)
        .flat_map(|(n, ask)| {
            let claims = ask.booking().into_iter().flat_map(|booking| booking.lines.claims());
            claims.map(move |(diary, window)| (n, diary, window))
        })
        .collect();
    let events: Vec<_> = numbers(asks)
        .flat_map(|(n, ask)| ask.staged.events.iter().map(move |event| (n, event)))
        .collect();
    let bookings = column(asks, Placing::booking);
    let states = column(&bookings, |booking| booking.map(StateColumns::of));
    let answers = column(asks, Placing::answer);
    sqlx::query_as!(
        Found,
        r#"
with
wanted as materialized (
    select *
    from unnest($20::int[], $21::uuid[], $22::timestamptz[], $23::timestamptz[])
        as c(n, diary, starts_at, ends_at)
),
taken as materialized (
    select n from wanted w
    where (select true from claims k
           where k.diary = w.diary and k.active
             and k.starts_at >= w.starts_at - interval '24 hours'
             and k.starts_at < w.ends_at and k.ends_at > w.starts_at limit 1)
),
open as materialized (
    select *
    from unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
                $7::timestamptz[], $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::timestamptz[],
                $12::smallint[], $13::timestamptz[], $14::bigint[], $15::uuid[], $16::text[],
                $17::text[], $18::bytea[], $19::text[])
        as a(n, id, salon, customer, zone, starts_at, ends_at, lines, terms, home, held_until,
             hold_number, placed_at, presumed, person, verb, key, fingerprint, answered)
    where n not in (select n from taken)
      and (presumed is null
           or (presumed = (select catalogue_version from salons where id = a.salon)
               and (select true from bookings where customer = a.customer and status = 'held'
                    limit 1) is null))
      and (select true from replays r
           where r.person = a.person and r.verb = a.verb and r.key = a.key limit 1) is null
),
read as materialized (
    select n, diary, day,
           coalesce(version, (select version from diary_days d
                              where d.diary = r.diary and d.day = r.day), 0) as version
    from unnest($24::int[], $25::uuid[], $26::date[], $27::bigint[]) as r(n, diary, day, version)
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
    select * from open
    where n not in (select n from read where (diary, day) not in (select diary, day from guarded))
),
new_bookings as (
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, terms, home, status,
        held_until, hold_number, placed_at, changed_at, version)
    select id, salon, customer, zone, starts_at, ends_at, lines, terms, home, 'held', held_until,
           hold_number, placed_at, placed_at, 1
    from stood where id is not null
),
new_claims as (
    insert into claims (booking, salon, diary, starts_at, ends_at, held_until, active)
    select s.id, s.salon, w.diary, w.starts_at, w.ends_at, s.held_until, true
    from stood s join wanted w using (n)
),
new_events as (
    insert into events (id, kind, payload, due)
    select e.id, e.kind, e.payload, e.due
    from unnest($28::int[], $29::uuid[], $30::text[], $31::jsonb[], $32::timestamptz[])
        as e(n, id, kind, payload, due)
    where n in (select n from stood)
),
new_replays as (
    insert into replays (person, verb, key, fingerprint, answered)
    select person, verb, key, fingerprint, answered from stood where key is not null
    order by person, verb, key
)
select n as "n!", false as "is_taken!" from stood
union all
select n, true from taken
"#,
        &numbers(asks).map(|(n, _)| n).collect::<Vec<_>>(),
        &column(&bookings, |booking| booking.map(|b| b.id.uuid())) as &[Option<Uuid>],
        &column(&bookings, |booking| booking.map(|b| b.salon.uuid())) as &[Option<Uuid>],
        &column(&bookings, |booking| booking.map(|b| b.customer.uuid())) as &[Option<Uuid>],
        &column(&bookings, |booking| booking.map(|b| b.zone.name())) as &[Option<&str>],
        &column(&bookings, |booking| booking.map(|b| b.window().start())) as &[Option<_>],
        &column(&bookings, |booking| booking.map(|b| b.window().end())) as &[Option<_>],
        &column(&bookings, |booking| booking.map(|b| Json(&b.lines))) as &[Option<Json<&Lines>>],
        &column(&bookings, |booking| booking.and_then(terms_column)) as &[Option<Json<Terms>>],
        &column(&bookings, |booking| booking.and_then(|b| b.home.as_ref().map(Json)))
            as &[Option<Json<&Home>>],
        &column(&states, |state| state.as_ref().and_then(|c| c.held_until)) as &[Option<_>],
        &column(&states, |state| state.as_ref().and_then(|c| c.hold_number)) as &[Option<i16>],
        &column(&bookings, |booking| booking.map(|b| b.placed_at)) as &[Option<_>],
        &column(asks, |ask| ask.presumed) as &[Option<i64>],
        &column(&answers, |answer| answer.map(|(key, _)| key.person.uuid())) as &[Option<Uuid>],
        &column(&answers, |answer| answer.map(|(key, _)| key.verb)) as &[Option<&str>],
        &column(&answers, |answer| answer.map(|(key, _)| key.key.as_str())) as &[Option<&str>],
        &column(&answers, |answer| answer.map(|(_, replay)| replay.fingerprint.as_slice()))
            as &[Option<&[u8]>],
        &column(&answers, |answer| answer.map(|(_, replay)| replay.answer.as_str()))
            as &[Option<&str>],
        &column(&claims, |(n, ..)| *n),
        &column(&claims, |(_, diary, _)| diary.uuid()),
        &column(&claims, |(.., window)| window.start()),
        &column(&claims, |(.., window)| window.end()),
        &column(&days, |(n, ..)| *n),
        &column(&days, |(_, diary, ..)| diary.uuid()),
        &column(&days, |(_, _, day, _)| **day),
        &column(&days, |(.., version)| **version) as &[Option<i64>],
        &column(&events, |(n, _)| *n),
        &column(&events, |(_, (id, ..))| *id),
        &column(&events, |(_, (_, event, _))| event.kind()) as &[&str],
        &column(&events, |(_, (_, event, _))| Json(event)) as &[Json<&Event>],
        &column(&events, |(_, (.., due))| *due),
    )
    .fetch_all(database)
    .await
}
