//! A booking: one visit of one customer, with a line for each service, from hold to completion.
//!
//! ```text
//! held -> confirmed -> arrived -> started -> completed
//!   \         \
//!    \         -> no_show, cancelled
//!     -> cancelled, expired (-> confirmed, when the money comes late and the time is still free)
//! ```
//! A booking blocks its professionals' time from held until completed, no-show, cancelled or
//! expired.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, DiaryId, Money, PersonId, Point, SalonId, StaffId};

use crate::cap::Appointment;
use crate::diary::Diary;
use crate::home::Home;
use crate::line::{Lines, LinesError};
use crate::local::{local_day, start_of_day};
use crate::policy::{ARRIVAL_BEFORE, BEGIN_BEFORE};
use crate::refusal::Refusal;
use crate::slots::Claim;
use crate::terms::{Shares, Terms};
use crate::window::Window;

/// A booking with what was agreed and how far it has come.
///
/// Each step consumes it and gives it back further on, or refuses; [`diary`](crate::diary) has an
/// example from the hold to completion.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use indistylo_scheduling::{
///     Booking, Chosen, Line, Lines, Minutes, Party, Refusal, State, Status, Terms, Timing,
/// };
/// use kernel::Money;
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let id = |n: u8| format!("0193c0de-0000-7000-8000-00000000000{n}");
/// let cut = Line {
///     guest: 0,
///     service: id(1).parse()?,
///     staff: id(2).parse()?,
///     chosen: Chosen::Named,
///     start: at("2026-05-04T10:00:00Z")?,
///     timing: Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO)?,
///     price: Money::inr(49_900),
///     units: vec![],
/// };
/// let asha = cut.staff.into();
/// let (placed_at, until) = (at("2026-05-04T08:00:00Z")?, at("2026-05-04T08:10:00Z")?);
/// let held = Booking {
///     id: id(3).parse()?,
///     salon: id(4).parse()?,
///     customer: id(5).parse()?,
///     zone: chrono_tz::Asia::Kolkata,
///     lines: Lines::of(vec![cut])?,
///     home: None,
///     terms: Terms::default(),
///     placed_at,
///     state: State::Held { until, number: 0 },
/// };
/// assert_eq!((held.price(), held.held_until()), (Money::inr(49_900), Some(until)));
/// assert!(held.takes(asha, held.window()));
/// assert!(held.appointments().all(|(_, one)| one.begins == held.window().start()));
/// assert_eq!(held.destination(), None);
/// assert_eq!(held.payable(placed_at), Ok(()));
/// assert_eq!(held.payable(until), Err(Refusal::HoldExpired));
/// let expired = held.clone().expire(until)?;
/// assert!(expired.lost_its_time());
///
/// let confirmed = Booking { state: State::Confirmed { at: placed_at }, ..held };
/// let (before, begun) = (at("2026-05-04T09:59:59Z")?, confirmed.window().start());
/// let too_late = Refusal::NotInThisState { status: Status::Confirmed };
/// assert_eq!((confirmed.movable(before), confirmed.movable(begun)), (Ok(()), Err(too_late)));
/// assert_eq!(confirmed.reassignable(begun), Ok(()));
/// let off = confirmed.clone().call_off(None, Party::Customer, before)?;
/// assert!(off.is_all && off.shares.refunded == confirmed.price());
/// let called_off = confirmed.clone().cancel(Party::Customer, before)?;
/// assert_eq!(off.booking, called_off);
/// assert_eq!(called_off.state, State::Cancelled { at: before, by: Party::Customer });
/// assert_eq!(confirmed.clone().no_show(before), Err(too_late));
/// assert_eq!(confirmed.no_show(begun)?.status(), Status::NoShow);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Booking {
    /// Its name.
    pub id: BookingId,
    /// Where.
    pub salon: SalonId,
    /// For whom.
    pub customer: PersonId,
    /// The zone of the salon's clock, on which the time was agreed.
    pub zone: Tz,
    /// What, by whom, when and at which price.
    pub lines: Lines,
    /// Where, if it is a home visit.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub home: Option<Home>,
    /// On which terms it was made.
    #[cfg_attr(feature = "serde", serde(default))]
    pub terms: Terms,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// How far it has come.
    pub state: State,
}

/// How far a booking has come, with what is known by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "status", rename_all = "snake_case")
)]
pub enum State {
    /// Placed and not yet paid for; the time is kept until then.
    Held {
        /// The hold runs out at this instant.
        until: DateTime<Utc>,
        /// Which of the customer's holds it is: the lowest number free when it was placed.
        number: u16,
    },
    /// Paid for.
    Confirmed {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The customer is there.
    Arrived {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The service is under way.
    Started {
        /// Since when.
        at: DateTime<Utc>,
        /// Until when it lasts, if that is longer than planned.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        until: Option<DateTime<Utc>>,
    },
    /// The service is done.
    Completed {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The customer never came.
    NoShow {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// Called off.
    Cancelled {
        /// When.
        at: DateTime<Utc>,
        /// By whom.
        by: Party,
    },
    /// Never paid for in time.
    Expired {
        /// Since when.
        at: DateTime<Utc>,
    },
}

/// One side of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Party {
    /// Who booked.
    Customer,
    /// Who serves.
    Salon,
}

/// The name of a state, without its data.
///
/// ```
/// use indistylo_scheduling::Status;
///
/// let status: Status = "no_show".parse().map_err(|()| "no status")?;
/// assert_eq!((status, status.as_str()), (Status::NoShow, "no_show"));
/// assert_eq!(status.to_string(), "no_show");
/// let taking_time = Status::ALL.into_iter().filter(|status| status.blocks());
/// assert!(taking_time.eq([Status::Held, Status::Confirmed, Status::Arrived, Status::Started]));
/// assert!(Status::Confirmed.is_firm() && !Status::Held.is_firm());
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[expect(missing_docs, reason = "each is the state of the same name")]
pub enum Status {
    Held,
    Confirmed,
    Arrived,
    Started,
    Completed,
    NoShow,
    Cancelled,
    Expired,
}

impl Status {
    /// Every status, in the order of a booking's life.
    pub const ALL: [Self; 8] = [
        Self::Held,
        Self::Confirmed,
        Self::Arrived,
        Self::Started,
        Self::Completed,
        Self::NoShow,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word for it on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Arrived => "arrived",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Does a booking in this state take its professional's time?
    pub const fn blocks(self) -> bool {
        self.is_firm() || matches!(self, Self::Held)
    }

    /// Does it take that time until somebody ends it? A hold gives it back by itself.
    pub const fn is_firm(self) -> bool {
        matches!(self, Self::Confirmed | Self::Arrived | Self::Started)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// What the news that a booking was paid for does to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paid {
    /// It is confirmed; its time was still kept.
    Confirmed(Booking),
    /// It had expired, and its time is not taken: it takes the time again, confirmed.
    Reinstated {
        /// The booking, confirmed.
        booking: Booking,
        /// Holds that had run out and stood in its way: they are to expire with it.
        lapsed: Vec<BookingId>,
    },
    /// It had expired and another customer has the time: the money must go back.
    SlotGone,
    /// It was called off before: the money must go back.
    CalledOff,
    /// It had been paid for: this money must go back.
    PaidBefore,
}

/// What calling off leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledOff {
    /// The booking: cancelled, or with the lines that are left.
    pub booking: Booking,
    /// Whether nothing of it is left.
    pub is_all: bool,
    /// From when what is called off was to begin until it was to end.
    pub freed: Window,
    /// What happens to its price, if it was paid for.
    pub shares: Shares,
}

/// Why nothing was called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallOffError {
    /// These are not lines of the booking.
    #[error(transparent)]
    Lines(#[from] LinesError),
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Bookings take time in several stretches, and are named once.
pub(crate) fn each_once(bookings: impl Iterator<Item = BookingId>) -> Vec<BookingId> {
    let mut each: Vec<BookingId> = Vec::new();
    for booking in bookings {
        if !each.contains(&booking) {
            each.push(booking);
        }
    }
    each
}

/// Refuses what is done before its time.
fn not_before(from: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    if now < from { Err(Refusal::TooEarly { from }) } else { Ok(()) }
}

impl Booking {
    /// The name of its state.
    pub const fn status(&self) -> Status {
        match self.state {
            State::Held { .. } => Status::Held,
            State::Confirmed { .. } => Status::Confirmed,
            State::Arrived { .. } => Status::Arrived,
            State::Started { .. } => Status::Started,
            State::Completed { .. } => Status::Completed,
            State::NoShow { .. } => Status::NoShow,
            State::Cancelled { .. } => Status::Cancelled,
            State::Expired { .. } => Status::Expired,
        }
    }

    /// Until when its time is kept unpaid, if it is a hold.
    pub const fn held_until(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Held { until, .. } => Some(until),
            _ => None,
        }
    }

    /// From when its first service begins until the last one ends.
    pub const fn window(&self) -> Window {
        self.lines.window()
    }

    /// What it costs.
    pub const fn price(&self) -> Money {
        self.lines.price()
    }

    /// Where to, if it is a home visit.
    pub fn destination(&self) -> Option<Point> {
        self.home.as_ref().map(|home| home.destination)
    }

    /// What it takes, and in whose diary, as others see it: a stretch for each part with hands on,
    /// buffers included, line by line, and then its [overrun](Self::overrun).
    pub fn claims(&self) -> impl Iterator<Item = (DiaryId, Claim)> {
        let (booking, expires_at) = (self.id, self.held_until());
        let claims = self.lines.claims().chain(self.overrun());
        claims.map(move |(diary, window)| (diary, Claim { window, booking, expires_at }))
    }

    /// What its professionals' daily caps count, line by line.
    pub fn appointments(&self) -> impl Iterator<Item = (StaffId, Appointment)> {
        let (booking, expires_at) = (self.id, self.held_until());
        self.lines.iter().map(move |line| {
            let begins = line.timing.hands_on_from(line.start);
            (line.staff, Appointment { booking, begins, expires_at })
        })
    }

    /// Whether it takes something of this stretch of a diary, as planned.
    pub fn takes(&self, diary: DiaryId, window: Window) -> bool {
        self.lines.claims().any(|(other, taken)| other == diary && taken.overlaps(window))
    }

    /// May it be paid for now?
    pub fn payable(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            State::Held { until, .. } if now < until => Ok(()),
            State::Held { .. } | State::Expired { .. } => Err(Refusal::HoldExpired),
            _ => Err(self.refuse()),
        }
    }

    /// It was paid for. `diaries` are those of its professionals.
    ///
    /// A hold that has run out but whose time nobody took is confirmed all the same, also on a day
    /// that is full by now: the customer has paid, and no one is harmed.
    pub fn paid(self, diaries: &[Diary], now: DateTime<Utc>) -> Paid {
        let (blocking, lapsed): (Vec<Claim>, Vec<Claim>) = diaries
            .iter()
            .flat_map(|diary| diary.claims.iter().map(|claim| (diary.id, *claim)))
            .filter(|(diary, other)| other.booking != self.id && self.takes(*diary, other.window))
            .map(|(_, other)| other)
            .partition(|other| other.blocks(now));
        match self.state {
            State::Held { .. } => Paid::Confirmed(self.with(State::Confirmed { at: now })),
            State::Expired { .. } if !blocking.is_empty() => Paid::SlotGone,
            State::Expired { .. } => Paid::Reinstated {
                booking: self.with(State::Confirmed { at: now }),
                lapsed: each_once(lapsed.iter().map(|other| other.booking)),
            },
            State::Cancelled { .. } => Paid::CalledOff,
            State::Confirmed { .. }
            | State::Arrived { .. }
            | State::Started { .. }
            | State::Completed { .. }
            | State::NoShow { .. } => Paid::PaidBefore,
        }
    }

    /// The hold has run out without a payment.
    pub fn expire(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.state {
            State::Held { until, .. } if until <= now => Ok(self.with(State::Expired { at: now })),
            _ => Err(self.refuse()),
        }
    }

    /// The customer has come: on the day of the visit at the salon, or shortly before it if it begins
    /// in the small hours ([`ARRIVAL_BEFORE`]). Who has come cannot call off any more, so that nobody
    /// can be said to have come for a visit that is still far off.
    pub fn arrive(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let State::Confirmed { .. } = self.state else { return Err(self.refuse()) };
        let start = self.window().start();
        let shortly = start - ARRIVAL_BEFORE;
        let midnight = start_of_day(self.zone, local_day(self.zone, start));
        not_before(midnight.map_or(shortly, |midnight| midnight.min(shortly)), now)?;
        Ok(self.with(State::Arrived { at: now }))
    }

    /// The service begins, at most [`BEGIN_BEFORE`] its time.
    pub fn start(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let State::Arrived { .. } = self.state else { return Err(self.refuse()) };
        not_before(self.window().start() - BEGIN_BEFORE, now)?;
        Ok(self.with(State::Started { at: now, until: None }))
    }

    /// The service is done; what is left of its time is free.
    pub fn complete(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.state {
            State::Started { .. } => Ok(self.with(State::Completed { at: now })),
            _ => Err(self.refuse()),
        }
    }

    /// The customer did not come; only once the service should have begun.
    pub fn no_show(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.state {
            State::Confirmed { .. } if self.window().start() <= now => {
                Ok(self.with(State::NoShow { at: now }))
            }
            _ => Err(self.refuse()),
        }
    }

    /// Called off, before the service should have begun.
    pub fn cancel(self, by: Party, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.state {
            State::Held { .. } | State::Confirmed { .. } if now < self.window().start() => {
                Ok(self.with(State::Cancelled { at: now, by }))
            }
            _ => Err(self.refuse()),
        }
    }

    /// Called off, all of it or the lines of these numbers: what is left stays where it is.
    ///
    /// Naming every line calls off all of it.
    pub fn call_off(
        self,
        lines: Option<&[usize]>,
        by: Party,
        now: DateTime<Utc>,
    ) -> Result<CalledOff, CallOffError> {
        let (off, left) = match lines {
            None => (self.lines.clone(), None),
            Some(numbers) => self.lines.split(numbers)?,
        };
        let (start, policy) = (self.window().start(), self.terms.cancellation);
        let shares = policy.called_off(off.price(), start, by, now);
        let is_all = left.is_none();
        let booking = match left {
            None => self.cancel(by, now)?,
            Some(lines) => {
                self.movable(now)?;
                Self { lines, ..self }
            }
        };
        Ok(CalledOff { booking, is_all, freed: off.window(), shares })
    }

    /// May it still be moved to another time?
    pub fn movable(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            State::Held { until, .. } if until <= now => Err(Refusal::HoldExpired),
            State::Held { .. } | State::Confirmed { .. } if now < self.window().start() => Ok(()),
            _ => Err(self.refuse()),
        }
    }

    /// May the salon still give it to others? Until the first service has begun.
    pub fn reassignable(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            State::Held { until, .. } if until <= now => Err(Refusal::HoldExpired),
            State::Held { .. } | State::Confirmed { .. } | State::Arrived { .. } => Ok(()),
            _ => Err(self.refuse()),
        }
    }

    /// Has it lost its time, so that the diary must be looked at before it can have it back?
    pub const fn lost_its_time(&self) -> bool {
        matches!(self.state, State::Expired { .. })
    }

    pub(crate) fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    pub(crate) fn refuse(&self) -> Refusal {
        Refusal::NotInThisState { status: self.status() }
    }
}
