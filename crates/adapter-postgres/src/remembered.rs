//! What can be booked of salons, as it was read last. It is good as long as the salon's catalogue is in
//! the state of then, which is told by whoever reads who is busy: most searches and bookings need no
//! other read.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use scheduling::Calendar;

use crate::store::Known;

/// What is in memory of the answers given last, in [`weight`]: some tens of megabytes each.
const MOST: usize = 500_000;

/// The answers to such questions that were read last.
pub(crate) struct Remembered<Q>(Arc<Mutex<Answers<Q>>>);

struct Answers<Q> {
    known: LruCache<Q, Known>,
    weight: usize,
}

impl<Q> Clone for Remembered<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q: Hash + Eq> Default for Remembered<Q> {
    fn default() -> Self {
        let known = LruCache::new_unbounded();
        Self(Arc::new(Mutex::new(Answers { known, weight: 0 })))
    }
}

impl<Q: Hash + Eq> Remembered<Q> {
    pub(crate) fn of(&self, question: &Q) -> Option<Known> {
        self.answers().known.get(question).cloned()
    }

    pub(crate) fn keep(&self, question: Q, known: Known) {
        let mut answers = self.answers();
        answers.weight += weight(&known);
        let before = answers.known.insert(question, known);
        answers.weight -= before.as_ref().map_or(0, weight);
        while answers.weight > MOST
            && let Some((_, oldest)) = answers.known.remove_lru()
        {
            answers.weight -= weight(&oldest);
        }
    }

    fn answers(&self) -> MutexGuard<'_, Answers<Q>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much memory an answer takes with its question, in entries of some tens of bytes.
fn weight((_, offerable): &Known) -> usize {
    let calendars = offerable.staff.iter().filter_map(|one| one.hours.as_ref());
    let hours: usize = calendars.chain([&offerable.hours]).map(entries).sum();
    let services = offerable.services.iter().map(|service| 6 + 2 * service.by.len());
    let units = offerable.resources.iter().map(|(_, units)| 1 + units.len());
    hours + services.sum::<usize>() + units.sum::<usize>()
}

/// A week is some twenty: a list a day, and what is in them.
fn entries(calendar: &Calendar) -> usize {
    let Calendar { weekly: _, breaks: _, changes, overrides, closures, time_off } = calendar;
    40 + 40 * changes.len() + 2 * overrides.len() + closures.len() + time_off.len()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use kernel::SalonId;
    use ports::{Offerable, SalonTerms};
    use scheduling::{BookingRules, Layout, Minutes, Window};

    use super::*;

    /// What a salon that is closed so often sells.
    fn known(closed: usize) -> Known {
        let at = DateTime::UNIX_EPOCH;
        let hour = Window::new(at, at + TimeDelta::hours(1)).expect("an hour");
        let offerable = Offerable {
            salon: SalonId::NONE,
            is_listed: true,
            zone: chrono_tz::UTC,
            location: None,
            home_visits: None,
            hours: Calendar { time_off: vec![hour; closed], ..Calendar::always() },
            rules: BookingRules {
                step: Minutes::new(15),
                notice: Minutes::ZERO,
                horizon_days: 9,
                layout: Layout::Grid,
            },
            terms: SalonTerms::default(),
            services: Vec::new(),
            staff: Vec::new(),
            resources: Vec::new(),
        };
        (1, Arc::new(offerable))
    }

    #[test]
    fn what_nobody_asked_for_longest_is_forgotten_when_memory_is_full() {
        let (remembered, third) = (Remembered::default(), known(MOST / 3));
        for number in 0..2 {
            // Once more in its own place takes no more room.
            remembered.keep(number, third.clone());
            remembered.keep(number, third.clone());
        }
        assert!(remembered.of(&0).is_some());
        remembered.keep(2, third.clone());
        let kept = (0..3).map(|number| remembered.of(&number).is_some());
        assert_eq!(kept.collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(remembered.answers().weight, 2 * weight(&third));
    }
}
