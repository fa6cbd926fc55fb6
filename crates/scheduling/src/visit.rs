//! What a customer wants done: services one after the other, for one guest or for several at once.

use kernel::UnitId;

use crate::minutes::Minutes;
use crate::policy::{LONGEST_VISIT_MINUTES, MOST_GUESTS, MOST_SEGMENTS};
use crate::slots::Claim;
use crate::timing::Timing;

/// A professional who can do a service, and how long it takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skill {
    /// Which of the professionals asked about, counted from 0.
    pub professional: usize,
    /// How long, part by part, with the buffers.
    pub timing: Timing,
}

/// One service of a visit.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// Who may do it, in the order in which they are to be listed; one, if the guest named one.
    pub by: &'a [Skill],
    /// Which kinds of resources it holds from beginning to end, waiting included: one unit of
    /// each, counted from 0 among the resources asked about.
    pub needs: &'a [usize],
}

/// One guest's services, back to back in this order.
#[derive(Debug, Clone, Copy)]
pub struct Guest<'a> {
    /// The services.
    pub segments: &'a [Segment<'a>],
    /// Whether one professional is to do all of them.
    pub one_professional: bool,
}

/// A visit: every guest begins at the same time, each with somebody else's hands.
///
/// ```
/// use indistylo_scheduling::policy::MOST_GUESTS;
/// use indistylo_scheduling::{Guest, Minutes, Segment, Skill, Timing, Visit, VisitError};
///
/// let cut = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO)?;
/// let by = [Skill { professional: 0, timing: cut }, Skill { professional: 1, timing: cut }];
/// let segments = [Segment { by: &by, needs: &[] }];
/// let guest = Guest { segments: &segments, one_professional: false };
/// let couple = [guest, guest];
/// let visit = Visit::of(&couple)?;
/// assert_eq!((visit.guests().len(), visit.longest()), (2, Minutes::new(45)));
/// assert_eq!(Visit::of(&[]).err(), Some(VisitError::Empty));
/// let crowd = [guest; MOST_GUESTS + 1];
/// assert_eq!(Visit::of(&crowd).err(), Some(VisitError::TooManyGuests));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    guests: &'a [Guest<'a>],
}

/// Why this is no visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VisitError {
    /// There is no guest, or one who wants nothing.
    #[error("a visit has at least one guest, and each guest at least one service")]
    Empty,
    /// More guests than a salon seats at once.
    #[error("a visit has at most {MOST_GUESTS} guests")]
    TooManyGuests,
    /// More services than a day of beauty.
    #[error("a guest has at most {MOST_SEGMENTS} services")]
    TooManySegments,
    /// Longer than a day.
    #[error("a visit lasts at most {} hours", LONGEST_VISIT_MINUTES / 60)]
    TooLong,
}

impl<'a> Visit<'a> {
    /// A visit of these guests.
    pub fn of(guests: &'a [Guest<'a>]) -> Result<Self, VisitError> {
        if guests.is_empty() || guests.iter().any(|guest| guest.segments.is_empty()) {
            return Err(VisitError::Empty);
        }
        if guests.len() > MOST_GUESTS {
            return Err(VisitError::TooManyGuests);
        }
        if guests.iter().any(|guest| guest.segments.len() > MOST_SEGMENTS) {
            return Err(VisitError::TooManySegments);
        }
        let visit = Self { guests };
        if visit.minutes() > u64::from(LONGEST_VISIT_MINUTES) {
            return Err(VisitError::TooLong);
        }
        Ok(visit)
    }

    /// A visit of one guest who wants one service, which is always one.
    pub(crate) const fn only(guests: &'a [Guest<'a>; 1]) -> Self {
        Self { guests }
    }

    /// The guests.
    pub const fn guests(self) -> &'a [Guest<'a>] {
        self.guests
    }

    /// How long it lasts if everybody takes the slowest professional, buffers not counted.
    pub fn longest(self) -> Minutes {
        Minutes::new(u16::try_from(self.minutes()).unwrap_or(u16::MAX))
    }

    /// The widest buffers of any service by any professional, before and after.
    pub(crate) fn widest_buffers(self) -> (Minutes, Minutes) {
        let skills = self.guests.iter().flat_map(|guest| guest.segments).flat_map(|one| one.by);
        skills.fold((Minutes::ZERO, Minutes::ZERO), |(before, after), skill| {
            (before.max(skill.timing.buffer_before()), after.max(skill.timing.buffer_after()))
        })
    }

    fn minutes(self) -> u64 {
        let longest = |segment: &Segment<'_>| {
            let each = segment.by.iter().map(|skill| u64::from(skill.timing.duration().count()));
            each.max().unwrap_or(0)
        };
        let guests = self.guests.iter();
        guests.map(|guest| guest.segments.iter().map(longest).sum()).max().unwrap_or(0)
    }
}

/// A kind of thing that services hold: chairs, rooms, a laser.
///
/// ```
/// use indistylo_scheduling::{
///     Board, BookingRules, Calendar, Claim, Guest, Layout, Minutes, Place, Professional, Refusal,
///     Resource, Segment, Skill, Timing, Unit, Visit, Window,
/// };
///
/// let start = "2026-05-04T10:00:00Z".parse()?;
/// let taken = [Claim::of_nobody(Window::lasting(start, Minutes::new(60))?)];
/// let asha = "0193c0de-0000-7000-8000-000000000001".parse()?;
/// let one = [Unit { id: "0193c0de-0000-7000-8000-000000000002".parse()?, claims: &taken }];
/// let two = [one[0], Unit { id: "0193c0de-0000-7000-8000-000000000003".parse()?, claims: &[] }];
/// let always = Calendar::always();
/// let board = Board {
///     place: Place { zone: chrono_tz::UTC, hours: &always },
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::ZERO,
///         horizon_days: 30,
///         layout: Layout::Grid,
///     },
///     now: start,
///     professionals: &[Professional { id: asha, hours: &always, claims: &[], full: &[] }],
///     resources: &[Resource { units: &one }],
/// };
/// let cut = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO)?;
/// let segments = [Segment { by: &[Skill { professional: 0, timing: cut }], needs: &[0] }];
/// let guest = [Guest { segments: &segments, one_professional: false }];
/// let visit = Visit::of(&guest)?;
/// assert_eq!(board.check(visit, start), Err(Refusal::NoResource));
/// let way = Board { resources: &[Resource { units: &two }], ..board }.check(visit, start)?;
/// assert_eq!(way[0].units, [two[1].id]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The units there are, in the order in which they are given out.
    pub units: &'a [Unit<'a>],
}

/// One of a kind: this chair. See [`Resource`].
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Which it is.
    pub id: UnitId,
    /// What is taken of it, in any order. More than the time in question does no harm.
    pub claims: &'a [Claim],
}
