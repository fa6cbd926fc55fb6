//! Rows pass the same doors as anything from outside: one that does not parse is corrupt.

use chrono::{DateTime, Utc};
use kernel::{BookingId, DiaryId, Money, PaymentId, PersonId, RefundId, SalonId};
use ledger::{
    Capture, GatewayOrder, GatewayPayment, GatewayRefund, Payment, PaymentState, Refund,
    RefundReason,
};
use ports::{Answered, StoreError};
use scheduling::booking::{Booking, Party, State, Status};
use scheduling::{Appointment, Claim, Home, Lines, Minutes, Part, Terms, Timing, Window};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use crate::error::corrupt;

/// A row of `bookings`.
pub(crate) struct BookingRow {
    pub(crate) id: Uuid,
    pub(crate) salon: Uuid,
    pub(crate) customer: Uuid,
    pub(crate) zone: String,
    pub(crate) lines: Json<Lines>,
    pub(crate) terms: Option<Json<Terms>>,
    pub(crate) status: String,
    pub(crate) held_until: Option<DateTime<Utc>>,
    pub(crate) hold_number: Option<i16>,
    pub(crate) cancelled_by: Option<String>,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) lasts_until: Option<DateTime<Utc>>,
    pub(crate) home: Option<Json<Home>>,
}

impl BookingRow {
    pub(crate) fn parse(self) -> Result<Booking, StoreError> {
        let id = self.id;
        let state = self.state().ok_or_else(|| corrupt("bookings", id, "no such state"))?;
        Ok(Booking {
            id: BookingId::new(id),
            salon: SalonId::new(self.salon),
            customer: PersonId::new(self.customer),
            zone: self
                .zone
                .parse()
                .map_err(|error: chrono_tz::ParseError| corrupt("bookings", id, error))?,
            lines: self.lines.0,
            home: self.home.map(|home| home.0),
            terms: self.terms.map(|terms| terms.0).unwrap_or_default(),
            placed_at: self.placed_at,
            state,
        })
    }

    fn state(&self) -> Option<State> {
        let at = self.changed_at;
        Some(match self.status.parse::<Status>().ok()? {
            Status::Held => State::Held {
                until: self.held_until?,
                number: u16::try_from(self.hold_number?).ok()?,
            },
            Status::Confirmed => State::Confirmed { at },
            Status::Arrived => State::Arrived { at },
            Status::Started => State::Started { at, until: self.lasts_until },
            Status::Completed => State::Completed { at },
            Status::NoShow => State::NoShow { at },
            Status::Cancelled => State::Cancelled {
                at,
                by: match self.cancelled_by.as_deref()? {
                    "customer" => Party::Customer,
                    "salon" => Party::Salon,
                    _ => return None,
                },
            },
            Status::Expired => State::Expired { at },
        })
    }
}

/// The timing of a row: its parts, where it has any besides hands on throughout.
pub(crate) fn timing(
    (table, id): (&'static str, Uuid),
    parts: Option<&[i16]>,
    duration: Minutes,
    before: Minutes,
    after: Minutes,
) -> Result<Timing, StoreError> {
    let part = |minutes: &i16| Part {
        minutes: Minutes::new(minutes.unsigned_abs()),
        hands_on: *minutes > 0,
    };
    let timing = match parts {
        None => Timing::new(duration, before, after),
        Some(parts) => {
            let parts: Vec<Part> = parts.iter().map(part).collect();
            Timing::of_parts(&parts, before, after)
        }
    };
    timing.map_err(|error| corrupt(table, id, error))
}

/// A word of a row.
pub(crate) fn word<T>(table: &'static str, id: Uuid, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr<Err = ports::UnknownWord>,
{
    text.parse().map_err(|error| corrupt(table, id, error))
}

/// The parts as they are stored, in the text form of an array; none if hands are on it throughout.
pub(crate) fn parts_column(timing: Timing) -> Option<String> {
    let parts: Vec<Part> = timing.parts().collect();
    if parts.len() > 1 { array_of(&parts) } else { None }
}

/// Parts in the text form of an array; none if there are none.
pub(crate) fn array_of(parts: &[Part]) -> Option<String> {
    let minutes: Vec<String> = parts
        .iter()
        .map(|part| format!("{}{}", if part.hands_on { "" } else { "-" }, part.minutes.count()))
        .collect();
    (!minutes.is_empty()).then(|| format!("{{{}}}", minutes.join(",")))
}

/// The terms of a booking as they are stored; none if they are those of before there were any.
pub(crate) fn terms_column(booking: &Booking) -> Option<Json<Terms>> {
    Some(booking.terms).filter(|terms| *terms != Terms::default()).map(Json)
}

/// The columns that change with a booking's state.
pub(crate) struct StateColumns {
    pub(crate) status: &'static str,
    pub(crate) held_until: Option<DateTime<Utc>>,
    pub(crate) hold_number: Option<i16>,
    pub(crate) cancelled_by: Option<&'static str>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) lasts_until: Option<DateTime<Utc>>,
}

impl StateColumns {
    pub(crate) fn of(booking: &Booking) -> Self {
        let columns = |changed_at| Self {
            status: booking.status().as_str(),
            held_until: None,
            hold_number: None,
            cancelled_by: None,
            changed_at,
            lasts_until: booking.lasts_until(),
        };
        match booking.state {
            State::Held { until, number } => Self {
                held_until: Some(until),
                hold_number: Some(i16::try_from(number).unwrap_or(i16::MAX)),
                ..columns(booking.placed_at)
            },
            State::Cancelled { at, by } => Self {
                cancelled_by: Some(match by {
                    Party::Customer => "customer",
                    Party::Salon => "salon",
                }),
                ..columns(at)
            },
            State::Confirmed { at }
            | State::Arrived { at }
            | State::Started { at, .. }
            | State::Completed { at }
            | State::NoShow { at }
            | State::Expired { at } => columns(at),
        }
    }
}

/// A row of `claims` as `uuid_send` (twice) and `timestamptz_send` (thrice) write it: whose diary,
/// which booking, from when, until when, held until when, `infinity` if it is firm.
const CLAIM: usize = 16 + 16 + 8 + 8 + 8;
/// Instant 0 of `timestamptz_send`, 2000-01-01 at midnight UTC, in microseconds since 1970.
const FIRST_MICRO: i64 = 946_684_800_000_000;

/// Rows of `claims`, one after the other: columns would cost more than what is in them.
pub(crate) fn claims(rows: &[u8]) -> Result<Vec<(DiaryId, Claim)>, StoreError> {
    let bad = || corrupt("claims", "?", "a row has 56 bytes");
    let (rows, []) = rows.as_chunks::<CLAIM>() else { return Err(bad()) };
    rows.iter().map(|row| packed_claim(row).ok_or_else(bad)?).collect()
}

fn packed_claim(row: &[u8; CLAIM]) -> Option<Result<(DiaryId, Claim), StoreError>> {
    let (diary, rest) = row.split_first_chunk()?;
    let (booking, rest) = rest.split_first_chunk()?;
    let ([starts_at, ends_at, held_until], []) = rest.as_chunks() else { return None };
    let at = |micros: &[u8; 8]| {
        let micros = i64::from_be_bytes(*micros).checked_add(FIRST_MICRO)?;
        DateTime::from_timestamp_micros(micros)
    };
    let (starts_at, ends_at) = (at(starts_at)?, at(ends_at)?);
    let claim = claim(Uuid::from_bytes(*booking), starts_at, ends_at, at(held_until));
    Some(claim.map(|claim| (DiaryId::new(Uuid::from_bytes(*diary)), claim)))
}

/// What a daily cap counts, by column.
pub(crate) fn appointments(
    bookings: Vec<Uuid>,
    begins: Vec<DateTime<Utc>>,
    until: Vec<Option<DateTime<Utc>>>,
) -> Vec<Appointment> {
    let rows = bookings.into_iter().zip(begins).zip(until);
    rows.map(|((booking, begins), expires_at)| Appointment {
        booking: BookingId::new(booking),
        begins,
        expires_at,
    })
    .collect()
}

/// A row of `claims`.
pub(crate) fn claim(
    booking: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    held_until: Option<DateTime<Utc>>,
) -> Result<Claim, StoreError> {
    let window =
        Window::new(starts_at, ends_at).map_err(|error| corrupt("claims", booking, error))?;
    Ok(Claim { window, booking: BookingId::new(booking), expires_at: held_until })
}

/// A row of `payments`.
pub(crate) struct PaymentRow {
    pub(crate) id: Uuid,
    pub(crate) booking: Uuid,
    pub(crate) customer: Uuid,
    pub(crate) amount_paise: i64,
    pub(crate) status: String,
    pub(crate) gateway_order: Option<String>,
    pub(crate) gateway_payment: Option<String>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl PaymentRow {
    /// The payment with its refunds, in their order.
    pub(crate) fn parse(self, refunds: Vec<Refund>) -> Result<Payment, StoreError> {
        let (id, booking, customer) = (self.id, self.booking, self.customer);
        let amount = Money::inr(self.amount_paise);
        let state = self.state(amount).ok_or_else(|| corrupt("payments", id, "no such state"))?;
        let state = match state {
            PaymentState::Captured(capture) => PaymentState::Captured(
                refunds
                    .into_iter()
                    .try_fold(capture, Capture::with)
                    .map_err(|error| corrupt("refunds", id, error))?,
            ),
            unpaid => unpaid,
        };
        Ok(Payment {
            id: PaymentId::new(id),
            booking: BookingId::new(booking),
            customer: PersonId::new(customer),
            amount,
            state,
        })
    }

    fn state(self, amount: Money) -> Option<PaymentState> {
        let at = self.changed_at;
        let order = self.gateway_order.map(GatewayOrder);
        let paid_by = self.gateway_payment.map(GatewayPayment);
        Some(match self.status.as_str() {
            "intended" => PaymentState::Intended { asked_at: at },
            "ordered" => PaymentState::Ordered { order: order? },
            "captured" | "returned" => {
                PaymentState::Captured(Capture::new(order?, paid_by?, amount, at))
            }
            _ => return None,
        })
    }
}

/// A row of `refunds`.
pub(crate) struct RefundRow {
    pub(crate) id: Uuid,
    pub(crate) payment: Uuid,
    pub(crate) amount_paise: i64,
    pub(crate) reason: String,
    pub(crate) gateway_refund: Option<String>,
    pub(crate) due_at: DateTime<Utc>,
    pub(crate) given_at: Option<DateTime<Utc>>,
}

impl RefundRow {
    pub(crate) fn parse(self) -> Result<Refund, StoreError> {
        let unknown = |()| corrupt("refunds", self.id, "no such reason");
        let reason = self.reason.parse::<RefundReason>().map_err(unknown)?;
        Ok(Refund {
            id: RefundId::new(self.id),
            amount: Money::inr(self.amount_paise),
            reason,
            due_at: self.due_at,
            given: self.gateway_refund.map(GatewayRefund).zip(self.given_at),
        })
    }
}

/// The columns that change with a payment's state.
pub(crate) struct PaymentColumns<'a> {
    pub(crate) status: &'static str,
    pub(crate) gateway_order: Option<&'a str>,
    pub(crate) gateway_payment: Option<&'a str>,
    /// `None` keeps what stands: an order has no instant of its own.
    pub(crate) changed_at: Option<DateTime<Utc>>,
}

impl<'a> PaymentColumns<'a> {
    pub(crate) fn of(payment: &'a Payment) -> Self {
        let capture = payment.captured();
        let (status, changed_at) = match &payment.state {
            PaymentState::Intended { asked_at } => ("intended", Some(*asked_at)),
            PaymentState::Ordered { .. } => ("ordered", None),
            PaymentState::Captured(capture) if capture.goes_back() => {
                ("returned", Some(capture.at()))
            }
            PaymentState::Captured(capture) => ("captured", Some(capture.at())),
        };
        Self {
            status,
            gateway_order: payment.order().map(|order| order.0.as_str()),
            gateway_payment: capture.map(|capture| capture.paid_by().0.as_str()),
            changed_at,
        }
    }
}

/// The refunds of a payment, each with the first of the paise that it takes.
pub(crate) fn refunds(payment: &Payment) -> impl Iterator<Item = (&Payment, i64, &Refund)> {
    let mut from = 0;
    let refunds = payment.captured().map(Capture::refunds).unwrap_or_default();
    refunds.iter().map(move |refund| {
        let first = from;
        from += refund.amount.minor_units();
        (payment, first, refund)
    })
}

/// One column of what is given to a statement.
pub(crate) fn column<'a, R, C>(rows: &'a [R], of: impl Fn(&'a R) -> C) -> Vec<C> {
    rows.iter().map(of).collect()
}

/// An answer as the function `keep_answer` takes it.
pub(crate) fn answer_column(answer: Option<&Answered>) -> Option<Value> {
    let Answered { key, replay } = answer?;
    let digits = replay.fingerprint.iter().map(|byte| format!("{byte:02x}"));
    Some(json!({
        "person": key.person,
        "verb": key.verb,
        "key": key.key,
        "fingerprint": format!("\\x{}", digits.collect::<String>()),
        "answered": replay.answer,
    }))
}
