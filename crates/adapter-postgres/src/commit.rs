//! The one statement that makes a decision true: it checks that everything read still stands, and
//! writes all of it, or nothing. Decisions that only place bookings share a leaner one
//! ([`crate::placing`]).
//!
//! Order matters and is forced by the references between the parts: whom a salon books for first
//! (who erases somebody takes their row and then their bookings), then the salon that books for
//! them (one that was never shown closes when its owner is erased, and then books for nobody, though
//! it stays in the books if it served somebody), then the days' versions, in order of professional and
//! day (so that no two commits wait for each other in a circle), then the rows that change, then the
//! check that ends the statement if any of them had moved, then what is given back before what is
//! taken, then the new rows. The bitmaps that searches read change before the claims do, in order of
//! diary and day like the versions: who mends one takes its lock and then reads the claims.
//!
//! Days are guarded only where the commit takes time (a new booking, one that moves, or an expired
//! one that gets its time back): giving time back harms no decision of another.

use std::collections::BTreeSet;

use identity::Phone;
use kernel::{DiaryId, SalonId};
use ledger::Payment;
use ports::{Claimed, Event, Noted, StoreError};
use scheduling::{Booking, Home, Lines, Status, Terms, Window, diary};
use sqlx::types::Json;
use uuid::Uuid;

use crate::error::bounded;
use crate::line::Day;
use crate::placing::Placing;
use crate::rows::{PaymentColumns, StateColumns, column, refunds, terms_column};
use crate::store::{Days, PgTx};

/// Writes what was staged, when it is its turn and nobody of this process was faster.
pub(crate) async fn commit(mut tx: PgTx) -> Result<(), StoreError> {
    if tx.presumed.is_some() {
        return Err(StoreError::Conflict);
    }
    let takes_time = |booking: &&Booking| {
        tx.read_bookings.get(&booking.id).is_none_or(|read| read.takes_time_as(booking))
    };
    let taken = touched(tx.staged.bookings.iter().filter(takes_time));
    let days: Days = taken.filter_map(|day| Some((day, *tx.days.get(&day)?))).collect();
    let Some(mut line) = tx.line.take() else { return write(tx, days).await };
    line.turn().await;
    if line.is_late(&tx.days) {
        return Err(StoreError::Conflict);
    }
    write(tx, days.clone()).await?;
    line.takes(&days);
    Ok(())
}

/// Writes a hold that rests on what was presumed, past those who decide again and have their turn.
pub(crate) async fn claim(tx: PgTx) -> Result<Claimed, StoreError> {
    let Some(catalogue) = tx.presumed.filter(|_| is_new_hold(&tx)) else {
        return Ok(Claimed::Otherwise);
    };
    let bookings = &tx.staged.bookings;
    let claims = bookings.iter().flat_map(|booking| booking.lines.claims()).collect::<Vec<_>>();
    if tx.shared.lately.has_taken(&claims) {
        return Ok(Claimed::Taken);
    }
    let days: Vec<_> = touched(bookings.iter()).collect();
    let _passing = tx.shared.line.past(&days).await;
    let days = days.into_iter().map(|day| (day, None)).collect();
    let placing = Placing { days, presumed: Some(catalogue), staged: tx.staged };
    let claimed = match tx.shared.placed.ask(placing).await {
        Err(StoreError::Conflict) => Claimed::Otherwise,
        claimed => claimed?,
    };
    if claimed == Claimed::Saved {
        tx.shared.lately.note(claims);
    }
    Ok(claimed)
}

/// Writes it all, if these days still stand. Bookings that are placed, the common case, share a
/// statement with others that are placed at the same moment.
async fn write(tx: PgTx, days: Days) -> Result<(), StoreError> {
    if !is_new_hold(&tx) {
        return bounded(commit_all(&tx, &days)).await;
    }
    let days = days.into_iter().map(|(day, version)| (day, Some(version))).collect();
    let placed = tx.shared.placed.ask(Placing { days, presumed: None, staged: tx.staged });
    match placed.await? {
        Claimed::Saved => Ok(()),
        Claimed::Taken | Claimed::Otherwise => Err(StoreError::Conflict),
    }
}

/// Whether nothing that was there is changed, and no more is written than a hold with its answer. A
/// walk-in is never a hold.
fn is_new_hold(tx: &PgTx) -> bool {
    let is_new = |booking: &Booking| {
        !tx.read_bookings.contains_key(&booking.id) && booking.status() == Status::Held
    };
    let staged = &tx.staged;
    let is_one = staged.bookings.len() <= 1 && staged.replays.len() <= 1;
    is_one
        && staged.payments.is_empty()
        && tx.listed.is_empty()
        && staged.bookings.iter().all(is_new)
}

/// The days of diaries in which the bookings take time.
fn touched<'a>(bookings: impl Iterator<Item = &'a Booking>) -> impl Iterator<Item = Day> {
    bookings.flat_map(|booking| {
        booking.claims().flat_map(|(diary, claim)| {
            diary::days(booking.zone, claim.window).into_iter().map(move |day| (diary, day))
        })
    })
}

/// The lines of a booking that was read, if its claims are others now.
fn moved<'a>(tx: &PgTx, booking: &'a Booking) -> Option<&'a Lines> {
    let read = tx.read_bookings.get(&booking.id)?;
    read.is_elsewhere(booking).then_some(&booking.lines)
}

/// Time that a firm booking gives back or takes.
struct FirmChange {
    salon: SalonId,
    diary: DiaryId,
    window: Window,
    taken: bool,
}

/// What firm bookings give back and take with this commit.
fn firm_changes(tx: &PgTx) -> Vec<FirmChange> {
    let change = |booking: &Booking| {
        let salon = booking.salon;
        let read = tx.read_bookings.get(&booking.id).filter(|read| read.status.is_firm());
        let now = Some(&booking.lines).filter(|_| booking.status().is_firm());
        let (given, taken) = match (read.map(|read| &read.lines), now) {
            (read, now) if read == now => (None, None),
            change => change,
        };
        let each = |lines: Option<&Lines>, taken: bool| -> Vec<_> {
            let claims = lines.into_iter().flat_map(Lines::claims);
            claims.map(|(diary, window)| FirmChange { salon, diary, window, taken }).collect()
        };
        each(given, false).into_iter().chain(each(taken, true))
    };
    tx.staged.bookings.iter().flat_map(change).collect()
}

/// Everything that can be staged.
#[expect(clippy::too_many_lines, reason = "one statement, and its columns in order")]
async fn commit_all(tx: &PgTx, days: &Days) -> Result<(), sqlx::Error> {
    let staged = &tx.staged;
    let (known, new): (Vec<&Booking>, Vec<&Booking>) =
        staged.bookings.iter().partition(|booking| tx.read_bookings.contains_key(&booking.id));
    let (changed_payments, new_payments): (Vec<&Payment>, Vec<&Payment>) =
        staged.payments.iter().partition(|payment| tx.read_payments.contains_key(&payment.id));
    let of_known: Vec<_> = known.iter().map(|booking| StateColumns::of(booking)).collect();
    let with_new_claims = known.iter().filter(|booking| moved(tx, booking).is_some()).chain(&new);
    let claims: Vec<_> = with_new_claims
        .flat_map(|booking| {
            let planned = booking.lines.claims().map(|claim| (claim, false));
            let beyond = booking.overrun().map(|claim| (claim, true));
            planned.chain(beyond).map(move |(claim, is_overrun)| (*booking, claim, is_overrun))
        })
        .collect();
    let changes = firm_changes(tx);
    let of_new: Vec<_> = new.iter().map(|booking| StateColumns::of(booking)).collect();
    let guests: Vec<(&Booking, &Noted)> =
        new.iter().filter_map(|booking| Some((*booking, staged.noted.get(&booking.id)?))).collect();
    let places: BTreeSet<Uuid> = guests.iter().map(|(booking, _)| booking.salon.uuid()).collect();
    let places: Vec<Uuid> = places.into_iter().collect();
    let of_changed: Vec<_> = changed_payments.iter().map(|p| PaymentColumns::of(p)).collect();
    let refunds: Vec<_> = changed_payments.iter().flat_map(|payment| refunds(payment)).collect();
    let of_new_payments: Vec<_> = new_payments.iter().map(|p| PaymentColumns::of(p)).collect();

    sqlx::query!(
        r#"
with
guests as (
    insert into people as p (id, phone, created_at)
    select id, phone, created_at from unnest($73::uuid[], $74::text[], $75::timestamptz[])
        as g(id, phone, created_at)
    on conflict (phone) do update set phone = excluded.phone where p.id = excluded.id
    returning 1
),
places as materialized (
    select from salons
    where id = any($78::uuid[]) and vendor is not null and (select count(*) from guests) >= 0
    for key share
),
guarded as (
    insert into diary_days as d (diary, day, version)
    select diary, day, version + 1
    from unnest($1::uuid[], $2::date[], $3::bigint[]) as g(diary, day, version)
    where (select count(*) from places) >= 0
    order by diary, day
    on conflict (diary, day) do update set version = excluded.version
        where d.version = excluded.version - 1
    returning 1
),
known as (
    select * from unnest($4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[], $8::smallint[],
                         $9::text[], $10::timestamptz[], $11::bool[], $12::timestamptz[],
                         $13::timestamptz[], $14::jsonb[], $79::timestamptz[])
        as k(id, version, status, held_until, hold_number, cancelled_by, changed_at, blocks,
             starts_at, ends_at, lines, lasts_until)
),
changed as (
    update bookings b
    set status = k.status, held_until = k.held_until, hold_number = k.hold_number,
        cancelled_by = k.cancelled_by, changed_at = k.changed_at, version = b.version + 1,
        starts_at = coalesce(k.starts_at, b.starts_at), ends_at = coalesce(k.ends_at, b.ends_at),
        lines = coalesce(k.lines, b.lines), lasts_until = k.lasts_until
    from known k
    where b.id = k.id and b.version = k.version
    returning 1
),
changed_payments as (
    update payments p
    set status = n.status, gateway_order = n.gateway_order, gateway_payment = n.gateway_payment,
        changed_at = coalesce(n.changed_at, p.changed_at), version = p.version + 1
    from unnest($15::uuid[], $16::bigint[], $17::text[], $18::text[], $19::text[],
                $20::timestamptz[])
        as n(id, version, status, gateway_order, gateway_payment, changed_at)
    where p.id = n.id and p.version = n.version
    returning 1
),
stands as materialized (
    select stand_or_conflict(
        (select count(*) from guarded) = cardinality($1::uuid[])
        and (select count(*) from changed) = cardinality($4::uuid[])
        and (select count(*) from changed_payments) = cardinality($15::uuid[])
        and (select count(*) from guests) = cardinality($73::uuid[])
        and (select count(*) from places) = cardinality($78::uuid[])
        and not exists (
            select from unnest($77::uuid[]) n(id)
            where not exists (select from salons s where s.id = n.id and s.is_listed))
    ) as ok
),
firm_changes as materialized (
    select c.salon, c.diary, b.day,
           coalesce(bit_or(b.bits) filter (where not c.taken), 0::bit(288)) as given,
           coalesce(bit_or(b.bits) filter (where c.taken), 0::bit(288)) as taken
    from unnest($70::uuid[], $56::uuid[], $57::timestamptz[], $58::timestamptz[], $59::bool[])
        as c(salon, diary, starts_at, ends_at, taken)
    cross join lateral busy_bits(c.starts_at, c.ends_at) b
    where on_grid(c.starts_at, c.ends_at) and (select ok from stands)
    group by c.salon, c.diary, b.day
),
busied as (
    insert into busy as b (salon, day, diary, bits)
    select salon, day, diary, taken from firm_changes order by diary, day
    on conflict (salon, day, diary) do update set bits = excluded.bits | (b.bits & ~ (
        select c.given from firm_changes c where c.diary = b.diary and c.day = b.day))
    returning 1
),
given_back as (
    update claims c set active = false, held_until = null
    from known k
    where c.booking = k.id and k.lines is null and not k.blocks and c.active
      and (select ok from stands) and (select count(*) from busied) >= 0
    returning 1
),
withdrawn as (
    delete from claims c using known k
    where c.booking = k.id and k.lines is not null and (select ok from stands) and (select count(*) from busied) >= 0
    returning 1
),
freed as materialized (
    select (select count(*) from busied) + (select count(*) from given_back)
         + (select count(*) from withdrawn) as count
),
kept as (
    update claims c set active = true, held_until = k.held_until
    from known k
    where c.booking = k.id and k.lines is null and k.blocks
      and (not c.active or c.held_until is distinct from k.held_until)
      and (select count from freed) >= 0
    returning 1
),
new_bookings as (
    insert into bookings (id, salon, customer, zone, starts_at, ends_at, lines, terms, home, noted,
        status, held_until, hold_number, cancelled_by, placed_at, changed_at, version)
    select id, salon, customer, zone, starts_at, ends_at, lines, terms, home, noted, status,
           held_until, hold_number, cancelled_by, placed_at, changed_at, 1
    from unnest($21::uuid[], $22::uuid[], $23::uuid[], $24::text[], $25::timestamptz[],
                $26::timestamptz[], $27::jsonb[], $71::jsonb[], $72::jsonb[], $76::jsonb[],
                $28::text[], $29::timestamptz[], $30::smallint[], $31::text[], $32::timestamptz[],
                $33::timestamptz[])
        as n(id, salon, customer, zone, starts_at, ends_at, lines, terms, home, noted, status,
             held_until, hold_number, cancelled_by, placed_at, changed_at)
    where (select ok from stands)
    returning 1
),
new_claims as (
    insert into claims (booking, salon, diary, starts_at, ends_at, held_until, active, overrun)
    select booking, salon, diary, starts_at, ends_at, held_until, active, overrun
    from unnest($34::uuid[], $69::uuid[], $35::uuid[], $36::timestamptz[], $37::timestamptz[],
                $38::timestamptz[], $39::bool[], $80::bool[])
        as c(booking, salon, diary, starts_at, ends_at, held_until, active, overrun)
    where (select count from freed) >= 0
    returning 1
),
new_payments as (
    insert into payments (id, booking, customer, amount_paise, status, gateway_order, changed_at,
        version)
    select id, booking, customer, amount_paise, status, gateway_order, changed_at, 1
    from unnest($40::uuid[], $41::uuid[], $42::uuid[], $43::bigint[], $44::text[], $45::text[],
                $46::timestamptz[])
        as n(id, booking, customer, amount_paise, status, gateway_order, changed_at)
    where (select ok from stands)
    returning 1
),
owed_back as (
    insert into refunds (id, payment, paid_paise, from_paise, amount_paise, reason, gateway_refund,
        due_at, given_at)
    select id, payment, paid_paise, from_paise, amount_paise, reason, gateway_refund, due_at,
           given_at
    from unnest($60::uuid[], $61::uuid[], $62::bigint[], $63::bigint[], $64::bigint[], $65::text[],
                $66::text[], $67::timestamptz[], $68::timestamptz[])
        as n(id, payment, paid_paise, from_paise, amount_paise, reason, gateway_refund, due_at,
             given_at)
    where (select ok from stands)
    on conflict (id) do update
        set gateway_refund = excluded.gateway_refund, given_at = excluded.given_at
        where refunds.given_at is null
    returning 1
),
new_events as (
    insert into events (id, kind, payload, due)
    select id, kind, payload, due
    from unnest($47::uuid[], $48::text[], $49::jsonb[], $50::timestamptz[])
        as n(id, kind, payload, due)
    where (select ok from stands)
    returning 1
),
new_replays as (
    insert into replays (person, verb, key, fingerprint, answered)
    select person, verb, key, fingerprint, answered
    from unnest($51::uuid[], $52::text[], $53::text[], $54::bytea[], $55::text[])
        as n(person, verb, key, fingerprint, answered)
    where (select ok from stands)
    returning 1
)
select (select ok from stands) and (select count(*) from new_bookings) >= 0
    and (select count(*) from new_claims) >= 0 and (select count(*) from kept) >= 0 as ok
"#,
        &days.iter().map(|((diary, _), _)| diary.uuid()).collect::<Vec<_>>(),
        &days.iter().map(|((_, day), _)| *day).collect::<Vec<_>>(),
        &days.iter().map(|(_, version)| *version).collect::<Vec<_>>(),
        &known.iter().map(|booking| booking.id.uuid()).collect::<Vec<_>>(),
        &known
            .iter()
            .filter_map(|booking| tx.read_bookings.get(&booking.id))
            .map(|read| read.version)
            .collect::<Vec<_>>(),
        &column(&of_known, |c| c.status) as &[&str],
        &column(&of_known, |c| c.held_until) as &[Option<_>],
        &column(&of_known, |c| c.hold_number) as &[Option<i16>],
        &column(&of_known, |c| c.cancelled_by) as &[Option<&str>],
        &column(&of_known, |c| c.changed_at),
        &column(&known, |booking| booking.status().blocks()),
        &column(&known, |booking| moved(tx, booking).map(|lines| lines.window().start()))
            as &[Option<_>],
        &column(&known, |booking| moved(tx, booking).map(|lines| lines.window().end()))
            as &[Option<_>],
        &column(&known, |booking| moved(tx, booking).map(Json)) as &[Option<Json<&Lines>>],
        &column(&changed_payments, |payment| payment.id.uuid()),
        &changed_payments
            .iter()
            .filter_map(|payment| tx.read_payments.get(&payment.id).copied())
            .collect::<Vec<_>>(),
        &column(&of_changed, |c| c.status) as &[&str],
        &column(&of_changed, |c| c.gateway_order) as &[Option<&str>],
        &column(&of_changed, |c| c.gateway_payment) as &[Option<&str>],
        &column(&of_changed, |c| c.changed_at) as &[Option<_>],
        &column(&new, |booking| booking.id.uuid()),
        &column(&new, |booking| booking.salon.uuid()),
        &column(&new, |booking| booking.customer.uuid()),
        &column(&new, |booking| booking.zone.name()) as &[&str],
        &column(&new, |booking| booking.window().start()),
        &column(&new, |booking| booking.window().end()),
        &column(&new, |booking| Json(&booking.lines)) as &[Json<&Lines>],
        &column(&of_new, |c| c.status) as &[&str],
        &column(&of_new, |c| c.held_until) as &[Option<_>],
        &column(&of_new, |c| c.hold_number) as &[Option<i16>],
        &column(&of_new, |c| c.cancelled_by) as &[Option<&str>],
        &column(&new, |booking| booking.placed_at),
        &column(&of_new, |c| c.changed_at),
        &column(&claims, |(booking, ..)| booking.id.uuid()),
        &column(&claims, |(_, (diary, _), _)| diary.uuid()),
        &column(&claims, |(_, (_, window), _)| window.start()),
        &column(&claims, |(_, (_, window), _)| window.end()),
        &column(&claims, |(booking, ..)| booking.held_until()) as &[Option<_>],
        &column(&claims, |(booking, ..)| booking.status().blocks()),
        &column(&new_payments, |payment| payment.id.uuid()),
        &column(&new_payments, |payment| payment.booking.uuid()),
        &column(&new_payments, |payment| payment.customer.uuid()),
        &column(&new_payments, |payment| payment.amount.minor_units()),
        &column(&of_new_payments, |c| c.status) as &[&str],
        &column(&of_new_payments, |c| c.gateway_order) as &[Option<&str>],
        &column(&of_new_payments, |c| c.changed_at) as &[Option<_>],
        &column(&staged.events, |(id, _, _)| *id),
        &column(&staged.events, |(_, event, _)| event.kind()) as &[&str],
        &column(&staged.events, |(_, event, _)| Json(event)) as &[Json<&Event>],
        &column(&staged.events, |(_, _, due)| *due),
        &column(&staged.replays, |(key, _)| key.person.uuid()) as &[Uuid],
        &column(&staged.replays, |(key, _)| key.verb) as &[&str],
        &column(&staged.replays, |(key, _)| key.key.as_str()) as &[&str],
        &column(&staged.replays, |(_, replay)| replay.fingerprint.as_slice()) as &[&[u8]],
        &column(&staged.replays, |(_, replay)| replay.answer.as_str()) as &[&str],
        &column(&changes, |change| change.diary.uuid()),
        &column(&changes, |change| change.window.start()),
        &column(&changes, |change| change.window.end()),
        &column(&changes, |change| change.taken),
        &column(&refunds, |(.., refund)| refund.id.uuid()),
        &column(&refunds, |(payment, ..)| payment.id.uuid()),
        &column(&refunds, |(payment, ..)| payment.amount.minor_units()),
        &column(&refunds, |(_, from, _)| *from),
        &column(&refunds, |(.., refund)| refund.amount.minor_units()),
        &column(&refunds, |(.., refund)| refund.reason.as_str()) as &[&str],
        &column(&refunds, |(.., refund)| refund.given.as_ref().map(|(name, _)| name.0.as_str()))
            as &[Option<&str>],
        &column(&refunds, |(.., refund)| refund.due_at),
        &column(&refunds, |(.., refund)| refund.given.as_ref().map(|(_, at)| *at))
            as &[Option<_>],
        &column(&claims, |(booking, ..)| booking.salon.uuid()),
        &column(&changes, |change| change.salon.uuid()),
        &column(&new, |booking| terms_column(booking)) as &[Option<Json<Terms>>],
        &column(&new, |booking| booking.home.as_ref().map(Json)) as &[Option<Json<&Home>>],
        &column(&guests, |(booking, _)| booking.customer.uuid()),
        &column(&guests, |(_, noted)| noted.phone.as_ref().map(Phone::as_str))
            as &[Option<&str>],
        &column(&guests, |(booking, _)| booking.placed_at),
        &column(&new, |booking| staged.noted.get(&booking.id).map(Json))
            as &[Option<Json<&Noted>>],
        &tx.listed,
        &places,
        &column(&of_known, |c| c.lasts_until) as &[Option<_>],
        &column(&claims, |(.., is_overrun)| *is_overrun),
    )
    .fetch_one(&tx.pool)
    .await?;
    Ok(())
}
