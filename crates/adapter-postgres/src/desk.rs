//! All that a booking is decided on: what is offered, from memory if that still stands, and the rest
//! read in one look, the days of whom and what it may take and the customer's holds. Each look less is
//! a round trip less.

use std::iter;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{BookingId, DiaryId, PersonId, SalonId};
use ports::{Desk, IdempotencyKey, Offerable, Replay, Sought, StoreError};
use scheduling::diary::{self, Diary, Hold};
use scheduling::{Appointment, Minutes, Window};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::batch::Batched;
use crate::catalogue::PgCatalogue;
use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{claims, column};
use crate::selling::OnSale;
use crate::store::PgTx;

/// What daily caps count lies this far around its start: a booking touches a date or two, and a zone is
/// at most a day from UTC.
const AROUND: Duration = Duration::days(3);

/// Reads the desk, and remembers the versions of the days that the booking would touch.
///
/// What the salon sells is seldom read: the look tells whether what is remembered of it still stands.
pub(crate) async fn read(tx: &mut PgTx, sought: &Sought) -> Result<Option<Desk>, StoreError> {
    let (before, after) =
        (sought.start.checked_sub_signed(AROUND), sought.start.checked_add_signed(AROUND));
    let Some(around) = before.zip(after) else { return Ok(None) };
    let named: Option<Vec<_>> = sought.wishes.iter().map(|wish| wish.staff).collect();
    let Some(named) = named.filter(|named| !named.is_empty()) else { return Ok(None) };
    let catalogue = PgCatalogue::new(tx.pool.clone(), tx.shared.clone());
    let mut selling = catalogue.selling((sought.salon, sought.by_anyone()));
    while let Some(OnSale { version, offerable, is_fresh }) = selling.next().await? {
        let sold = offerable.by_named(&sought.wishes);
        let sold = sold.and_then(|sold| Some((dates(&sold, sought)?, sold)));
        let Some((dates, offerable)) = sold else {
            if is_fresh {
                break;
            }
            continue;
        };
        let (salon, customer, key) = (sought.salon, sought.customer, sought.key.clone());
        let diaries = offerable.diaries().collect();
        let days = diary::days(offerable.zone, dates);
        let decides = dates.widened(offerable.rules.look_back(), Minutes::ZERO);
        let line = tx.line.insert(tx.shared.line.before(&named, &days));
        if sought.again {
            line.turn().await;
        }
        let look = Look { salon, customer, key, diaries, days, decides };
        let found = tx.shared.looks.ask(look).await?;
        if found.first().and_then(|row| row.catalogue_version) == Some(version) {
            return lay_out(tx, sought, offerable, found, around).await;
        }
    }
    Ok(None)
}

/// Lays out what the salon sells and nothing beside it: the commit finds out.
pub(crate) async fn presume(tx: &mut PgTx, sought: &Sought) -> Result<Option<Desk>, StoreError> {
    let catalogue = PgCatalogue::new(tx.pool.clone(), tx.shared.clone());
    let sold = catalogue.selling((sought.salon, sought.by_anyone())).next().await?;
    let named =
        sold.and_then(|sold| Some((sold.version, sold.offerable.by_named(&sought.wishes)?)));
    let Some((version, offerable)) = named.filter(|(_, sold)| sold.rests_on_time_alone()) else {
        return Ok(None);
    };
    let free = |id| Diary { id, claims: vec![], overruns: vec![], appointments: vec![] };
    let diaries = offerable.diaries().map(free).collect();
    tx.presumed = Some(version);
    Ok(Some(Desk { offerable, diaries, holds: Vec::new(), replay: None }))
}

/// The whole of the local dates on which the services could take time.
fn dates(offerable: &Offerable, sought: &Sought) -> Option<Window> {
    let taken = offerable.takes(sought.start, sought.destination);
    let start = taken.iter().map(|(_, window)| window.start()).min()?;
    let end = taken.iter().map(|(_, window)| window.end()).max()?;
    Some(diary::span(offerable.zone, Window::new(start, end).ok()?))
}

/// What was found of each diary, in their order.
async fn lay_out(
    tx: &mut PgTx,
    sought: &Sought,
    offerable: Offerable,
    found: Vec<Found>,
    around: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Desk>, StoreError> {
    let Some(first) = found.first() else { return Ok(None) };
    let holds = holds(&first.held, &first.hold_numbers, &first.holds_until)?;
    let replay = replay(sought, first)?;
    for (diary, window) in offerable.takes(sought.start, sought.destination) {
        let found = offerable.diaries().zip(&found).find(|(id, _)| *id == diary);
        for day in diary::days(offerable.zone, window) {
            // A day without a row has version 0.
            let version = found.and_then(|(_, found)| found.version(day)).unwrap_or(0);
            tx.days.insert((diary, day), version);
        }
    }
    let diary_of = |(id, row): (DiaryId, Found)| {
        let claims = claims(&row.claims)?.into_iter().map(|(_, claim)| claim).collect();
        // An overrun keeps others away like any other claim.
        Ok(Diary { id, claims, overruns: Vec::new(), appointments: Vec::new() })
    };
    let diaries = offerable.diaries().zip(found).map(diary_of);
    let mut diaries = diaries.collect::<Result<Vec<_>, StoreError>>()?;
    count(&tx.pool, &offerable, &mut diaries, around).await?;
    Ok(Some(Desk { offerable, diaries, holds, replay }))
}

/// Adds what daily caps count. Few professionals have one, so it is a look of its own; it comes after
/// the versions of the days, so that whatever was missed has moved one of them.
async fn count(
    pool: &Pool,
    offerable: &Offerable,
    diaries: &mut [Diary],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), StoreError> {
    let capped = offerable.staff.iter().filter(|staff| staff.daily_cap.is_some());
    let capped: Vec<Uuid> = capped.map(|staff| staff.id.uuid()).collect();
    if capped.is_empty() {
        return Ok(());
    }
    let rows = bounded(
        sqlx::query!(
            r#"select q.staff as "staff!", b.id, hands_on_from(line) as "begins!", b.held_until
               from unnest($1::uuid[]) q(staff)
               cross join lateral (
                   select distinct booking from claims
                   where diary = q.staff and active and starts_at between $2 and $3) k
               join bookings b on b.id = k.booking
               cross join jsonb_array_elements(b.lines) line
               where line ->> 'staff' = q.staff::text"#,
            &capped,
            from,
            until,
        )
        .fetch_all(pool),
    )
    .await?;
    for row in rows {
        let staff = DiaryId::new(row.staff);
        let own = diaries.iter_mut().find(|diary| diary.id == staff);
        let (booking, begins, expires_at) = (BookingId::new(row.id), row.begins, row.held_until);
        if let Some(diary) = own {
            diary.appointments.push(Appointment { booking, begins, expires_at });
        }
    }
    Ok(())
}

/// What is looked up for a desk; those who want one at the same moment share the look.
pub(crate) struct Look {
    salon: SalonId,
    customer: PersonId,
    key: Option<IdempotencyKey>,
    /// Those whom and what the booking could take time of.
    diaries: Vec<DiaryId>,
    /// The local dates on which it could.
    days: Vec<NaiveDate>,
    /// What takes time within this decides about it.
    decides: Window,
}

/// What is found of one diary: its days' versions and its claims; with the first of a look the state of
/// the salon's catalogue, the customer's holds and the answer that the key was given.
pub(crate) struct Found {
    catalogue_version: Option<i64>,
    days: Vec<NaiveDate>,
    versions: Vec<i64>,
    claims: Vec<u8>,
    held: Vec<Uuid>,
    hold_numbers: Vec<i16>,
    holds_until: Vec<DateTime<Utc>>,
    fingerprint: Option<Vec<u8>>,
    answer: Option<String>,
}

impl Found {
    fn version(&self, day: NaiveDate) -> Option<i64> {
        let known = self.days.iter().position(|known| *known == day)?;
        self.versions.get(known).copied()
    }
}

/// A diary that is asked about, and the look whose first it is.
type Asked<'a> = (&'a Look, &'a DiaryId, Option<&'a Look>);

impl Batched for Look {
    type Answer = Vec<Found>;

    async fn answer(
        database: &mut PgConnection,
        looks: &[Self],
    ) -> Result<Vec<Vec<Found>>, sqlx::Error> {
        // What is the same for all diaries of a look is asked with the first of them.
        let asked: Vec<Asked<'_>> = looks
            .iter()
            .flat_map(|look| {
                let firsts = iter::once(Some(look)).chain(iter::repeat(None));
                look.diaries.iter().zip(firsts).map(move |(diary, first)| (look, diary, first))
            })
            .collect();
        let keys = column(&asked, |(.., first)| first.and_then(|look| look.key.as_ref()));
        let mut found = sqlx::query_as!(
            Found,
            r#"select (select catalogue_version from salons where id = q.salon),
                      coalesce(d.days, '{}') as "days!",
                      coalesce(d.versions, '{}') as "versions!",
                      coalesce(c.claims, '') as "claims!",
                      coalesce(h.bookings, '{}') as "held!",
                      coalesce(h.numbers, '{}') as "hold_numbers!",
                      coalesce(h.until, '{}') as "holds_until!",
                      r.fingerprint as "fingerprint?",
                      r.answer
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[],
                           $5::timestamptz[], $6::uuid[], $7::text[], $8::text[], $9::date[],
                           $10::date[]) with ordinality
                    as q(salon, customer, diary, since, until, person, verb, key, first, last, n)
               cross join lateral (
                   select array_agg(day) as days, array_agg(version) as versions
                   from diary_days
                   where diary = q.diary and day between q.first and q.last) d
               cross join lateral (
                   select string_agg(uuid_send(diary) || uuid_send(booking)
                              || timestamptz_send(starts_at) || timestamptz_send(ends_at)
                              || timestamptz_send(coalesce(held_until, 'infinity')), '') as claims
                   from claims
                   where diary = q.diary and active
                     and starts_at >= q.since - interval '24 hours'
                     and starts_at < q.until and ends_at > q.since) c
               cross join lateral (
                   select array_agg(id) as bookings, array_agg(hold_number) as numbers,
                          array_agg(held_until) as until
                   from bookings where customer = q.customer and status = 'held') h
               left join lateral (
                   select fingerprint, coalesce(answered, answer::text) as answer from replays
                   where person = q.person and verb = q.verb and key = q.key limit 1) r on true
               order by q.n"#,
            &column(&asked, |(.., first)| first.map(|look| look.salon.uuid())) as &[Option<Uuid>],
            &column(&asked, |(.., first)| first.map(|look| look.customer.uuid()))
                as &[Option<Uuid>],
            &column(&asked, |(_, diary, _)| diary.uuid()),
            &column(&asked, |(look, ..)| look.decides.start()),
            &column(&asked, |(look, ..)| look.decides.end()),
            &column(&keys, |key| key.map(|key| key.person.uuid())) as &[Option<Uuid>],
            &column(&keys, |key| key.map(|key| key.verb)) as &[Option<&str>],
            &column(&keys, |key| key.map(|key| key.key.as_str())) as &[Option<&str>],
            &column(&asked, |(look, ..)| look.days.first().copied()) as &[Option<_>],
            &column(&asked, |(look, ..)| look.days.last().copied()) as &[Option<_>],
        )
        .fetch_all(database)
        .await?
        .into_iter();
        Ok(looks.iter().map(|look| found.by_ref().take(look.diaries.len()).collect()).collect())
    }
}

/// The answer that was given to the key.
fn replay(sought: &Sought, found: &Found) -> Result<Option<Replay>, StoreError> {
    let (Some(key), Some(fingerprint), Some(answer)) =
        (&sought.key, &found.fingerprint, &found.answer)
    else {
        return Ok(None);
    };
    crate::store::replay(key, fingerprint, answer.clone()).map(Some)
}

fn holds(
    bookings: &[Uuid],
    numbers: &[i16],
    until: &[DateTime<Utc>],
) -> Result<Vec<Hold>, StoreError> {
    let rows = bookings.iter().zip(numbers).zip(until);
    rows.map(|((booking, number), until)| {
        let number = u16::try_from(*number).map_err(|error| corrupt("bookings", booking, error))?;
        Ok(Hold { booking: BookingId::new(*booking), number, until: *until })
    })
    .collect()
}
