//! The leaner statement that new bookings share: like [`crate::commit`]'s in its order, without all that
//! changes what was there before.

use ports::Event;
use scheduling::{Home, Lines, Terms};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::batch::Batched;
use crate::rows::{StateColumns, column, terms_column};
use crate::store::{Days, Staged};

/// New bookings with their events and answers, and the versions of the days that they rest on.
pub(crate) struct Placing {
    pub(crate) days: Days,
    pub(crate) staged: Staged,
}

impl Batched for Placing {
    /// Whether it stood and was written.
    type Answer = bool;

    /// The second to take a day finds that it has moved; in one statement they would be one row
    /// to change twice.
    fn excludes(&self, other: &Self) -> bool {
        self.days.keys().any(|day| other.days.contains_key(day))
    }

    async fn answer(database: &mut PgConnection, asks: &[Self]) -> Result<Vec<bool>, sqlx::Error> {
        let stood = place(database, asks).await?;
        Ok(numbers(asks).map(|(number, _)| stood.contains(&number)).collect())
    }
}

/// Numbers those who share a statement.
fn numbers<T>(all: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(all)
}

/// Nothing that was there changes but the versions of days. Gives the numbers of those that stood:
/// one that does not stand leaves the others alone (though where it was to touch two days of which
/// one stood, that one's version is raised for nothing, which at worst makes another decide anew).
#[expect(clippy::too_many_lines, reason = "one statement, and its columns in order")]
async fn place(database: &mut PgConnection, asks: &[Placing]) -> Result<Vec<i32>, sqlx::Error> {
    let days: Vec<_> = numbers(asks)
        .flat_map(|(n, ask)| ask.days.iter().map(move |((diary, day), at)| (n, diary, day, at)))
        .collect();
    let new: Vec<_> = rows(asks, |staged| &staged.bookings);
    let events: Vec<_> = rows(asks, |staged| &staged.events);
    let replays: Vec<_> = rows(asks, |staged| &staged.replays);
    let states: Vec<_> = new.iter().map(|(_, booking)| StateColumns::of(booking)).collect();
    let claims: Vec<_> = new.iter().flat_map(|(_, booking)| booking.claims()).collect();
    let stood = sqlx::query_scalar!(
        r#"
with
read as materialized (
    select * from unnest($1::int[], $2::uuid[], $3::date[], $4::bigint[])
        as r(n, diary, day, version)
),
guarded as (
    insert into diary_days as d (diary, day, version)
    select diary, day, version + 1 from read order by diary, day
    on conflict (diary, day) do update set version = excluded.version
        where d.version = excluded.version - 1
    returning diary, day
),
stood as materialized (
    select a.n from unnest($5::int[]) a(n)
    where not exists (
        select from read r
        where r.n = a.n
          and not exists (select from guarded g where g.diary = r.diary and g.day = r.day))
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
select n as "n!" from stood
"#,
        &column(&days, |(n, ..)| *n),
        &column(&days, |(_, diary, ..)| diary.uuid()),
        &column(&days, |(_, _, day, _)| **day),
        &column(&days, |(.., version)| **version),
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
        &column(&claims, |(_, claim)| claim.booking.uuid()),
        &column(&claims, |(diary, _)| diary.uuid()),
        &column(&claims, |(_, claim)| claim.window.start()),
        &column(&claims, |(_, claim)| claim.window.end()),
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
    )
    .fetch_all(database)
    .await?;
    Ok(stood)
}

/// The rows of all who share a statement, each with the number of whose it is.
fn rows<R>(asks: &[Placing], of: impl Fn(&Staged) -> &Vec<R>) -> Vec<(i32, &R)> {
    numbers(asks).flat_map(|(n, ask)| of(&ask.staged).iter().map(move |row| (n, row))).collect()
}
