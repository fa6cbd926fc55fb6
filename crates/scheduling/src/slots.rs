//! Which times a customer can pick, and whether a time that was picked can be had.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, StaffId};

use crate::calendar::Calendar;
use crate::minutes::Minutes;
use crate::policy::GRAIN_MINUTES;
use crate::timing::Timing;
use crate::visit::Visit;
use crate::window::Window;

/// What a salon decides about bookings in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct BookingRules {
    /// Visits begin when this divides the minute of the day on the wall: 15 is every quarter of an
    /// hour. The count begins anew at midnight, and none counts as one.
    pub step: Minutes,
    /// How long before it begins a visit must be booked, to the second.
    pub notice: Minutes,
    /// How many days ahead, by the salon's dates: 0 is today only.
    pub horizon_days: u16,
    /// Where visits may begin.
    #[cfg_attr(feature = "serde", serde(default))]
    pub layout: Layout,
}

/// Where the salon lets visits begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Layout {
    /// By the clock on the wall: where the step divides the minute of the day.
    #[default]
    Grid,
    /// Without gaps: where a professional becomes free, and every step from there.
    Tight,
}

impl BookingRules {
    /// The rules for the salon's own hand: at once, and every five minutes.
    ///
    /// ```
    /// use indistylo_scheduling::{BookingRules, Layout, Minutes};
    ///
    /// let rules = BookingRules {
    ///     step: Minutes::new(30),
    ///     notice: Minutes::new(120),
    ///     horizon_days: 30,
    ///     layout: Layout::Tight,
    /// };
    /// let by_hand = BookingRules {
    ///     step: Minutes::new(5),
    ///     notice: Minutes::ZERO,
    ///     horizon_days: 30,
    ///     layout: Layout::Grid,
    /// };
    /// assert_eq!(rules.by_hand(), by_hand);
    /// ```
    #[must_use]
    pub const fn by_hand(self) -> Self {
        Self {
            step: Minutes::new(GRAIN_MINUTES),
            notice: Minutes::ZERO,
            layout: Layout::Grid,
            ..self
        }
    }

    /// Everything that decides which starts of a visit within a window can be had: claims outside
    /// need not be known.
    ///
    /// ```
    /// use indistylo_scheduling::{
    ///     BookingRules, Guest, Layout, Minutes, Segment, Skill, Timing, Visit, Window,
    /// };
    ///
    /// let mut rules = BookingRules {
    ///     step: Minutes::new(15),
    ///     notice: Minutes::ZERO,
    ///     horizon_days: 30,
    ///     layout: Layout::Grid,
    /// };
    /// let cut = Timing::new(Minutes::new(45), Minutes::new(5), Minutes::new(10))?;
    /// let by = [Skill { professional: 0, timing: cut }];
    /// let segments = [Segment { by: &by, needs: &[] }];
    /// let guest = [Guest { segments: &segments, one_professional: false }];
    /// let visit = Visit::of(&guest)?;
    /// let starts = Window::lasting("2026-05-04T10:00:00Z".parse()?, Minutes::new(60))?;
    /// let needed = "2026-05-04T09:55:00Z/2026-05-04T11:55:00Z";
    /// assert_eq!(rules.reach(visit, starts).to_string(), needed);
    /// rules.layout = Layout::Tight; // what a start follows may lie on the date before
    /// assert_eq!(rules.reach(visit, starts).start().to_string(), "2026-05-01 09:55:00 UTC");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reach(self, visit: Visit<'_>, starts: Window) -> Window {
        let (before, after) = visit.widest_buffers();
        let before = Minutes::new(before.count().saturating_add(self.look_back().count()));
        let after = visit.longest().count().saturating_add(after.count());
        starts.widened(before, Minutes::new(after))
    }

    /// How far before a visit lies what decides where it may begin, besides what it overlaps: nothing
    /// on a grid, the visits that it may follow in a salon without gaps.
    ///
    /// ```
    /// use indistylo_scheduling::{BookingRules, Layout, Minutes};
    ///
    /// let mut rules = BookingRules {
    ///     step: Minutes::new(15),
    ///     notice: Minutes::ZERO,
    ///     horizon_days: 30,
    ///     layout: Layout::Grid,
    /// };
    /// assert_eq!(rules.look_back(), Minutes::ZERO);
    /// rules.layout = Layout::Tight;
    /// assert_eq!(rules.look_back(), Minutes::new(3 * 24 * 60));
    /// ```
    pub const fn look_back(self) -> Minutes {
        match self.layout {
            Layout::Grid => Minutes::ZERO,
            Layout::Tight => LOOK_BACK,
        }
    }
}

/// How far before a start that which it follows may lie: on the date before, and either date may be
/// up to a day longer than 24 hours if the clock is put back on it.
pub(crate) const LOOK_BACK: Minutes = Minutes::new(3 * 24 * 60);

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
/// assert!(Claim::of_nobody(hold.window).blocks("2026-05-01T09:10:00Z".parse()?));
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
    /// Time that is taken for good, by whom does not matter.
    pub const fn of_nobody(window: Window) -> Self {
        Self { window, booking: BookingId::NONE, expires_at: None }
    }

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
    /// Dates at the salon on which no further visit with them can begin, in any order
    /// ([`DailyCap::full_days`](crate::DailyCap::full_days)).
    pub full: &'a [NaiveDate],
}

/// The salon: its clock and its opening hours.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The zone of its wall clock.
    pub zone: Tz,
    /// When it is open.
    pub hours: &'a Calendar,
}

/// When can this one service be had here? Asked at an instant, for any professionals: a
/// [`Board`](crate::Board) with a visit of one guest and one service, all of whose professionals
/// take as long.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use indistylo_scheduling::{
///     BookingRules, Calendar, Layout, Minutes, Place, Professional, Question, Refusal, Timing,
///     Window,
/// };
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let (salon, asha) = (Calendar::every_day("10:00-19:00".parse()?), Calendar::always());
/// let asha = Professional {
///     id: "0193c0de-0000-7000-8000-000000000001".parse()?,
///     hours: &asha,
///     claims: &[],
///     full: &[],
/// };
/// let question = Question {
///     place: Place { zone: chrono_tz::Asia::Kolkata, hours: &salon },
///     timing: Timing::new(Minutes::new(60), Minutes::ZERO, Minutes::ZERO)?,
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::new(120),
///         horizon_days: 30,
///         layout: Layout::Grid,
///     },
///     now: at("2026-05-04T10:10:00Z")?, // 15:40 at the salon
/// };
/// let today = Window::new(at("2026-05-03T18:30:00Z")?, at("2026-05-04T18:30:00Z")?)?;
/// let slots = question.search(&[asha], today);
/// let starts: Vec<String> = slots.iter().map(|slot| slot.start().to_string()).collect();
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
