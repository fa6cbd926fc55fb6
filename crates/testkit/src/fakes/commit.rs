//! The commit in memory: every check first, then every change, so that a refusal leaves nothing.
//!
//! The rules are those of the real store, one for one: what was read and is changed must stand;
//! the days are guarded only where the commit takes time; the walls are looked at as they would
//! stand afterwards.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use identity::Phone;
use kernel::{BookingId, DiaryId, PaymentId, PersonId, SalonId};
use ledger::{Payment, PaymentState};
use ports::{Claimed, StoreError};
use scheduling::booking::State;
use scheduling::{Booking, Claim, Status, diary};

use super::catalogue::offerable;
use super::memory::{At, Memory, paid_by};
use super::store::FakeTx;

/// Writes what was staged, or nothing.
pub(crate) fn commit(memory: &mut Memory, tx: &mut FakeTx) -> Result<(), StoreError> {
    let is_shown = |salon: &SalonId| memory.shows(*salon);
    let noted = |booking: &&Booking| tx.staged.noted.contains_key(&booking.id);
    let mut places = tx.staged.bookings.iter().filter(noted).map(|booking| booking.salon);
    if !tx.listed.iter().all(is_shown) || !places.all(|salon| memory.is_run(salon)) {
        return Err(StoreError::Conflict);
    }
    if !snapshots_stand(memory, tx) || !guests(tx).all(|guest| may_be_made(memory, guest)) {
        return Err(StoreError::Conflict);
    }
    references_exist(memory, tx)?;
    if !bookings_fit(memory, tx) || !payments_fit(memory, tx) || is_replayed(memory, tx) {
        return Err(StoreError::Conflict);
    }
    write(memory, tx);
    Ok(())
}

/// Writes a hold, if it is as presumed.
pub(crate) fn claim(memory: &mut Memory, tx: &mut FakeTx) -> Result<Claimed, StoreError> {
    let booking = tx.staged.bookings.first().cloned();
    let Some((booking, (wishes, sold))) = booking.zip(tx.presumed.take()) else {
        return Ok(Claimed::Otherwise);
    };
    let is_edited = offerable(memory, sold.salon, &wishes) != Some(sold);
    let is_own_hold =
        |other: &Booking| other.customer == booking.customer && other.status() == Status::Held;
    if is_edited
        || memory.bookings().any(is_own_hold)
        || is_replayed(memory, tx)
        || booking.status() != Status::Held
    {
        return Ok(Claimed::Otherwise);
    }
    let is_taken =
        |(diary, claim): (DiaryId, Claim)| !memory.claims_within(diary, claim.window).is_empty();
    if booking.claims().any(is_taken) {
        return Ok(Claimed::Taken);
    }
    // The days are guarded as they are now.
    for (diary, claim) in booking.claims() {
        for day in diary::days(booking.zone, claim.window) {
            let version = memory.days.get(&(diary, day)).copied().unwrap_or(0);
            tx.days.insert((diary, day), version);
        }
    }
    commit(memory, tx).map(|()| Claimed::Saved)
}

/// The days that were read and in which a booking takes time that it did not take before.
fn guarded(tx: &FakeTx) -> Vec<((DiaryId, NaiveDate), i64)> {
    let takes_time = |booking: &&Booking| {
        let read = tx.read_bookings.get(&booking.id);
        read.is_none_or(|At { row, .. }| {
            let is_elsewhere =
                row.lines != booking.lines || row.lasts_until() != booking.lasts_until();
            booking.status().blocks() && (!row.status().blocks() || is_elsewhere)
        })
    };
    let touched = tx.staged.bookings.iter().filter(takes_time).flat_map(|booking| {
        booking.claims().flat_map(|(diary, claim)| {
            diary::days(booking.zone, claim.window).into_iter().map(move |day| (diary, day))
        })
    });
    let touched: BTreeSet<_> = touched.collect();
    let read = tx.days.iter().filter(|(day, _)| touched.contains(day));
    read.map(|(day, version)| (*day, *version)).collect()
}

fn snapshots_stand(memory: &Memory, tx: &FakeTx) -> bool {
    let days =
        guarded(tx).iter().all(|(day, read)| memory.days.get(day).copied().unwrap_or(0) == *read);
    let bookings = tx.staged.bookings.iter().all(|booking| {
        let stands = memory.bookings.get(&booking.id).map(|at| at.version);
        stands == tx.read_bookings.get(&booking.id).map(|at| at.version)
    });
    let payments = tx.staged.payments.iter().all(|payment| {
        let stands = memory.payments.get(&payment.id).map(|at| at.version);
        stands == tx.read_payments.get(&payment.id).copied()
    });
    let begins_well = tx.staged.bookings.iter().all(|booking| {
        let begins = matches!(booking.status(), Status::Held | Status::Confirmed | Status::Arrived);
        tx.read_bookings.contains_key(&booking.id) || begins
    }) && tx.staged.payments.iter().all(|payment| {
        let is_intent = matches!(payment.state, PaymentState::Intended { .. });
        tx.read_payments.contains_key(&payment.id) || is_intent
    });
    assert!(
        begins_well,
        "a booking begins as a hold or by the salon's hand, a payment as an intent"
    );
    let once = each_once(tx.staged.bookings.iter().map(|booking| booking.id))
        && each_once(tx.staged.payments.iter().map(|payment| payment.id));
    assert!(once, "a unit of work stages each booking and each payment once");
    days && bookings && payments
}

/// For whom salons book, with the phones that they noted.
fn guests(tx: &FakeTx) -> impl Iterator<Item = (PersonId, Option<&Phone>)> {
    let noted = |booking: &Booking| tx.staged.noted.get(&booking.id);
    let guest = move |booking: &Booking| Some((booking.customer, noted(booking)?.phone.as_ref()));
    tx.staged.bookings.iter().filter_map(guest)
}

/// Whoever has the phone is them, and nobody who has it no more.
fn may_be_made(memory: &Memory, (person, phone): (PersonId, Option<&Phone>)) -> bool {
    match phone.and_then(|phone| memory.who_has(phone)) {
        Some(known) => known == person,
        None => !memory.people.contains_key(&person),
    }
}

fn each_once<T: std::hash::Hash + Eq>(ids: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    ids.into_iter().all(|id| seen.insert(id))
}

/// A row that names what does not exist is a mistake of the program, not a race.
fn references_exist(memory: &Memory, tx: &FakeTx) -> Result<(), StoreError> {
    let lost = |what: &str, id: String| StoreError::Corrupt {
        table: "(statement)",
        id: String::new(),
        source: format!("there is no {what} {id}").into(),
    };
    for booking in &tx.staged.bookings {
        if !memory.salons.contains_key(&booking.salon) {
            return Err(lost("salon", booking.salon.to_string()));
        }
        let is_made = tx.staged.noted.contains_key(&booking.id);
        if !is_made && !memory.people.contains_key(&booking.customer) {
            return Err(lost("person", booking.customer.to_string()));
        }
        for line in booking.lines.iter() {
            if !memory.services.contains_key(&line.service) {
                return Err(lost("service", line.service.to_string()));
            }
            if !memory.staff.contains_key(&line.staff) {
                return Err(lost("professional", line.staff.to_string()));
            }
        }
    }
    for payment in &tx.staged.payments {
        let is_new = tx.staged.bookings.iter().any(|booking| booking.id == payment.booking);
        if !is_new && !memory.bookings.contains_key(&payment.booking) {
            return Err(lost("booking", payment.booking.to_string()));
        }
        if payment.amount.minor_units() <= 0 {
            return Err(lost("amount in", payment.id.to_string()));
        }
    }
    Ok(())
}

/// No two bookings were promised the same time of one professional, and no two holds of a customer have the
/// same number, once all is written.
fn bookings_fit(memory: &Memory, tx: &FakeTx) -> bool {
    let staged: HashMap<BookingId, &Booking> =
        tx.staged.bookings.iter().map(|booking| (booking.id, booking)).collect();
    staged.values().all(|booking| {
        let blocks = booking.status().blocks();
        let stands_in_the_way = |other: &Booking| {
            other.id != booking.id
                && ((blocks
                    && other.status().blocks()
                    && booking.lines.claims().any(|(diary, window)| other.takes(diary, window)))
                    || is_same_hold(booking, other))
        };
        let walls = booking.lines.diaries();
        let walls = walls.filter_map(|(diary, _)| memory.claims.get(&diary));
        let of_staff = walls
            .flat_map(|claims| claims.keys())
            .filter(|id| !staged.contains_key(id))
            .filter_map(|id| memory.bookings.get(id))
            .map(|at| &at.row);
        let of_customer = hold_number(booking).into_iter().flat_map(|_| {
            let others = memory.bookings().filter(|other| other.customer == booking.customer);
            others.filter(|other| !staged.contains_key(&other.id))
        });
        let mut others = of_staff.chain(of_customer).chain(staged.values().copied());
        !others.any(stands_in_the_way)
    })
}

fn hold_number(booking: &Booking) -> Option<u16> {
    match booking.state {
        State::Held { number, .. } => Some(number),
        _ => None,
    }
}

fn is_same_hold(one: &Booking, other: &Booking) -> bool {
    one.customer == other.customer
        && hold_number(one).is_some()
        && hold_number(one) == hold_number(other)
}

/// One open and one captured payment a booking, and no name of the gateway's for two of ours.
fn payments_fit(memory: &Memory, tx: &FakeTx) -> bool {
    let staged: HashMap<PaymentId, &Payment> =
        tx.staged.payments.iter().map(|payment| (payment.id, payment)).collect();
    staged.values().all(|payment| {
        let ids = memory.payments_of.get(&payment.booking).into_iter().flatten();
        let known = ids
            .filter(|id| !staged.contains_key(id))
            .filter_map(|id| memory.payments.get(id))
            .map(|at| &at.row);
        let clashes = |other: &Payment| {
            other.id != payment.id
                && other.booking == payment.booking
                && is_same_stage(other, payment)
        };
        let by_order = payment.order().and_then(|order| memory.payment_of_order.get(order));
        let by_attempt =
            paid_by(payment).and_then(|attempt| memory.payment_of_attempt.get(attempt));
        let mut owners = by_order.into_iter().chain(by_attempt);
        owners.all(|owner| *owner == payment.id)
            && !known.chain(staged.values().copied()).any(clashes)
    })
}

fn is_same_stage(one: &Payment, other: &Payment) -> bool {
    let is_captured = |payment: &Payment| payment.captured().is_some_and(|paid| !paid.goes_back());
    (one.is_open() && other.is_open()) || (is_captured(one) && is_captured(other))
}

fn is_replayed(memory: &Memory, tx: &FakeTx) -> bool {
    tx.staged.replays.iter().any(|(key, _)| memory.replays.contains_key(key))
        || !each_once(tx.staged.replays.iter().map(|(key, _)| key))
}

fn write(memory: &mut Memory, tx: &mut FakeTx) {
    for (day, version) in guarded(tx) {
        memory.days.insert(day, version + 1);
    }
    let made: Vec<_> = guests(tx).map(|(person, phone)| (person, phone.cloned())).collect();
    for (person, phone) in made {
        memory.people.entry(person).or_insert((phone, None));
    }
    memory.noted.extend(tx.staged.noted.drain());
    for booking in tx.staged.bookings.drain(..) {
        let version = tx.read_bookings.get(&booking.id).map_or(1, |at| at.version + 1);
        memory.put_booking(booking, version);
    }
    for payment in tx.staged.payments.drain(..) {
        let version = tx.read_payments.get(&payment.id).map_or(1, |version| version + 1);
        memory.put_payment(payment, version);
    }
    for (id, event, due) in tx.staged.events.drain(..) {
        memory.keep(id, event, due);
    }
    memory.replays.extend(tx.staged.replays.drain(..));
}
