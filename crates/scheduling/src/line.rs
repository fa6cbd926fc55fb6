//! The lines of a booking: one for each service of the visit.

use chrono::{DateTime, Utc};
use kernel::{DiaryId, Money, ServiceId, StaffId, UnitId};

use crate::diary::starts;
use crate::policy::MOST_LINES;
use crate::timing::Timing;
use crate::window::Window;

/// One service of a booking: for whom, by whom, from when and at which price.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Line {
    /// For which guest, counted from 0.
    pub guest: u8,
    /// What.
    pub service: ServiceId,
    /// By whom.
    pub staff: StaffId,
    /// How it came to be them.
    pub chosen: Chosen,
    /// From when.
    pub start: DateTime<Utc>,
    /// How long it takes, part by part, with its buffers.
    pub timing: Timing,
    /// What it costs, as offered.
    pub price: Money,
    /// The units of resources that it holds from its beginning to its end.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub units: Vec<UnitId>,
}

/// How a professional came to do a service.
///
/// What was drawn can be drawn again: among those who could do it at that start, the one who has
/// worked least on that day, and among equals whom the seed draws
/// ([`Slot::fair_way`](crate::Slot::fair_way)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum Chosen {
    /// Somebody named them.
    Named,
    /// They were the one to whom it was fair to give it.
    Fairly {
        /// What was taken of their day already, in minutes.
        load: u64,
        /// What broke the ties.
        seed: u64,
    },
}

/// The lines of one booking, guest by guest, in the order in which they are done; at least one.
///
/// ```
/// use indistylo_scheduling::{Chosen, Line, Lines, LinesError, Minutes, Timing};
/// use kernel::Money;
///
/// let none = Minutes::ZERO;
/// let cut = Line {
///     guest: 0,
///     service: "0193c0de-0000-7000-8000-000000000001".parse()?,
///     staff: "0193c0de-0000-7000-8000-000000000002".parse()?,
///     chosen: Chosen::Named,
///     start: "2026-05-04T10:00:00Z".parse()?,
///     timing: Timing::new(Minutes::new(45), none, none)?,
///     price: Money::inr(49_900),
///     units: vec![],
/// };
/// let mut shave = cut.clone();
/// (shave.start, shave.price) = ("2026-05-04T10:45:00Z".parse()?, Money::inr(19_900));
/// let lines = Lines::of(vec![cut.clone(), shave])?;
/// assert_eq!(lines.window().to_string(), "2026-05-04T10:00:00Z/2026-05-04T11:30:00Z");
/// assert_eq!(lines.price(), Money::inr(69_800));
/// assert_eq!(lines.claims().count(), 1); // one professional, without a pause
/// assert_eq!(lines.diaries().next(), Some((cut.staff.into(), lines.window())));
/// assert_eq!(lines.first(), &cut);
/// assert!(lines.are_of([(0, cut.service), (0, cut.service)].into_iter()));
/// assert!(lines.are_in_one_go());
/// assert_eq!(lines.split(&[1])?.1, Some(Lines::of(vec![cut.clone()])?));
/// assert_eq!(Lines::of(vec![cut.clone(), cut]), Err(LinesError::Overlap));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<Line>", into = "Vec<Line>")
)]
pub struct Lines {
    first: Line,
    rest: Vec<Line>,
    window: Window,
    price: Money,
    claims: Vec<(DiaryId, Window)>,
}

/// Why these are not the lines of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinesError {
    /// There is none.
    #[error("a booking has at least one service")]
    Empty,
    /// More than a visit has.
    #[error("a booking has at most {MOST_LINES} services")]
    TooMany,
    /// One professional would do two things at once, or one unit serve for two.
    #[error("a professional or a unit cannot serve twice at once")]
    Overlap,
    /// None of them has this number.
    #[error("the booking has no such line")]
    NoSuchLine,
    /// The sum of the prices cannot be written down.
    #[error("the prices do not add up")]
    Price,
}

impl Lines {
    /// The lines of a booking.
    pub fn of(lines: Vec<Line>) -> Result<Self, LinesError> {
        if lines.len() > MOST_LINES {
            return Err(LinesError::TooMany);
        }
        let mut lines = lines.into_iter();
        let first = lines.next().ok_or(LinesError::Empty)?;
        let (mut window, mut price) = (first.window(), first.price);
        let rest: Vec<Line> = lines.collect();
        for line in &rest {
            window = window.hull(line.window());
            price = price.checked_add(line.price).map_err(|_| LinesError::Price)?;
        }
        let clash =
            |pair: &[(DiaryId, Window)]| pair[0].0 == pair[1].0 && pair[0].1.overlaps(pair[1].1);
        // One service with one unit is in nobody's way: nearly every slot of a search is so.
        let is_alone = rest.is_empty() && first.units.len() < 2;
        if !is_alone && stretches(&first, &rest, Timing::hands_on_at).windows(2).any(clash) {
            return Err(LinesError::Overlap);
        }
        let claims = merged(stretches(&first, &rest, Timing::claims));
        Ok(Self { first, rest, window, price, claims })
    }

    /// The first.
    pub const fn first(&self) -> &Line {
        &self.first
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Whether they are of these services, each for that guest, in this order.
    pub fn are_of(&self, services: impl Iterator<Item = (u8, ServiceId)>) -> bool {
        self.iter().map(|line| (line.guest, line.service)).eq(services)
    }

    /// Those of these numbers, counted from 0, and those that are left, if any are: each where it
    /// is in time. What is left takes no time that was not taken before.
    pub fn split(&self, numbers: &[usize]) -> Result<(Self, Option<Self>), LinesError> {
        if numbers.iter().any(|number| *number > self.rest.len()) {
            return Err(LinesError::NoSuchLine);
        }
        let (named, left): (Vec<_>, Vec<_>) =
            self.iter().enumerate().partition(|(number, _)| numbers.contains(number));
        let lines = |of: Vec<(usize, &Line)>| {
            Self::of(of.into_iter().map(|(_, line)| line.clone()).collect())
        };
        let left = if left.is_empty() { None } else { Some(lines(left)?) };
        Ok((lines(named)?, left))
    }

    /// Whether all guests begin together, and go on without a pause: not, where a service in
    /// between was called off.
    pub fn are_in_one_go(&self) -> bool {
        let services = self.iter().map(|line| (line.guest, line.timing));
        starts(self.window.start(), services).into_iter().eq(self.iter().map(|line| line.start))
    }

    /// From when the first service begins until the last one ends.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What they cost together.
    pub const fn price(&self) -> Money {
        self.price
    }

    /// What they take, and in whose diary: a stretch for each part with hands on, buffers
    /// included, and of units all of the service, in the order of the diaries and of time. What one
    /// professional does without a pause is one stretch: services of one visit need no buffer
    /// between them.
    pub fn claims(&self) -> impl Iterator<Item = (DiaryId, Window)> {
        self.claims.iter().copied()
    }

    /// Whose time they take, each once, and from the first minute of it to the last.
    pub fn diaries(&self) -> impl Iterator<Item = (DiaryId, Window)> {
        self.claims.chunk_by(|one, next| one.0 == next.0).filter_map(|own| {
            let ((diary, first), (_, last)) = (own.first()?, own.last()?);
            Some((*diary, first.hull(*last)))
        })
    }
}

/// What lines take of each diary, in the order of the diaries and of time.
fn stretches<I: Iterator<Item = Window>>(
    first: &Line,
    rest: &[Line],
    of: impl Fn(Timing, DateTime<Utc>) -> I,
) -> Vec<(DiaryId, Window)> {
    let mut all: Vec<(DiaryId, Window)> = Vec::new();
    for line in std::iter::once(first).chain(rest) {
        all.extend(of(line.timing, line.start).map(|window| (line.staff.into(), window)));
        all.extend(line.units.iter().map(|unit| ((*unit).into(), line.window())));
    }
    all.sort_unstable();
    all
}

/// What overlaps or touches is one.
fn merged(mut stretches: Vec<(DiaryId, Window)>) -> Vec<(DiaryId, Window)> {
    stretches.dedup_by(|(diary, window), (known, last)| {
        let is_one = diary == known && window.start() <= last.end();
        *last = if is_one { last.hull(*window) } else { *last };
        is_one
    });
    stretches
}

impl Line {
    /// From when to when, buffers not counted.
    pub fn window(&self) -> Window {
        self.timing.service_window(self.start)
    }
}

impl TryFrom<Vec<Line>> for Lines {
    type Error = LinesError;

    fn try_from(lines: Vec<Line>) -> Result<Self, LinesError> {
        Self::of(lines)
    }
}

impl From<Lines> for Vec<Line> {
    fn from(lines: Lines) -> Self {
        std::iter::once(lines.first).chain(lines.rest).collect()
    }
}
