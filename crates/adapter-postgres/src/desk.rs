//! All that a booking is decided on, read in one look: what is offered, the professional's day and
//! the customer's holds. Each look less is a round trip less.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{Money, StaffId};
use ports::{Desk, Offerable, OfferableStaff, Sought, StoreError};
use scheduling::calendar::Calendar;
use scheduling::diary::{self, Diary, Hold};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::batch::Batched;
use crate::catalogue::{parse_timing, parse_zone, rules};
use crate::error::corrupt;
use crate::rows::{claims, column};
use crate::store::PgTx;

/// A claim lasts at most a day and a zone is at most a day from UTC: what the booking may touch
/// lies this far around its start. What it does touch is known once its zone and length are.
const AROUND: Duration = Duration::days(3);

/// Reads the desk, and remembers the versions of the days that the booking would touch.
pub(crate) async fn read(tx: &mut PgTx, sought: Sought) -> Result<Option<Desk>, StoreError> {
    let (Some(from), Some(until)) =
        (sought.start.checked_sub_signed(AROUND), sought.start.checked_add_signed(AROUND))
    else {
        return Ok(None);
    };
    tx.turn = tx.shared.line.wait(sought.staff).await;
    let row = tx.shared.looks.ask(Look { sought, from, until }).await?;
    let Some(row) = row else { return Ok(None) };

    let hours = row.staff_hours.map_or_else(Calendar::always, |hours| hours.0);
    let offerable = Offerable {
        salon: sought.salon,
        zone: parse_zone(sought.salon.uuid(), &row.zone)?,
        hours: row.hours.0,
        rules: rules(
            sought.salon,
            row.step_minutes,
            row.notice_minutes,
            row.horizon_days,
            &row.layout,
        )?,
        service: sought.service,
        timing: parse_timing(
            sought.service.uuid(),
            row.duration_minutes,
            row.buffer_before_minutes,
            row.buffer_after_minutes,
            row.parts.as_deref(),
        )?,
        price: Money::inr(row.price_paise),
        staff: vec![OfferableStaff { id: sought.staff, hours: hours.clone() }],
    };
    let wanted = offerable.timing.claim(sought.start);
    let versions: Vec<_> = row.days.into_iter().zip(row.versions).collect();
    remember(tx, sought.staff, &diary::days(offerable.zone, wanted), &versions);

    let whole = diary::span(offerable.zone, wanted);
    let mut claims = claims(row.claimed, row.claim_starts, row.claim_ends, row.claims_until)?;
    let reach = offerable.rules.reach(offerable.timing, whole);
    claims.retain(|claim| claim.window.overlaps(reach));
    let holds = holds(row.held, row.hold_numbers, row.holds_until)?;
    Ok(Some(Desk { offerable, hours, diary: Diary { staff: sought.staff, claims }, holds }))
}

/// What is looked up for a desk; those who want one at the same moment share the look.
pub(crate) struct Look {
    sought: Sought,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// What is found: the terms, the days' versions, the claims and the holds.
pub(crate) struct Found {
    n: i64,
    zone: String,
    hours: Json<Calendar>,
    step_minutes: i16,
    notice_minutes: i32,
    horizon_days: i16,
    layout: String,
    duration_minutes: i16,
    buffer_before_minutes: i16,
    buffer_after_minutes: i16,
    parts: Option<Vec<i16>>,
    price_paise: i64,
    staff_hours: Option<Json<Calendar>>,
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

impl Batched for Look {
    type Answer = Option<Found>;

    async fn answer(
        database: &mut PgConnection,
        looks: &[Self],
    ) -> Result<Vec<Option<Found>>, sqlx::Error> {
        let mut found = sqlx::query_as!(
            Found,
            r#"select q.n as "n!", s.zone, s.hours as "hours: Json<Calendar>", s.step_minutes,
                      s.notice_minutes, s.horizon_days, s.layout,
                      v.duration_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
                      v.parts,
                      v.price_paise, p.hours as "staff_hours: Json<Calendar>",
                      coalesce(d.days, '{}') as "days!",
                      coalesce(d.versions, '{}') as "versions!",
                      coalesce(c.bookings, '{}') as "claimed!",
                      coalesce(c.starts, '{}') as "claim_starts!",
                      coalesce(c.ends, '{}') as "claim_ends!",
                      coalesce(c.until, '{}') as "claims_until!: Vec<Option<DateTime<Utc>>>",
                      coalesce(h.bookings, '{}') as "held!",
                      coalesce(h.numbers, '{}') as "hold_numbers!",
                      coalesce(h.until, '{}') as "holds_until!"
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[],
                           $6::timestamptz[]) with ordinality
                    as q(salon, service, staff, customer, since, before, n)
               join services v on v.id = q.service and v.salon = q.salon
               join salons s on s.id = v.salon
               join skills k on k.service = v.id and k.staff = q.staff
               join staff p on p.id = k.staff
               left join lateral (
                   select array_agg(day) as days, array_agg(version) as versions
                   from diary_days
                   where staff = q.staff and day between q.since::date and q.before::date
                   ) d on true
               left join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where staff = q.staff and active
                     and starts_at between q.since and q.before) c on true
               left join lateral (
                   select array_agg(id) as bookings, array_agg(hold_number) as numbers,
                          array_agg(held_until) as until
                   from bookings where customer = q.customer and status = 'held') h on true
               order by q.n"#,
            &column(looks, |look| look.sought.salon.uuid()),
            &column(looks, |look| look.sought.service.uuid()),
            &column(looks, |look| look.sought.staff.uuid()),
            &column(looks, |look| look.sought.customer.uuid()),
            &column(looks, |look| look.from),
            &column(looks, |look| look.until),
        )
        .fetch_all(database)
        .await?
        .into_iter()
        .peekable();
        // Who found nothing has no row.
        Ok((1..).zip(looks).map(|(n, _)| found.next_if(|row| row.n == n)).collect())
    }
}

/// A day without a row has version 0.
fn remember(tx: &mut PgTx, staff: StaffId, days: &[NaiveDate], versions: &[(NaiveDate, i64)]) {
    for day in days {
        let found = versions.iter().find(|(known, _)| known == day);
        tx.days.insert((staff, *day), found.map_or(0, |(_, version)| *version));
    }
}

fn holds(
    bookings: Vec<Uuid>,
    numbers: Vec<i16>,
    until: Vec<DateTime<Utc>>,
) -> Result<Vec<Hold>, StoreError> {
    let rows = bookings.into_iter().zip(numbers).zip(until);
    rows.map(|((booking, number), until)| {
        let number = u16::try_from(number).map_err(|error| corrupt("bookings", booking, error))?;
        Ok(Hold { booking: kernel::BookingId::new(booking), number, until })
    })
    .collect()
}
