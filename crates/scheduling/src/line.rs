//! The lines of a booking: one for each service of the visit.

use chrono::{DateTime, Utc};
use kernel::{DiaryId, Money, ServiceId, StaffId};
use serde::{Deserialize, Serialize};

use crate::policy::MOST_LINES;
use crate::timing::Timing;
use crate::window::Window;

/// One service of a booking: for whom, by whom, from when and at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
}

/// How a professional came to do a service.
///
/// What was drawn can be drawn again: among those who could do it at that start, the one who has
/// worked least on that day, and among equals whom the seed draws
/// ([`Slot::fair_way`](crate::Slot::fair_way)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
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
/// };
/// let shave = Line { start: "2026-05-04T10:45:00Z".parse()?, price: Money::inr(19_900), ..cut };
/// let lines = Lines::of(vec![cut, shave])?;
/// assert_eq!(lines.window().to_string(), "2026-05-04T10:00:00Z/2026-05-04T11:30:00Z");
/// assert_eq!(lines.price(), Money::inr(69_800));
/// assert_eq!(Lines::of(vec![cut, cut]), Err(LinesError::Overlap));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Line>", into = "Vec<Line>")]
pub struct Lines {
    first: Line,
    rest: Vec<Line>,
    window: Window,
    price: Money,
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
    /// One professional would do two things at once.
    #[error("a professional cannot do two services at once")]
    Overlap,
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
        let lines = Self { first, rest, window, price };
        let taken: Vec<(DiaryId, Window)> = lines.claims().collect();
        let clash = |(number, (diary, window)): (usize, &(DiaryId, Window))| {
            let mut later = taken.iter().skip(number + 1);
            later.any(|(other, at)| other == diary && at.overlaps(*window))
        };
        if taken.iter().enumerate().any(clash) { Err(LinesError::Overlap) } else { Ok(lines) }
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

    /// From when the first service begins until the last one ends.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What they cost together.
    pub const fn price(&self) -> Money {
        self.price
    }

    /// What they take, and in whose diary: a stretch for each part with hands on, buffers
    /// included, line by line.
    pub fn claims(&self) -> impl Iterator<Item = (DiaryId, Window)> {
        self.iter().flat_map(|line| {
            line.timing.claims(line.start).map(|window| (line.staff.into(), window))
        })
    }

    /// Whose time they take, each once, and from the first minute of it to the last.
    pub fn diaries(&self) -> Vec<(DiaryId, Window)> {
        let mut diaries: Vec<(DiaryId, Window)> = Vec::new();
        for (diary, window) in self.claims() {
            match diaries.iter_mut().find(|(known, _)| *known == diary) {
                Some((_, whole)) => *whole = whole.hull(window),
                None => diaries.push((diary, window)),
            }
        }
        diaries
    }
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
