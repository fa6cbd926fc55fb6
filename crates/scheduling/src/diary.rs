//! A professional's diary, as it stood at one moment: where a booking is placed or refused.
//!
//! ```
//! use indistylo_scheduling::booking::{Paid, Status};
//! use indistylo_scheduling::diary::{Ask, Diary};
//! use indistylo_scheduling::{
//!     BookingRules, Calendar, Layout, Minutes, Place, Question, Refusal, Timing,
//! };
//! use kernel::Money;
//!
//! # fn id<T: std::str::FromStr>(n: u8) -> T where T::Err: std::fmt::Debug {
//! #     format!("0193c0de-0000-7000-8000-0000000000{n:02}").parse().unwrap() }
//! let now = "2026-11-23T02:30:00Z".parse()?; // 08:00 in India
//! let hours = Calendar::every_day("10:00-19:00".parse()?);
//! let question = Question {
//!     place: Place { zone: chrono_tz::Asia::Kolkata, hours: &hours },
//!     timing: Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10))?,
//!     rules: BookingRules {
//!         step: Minutes::new(15),
//!         notice: Minutes::new(60),
//!         horizon_days: 30,
//!         layout: Layout::Grid,
//!     },
//!     now,
//! };
//! let ask = Ask {
//!     id: id(1),
//!     salon: id(2),
//!     customer: id(3),
//!     service: id(4),
//!     start: "2026-11-23T05:30:00Z".parse()?, // 11:00 in India
//!     price: Money::inr(49_900),
//! };
//! let empty = Diary { staff: id(5), claims: vec![] };
//! let placed = empty.place(&question, &hours, &[], ask)?;
//! assert_eq!(placed.booking.status(), Status::Held);
//!
//! let busy = Diary { staff: id(5), claims: placed.booking.claims().collect() };
//! let again = busy.place(&question, &hours, &[], Ask { id: id(6), ..ask });
//! assert_eq!(again, Err(Refusal::Taken));
//!
//! let Paid::Confirmed(booking) = placed.booking.paid(&[], now) else { unreachable!() };
//! let booking = booking.arrive(now)?.start(now)?.complete(now)?;
//! assert!(!booking.status().blocks());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, Money, PersonId, SalonId, ServiceId, StaffId};

use crate::booking::{Booking, State, each_once};
use crate::calendar::Calendar;
use crate::local::{end_of_day, local_day, start_of_day};
use crate::policy::{HOLD_LIFETIME, MOST_LIVE_HOLDS};
use crate::refusal::Refusal;
use crate::slots::{Claim, Professional, Question};
use crate::window::Window;

/// What takes one professional's time on the days that a booking touches, read at a version. What
/// is decided on it counts only if the diary still stands when the decision is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diary {
    /// Whose diary.
    pub staff: StaffId,
    /// What takes time on those days, in any order.
    pub claims: Vec<Claim>,
}

/// One unpaid hold of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which booking it is.
    pub booking: BookingId,
    /// Which of the customer's holds it is.
    pub number: u16,
    /// When it runs out.
    pub until: DateTime<Utc>,
}

/// What a customer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The name the booking will have.
    pub id: BookingId,
    /// Where.
    pub salon: SalonId,
    /// For whom.
    pub customer: PersonId,
    /// What.
    pub service: ServiceId,
    /// From when.
    pub start: DateTime<Utc>,
    /// At which price, as offered.
    pub price: Money,
}

/// A booking that was placed, and what gave way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The new booking, held.
    pub booking: Booking,
    /// Holds that had run out and stood in its way, by their time or by their number: they are to
    /// expire with it.
    pub lapsed: Vec<BookingId>,
}

/// The local days that a claim touches, in order: the days whose versions guard it.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use indistylo_scheduling::{Window, diary};
/// let start = Utc.with_ymd_and_hms(2026, 11, 22, 18, 0, 0).unwrap(); // 23:30 in India
/// let claim = Window::new(start, start + chrono::TimeDelta::minutes(60))?;
/// let days = diary::days(chrono_tz::Asia::Kolkata, claim);
/// assert_eq!(days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-11-22", "2026-11-23"]);
/// # Ok::<(), indistylo_scheduling::EmptyWindow>(())
/// ```
pub fn days(zone: Tz, claim: Window) -> Vec<NaiveDate> {
    let last_instant = claim.end() - TimeDelta::nanoseconds(1);
    let (first, last) = (local_day(zone, claim.start()), local_day(zone, last_instant));
    first.iter_days().take_while(|day| *day <= last).collect()
}

/// The whole of those days, as instants: what is read to know a diary.
pub fn span(zone: Tz, claim: Window) -> Window {
    let days = days(zone, claim);
    let start = days.first().and_then(|day| start_of_day(zone, *day));
    let end = days.last().and_then(|day| end_of_day(zone, *day));
    match (start, end) {
        (Some(start), Some(end)) => Window::new(start, end).unwrap_or(claim),
        _ => claim,
    }
}

impl Diary {
    /// Places a booking as a hold, or refuses it.
    ///
    /// `question` carries the place, the service's timing, the salon's rules and now; `hours` is
    /// when this professional works; `holds` are the customer's unpaid holds.
    pub fn place(
        &self,
        question: &Question<'_>,
        hours: &Calendar,
        holds: &[Hold],
        ask: Ask,
    ) -> Result<Placed, Refusal> {
        let now = question.now;
        if holds.iter().filter(|hold| hold.until > now).count() >= MOST_LIVE_HOLDS {
            return Err(Refusal::TooManyHolds);
        }
        let professional = Professional { id: self.staff, hours, claims: &self.claims };
        question.check(&professional, ask.start)?;
        let window = question.timing.service_window(ask.start);
        let (number, before) = free_number(holds, now).ok_or(Refusal::TooManyHolds)?;
        let booking = Booking {
            id: ask.id,
            salon: ask.salon,
            customer: ask.customer,
            service: ask.service,
            staff: self.staff,
            zone: question.place.zone,
            window,
            timing: question.timing,
            price: ask.price,
            placed_at: now,
            state: State::Held { until: now + HOLD_LIFETIME, number },
        };
        let in_the_way = |other: &&Claim| !other.blocks(now) && booking.takes(other.window);
        let others = self.claims.iter().filter(in_the_way).map(|other| other.booking);
        let lapsed = each_once(others.chain(before));
        Ok(Placed { booking, lapsed })
    }
}

/// The number of a new hold, and the hold that ran out and must give it up, if there is one.
///
/// There are as many numbers as one may have holds, and the store keeps no two holds of a customer
/// under one number: so however many requests decide at once, they leave no more.
fn free_number(holds: &[Hold], now: DateTime<Utc>) -> Option<(u16, Option<BookingId>)> {
    let under = |number| holds.iter().find(|hold| hold.number == number);
    let never_used = numbers().find(|number| under(*number).is_none());
    never_used.map(|number| (number, None)).or_else(|| {
        numbers()
            .filter_map(under)
            .find(|hold| hold.until <= now)
            .map(|hold| (hold.number, Some(hold.booking)))
    })
}

fn numbers() -> impl Iterator<Item = u16> {
    (0..u16::MAX).take(MOST_LIVE_HOLDS)
}
