//! Remembers passes that were looked at before, so that showing one again costs next to nothing.
//!
//! What is remembered is that this very token, byte for byte, bore a good signature, and between
//! which seconds it is good. A token that was refused is not remembered, and whether a session still
//! stands is asked elsewhere, each time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ports::Access;
use sha2::{Digest, Sha256};

/// Tokens of one generation. With two generations it is about 15 MB at most, and more people than
/// call one node within the ten minutes of a token.
const MOST: usize = 50_000;

/// What a signed token says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verified {
    pub(crate) access: Access,
    /// Whole seconds since 1970: good from this one on.
    pub(crate) from: i64,
    /// Whole seconds since 1970: from this one on worth nothing.
    pub(crate) until: i64,
}

impl Verified {
    /// Who calls, if the token is good in this second.
    pub(crate) fn at(self, second: i64) -> Option<Access> {
        (self.from..self.until).contains(&second).then_some(self.access)
    }
}

/// The fingerprint of a token: SHA-256, so that entries are of one size and nobody can make two
/// tokens share one.
pub(crate) type Fingerprint = [u8; 32];

pub(crate) fn fingerprint(token: &str) -> Fingerprint {
    Sha256::digest(token).into()
}

/// A bounded memory in two generations: when the young one is full it becomes the old one, and what
/// was old is forgotten. Who is seen again is young again, so those in steady use stay.
pub(crate) struct Remembered {
    most: usize,
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Fingerprint, Verified>,
    old: HashMap<Fingerprint, Verified>,
}

impl Remembered {
    pub(crate) fn new() -> Self {
        Self::of(MOST)
    }

    fn of(most: usize) -> Self {
        Self { most, generations: Mutex::default() }
    }

    pub(crate) fn find(&self, token: &Fingerprint) -> Option<Verified> {
        // Nothing in here is left half done by a panic, so a poisoned lock guards good entries.
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = generations.young.get(token) {
            return Some(*known);
        }
        let known = generations.old.remove(token)?;
        generations.keep(self.most, *token, known);
        Some(known)
    }

    pub(crate) fn keep(&self, token: Fingerprint, verified: Verified) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.keep(self.most, token, verified);
    }
}

impl Generations {
    fn keep(&mut self, most: usize, token: Fingerprint, verified: Verified) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(token, verified);
    }
}

#[cfg(test)]
mod tests {
    use kernel::{PersonId, SessionId};
    use uuid::Uuid;

    use super::*;

    fn verified(n: u128) -> Verified {
        let (person, session) =
            (PersonId::new(Uuid::from_u128(n)), SessionId::new(Uuid::from_u128(n)));
        Verified { access: Access { person, session }, from: 0, until: 600 }
    }

    fn person(found: Option<Verified>) -> Option<u128> {
        found.map(|verified| verified.access.person.uuid().as_u128())
    }

    #[test]
    fn each_token_stands_for_its_own_person() {
        let memory = Remembered::of(10);
        for n in 0..5 {
            memory.keep(fingerprint(&n.to_string()), verified(n));
        }
        for n in 0..5 {
            assert_eq!(person(memory.find(&fingerprint(&n.to_string()))), Some(n));
        }
        assert_eq!(person(memory.find(&fingerprint("5"))), None);
    }

    #[test]
    fn however_many_come_the_memory_does_not_grow() {
        let memory = Remembered::of(100);
        for n in 0..10_000 {
            memory.keep(fingerprint(&n.to_string()), verified(n));
            memory.find(&fingerprint(&(n / 2).to_string()));
        }
        let generations = memory.generations.lock().expect("no panic");
        assert!(generations.young.len() <= 100 && generations.old.len() <= 100);
    }

    #[test]
    fn who_calls_all_the_time_is_not_forgotten_for_passers_by() {
        let memory = Remembered::of(10);
        memory.keep(fingerprint("regular"), verified(7));
        for n in 0..1_000_u128 {
            memory.keep(fingerprint(&n.to_string()), verified(n));
            if n % 5 == 0 {
                assert_eq!(person(memory.find(&fingerprint("regular"))), Some(7), "{n}");
            }
        }
        assert_eq!(person(memory.find(&fingerprint("0"))), None, "a passer-by");
    }
}
