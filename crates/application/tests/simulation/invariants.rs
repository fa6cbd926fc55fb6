//! What must be true whatever happened: at all times, and once nothing is left to do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{BookingId, DiaryId, PersonId};
use ledger::{Capture, Payment, Refund};
use scheduling::policy::MOST_LIVE_HOLDS;
use scheduling::{Booking, Status, Window};

use crate::house::House;

/// Statuses of a booking whose money we keep.
fn is_paid_for(status: Status) -> bool {
    match status {
        Status::Confirmed
        | Status::Arrived
        | Status::Started
        | Status::Completed
        | Status::NoShow => true,
        Status::Held | Status::Cancelled | Status::Expired => false,
    }
}

fn is_captured(payment: &Payment) -> bool {
    payment.captured().is_some_and(|paid| !paid.goes_back())
}

fn everything(house: &House) -> (Vec<Booking>, Vec<Payment>) {
    house
        .world
        .look(|memory| (memory.bookings().cloned().collect(), memory.payments().cloned().collect()))
}

/// Between any two rounds.
pub(crate) fn at_all_times(house: &House) {
    let (bookings, payments) = everything(house);
    assert_eq!(house.world.open_units(), 0, "a unit of work was left open");
    no_slot_is_sold_twice(&bookings);
    nobody_hoards(house, &bookings);
    what_is_kept_was_paid_for_once(&bookings, &payments);
    orders_are_made_once(house);
    no_refund_is_given_twice(house);
}

fn no_slot_is_sold_twice(bookings: &[Booking]) {
    let mut diaries: HashMap<DiaryId, Vec<(Window, BookingId)>> = HashMap::new();
    for booking in bookings.iter().filter(|booking| booking.status().blocks()) {
        for (diary, window) in booking.lines.claims() {
            diaries.entry(diary).or_default().push((window, booking.id));
        }
    }
    for claims in diaries.values_mut() {
        claims.sort();
        for pair in claims.windows(2) {
            assert!(!pair[0].0.overlaps(pair[1].0), "sold twice: {pair:#?}");
        }
    }
}

fn nobody_hoards(house: &House, bookings: &[Booking]) {
    let now = house.world.now();
    let mut live: HashMap<PersonId, usize> = HashMap::new();
    for booking in bookings.iter().filter(|booking| booking.held_until() > Some(now)) {
        *live.entry(booking.customer).or_default() += 1;
    }
    assert!(live.values().all(|holds| *holds <= MOST_LIVE_HOLDS), "{live:?}");
}

/// A booking is paid for if and only if we keep its price of one payment.
fn what_is_kept_was_paid_for_once(bookings: &[Booking], payments: &[Payment]) {
    let mut captured: HashMap<BookingId, Vec<&Payment>> = HashMap::new();
    for payment in payments.iter().filter(|payment| is_captured(payment)) {
        captured.entry(payment.booking).or_default().push(payment);
    }
    for booking in bookings {
        let kept = captured.remove(&booking.id).unwrap_or_default();
        assert_eq!(
            kept.len(),
            usize::from(is_paid_for(booking.status())),
            "{booking:#?} with {kept:#?}"
        );
        let is_price = |paid: &Capture| paid.kept() == booking.price();
        assert!(kept.iter().filter_map(|payment| payment.captured()).all(is_price), "{booking:#?}");
    }
    assert!(captured.is_empty(), "payments of no booking: {captured:#?}");
}

fn orders_are_made_once(house: &House) {
    let orders = house.world.gateway.orders();
    let receipts: BTreeSet<_> = orders.iter().map(|made| made.receipt).collect();
    assert_eq!(receipts.len(), orders.len(), "two orders for one payment: {orders:#?}");
}

fn no_refund_is_given_twice(house: &House) {
    let refunds = house.world.gateway.refunds();
    let by: BTreeSet<_> = refunds.iter().map(|refund| &refund.key).collect();
    assert_eq!(by.len(), refunds.len(), "{refunds:#?}");
}

/// When all that was due is done.
pub(crate) fn at_the_end(house: &House) {
    let (bookings, payments) = everything(house);
    let held = bookings.iter().filter(|booking| booking.status() == Status::Held).count();
    assert_eq!(held, 0, "holds that never ended");
    let due = refunds(&payments).filter(|(_, refund)| refund.is_due()).count();
    assert_eq!(due, 0, "money that never went back");

    every_rupee_taken_is_known(house, &payments);
    what_went_back_is_what_we_say(house, &payments);
    the_books_balance(house, &bookings);
}

/// Whatever the gateway took is a payment that we keep or that went back.
fn every_rupee_taken_is_known(house: &House, payments: &[Payment]) {
    let by_attempt: BTreeMap<_, _> = payments
        .iter()
        .filter_map(|payment| Some((payment.captured()?.paid_by(), payment)))
        .collect();
    let taken = house.world.gateway.captured();
    for attempt in &taken {
        let payment = by_attempt.get(&attempt.payment);
        let payment = payment.unwrap_or_else(|| panic!("nobody knows of {attempt:#?}"));
        assert_eq!(payment.order(), attempt.order.as_ref());
        assert_eq!(payment.amount, attempt.amount);
    }
    assert_eq!(by_attempt.len(), taken.len(), "we believe in money that nobody paid");
}

/// Every refund with what it is of.
fn refunds(payments: &[Payment]) -> impl Iterator<Item = (&Capture, &Refund)> {
    let captured = payments.iter().filter_map(Payment::captured);
    captured.flat_map(|capture| capture.refunds().iter().map(move |refund| (capture, refund)))
}

fn what_went_back_is_what_we_say(house: &House, payments: &[Payment]) {
    let said: BTreeSet<_> = refunds(payments)
        .filter_map(|(capture, refund)| {
            let (name, _) = refund.given.clone()?;
            let amount = refund.amount.minor_units();
            Some((name, capture.paid_by().clone(), amount, refund.id.to_string()))
        })
        .collect();
    let given: BTreeSet<_> = house
        .world
        .gateway
        .refunds()
        .into_iter()
        .map(|back| (back.refund, back.payment, back.amount.minor_units(), back.key))
        .collect();
    assert_eq!(given, said);
}

/// What the gateway took, less what it gave back, is what the kept bookings cost.
fn the_books_balance(house: &House, bookings: &[Booking]) {
    let gateway = &house.world.gateway;
    let taken: i64 = gateway.captured().iter().map(|attempt| attempt.amount.minor_units()).sum();
    let given: i64 = gateway.refunds().iter().map(|refund| refund.amount.minor_units()).sum();
    let kept = bookings.iter().filter(|booking| is_paid_for(booking.status()));
    let worth: i64 = kept.map(|booking| booking.price().minor_units()).sum();
    assert_eq!(taken - given, worth);
}
