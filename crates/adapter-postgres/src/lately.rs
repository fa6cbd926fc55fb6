//! Time that this process took of late: a crowd that wants the same hour asks first who is busy, in one
//! read for all of it, instead of one after the other trying to take it. Nobody is refused by it, and
//! if it was given back meanwhile that costs a read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;
use kernel::DiaryId;
use scheduling::Window;

/// Diaries that are kept in mind, those asked about last, and windows of each: some ten megabytes.
const DIARIES: usize = 10_000;
const WINDOWS: usize = 32;

/// Shared by every store of a process.
#[derive(Clone)]
pub(crate) struct Lately(Arc<Mutex<LruCache<DiaryId, VecDeque<Window>>>>);

impl Default for Lately {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(DIARIES))))
    }
}

impl Lately {
    /// Whether some of it was taken.
    pub(crate) fn has_taken(&self, wanted: &[(DiaryId, Window)]) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.iter().any(|(diary, window)| {
            let taken = known.get(diary).into_iter().flatten();
            taken.into_iter().any(|taken| taken.overlaps(*window))
        })
    }

    /// Keeps in mind that it is taken.
    pub(crate) fn note(&self, taken: Vec<(DiaryId, Window)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (diary, window) in taken {
            let windows = known.entry(diary).or_insert_with(VecDeque::new);
            if windows.len() == WINDOWS {
                windows.pop_front();
            }
            windows.push_back(window);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use kernel::StaffId;

    use super::*;

    fn hour(n: usize) -> [(DiaryId, Window); 1] {
        let start = DateTime::UNIX_EPOCH + TimeDelta::hours(i64::try_from(n).expect("few"));
        [(StaffId::NONE.into(), Window::new(start, start + TimeDelta::hours(1)).expect("an hour"))]
    }

    #[test]
    fn what_was_taken_last_is_known_and_what_was_long_ago_is_not() {
        let lately = Lately::default();
        assert!(!lately.has_taken(&hour(0)));
        for n in 0..=WINDOWS {
            lately.note(hour(n).to_vec());
        }
        assert!(lately.has_taken(&hour(1)));
        assert!(lately.has_taken(&hour(WINDOWS)));
        assert!(!lately.has_taken(&hour(WINDOWS + 1)), "that is next to it");
        assert!(!lately.has_taken(&hour(0)), "no more than so many are kept");
    }
}
