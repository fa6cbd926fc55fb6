//! All that a booking is decided on, read in one look: what is offered, the professional's day and
//! the customer's holds. Each look less is a round trip less.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{Money, StaffId};
use ports::{Desk, Offerable, OfferableStaff, Sought, StoreError};
use scheduling::calendar::Calendar;
use scheduling::diary::{self, Diary, Hold};
use sqlx::types::Json;
use uuid::Uuid;

use crate::catalogue::{parse_timing, parse_zone, rules};
use crate::error::{bounded, corrupt};
use crate::rows::claim;
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
    tx.turn = tx.line.wait(sought.staff).await;
    let row = bounded(
        sqlx::query!(
            r#"select s.zone, s.hours as "hours: Json<Calendar>", s.step_minutes,
                      s.notice_minutes, s.horizon_days,
                      v.duration_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
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
               from services v
               join salons s on s.id = v.salon
               join skills k on k.service = v.id and k.staff = $3
               join staff p on p.id = k.staff
               left join lateral (
                   select array_agg(day) as days, array_agg(version) as versions
                   from diary_days
                   where staff = $3 and day between $5::timestamptz::date and $6::timestamptz::date
                   ) d on true
               left join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where staff = $3 and active and starts_at between $5 and $6) c on true
               left join lateral (
                   select array_agg(id) as bookings, array_agg(hold_number) as numbers,
                          array_agg(held_until) as until
                   from bookings where customer = $4 and status = 'held') h on true
               where v.id = $2 and s.id = $1"#,
            sought.salon.uuid(),
            sought.service.uuid(),
            sought.staff.uuid(),
            sought.customer.uuid(),
            from,
            until,
        )
        .fetch_optional(&tx.pool),
    )
    .await?;
    let Some(row) = row else { return Ok(None) };

    let hours = row.staff_hours.map_or_else(Calendar::always, |hours| hours.0);
    let offerable = Offerable {
        salon: sought.salon,
        zone: parse_zone(sought.salon.uuid(), &row.zone)?,
        hours: row.hours.0,
        rules: rules(sought.salon, row.step_minutes, row.notice_minutes, row.horizon_days)?,
        service: sought.service,
        timing: parse_timing(
            sought.service.uuid(),
            row.duration_minutes,
            row.buffer_before_minutes,
            row.buffer_after_minutes,
        )?,
        price: Money::inr(row.price_paise),
        staff: vec![OfferableStaff { id: sought.staff, hours: hours.clone() }],
    };
    let wanted = offerable.timing.claim(sought.start);
    let versions: Vec<_> = row.days.into_iter().zip(row.versions).collect();
    remember(tx, sought.staff, &diary::days(offerable.zone, wanted), &versions);

    let whole = diary::span(offerable.zone, wanted);
    let windows = row.claim_starts.into_iter().zip(row.claim_ends);
    let mut claims = Vec::new();
    for ((booking, (start, end)), until) in
        row.claimed.into_iter().zip(windows).zip(row.claims_until)
    {
        let claim = claim(booking, start, end, until)?;
        if claim.window.overlaps(whole) {
            claims.push(claim);
        }
    }
    let holds = holds(row.held, row.hold_numbers, row.holds_until)?;
    Ok(Some(Desk { offerable, hours, diary: Diary { staff: sought.staff, claims }, holds }))
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
