//! A turn for each of many things, which one holder has at a time, or many who pass.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::RwLock as Turn;

/// Things kept in mind before those that nobody waits for are forgotten.
const MOST: usize = 10_000;

/// The turns of all things, and what the holder of each leaves there for the next.
#[derive(Debug)]
pub(crate) struct Turns<K, T>(Arc<Mutex<Known<K, T>>>);

type Known<K, T> = HashMap<K, Weak<Turn<T>>>;

impl<K, T> Clone for Turns<K, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T> Default for Turns<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Hash + Eq, T: Default> Turns<K, T> {
    /// The turn of one thing, which lasts as long as anybody holds it or waits for it.
    pub(crate) fn of(&self, thing: K) -> Arc<Turn<T>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = known.get(&thing).and_then(Weak::upgrade) {
            return turn;
        }
        if known.len() >= MOST {
            known.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        known.insert(thing, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_is_forgotten_and_what_somebody_holds_is_not() {
        let turns: Turns<usize, ()> = Turns::default();
        let held = turns.of(0);
        for thing in 1..=MOST {
            turns.of(thing);
        }
        assert_eq!(turns.0.lock().expect("nobody panicked").len(), 2);
        assert!(Arc::ptr_eq(&held, &turns.of(0)));
    }
}
