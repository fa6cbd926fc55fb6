//! Which times a customer can pick, and whether a time that was picked can be had.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, StaffId};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::minutes::Minutes;
use crate::window::Window;

/// How long a service takes, and what the professional needs before and after: tidying, a rest.
///
/// Real time, not the wall clock's. A service takes at least a minute. Buffers keep other visits
/// away, the buffers of two visits add up, and a buffer may reach beyond the opening hours.
///
/// ```
/// use indistylo_scheduling::{Minutes, Timing};
///
/// let colour = Timing::new(Minutes::new(90), Minutes::ZERO, Minutes::new(15))?;
/// let start = "2026-05-04T10:00:00Z".parse()?;
/// assert_eq!(colour.service_window(start).duration().num_minutes(), 90);
/// assert_eq!(colour.claim(start).duration().num_minutes(), 105);
/// assert!(Timing::new(Minutes::ZERO, Minutes::ZERO, Minutes::ZERO).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "StoredTiming", into = "StoredTiming")]
pub struct Timing {
    duration: Minutes,
    buffer_before: Minutes,
    buffer_after: Minutes,
}

/// A service that takes no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a service takes at least a minute")]
pub struct NoDuration;

impl Timing {
    /// A service of this duration with these buffers. Refused without a duration.
    pub fn new(
        duration: Minutes,
        buffer_before: Minutes,
        buffer_after: Minutes,
    ) -> Result<Self, NoDuration> {
        if duration == Minutes::ZERO {
            return Err(NoDuration);
        }
        Ok(Self { duration, buffer_before, buffer_after })
    }

    /// How long the service takes, buffers not counted.
    pub const fn duration(self) -> Minutes {
        self.duration
    }

    /// How long the professional is kept free before it.
    pub const fn buffer_before(self) -> Minutes {
        self.buffer_before
    }

    /// How long the professional is kept free after it.
    pub const fn buffer_after(self) -> Minutes {
        self.buffer_after
    }

    /// The service itself, begun at `start`: what must lie within the hours.
    ///
    /// At the last instant that can be written there is no time left for any service; it is then
    /// [`Window::ALL`], which fits nowhere.
    pub fn service_window(self, start: DateTime<Utc>) -> Window {
        Window::lasting(start, self.duration).unwrap_or(Window::ALL)
    }

    /// The service with its buffers: what must not overlap another claim.
    pub fn claim(self, start: DateTime<Utc>) -> Window {
        self.service_window(start).widened(self.buffer_before, self.buffer_after)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTiming {
    duration: Minutes,
    buffer_before: Minutes,
    buffer_after: Minutes,
}

impl TryFrom<StoredTiming> for Timing {
    type Error = NoDuration;

    fn try_from(stored: StoredTiming) -> Result<Self, NoDuration> {
        Self::new(stored.duration, stored.buffer_before, stored.buffer_after)
    }
}

impl From<Timing> for StoredTiming {
    fn from(timing: Timing) -> Self {
        let Timing { duration, buffer_before, buffer_after } = timing;
        Self { duration, buffer_before, buffer_after }
    }
}

/// What a salon decides about bookings in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingRules {
    /// Visits begin when this divides the minute of the day on the wall: 15 is every quarter of an
    /// hour. The count begins anew at midnight, and none counts as one.
    pub step: Minutes,
    /// How long before it begins a visit must be booked, to the second.
    pub notice: Minutes,
    /// How many days ahead, by the salon's dates: 0 is today only.
    pub horizon_days: u16,
}

/// A stretch of a professional's time that a booking or a hold has taken.
///
/// ```
/// use indistylo_scheduling::{Claim, Minutes, Window};
///
/// let hold = Claim {
///     window: Window::lasting("2026-05-04T10:00:00Z".parse()?, Minutes::new(45))?,
///     booking: "0193c0de-0000-7000-8000-000000000001".parse()?,
///     expires_at: Some("2026-05-01T09:10:00Z".parse()?),
/// };
/// assert!(hold.blocks("2026-05-01T09:09:59Z".parse()?));
/// assert!(!hold.blocks("2026-05-01T09:10:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The time taken, buffers included.
    pub window: Window,
    /// Whose it is.
    pub booking: BookingId,
    /// When it lapses if it is a hold; a booking does not.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Claim {
    /// Whether it keeps others away at `now`: always, or while the hold has not lapsed.
    pub fn blocks(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

/// A professional who could do the service, with everything that decides when.
#[derive(Debug, Clone, Copy)]
pub struct Professional<'a> {
    /// Who it is.
    pub id: StaffId,
    /// When at work, by the salon's clock; [`Calendar::always`] to follow the salon.
    pub hours: &'a Calendar,
    /// What is taken, in any order. More than the time in question does no harm.
    pub claims: &'a [Claim],
}

/// The salon: its clock and its opening hours.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The zone of its wall clock.
    pub zone: Tz,
    /// When it is open.
    pub hours: &'a Calendar,
}

/// A time at which a service can begin, and who is free to do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// Who can do it, in the order in which the professionals were given; never empty.
    pub staff: Vec<StaffId>,
}

/// When can this service be had here? Asked at an instant, for any professionals.
///
/// A start can be booked with a professional if and only if
/// - it is no earlier than now and the salon's notice, to the second;
/// - its date at the salon is at most the horizon's days after today's;
/// - the salon is open for the whole service, buffers not counted;
/// - the professional is at work for the whole service, buffers not counted;
/// - it is on the grid: the step divides the minute of the day, seconds zero;
/// - the service with its buffers overlaps no claim that blocks.
///
/// [`search`](Question::search) lists the starts for which that is so and
/// [`check`](Question::check) judges one; they agree because they ask the same code.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use indistylo_scheduling::{
///     BookingRules, Calendar, Minutes, Place, Professional, Question, Refusal, Timing, Window,
/// };
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let (salon, asha) = (Calendar::every_day("10:00-19:00".parse()?), Calendar::always());
/// let asha = Professional {
///     id: "0193c0de-0000-7000-8000-000000000001".parse()?,
///     hours: &asha,
///     claims: &[],
/// };
/// let question = Question {
///     place: Place { zone: chrono_tz::Asia::Kolkata, hours: &salon },
///     timing: Timing::new(Minutes::new(60), Minutes::ZERO, Minutes::ZERO)?,
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::new(120),
///         horizon_days: 30,
///     },
///     now: at("2026-05-04T10:10:00Z")?, // 15:40 at the salon
/// };
/// let today = Window::new(at("2026-05-03T18:30:00Z")?, at("2026-05-04T18:30:00Z")?)?;
/// let slots = question.search(&[asha], today);
/// let starts: Vec<String> = slots.iter().map(|slot| slot.start.to_string()).collect();
/// assert_eq!(starts, ["2026-05-04 12:30:00 UTC"]); // 18:00 at the salon, until 19:00
///
/// assert!(question.check(&asha, at("2026-05-04T12:30:00Z")?).is_ok());
/// assert_eq!(question.check(&asha, at("2026-05-04T13:00:00Z")?), Err(Refusal::Closed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Where.
    pub place: Place<'a>,
    /// What: how long it takes.
    pub timing: Timing,
    /// By which rules of the salon.
    pub rules: BookingRules,
    /// When the question is asked: holds lapse, notice and horizon count from here.
    pub now: DateTime<Utc>,
}
