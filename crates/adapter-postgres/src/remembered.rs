//! What can be booked of salons, as it was read last. It is good as long as the salon's catalogue is in
//! the state of then, which is told by whoever reads who is busy: most searches and bookings need no
//! other read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use kernel::SalonId;
use ports::Wish;

use crate::store::Known;

/// What is in memory of the answers given last, in professionals, each up to a few kilobytes with
/// their hours and what they do.
const MOST: usize = 20_000;

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

/// The professionals of an answer; the salon counts as one.
fn weight((_, offerable): &Known) -> usize {
    1 + offerable.staff.len()
}
