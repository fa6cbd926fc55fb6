//! Who does which part of a visit, and on which chair: one way after the other.

use super::{Choice, Plan, Resources, SegmentPlan, Step};
use crate::policy::MOST_STEPS_OF_A_SEARCH;
use crate::sheet::{Range, is_between};

/// Walks through the ways to do a visit, step by step.
pub(super) struct Ways<'a> {
    plan: &'a Plan,
    /// What is taken of each unit of each resource, from the minute on.
    ahead: Vec<Vec<&'a [Range]>>,
    minute: usize,
    /// How many are wanted; none, where it is enough to know that there is one.
    most: usize,
    prefer: Option<&'a dyn Fn(usize) -> (u64, u64)>,
    /// The steps so far, their units beside them.
    steps: Vec<Step>,
    held: Vec<Held>,
    pub(super) found: Vec<Vec<Step>>,
    pub(super) is_found: bool,
    /// Steps that may still be tried: guests in each other's way are not worth a minute.
    left: u32,
}

/// A unit of a resource that a step holds.
#[derive(Clone, Copy)]
struct Held {
    step: usize,
    unit: (usize, usize),
}

impl<'a> Ways<'a> {
    pub(super) fn through(
        plan: &'a Plan,
        resources: &'a Resources,
        most: usize,
        prefer: Option<&'a dyn Fn(usize) -> (u64, u64)>,
    ) -> Self {
        let units = |units: &'a Vec<Vec<Range>>| units.iter().map(Vec::as_slice).collect();
        Self {
            plan,
            ahead: resources.iter().map(units).collect(),
            minute: 0,
            most,
            prefer,
            steps: Vec::new(),
            held: Vec::new(),
            found: Vec::new(),
            is_found: false,
            left: 0,
        }
    }

    /// Begins anew at this minute, which is no earlier than the last one.
    pub(super) fn from(&mut self, minute: usize) {
        let then = i64::try_from(minute).unwrap_or(i64::MAX);
        for taken in self.ahead.iter_mut().flatten() {
            while let [(_, end), rest @ ..] = taken
                && *end <= then
            {
                *taken = rest;
            }
        }
        (self.minute, self.left, self.is_found) = (minute, MOST_STEPS_OF_A_SEARCH, false);
        self.go_on(0, 0, minute);
    }

    fn go_on(&mut self, guest: usize, segment: usize, minute: usize) {
        let plan = self.plan;
        let Some(of_guest) = plan.guests.get(guest) else { return self.keep() };
        let Some(of_segment) = of_guest.segments.get(segment) else {
            return self.go_on(guest + 1, 0, self.minute);
        };
        let one = self.steps.last().filter(|step| of_guest.one_professional && step.guest == guest);
        let one = one.map(|step| step.professional);
        let fits = |choice: &&Choice| {
            choice.begins.has(minute)
                && one.is_none_or(|one| one == choice.professional)
                && of_guest.goes_on(segment, minute, choice, one)
        };
        let options = of_segment.options.iter().filter(fits);
        let Some(prefer) = self.prefer else {
            return self.each(options, of_segment, (guest, segment, minute));
        };
        let mut options: Vec<&Choice> = options.collect();
        options.sort_by_key(|choice| prefer(choice.professional));
        self.each(options, of_segment, (guest, segment, minute));
    }

    /// Tries these professionals one after the other.
    fn each(
        &mut self,
        options: impl IntoIterator<Item = &'a Choice>,
        of_segment: &'a SegmentPlan,
        (guest, segment, minute): (usize, usize, usize),
    ) {
        for choice in options {
            if self.is_done() {
                return;
            }
            self.left -= 1;
            let (professional, timing) = (choice.professional, choice.timing);
            let step = Step { guest, professional, timing, minute, units: Vec::new() };
            if !self.steps.iter().any(|other| step.clashes(other)) {
                self.steps.push(step);
                self.seat(&of_segment.needs, segment);
                self.steps.pop();
            }
        }
    }

    /// Gives the last step a unit of everything that it still needs, and goes on.
    fn seat(&mut self, needs: &'a [usize], segment: usize) {
        let Some(step) = self.steps.last() else { return };
        let (guest, from, until) = (step.guest, step.minute, step.end());
        let Some((resource, rest)) = needs.split_first() else {
            return self.go_on(guest, segment + 1, until);
        };
        let (minutes, number_of_step) = (step.minutes(), self.steps.len() - 1);
        for number in 0..self.ahead.get(*resource).map_or(0, Vec::len) {
            let unit = (*resource, number);
            let taken = self.ahead.get(*resource).and_then(|units| units.get(number));
            let is_free = taken.is_some_and(|taken| is_between(taken, minutes));
            if !is_free || self.is_held(unit, from, until) {
                continue;
            }
            self.held.push(Held { step: number_of_step, unit });
            self.seat(rest, segment);
            self.held.pop();
            // Who sits where matters only to another guest.
            if self.is_done() || !self.plan.is_joint() {
                return;
            }
        }
    }

    /// Whether another step holds the unit at any of these minutes.
    fn is_held(&self, unit: (usize, usize), from: usize, until: usize) -> bool {
        let others = self.steps.len() - 1;
        let mut of_others = self.held.iter().filter(|held| held.step < others);
        of_others.any(|held| {
            let step = self.steps.get(held.step);
            held.unit == unit && step.is_some_and(|step| step.minute < until && from < step.end())
        })
    }

    /// A way to the end was found.
    fn keep(&mut self) {
        self.is_found = true;
        let who = |way: &[Step]| -> Vec<_> { way.iter().map(|step| step.professional).collect() };
        // The same people on other chairs are no other way.
        if self.most == 0 || self.found.iter().any(|way| who(way) == who(&self.steps)) {
            return;
        }
        let mut way = self.steps.clone();
        for Held { step, unit } in &self.held {
            if let Some(step) = way.get_mut(*step) {
                step.units.push(*unit);
            }
        }
        self.found.push(way);
    }

    fn is_done(&self) -> bool {
        let has_enough = if self.most == 0 { self.is_found } else { self.found.len() >= self.most };
        self.left == 0 || has_enough
    }
}
