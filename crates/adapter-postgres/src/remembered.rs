//! What can be booked of salons, as it was read last. It is good as long as the salon's catalogue is in
//! the state of then, which is told by whoever reads who is busy: most searches and bookings need no
//! other read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use kernel::SalonId;
use ports::Wish;
use scheduling::Calendar;

use crate::store::Known;

/// What is in memory of the answers given last, in [`weight`]: some tens of megabytes.
const MOST: usize = 500_000;

/// What somebody wants of a salon.
pub(crate) type Question = (SalonId, Vec<Wish>);

/// The answers that were read last.
#[derive(Clone)]
pub(crate) struct Remembered(Arc<Mutex<Answers>>);

struct Answers {
    known: LruCache<Question, Known>,
    weight: usize,
}

impl Default for Remembered {
    fn default() -> Self {
        let known = LruCache::new_unbounded();
        Self(Arc::new(Mutex::new(Answers { known, weight: 0 })))
    }
}

impl Remembered {
    pub(crate) fn of(&self, question: &Question) -> Option<Known> {
        self.answers().known.get(question).cloned()
    }

    pub(crate) fn keep(&self, question: Question, known: Known) {
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

    fn answers(&self) -> MutexGuard<'_, Answers> {
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
