//! What the board answers: slots, the ways to do a visit then, and why not.

use chrono::{DateTime, Utc};
use kernel::{StaffId, UnitId};

use crate::plan::{Plan, Resources, Step};
use crate::refusal::Refusal;
use crate::sheet::Sheet;
use crate::timing::Timing;
use crate::window::Window;

/// The starts at which a visit can begin, in order, and how.
///
/// ```
/// use indistylo_scheduling::policy::ALTERNATIVES;
/// use indistylo_scheduling::{
///     BookingRules, Calendar, Layout, Minutes, Place, Professional, Question, Served, Slot, Slots,
///     Timing,
/// };
///
/// let (hours, always) = (Calendar::every_day("10:00-19:00".parse()?), Calendar::always());
/// let id = |n: u8| format!("0193c0de-0000-7000-8000-00000000000{n}").parse();
/// let (asha, bina) = (id(1)?, id(2)?);
/// let staff = [asha, bina].map(|id| Professional { id, hours: &always, claims: &[], full: &[] });
/// let question = Question {
///     place: Place { zone: chrono_tz::UTC, hours: &hours },
///     timing: Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO)?,
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::ZERO,
///         horizon_days: 30,
///         layout: Layout::Grid,
///     },
///     now: "2026-05-04T08:00:00Z".parse()?,
/// };
/// let slots: Slots = question.next_free(&staff, question.now, ALTERNATIVES);
/// assert_eq!(slots.len(), ALTERNATIVES);
/// let ten: Slot = slots.iter().next().ok_or("a slot")?;
/// assert_eq!(ten.start().to_string(), "2026-05-04 10:00:00 UTC");
/// assert_eq!(ten.staff().collect::<Vec<_>>(), [asha, bina]);
///
/// // Asha has served for two hours that day, Bina not yet.
/// let load = |who| if who == asha { 120 } else { 0 };
/// let way: Vec<Served> = ten.fair_way(load, 7).ok_or("a way")?;
/// assert_eq!(way[0].staff, bina);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Slots {
    pub(crate) names: Names,
    pub(crate) stretches: Vec<Stretch>,
}

/// Who and what is meant by the numbers of a plan.
pub(crate) struct Names {
    pub(crate) staff: Vec<StaffId>,
    pub(crate) units: Vec<Vec<UnitId>>,
}

/// A part of the answer that was worked out at once.
pub(crate) struct Stretch {
    pub(crate) sheet: Sheet,
    pub(crate) plan: Plan,
    pub(crate) resources: Resources,
    pub(crate) minutes: Vec<usize>,
}

impl Slots {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.stretches.iter().map(|stretch| stretch.minutes.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stretches.iter().all(|stretch| stretch.minutes.is_empty())
    }

    /// The slots, in order.
    pub fn iter(&self) -> impl Iterator<Item = Slot<'_>> {
        self.stretches.iter().flat_map(|stretch| {
            let slot = |minute: &usize| Slot { names: &self.names, stretch, minute: *minute };
            stretch.minutes.iter().map(slot)
        })
    }

    pub(crate) fn truncate(&mut self, limit: usize) {
        let mut left = limit;
        for stretch in &mut self.stretches {
            stretch.minutes.truncate(left);
            left -= stretch.minutes.len();
        }
    }
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Why a visit can or cannot begin at a start.
///
/// ```
/// use indistylo_scheduling::{
///     Board, BookingRules, Calendar, Claim, Explanation, Guest, Layout, Minutes, Obstacle, Place,
///     Professional, Refusal, Segment, Skill, Timing, Visit, Window,
/// };
///
/// let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>();
/// let (hours, always) = (Calendar::every_day("10:00-13:00".parse()?), Calendar::always());
/// let booked = Claim {
///     window: Window::new(at("2026-05-04T10:00:00Z")?, at("2026-05-04T11:00:00Z")?)?,
///     booking: "0193c0de-0000-7000-8000-000000000009".parse()?,
///     expires_at: None,
/// };
/// let asha = "0193c0de-0000-7000-8000-000000000001".parse()?;
/// let board = Board {
///     place: Place { zone: chrono_tz::UTC, hours: &hours },
///     rules: BookingRules {
///         step: Minutes::new(30),
///         notice: Minutes::ZERO,
///         horizon_days: 30,
///         layout: Layout::Grid,
///     },
///     now: at("2026-05-03T10:00:00Z")?,
///     professionals: &[Professional { id: asha, hours: &always, claims: &[booked], full: &[] }],
///     resources: &[],
/// };
/// let cut = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::ZERO)?;
/// let by = [Skill { professional: 0, timing: cut }];
/// let segments = [Segment { by: &by, needs: &[] }];
/// let guest = [Guest { segments: &segments, one_professional: false }];
/// let (start, until) = (at("2026-05-04T10:30:00Z")?, at("2026-05-11T00:00:00Z")?);
/// let why = board.explain(Visit::of(&guest)?, start, until);
/// let Explanation::Refused { refusal, obstacle, next } = why else { return Err("free?".into()) };
/// assert_eq!(refusal, Refusal::Taken);
/// let each = vec![(asha, Refusal::Taken)];
/// assert_eq!(obstacle, Some(Obstacle { guest: 0, segment: 0, each }));
/// assert_eq!(next, Some(at("2026-05-04T11:00:00Z")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// It can, in this way.
    Offered(Vec<Served>),
    /// It cannot.
    Refused {
        /// The rule that says no, the first of those that [`Board::check`] lists.
        refusal: Refusal,
        /// The service where it fails. None where each could be done, but not all of them together
        /// or by the one professional, and where it is not a question of services.
        obstacle: Option<Obstacle>,
        /// When it can begin next, if it can before the end of what was asked about.
        next: Option<DateTime<Utc>>,
    },
}

/// A service that nobody can begin when the visit needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Whose, counted from 0.
    pub guest: usize,
    /// Which of the guest's services, counted from 0.
    pub segment: usize,
    /// Why each of those who may do it cannot, in the order of its list.
    pub each: Vec<(StaffId, Refusal)>,
}

/// A start at which a visit can begin.
#[derive(Clone, Copy)]
pub struct Slot<'s> {
    names: &'s Names,
    stretch: &'s Stretch,
    minute: usize,
}

/// One service of a visit, as somebody would do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// For which guest, counted from 0.
    pub guest: usize,
    /// Who.
    pub staff: StaffId,
    /// When, buffers not counted.
    pub window: Window,
    /// How long, part by part.
    pub timing: Timing,
    /// The unit that it holds of each resource it needs, from its beginning to its end.
    pub units: Vec<UnitId>,
}

impl<'s> Slot<'s> {
    /// When it begins.
    pub fn start(self) -> DateTime<Utc> {
        let minute = i64::try_from(self.minute).unwrap_or_default();
        DateTime::from_timestamp(self.stretch.sheet.seconds(minute), 0).unwrap_or_default()
    }

    /// Who could do the first guest's first service then, in the order of its list; never empty.
    pub fn staff(self) -> impl Iterator<Item = StaffId> + use<'s> {
        let who = self.stretch.plan.who_begins(self.minute);
        who.filter_map(move |number| self.names.staff.get(number).copied())
    }

    /// The ways to do the visit then, at most so many, in the order of the services' lists: guest
    /// by guest, service by service.
    pub fn ways(self, most: usize) -> Vec<Vec<Served>> {
        let Stretch { plan, resources, .. } = self.stretch;
        let ways = plan.ways(resources, self.minute, most, None);
        ways.into_iter().map(|way| self.names.served(&self.stretch.sheet, way)).collect()
    }

    /// The fair way: for each service in turn the professional who has worked least that day, as
    /// `load` tells in minutes ([`Loads`](crate::Loads)), and among equals the one whom the seed
    /// draws. The same loads and seed give the same way again.
    pub fn fair_way(self, load: impl Fn(StaffId) -> u64, seed: u64) -> Option<Vec<Served>> {
        let staff = &self.names.staff;
        let prefer = |number: usize| {
            let load = staff.get(number).map_or(u64::MAX, |staff| load(*staff));
            (load, drawn(seed, number))
        };
        let Stretch { plan, resources, .. } = self.stretch;
        let way = plan.ways(resources, self.minute, 1, Some(&prefer)).pop()?;
        Some(self.names.served(&self.stretch.sheet, way))
    }
}

impl std::fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let staff: Vec<StaffId> = self.staff().collect();
        f.debug_struct("Slot").field("start", &self.start()).field("staff", &staff).finish()
    }
}

impl Names {
    /// A way to do a visit, by name.
    pub(crate) fn served(&self, sheet: &Sheet, way: Vec<Step>) -> Vec<Served> {
        let one = |step: Step| {
            let minute = i64::try_from(step.minute).ok()?;
            let start = DateTime::from_timestamp(sheet.seconds(minute), 0)?;
            let unit =
                |(resource, unit): &(usize, usize)| self.units.get(*resource)?.get(*unit).copied();
            Some(Served {
                guest: step.guest,
                staff: *self.staff.get(step.professional)?,
                window: step.timing.service_window(start),
                timing: step.timing,
                units: step.units.iter().map(unit).collect::<Option<_>>()?,
            })
        };
        way.into_iter().filter_map(one).collect()
    }
}

/// A number drawn by a seed for a professional (`SplitMix64`, Steele and others 2014).
fn drawn(seed: u64, number: usize) -> u64 {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    let mut mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first five numbers of `SplitMix64` for the seed 1234567, as Rosetta Code lists them.
    #[test]
    fn ties_are_broken_by_the_numbers_of_split_mix() {
        assert_eq!(
            [0, 1, 2, 3, 4].map(|number| drawn(1_234_567, number)),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }
}
