//! All that a booking is decided on: what is offered, from memory if that still stands, and the rest
//! read in one look, the days of whom and what it may take and the customer's holds. Each look less is
//! a round trip less.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{BookingId, DiaryId, PersonId, SalonId};
use ports::{Desk, Offerable, Sought, StoreError};
use scheduling::Appointment;
use scheduling::diary::{self, Diary, Hold};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::batch::Batched;
use crate::catalogue::{OnSale, PgCatalogue};
use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{claims, column};
use crate::store::PgTx;

/// A claim lasts at most a day and a zone is at most a day from UTC: what the booking may touch
/// lies this far around its start.
const AROUND: Duration = Duration::days(3);

/// Reads the desk, and remembers the versions of the days that the booking would touch.
///
/// What the salon sells is seldom read: the look tells whether what is remembered of it still stands.
pub(crate) async fn read(tx: &mut PgTx, sought: &Sought) -> Result<Option<Desk>, StoreError> {
    let (Some(from), Some(until)) =
        (sought.start.checked_sub_signed(AROUND), sought.start.checked_add_signed(AROUND))
    else {
        return Ok(None);
    };
    let named: Option<Vec<_>> = sought.wishes.iter().map(|wish| wish.staff).collect();
    let Some(named) = named.filter(|named| !named.is_empty()) else { return Ok(None) };
    tx.turns = tx.shared.line.wait(named).await;
    let catalogue = PgCatalogue::new(tx.pool.clone(), tx.shared.clone());
    let mut selling = catalogue.selling((sought.salon, sought.by_anyone()));
    while let Some(OnSale { version, offerable, is_fresh }) = selling.next().await? {
        let Some(offerable) = offerable.by_named(&sought.wishes) else {
            if is_fresh {
                break;
            }
            continue;
        };
        let (salon, customer) = (sought.salon, sought.customer);
        let look = Look { salon, customer, diaries: offerable.diaries().collect(), from, until };
        let found = tx.shared.looks.ask(look).await?;
        if found.first().and_then(|row| row.catalogue_version) == Some(version) {
            return lay_out(tx, sought, offerable, found, (from, until)).await;
        }
    }
    Ok(None)
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
    for (diary, window) in offerable.takes(sought.start, sought.destination) {
        let found = offerable.diaries().zip(&found).find(|(id, _)| *id == diary);
        for day in diary::days(offerable.zone, window) {
            // A day without a row has version 0.
            let version = found.and_then(|(_, found)| found.version(day)).unwrap_or(0);
            tx.days.insert((diary, day), version);
        }
    }
    let diary_of = |(id, row): (DiaryId, Found)| {
        let claims = claims(row.claimed, row.claim_starts, row.claim_ends, row.claims_until)?;
        // An overrun keeps others away like any other claim.
        Ok(Diary { id, claims, overruns: Vec::new(), appointments: Vec::new() })
    };
    let diaries = offerable.diaries().zip(found).map(diary_of);
    let mut diaries = diaries.collect::<Result<Vec<_>, StoreError>>()?;
    count(&tx.pool, &offerable, &mut diaries, around).await?;
    Ok(Some(Desk { offerable, diaries, holds }))
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
    /// Those whom and what the booking could take time of.
    diaries: Vec<DiaryId>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// What is found of one diary: its days' versions and its claims; with the first of a look the state of
/// the salon's catalogue and the customer's holds.
pub(crate) struct Found {
    catalogue_version: Option<i64>,
    days: Vec<NaiveDate>,
    versions: Vec<i64>,
    claimed: Vec<Uuid>,
    claim_starts: Vec<DateTime<Utc>>,
    claim_ends: Vec<DateTime<Utc>>,
    claims_until: Vec<Option<DateTime<Utc>>>,
    held: Vec<Uuid>,
    hold_numbers: Vec<i16>,
    holds_until: Vec<DateTime<Utc>>,
}

impl Found {
    fn version(&self, day: NaiveDate) -> Option<i64> {
        let known = self.days.iter().position(|known| *known == day)?;
        self.versions.get(known).copied()
    }
}

impl Batched for Look {
    type Answer = Vec<Found>;

    async fn answer(
        database: &mut PgConnection,
        looks: &[Self],
    ) -> Result<Vec<Vec<Found>>, sqlx::Error> {
        let asked: Vec<_> = looks
            .iter()
            .flat_map(|look| look.diaries.iter().map(move |diary| (look, diary)))
            .collect();
        // What is the same for all diaries of a look is asked with the first of them.
        let of_first = |(look, diary): &(&Self, &DiaryId), id: Uuid| {
            (look.diaries.first() == Some(*diary)).then_some(id)
        };
        let mut found = sqlx::query_as!(
            Found,
            r#"select (select catalogue_version from salons where id = q.salon),
                      coalesce(d.days, '{}') as "days!",
                      coalesce(d.versions, '{}') as "versions!",
                      coalesce(c.bookings, '{}') as "claimed!",
                      coalesce(c.starts, '{}') as "claim_starts!",
                      coalesce(c.ends, '{}') as "claim_ends!",
                      coalesce(c.until, '{}') as "claims_until!: Vec<Option<DateTime<Utc>>>",
                      coalesce(h.bookings, '{}') as "held!",
                      coalesce(h.numbers, '{}') as "hold_numbers!",
                      coalesce(h.until, '{}') as "holds_until!"
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[],
                           $5::timestamptz[]) with ordinality
                    as q(salon, customer, diary, since, before, n)
               cross join lateral (
                   select array_agg(day) as days, array_agg(version) as versions
                   from diary_days
                   where diary = q.diary and day between q.since::date and q.before::date) d
               cross join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where diary = q.diary and active
                     and starts_at between q.since and q.before) c
               cross join lateral (
                   select array_agg(id) as bookings, array_agg(hold_number) as numbers,
                          array_agg(held_until) as until
                   from bookings where customer = q.customer and status = 'held') h
               order by q.n"#,
            &column(&asked, |one| of_first(one, one.0.salon.uuid())) as &[Option<Uuid>],
            &column(&asked, |one| of_first(one, one.0.customer.uuid())) as &[Option<Uuid>],
            &column(&asked, |(_, diary)| diary.uuid()),
            &column(&asked, |(look, ..)| look.from),
            &column(&asked, |(look, ..)| look.until),
        )
        .fetch_all(database)
        .await?
        .into_iter();
        Ok(looks.iter().map(|look| found.by_ref().take(look.diaries.len()).collect()).collect())
    }
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
