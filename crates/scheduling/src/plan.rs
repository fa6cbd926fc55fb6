//! Who could do which part of a visit at which minute, and how the parts go together.

mod ways;

use chrono::NaiveDate;

use crate::bits::Bits;
use crate::refusal::Refusal;
use crate::sheet::{Range, Sheet, add_between, keep_clear};
use crate::timing::Timing;
use crate::visit::{Guest, Segment, Skill, Visit};
use ways::Ways;

/// What everyone's time looks like on a sheet.
pub(crate) struct Facts {
    /// When the salon is closed.
    pub(crate) closed: Vec<Range>,
    /// When professionals are away, once for all who work the same hours.
    pub(crate) away: Vec<Vec<Range>>,
    pub(crate) staff: Vec<Hands>,
    pub(crate) resources: Resources,
}

/// What a professional's time looks like.
#[derive(Default)]
pub(crate) struct Hands {
    /// When they are away, by its place among the facts.
    pub(crate) away: usize,
    /// The dates on which they begin no further visit.
    pub(crate) full: Vec<Range>,
    /// What is taken.
    pub(crate) taken: Vec<Range>,
}

impl Facts {
    /// The rules that can say no here: most professionals have no full day.
    pub(crate) fn rules(&self) -> impl Iterator<Item = Rule> {
        let capped = self.staff.iter().any(|hands| !hands.full.is_empty());
        Rule::ALL.into_iter().filter(move |rule| capped || *rule != Rule::DayLeft)
    }
}

/// What is taken of each unit of each resource.
pub(crate) type Resources = Vec<Vec<Vec<Range>>>;

/// Which rules are asked, each one with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The salon is open.
    Open,
    /// The professional is at work.
    AtWork,
    /// The professional takes one more visit that day.
    DayLeft,
    /// The professional is not taken.
    Free,
    /// There is a unit of every resource.
    Resource,
}

impl Rule {
    pub(crate) const ALL: [Self; 5] =
        [Self::Open, Self::AtWork, Self::DayLeft, Self::Free, Self::Resource];

    /// What it says if it says no; `full` is the date of which it speaks if it speaks of one.
    pub(crate) const fn refusal(self, full: NaiveDate) -> Refusal {
        match self {
            Self::Open => Refusal::Closed,
            Self::AtWork => Refusal::StaffAway,
            Self::DayLeft => Refusal::DayFull { date: full },
            Self::Free => Refusal::Taken,
            Self::Resource => Refusal::NoResource,
        }
    }
}

/// For every minute at which a visit might begin.
pub(crate) struct Plan {
    guests: Vec<GuestPlan>,
}

struct GuestPlan {
    segments: Vec<SegmentPlan>,
    one_professional: bool,
}

struct SegmentPlan {
    options: Vec<Choice>,
    /// Which resources it needs.
    needs: Vec<usize>,
    /// The minutes at which this segment may begin, so that all that follow can be done.
    begins: Bits,
}

/// One professional for one segment.
struct Choice {
    professional: usize,
    timing: Timing,
    begins: Bits,
}

/// A professional's part in a visit, and the units that are held for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) guest: usize,
    pub(crate) professional: usize,
    pub(crate) timing: Timing,
    /// The minute of the sheet at which it begins.
    pub(crate) minute: usize,
    /// Of each resource that is needed: which, and which unit.
    pub(crate) units: Vec<(usize, usize)>,
}

/// A service that nobody can begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub(crate) guest: usize,
    pub(crate) segment: usize,
    pub(crate) minutes: Vec<usize>,
}

impl Step {
    fn end(&self) -> usize {
        self.minute + length(self.timing)
    }

    /// From its beginning to its end.
    fn minutes(&self) -> Range {
        let minute = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        (minute(self.minute), minute(self.end()))
    }

    /// Would the two keep the professional in two places? One guest's services follow each other.
    fn clashes(&self, other: &Self) -> bool {
        let ((mine, _), (theirs, _)) = (self.minutes(), other.minutes());
        self.guest != other.guest
            && self.professional == other.professional
            && self.timing.taken().any(|(from, until)| {
                other
                    .timing
                    .taken()
                    .any(|(start, end)| mine + from < theirs + end && theirs + start < mine + until)
            })
    }
}

impl Plan {
    pub(crate) fn new(visit: Visit<'_>, sheet: &Sheet, facts: &Facts, rule: Rule) -> Self {
        let guest = |guest: &Guest<'_>| GuestPlan::new(guest, sheet, facts, rule);
        Self { guests: visit.guests().iter().map(guest).collect() }
    }

    /// The minutes at which each guest, taken alone, could begin.
    pub(crate) fn begins(&self) -> Option<Bits> {
        let mut all = self.guests.iter().filter_map(|guest| Some(&guest.segments.first()?.begins));
        let mut begins = all.next()?.clone();
        for of_guest in all {
            begins.and(of_guest);
        }
        Some(begins)
    }

    /// Lays out the starting times of each professional with whom the visit may begin; `lay` is
    /// given the minutes at which it could begin with one of them.
    pub(crate) fn lay_out(&mut self, lay: impl Fn(&Bits) -> Bits) {
        let Some(all) = self.begins() else { return };
        let Some(guest) = self.guests.first_mut() else { return };
        let with = |choice: &Choice| {
            let mut begins = guest.begins_with(choice);
            begins.and(&all);
            lay(&begins)
        };
        let first = guest.segments.first();
        let each: Vec<Bits> = first.into_iter().flat_map(|s| &s.options).map(with).collect();
        let Some(first) = guest.segments.first_mut() else { return };
        first.begins = Bits::none(all.len());
        for (choice, begins) in first.options.iter_mut().zip(each) {
            first.begins.or(&begins);
            choice.begins = begins;
        }
    }

    /// The first service that nobody can begin, if the visit is to begin at this minute: whose,
    /// which, and the minutes at which it might have begun.
    pub(crate) fn stuck(&self, minute: usize) -> Option<Stuck> {
        for (guest, plan) in self.guests.iter().enumerate() {
            let mut minutes = vec![minute];
            for (segment, of_segment) in plan.segments.iter().enumerate() {
                let can = |choice: &Choice| {
                    let begins = minutes.iter().filter(|minute| choice.begins.has(**minute));
                    begins.map(|minute| minute + length(choice.timing)).collect::<Vec<_>>()
                };
                let mut next: Vec<usize> = of_segment.options.iter().flat_map(can).collect();
                next.sort_unstable();
                next.dedup();
                if next.is_empty() {
                    return Some(Stuck { guest, segment, minutes });
                }
                minutes = next;
            }
        }
        None
    }

    /// Whether one of a service's professionals, by their place in its list, can begin it at one
    /// of these minutes.
    pub(crate) fn can(&self, stuck: &Stuck, option: usize) -> bool {
        let segment = self.guests.get(stuck.guest).and_then(|g| g.segments.get(stuck.segment));
        let choice = segment.and_then(|segment| segment.options.get(option));
        choice.is_some_and(|choice| stuck.minutes.iter().any(|minute| choice.begins.has(*minute)))
    }

    /// Whether guests taken alone say nothing about all of them together.
    pub(crate) fn is_joint(&self) -> bool {
        self.guests.len() > 1
    }

    /// Who could begin the visit at a minute, in the order of the segment's list.
    pub(crate) fn who_begins(&self, minute: usize) -> impl Iterator<Item = usize> {
        let guest = self.guests.first();
        let first = guest.and_then(|guest| guest.segments.first());
        let options = first.map(|segment| segment.options.as_slice()).unwrap_or_default();
        let can = move |choice: &&Choice| {
            choice.begins.has(minute)
                && guest.is_some_and(|guest| guest.goes_on(0, minute, choice, None))
        };
        options.iter().filter(can).map(|choice| choice.professional)
    }

    /// The ways to do the visit at a minute, at most so many, in the order of the segments' lists
    /// or of `prefer`, which sorts the professionals of each segment.
    pub(crate) fn ways(
        &self,
        resources: &Resources,
        minute: usize,
        most: usize,
        prefer: Option<&dyn Fn(usize) -> (u64, u64)>,
    ) -> Vec<Vec<Step>> {
        let mut search = Ways::through(self, resources, most, prefer);
        search.from(minute);
        search.found
    }

    /// Whether there is a way to do the visit, asked of one minute after the other, in order.
    pub(crate) fn can_begin<'a>(&'a self, resources: &'a Resources) -> impl FnMut(usize) -> bool {
        let mut search = Ways::through(self, resources, 0, None);
        move |minute| {
            search.from(minute);
            search.is_found
        }
    }
}

impl GuestPlan {
    fn new(guest: &Guest<'_>, sheet: &Sheet, facts: &Facts, rule: Rule) -> Self {
        let segments = guest.segments.iter();
        let mut segments: Vec<SegmentPlan> =
            segments.map(|segment| SegmentPlan::new(segment, sheet, facts, rule)).collect();
        // From the last to the first: a segment may begin where one of its professionals can, and
        // the next segment after them.
        let mut then: Option<Bits> = None;
        for segment in segments.iter_mut().rev() {
            let mut begins = Bits::none(sheet.len());
            let mut left: Vec<usize> = (0..segment.options.len()).collect();
            while let Some(first) = left.first().and_then(|number| segment.options.get(*number)) {
                let length = length(first.timing);
                let mut any = Bits::none(sheet.len());
                left.retain(|number| match segment.options.get(*number) {
                    Some(choice) if self::length(choice.timing) == length => {
                        any.or(&choice.begins);
                        false
                    }
                    _ => true,
                });
                begins.or_then(&any, then.as_ref(), length);
            }
            segment.begins = begins.clone();
            then = Some(begins);
        }
        let mut plan = Self { segments, one_professional: guest.one_professional };
        if plan.one_professional && plan.segments.len() > 1 {
            plan.keep_to_one(sheet.len());
        }
        plan
    }

    /// Where one professional is to do all, only the minutes stand at which somebody can.
    fn keep_to_one(&mut self, len: usize) {
        let mut anyone = Bits::none(len);
        for choice in self.segments.first().into_iter().flat_map(|first| &first.options) {
            anyone.or(&self.begins_with(choice));
        }
        if let Some(first) = self.segments.first_mut() {
            first.begins.and(&anyone);
        }
    }

    /// The minutes at which the guest can begin with this choice, and all that follows be done.
    fn begins_with(&self, first: &Choice) -> Bits {
        let mut then: Option<Bits> = None;
        for segment in self.segments.iter().skip(1).rev() {
            let mut begins = Bits::none(first.begins.len());
            for choice in &segment.options {
                if !self.one_professional || choice.professional == first.professional {
                    begins.or_then(&choice.begins, then.as_ref(), length(choice.timing));
                }
            }
            then = Some(begins);
        }
        let mut begins = Bits::none(first.begins.len());
        begins.or_then(&first.begins, then.as_ref(), length(first.timing));
        begins
    }

    /// Whether what follows this segment can be done after this choice, by one or by anyone.
    fn goes_on(&self, segment: usize, minute: usize, choice: &Choice, by: Option<usize>) -> bool {
        let next = minute + length(choice.timing);
        let by = by.or(self.one_professional.then_some(choice.professional));
        let Some(then) = self.segments.get(segment + 1) else { return true };
        match by {
            None => then.begins.has(next),
            Some(one) => then.options.iter().any(|choice| {
                choice.professional == one
                    && choice.begins.has(next)
                    && self.goes_on(segment + 1, next, choice, by)
            }),
        }
    }
}

impl SegmentPlan {
    fn new(segment: &Segment<'_>, sheet: &Sheet, facts: &Facts, rule: Rule) -> Self {
        let needs = if rule >= Rule::Resource { segment.needs } else { &[] };
        // What does not depend on the professional, once for each length; what depends on their
        // hours alone, once for all who work the same.
        let (mut by_length, mut by_hours) = (Vec::new(), Vec::new());
        let mut begins = |professional: usize, timing: Timing| {
            let Hands { away, full, taken } = facts.staff.get(professional)?;
            let at_work = || {
                let salon = || salon_has(needs, timing, sheet, facts);
                let mut begins = once(&mut by_length, timing.duration(), salon).clone();
                if rule >= Rule::AtWork {
                    let parts: Vec<Range> = timing.hands_on().collect();
                    keep_clear(&mut begins, facts.away.get(*away)?, &parts);
                }
                Some(begins)
            };
            let mut begins = once(&mut by_hours, (timing, *away), at_work).clone()?;
            if rule >= Rule::DayLeft {
                let first = timing.first_hands_on();
                keep_clear(&mut begins, full, &[(first, first + 1)]);
            }
            if rule >= Rule::Free {
                let parts: Vec<Range> = timing.taken().collect();
                keep_clear(&mut begins, taken, &parts);
            }
            Some(begins)
        };
        let choice = |skill: &Skill| {
            let Skill { professional, timing } = *skill;
            let begins = begins(professional, timing).unwrap_or_else(|| Bits::none(sheet.len()));
            Choice { professional, timing, begins }
        };
        let options = segment.by.iter().map(choice).collect();
        Self { options, needs: needs.to_vec(), begins: Bits::none(0) }
    }
}

/// What is known under a key, or what is now found out.
fn once<K: PartialEq, V>(known: &mut Vec<(K, V)>, key: K, find_out: impl FnOnce() -> V) -> &V {
    let number = known.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
        known.push((key, find_out()));
        known.len() - 1
    });
    &known[number].1
}

/// The minutes from which the salon is open for so long, with a unit of each of these resources.
fn salon_has(needs: &[usize], timing: Timing, sheet: &Sheet, facts: &Facts) -> Bits {
    let whole = i64::from(timing.duration().count());
    let mut begins = Bits::all(sheet.len());
    keep_clear(&mut begins, &facts.closed, &[(0, whole)]);
    for resource in needs {
        let mut any = Bits::none(sheet.len());
        for taken in facts.resources.get(*resource).into_iter().flatten() {
            add_between(&mut any, taken, whole);
        }
        begins.and(&any);
    }
    begins
}

fn length(timing: Timing) -> usize {
    usize::from(timing.duration().count())
}
