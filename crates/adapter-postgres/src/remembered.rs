//! What can be booked of salons, as it was read last. It is good as long as the salon's catalogue is in
//! the state of then, which the read of who is busy tells: most searches need no other read.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;
use kernel::SalonId;
use ports::Wish;

use crate::store::Known;

/// Questions in memory, those asked last: some tens of kilobytes each for a salon of twenty.
const MOST: usize = 500;

/// What somebody wants of a salon.
type Question = (SalonId, Vec<Wish>);

/// The answers that were read last.
#[derive(Clone)]
pub(crate) struct Remembered(Arc<Mutex<LruCache<Question, Known>>>);

impl Default for Remembered {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(MOST))))
    }
}

impl Remembered {
    pub(crate) fn of(&self, question: &Question) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    pub(crate) fn keep(&self, question: Question, known: Known) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question, known);
    }
}
