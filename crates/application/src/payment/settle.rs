//! The gateway has the money: the booking is confirmed, or the money goes back.
//!
//! Whoever brings the news (webhook, checkout, our own look) and however often, it is acted on
//! once: the payment remembers.

use chrono::{DateTime, Utc};
use ledger::{Captured, Payment, PaymentRefusal, RefundReason};
use ports::{Event, GatewayReport, StoreError, Tx};
use scheduling::Booking;
use scheduling::booking::Paid;

use super::refund::owe_back;
use crate::Ports;
use crate::booking::place::give_way;
use crate::retry::{conflicts, deciding};

/// What the news did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The booking is confirmed.
    Confirmed,
    /// The money goes back, for this reason.
    GoesBack(RefundReason),
    /// It was known before.
    Before,
    /// The order is not one of ours.
    NotOurs,
}

impl Settled {
    /// The word for it in the inbox and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::GoesBack(reason) => reason.as_str(),
            Self::Before => "known_before",
            Self::NotOurs => "not_ours",
        }
    }
}

/// Why the news could not be acted on.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The gateway contradicts what was agreed; a person must look.
    #[error(transparent)]
    Refused(#[from] PaymentRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(SettleError);

/// Acts on the news that an attempt to pay was captured.
#[tracing::instrument(skip_all, fields(payment = report.payment.0))]
pub async fn settle(ports: &Ports, report: &GatewayReport) -> Result<Settled, SettleError> {
    let settled = deciding!(attempt(ports, report))?;
    tracing::info!(outcome = settled.as_str(), "settled");
    Ok(settled)
}

async fn attempt(ports: &Ports, report: &GatewayReport) -> Result<Settled, SettleError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let Some(order) = &report.order else { return Ok(Settled::NotOurs) };
    let Some(payment) = tx.payment_of_order(order).await? else { return Ok(Settled::NotOurs) };
    let Captured::Now(payment) = payment.capture(report.payment.clone(), report.amount, now)?
    else {
        return Ok(Settled::Before);
    };
    let booking = tx.booking(payment.booking).await?.ok_or(StoreError::Conflict)?;

    let mut diaries = Vec::new();
    if booking.lost_its_time() {
        for (diary, window) in booking.lines.diaries() {
            diaries.push(tx.diary(diary, booking.zone, window).await?);
        }
    }
    let settled = match booking.paid(&diaries, now) {
        Paid::Confirmed(booking) => confirmed(ports, tx.as_mut(), &payment, &booking, now)?,
        Paid::Reinstated { booking, lapsed } => {
            give_way(tx.as_mut(), &lapsed, now).await?;
            confirmed(ports, tx.as_mut(), &payment, &booking, now)?
        }
        Paid::SlotGone => Settled::GoesBack(RefundReason::SlotGone),
        Paid::CalledOff => Settled::GoesBack(RefundReason::CancelledBefore),
        Paid::PaidBefore => Settled::GoesBack(RefundReason::PaidTwice),
    };
    if let Settled::GoesBack(reason) = settled {
        let all = payment.amount;
        owe_back(ports, tx.as_mut(), payment, all, reason, now)?;
    }
    tx.commit().await?;
    Ok(settled)
}

/// What is paid beyond the price goes back at once: services were called off after the order was
/// made.
fn confirmed(
    ports: &Ports,
    tx: &mut dyn Tx,
    payment: &Payment,
    booking: &Booking,
    now: DateTime<Utc>,
) -> Result<Settled, PaymentRefusal> {
    match payment.amount.checked_sub(booking.price()) {
        Ok(beyond) if beyond.minor_units() > 0 => {
            owe_back(ports, tx, payment.clone(), beyond, RefundReason::LinesCancelled, now)?;
        }
        _ => tx.save_payment(payment),
    }
    tx.save_booking(booking);
    tx.enqueue(Event::BookingConfirmed { booking: booking.id }, now);
    Ok(Settled::Confirmed)
}
