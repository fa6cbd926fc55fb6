//! All that a booking is decided on, read in one look: what is offered, the professionals' days and
//! the customer's holds. Each look less is a round trip less.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{BookingId, DiaryId, Money, PersonId, ResourceId, SalonId, StaffId, UnitId};
use ports::{
    Desk, Offerable, OfferableService, OfferableSkill, SalonTerms, Sought, StoreError, Wish,
};
use scheduling::calendar::Calendar;
use scheduling::diary::{self, Diary, Hold};
use scheduling::{Appointment, Claim, HomeVisits};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::batch::Batched;
use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::offering::{daily_cap, needs, parse_pin, parse_timing, parse_zone, rules};
use crate::rows::{claims, column, word};
use crate::store::PgTx;

/// A claim lasts at most a day and a zone is at most a day from UTC: what the booking may touch
/// lies this far around its start. What it does touch is known once its zone and length are.
const AROUND: Duration = Duration::days(3);

/// Reads the desk, and remembers the versions of the days that the booking would touch.
pub(crate) async fn read(tx: &mut PgTx, sought: &Sought) -> Result<Option<Desk>, StoreError> {
    let (Some(from), Some(until)) =
        (sought.start.checked_sub_signed(AROUND), sought.start.checked_add_signed(AROUND))
    else {
        return Ok(None);
    };
    let named = sought.wishes.iter().map(|wish| Some((*wish, wish.staff?)));
    let Some(named) = named.collect::<Option<Vec<_>>>() else { return Ok(None) };
    tx.turns = tx.shared.line.wait(named.iter().map(|(_, staff)| *staff)).await;
    let look = Look { salon: sought.salon, customer: sought.customer, named, from, until };
    let Some(found) = tx.shared.looks.ask(look).await? else { return Ok(None) };
    lay_out(tx, sought, found, (from, until)).await
}

/// What was found of each wish, in their order.
async fn lay_out(
    tx: &mut PgTx,
    sought: &Sought,
    found: Vec<Found>,
    around: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Desk>, StoreError> {
    let Some(first) = found.first() else { return Ok(None) };
    let (salon, zone) = (sought.salon, parse_zone(sought.salon.uuid(), &first.zone)?);
    let (step, notice) = (first.step_minutes, first.notice_minutes);
    let mut offerable = Offerable {
        salon,
        is_listed: first.is_listed,
        zone,
        location: parse_pin(salon.uuid(), first.latitude, first.longitude)?,
        home_visits: first.home_visits.map(|visits| visits.0),
        hours: first.hours.0.clone(),
        rules: rules(salon, step, notice, first.horizon_days, &first.layout)?,
        terms: first.terms.as_ref().map(|terms| terms.0).unwrap_or_default(),
        services: Vec::with_capacity(found.len()),
        staff: Vec::new(),
        resources: Vec::new(),
    };
    let holds = holds(&first.held, &first.hold_numbers, &first.holds_until)?;
    let mut diaries: Vec<Diary> = Vec::new();
    let mut services = Vec::with_capacity(found.len());
    for (wish, row) in sought.wishes.iter().zip(found) {
        let timing = parse_timing(
            wish.service.uuid(),
            row.duration_minutes,
            row.buffer_before_minutes,
            row.buffer_after_minutes,
            row.parts.as_deref(),
            row.skill_parts.as_deref(),
        )?;
        services.push((wish, timing, row));
    }
    let travel = offerable.travel(sought.destination).unwrap_or_default();
    let starts =
        diary::starts(sought.start, services.iter().map(|(wish, timing, _)| (wish.guest, *timing)));
    let mut held = Vec::new();
    for ((wish, timing, row), start) in services.into_iter().zip(starts) {
        let Some(who) = wish.staff else { return Ok(None) };
        let versions: Vec<_> = row.days.into_iter().zip(row.versions).collect();
        remember(
            tx,
            who.into(),
            &diary::days(zone, timing.with_travel(travel).claim(start)),
            &versions,
        );
        if diaries.iter().all(|diary| diary.id != who.into()) {
            let claims = claims(row.claimed, row.claim_starts, row.claim_ends, row.claims_until)?;
            diaries.push(diary_of(who.into(), claims));
        }
        let cap = daily_cap(who.uuid(), row.daily_cap)?;
        let staff = offerable.number_of(who, cap, || row.staff_hours.map(|hours| hours.0));
        let price = Money::inr(row.skill_price.unwrap_or(row.price_paise));
        let by = vec![OfferableSkill { staff, timing, price }];
        let needs = needs(&mut offerable, &row.resources);
        held.extend(needs.iter().map(|need| (*need, timing.service_window(start))));
        let mode = word("services", wish.service.uuid(), &row.mode)?;
        offerable.services.push(OfferableService { wish: *wish, mode, by, needs });
    }
    count(&tx.pool, &offerable, &mut diaries, around).await?;
    for unit in units(&tx.pool, &offerable.resources, around).await? {
        let id = UnitId::new(unit.id);
        let claims = claims(unit.claimed, unit.claim_starts, unit.claim_ends, unit.claims_until)?;
        diaries.push(diary_of(id.into(), claims));
        let versions: Vec<_> = unit.days.into_iter().zip(unit.versions).collect();
        let kind = offerable.number_of_kind(ResourceId::new(unit.resource));
        offerable.resources[kind].1.push(id);
        for (_, whole) in held.iter().filter(|(need, _)| *need == kind) {
            remember(tx, id.into(), &diary::days(zone, *whole), &versions);
        }
    }
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

/// A unit that could be held, with the versions of its days and what is taken of it.
struct UnitFound {
    resource: Uuid,
    id: Uuid,
    days: Vec<NaiveDate>,
    versions: Vec<i64>,
    claimed: Vec<Uuid>,
    claim_starts: Vec<DateTime<Utc>>,
    claim_ends: Vec<DateTime<Utc>>,
    claims_until: Vec<Option<DateTime<Utc>>>,
}

/// The units of these kinds, in the order in which they are given out. Most services hold none, so
/// it is a look of its own.
async fn units(
    pool: &Pool,
    resources: &[(ResourceId, Vec<UnitId>)],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<UnitFound>, StoreError> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = resources.iter().map(|(id, _)| id.uuid()).collect();
    bounded(
        sqlx::query_as!(
            UnitFound,
            r#"select u.resource, u.id, coalesce(d.days, '{}') as "days!",
                      coalesce(d.versions, '{}') as "versions!",
                      coalesce(c.bookings, '{}') as "claimed!",
                      coalesce(c.starts, '{}') as "claim_starts!",
                      coalesce(c.ends, '{}') as "claim_ends!",
                      coalesce(c.until, '{}') as "claims_until!: Vec<Option<DateTime<Utc>>>"
               from units u
               left join lateral (
                   select array_agg(day) as days, array_agg(version) as versions
                   from diary_days
                   where diary = u.id and day between $2::timestamptz::date and $3::timestamptz::date
                   ) d on true
               left join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where diary = u.id and active and starts_at between $2 and $3) c on true
               where u.resource = any($1) order by u.id"#,
            &ids,
            from,
            until,
        )
        .fetch_all(pool),
    )
    .await
}

/// What is looked up for a desk; those who want one at the same moment share the look.
pub(crate) struct Look {
    salon: SalonId,
    customer: PersonId,
    /// What is wished for, by whom.
    named: Vec<(Wish, StaffId)>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// What is found of one wish: the terms, the days' versions, the claims and the holds.
pub(crate) struct Found {
    n: i64,
    zone: String,
    is_listed: bool,
    hours: Json<Calendar>,
    step_minutes: i16,
    notice_minutes: i32,
    horizon_days: i16,
    layout: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    home_visits: Option<Json<HomeVisits>>,
    mode: String,
    terms: Option<Json<SalonTerms>>,
    duration_minutes: i16,
    buffer_before_minutes: i16,
    buffer_after_minutes: i16,
    parts: Option<Vec<i16>>,
    price_paise: i64,
    resources: Vec<Uuid>,
    skill_parts: Option<Vec<i16>>,
    skill_price: Option<i64>,
    staff_hours: Option<Json<Calendar>>,
    daily_cap: Option<i16>,
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
    type Answer = Option<Vec<Found>>;

    async fn answer(
        database: &mut PgConnection,
        looks: &[Self],
    ) -> Result<Vec<Option<Vec<Found>>>, sqlx::Error> {
        let asked: Vec<_> = looks
            .iter()
            .flat_map(|look| look.named.iter().map(move |(wish, staff)| (look, wish, staff)))
            .collect();
        let mut found = sqlx::query_as!(
            Found,
            r#"select q.n as "n!", s.zone, s.is_listed, s.hours as "hours: Json<Calendar>", s.step_minutes,
                      s.notice_minutes, s.horizon_days, s.layout, s.latitude, s.longitude,
                      s.home_visits as "home_visits: Json<HomeVisits>", v.mode,
                      s.terms as "terms: Json<SalonTerms>",
                      v.duration_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
                      v.parts, v.price_paise, v.resources, k.parts as skill_parts,
                      k.price_paise as skill_price, p.hours as "staff_hours: Json<Calendar>",
                      p.daily_cap,
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
                   where diary = q.staff and day between q.since::date and q.before::date
                   ) d on true
               left join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where diary = q.staff and active
                     and starts_at between q.since and q.before) c on true
               left join lateral (
                   select array_agg(id) as bookings, array_agg(hold_number) as numbers,
                          array_agg(held_until) as until
                   from bookings where customer = q.customer and status = 'held') h on true
               order by q.n"#,
            &column(&asked, |(look, ..)| look.salon.uuid()),
            &column(&asked, |(_, wish, _)| wish.service.uuid()),
            &column(&asked, |(.., staff)| staff.uuid()),
            &column(&asked, |(look, ..)| look.customer.uuid()),
            &column(&asked, |(look, ..)| look.from),
            &column(&asked, |(look, ..)| look.until),
        )
        .fetch_all(database)
        .await?
        .into_iter()
        .peekable();
        // A wish of which nothing was found has no row.
        let mut rows = (1..).zip(&asked).map(|(n, _)| found.next_if(|row| row.n == n));
        let mut of = |look: &Self| rows.by_ref().take(look.named.len()).collect::<Vec<_>>();
        Ok(looks.iter().map(|look| of(look).into_iter().collect()).collect())
    }
}

/// A diary at a desk, where an overrun keeps others away like any other claim.
fn diary_of(id: DiaryId, claims: Vec<Claim>) -> Diary {
    Diary { id, claims, overruns: Vec::new(), appointments: Vec::new() }
}

/// A day without a row has version 0.
fn remember(tx: &mut PgTx, diary: DiaryId, days: &[NaiveDate], versions: &[(NaiveDate, i64)]) {
    for day in days {
        let found = versions.iter().find(|(known, _)| known == day);
        tx.days.insert((diary, *day), found.map_or(0, |(_, version)| *version));
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
