//! Passwords as they are kept: worked on for a quarter of a second, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use async_trait::async_trait;
use chrono::TimeDelta;
use identity::Password;
use ports::{Compared, HashError, Hasher};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::random;

/// Passwords that may wait to be worked on: at a quarter of a second each, the last of them is done
/// within a request's time.
const MOST_WAITING: usize = 20;
/// How long one may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(6);
/// When to come back to a full queue.
const AGAIN_IN: TimeDelta = TimeDelta::seconds(2);
/// Bytes of salt (RFC 9106, section 3.1).
const SALT: usize = 16;
/// The most memory that a kept password may ask for, in KiB: a row that was tampered with must not
/// take the machine down.
const MOST_MEMORY: u32 = 1024 * 1024;

/// How much work one password takes (RFC 9106; one lane).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The least that protects anybody: 19 MiB, twice (OWASP, Password Storage Cheat Sheet).
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    /// What is usual: 64 MiB, twice, a quarter of a second on a core of a small server.
    pub const USUAL: Self = Self { memory_kib: 64 * 1024, passes: 2 };

    /// Is it at least as much as the floor, in both?
    ///
    /// ```
    /// use indistylo_adapter_credentials::Cost;
    /// assert!(Cost::USUAL.is_enough() && Cost::FLOOR.is_enough());
    /// assert!(!Cost { memory_kib: 64 * 1024, passes: 1 }.is_enough());
    /// ```
    pub const fn is_enough(self) -> bool {
        self.memory_kib >= Self::FLOOR.memory_kib && self.passes >= Self::FLOOR.passes
    }
}

/// The cost cannot be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cost of a password must be 8 KiB to 1 GiB of memory, and at least one pass")]
pub struct BadCost;

/// Argon2id 1.3 on threads beside the runtime's own, as many as there are hands.
#[derive(Clone)]
pub struct Argon2Hasher {
    params: Params,
    /// Who is worked on or waits; a full one is told at once.
    places: Arc<Semaphore>,
    /// Who is worked on.
    hands: Arc<Semaphore>,
}

impl Argon2Hasher {
    /// At this cost, by so many hands at once: as many as the machine has cores.
    pub fn new(cost: Cost, hands: usize) -> Result<Self, BadCost> {
        if cost.memory_kib > MOST_MEMORY {
            return Err(BadCost);
        }
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| BadCost)?;
        let hands = hands.max(1);
        Ok(Self {
            params,
            places: Arc::new(Semaphore::new(hands + MOST_WAITING)),
            hands: Arc::new(Semaphore::new(hands)),
        })
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    /// Works on a password as soon as a hand is free. Both permits go along: whoever stops waiting
    /// for the answer does not set the hand free before its work is done.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let busy = || HashError::Busy { again_in: AGAIN_IN };
        let place = self.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let hand = tokio::time::timeout(PATIENCE, self.hands.clone().acquire_owned()).await;
        let hand = hand.map_err(|_| busy())?.map_err(broken)?;
        let permits: [OwnedSemaphorePermit; 2] = [place, hand];
        let argon2 = self.argon2();
        let working = tokio::task::spawn_blocking(move || {
            let done = work(argon2);
            drop(permits);
            done
        });
        working.await.map_err(broken)?
    }
}

fn broken(error: impl std::fmt::Display) -> HashError {
    HashError::Broken(error.to_string())
}

fn kept(argon2: &Argon2<'_>, password: &Password) -> Result<PasswordHash, HashError> {
    let salt = random::bytes::<SALT>();
    argon2.hash_password_with_salt(password.as_bytes(), &salt).map_err(broken)
}

#[async_trait]
impl Hasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = password.clone();
        self.work(move |argon2| Ok(kept(&argon2, &password)?.to_string())).await
    }

    async fn compare(
        &self,
        password: &Password,
        kept_as: Option<&str>,
    ) -> Result<Compared, HashError> {
        let (password, kept_as) = (password.clone(), kept_as.map(str::to_owned));
        self.work(move |argon2| {
            let Some(kept_as) = kept_as else {
                // The same work for nobody.
                return kept(&argon2, &password).map(|_| Compared::Wrong);
            };
            let kept = PasswordHash::new(&kept_as).map_err(broken)?;
            let params = Params::try_from(&kept).map_err(broken)?;
            if params.m_cost() > MOST_MEMORY {
                return Err(broken("it asks for too much memory"));
            }
            if argon2.verify_password(password.as_bytes(), &kept).is_err() {
                return Ok(Compared::Wrong);
            }
            let usual = argon2.params();
            let is_less = params.m_cost() < usual.m_cost() || params.t_cost() < usual.t_cost();
            let is_other = kept.algorithm != Algorithm::Argon2id.ident();
            Ok(if is_less || is_other { Compared::Outdated } else { Compared::Right })
        })
        .await
    }
}

/// Shows the cost.
impl std::fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Argon2Hasher").field("params", &self.params).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    fn hasher(cost: Cost) -> Argon2Hasher {
        Argon2Hasher::new(cost, 1).expect("a cost")
    }

    fn password(typed: &str) -> Password {
        Password::parse(typed).expect("a password")
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_kept_differently_each_time() {
        let hasher = hasher(CHEAP);
        let right = password("tea with the neighbours");
        let kept = hasher.hash(&right).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert_ne!(hasher.hash(&right).await.expect("hashed"), kept);
        let compare = async |typed: &str, kept: Option<&str>| {
            hasher.compare(&password(typed), kept).await.expect("compared")
        };
        assert_eq!(compare("tea with the neighbours", Some(&kept)).await, Compared::Right);
        assert_eq!(compare("tea with the neighbour", Some(&kept)).await, Compared::Wrong);
        assert_eq!(compare("tea with the neighbours", None).await, Compared::Wrong);
    }

    /// One of the examples of the reference implementation's own tests.
    #[tokio::test]
    async fn what_another_implementation_kept_is_understood() {
        let kept = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$\
                    nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let compared = hasher(CHEAP).compare(&password("password"), Some(kept)).await;
        assert_eq!(compared.expect("compared"), Compared::Right);
    }

    #[tokio::test]
    async fn a_password_kept_at_a_lower_cost_is_outdated() {
        let kept = hasher(CHEAP).hash(&password("tea")).await.expect("hashed");
        for (dearer, expected) in [
            (Cost { memory_kib: 128, ..CHEAP }, Compared::Outdated),
            (Cost { passes: 2, ..CHEAP }, Compared::Outdated),
            (Cost { memory_kib: 32, ..CHEAP }, Compared::Right),
        ] {
            let compared = hasher(dearer).compare(&password("tea"), Some(&kept)).await;
            assert_eq!(compared.expect("compared"), expected, "{dearer:?}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_an_error_and_no_answer() {
        for kept in
            ["", "plain", "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAA"]
        {
            let compared = hasher(CHEAP).compare(&password("tea"), Some(kept)).await;
            assert!(matches!(compared, Err(HashError::Broken(_))), "{kept:?}: {compared:?}");
        }
        let huge = Cost { memory_kib: MOST_MEMORY + 1, passes: 1 };
        assert_eq!(Argon2Hasher::new(huge, 1).err(), Some(BadCost));
        assert_eq!(Argon2Hasher::new(Cost { passes: 0, ..CHEAP }, 1).err(), Some(BadCost));
    }

    #[tokio::test]
    async fn twenty_wait_and_the_next_is_told_to_come_back() {
        let hasher = hasher(CHEAP);
        // The only hand is taken, so that nobody is done meanwhile.
        let hand = hasher.hands.clone().acquire_owned().await.expect("open");
        let place = hasher.places.clone().acquire_owned().await.expect("open");
        let tea = password("tea");
        let mut nobody = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| hasher.hash(&tea)).collect();
        for one in &mut waiting {
            assert!(one.as_mut().poll(&mut nobody).is_pending());
        }
        let refused = hasher.hash(&tea).await;
        assert!(matches!(refused, Err(HashError::Busy { .. })), "{refused:?}");
        // Whoever goes away makes room.
        drop(waiting.pop());
        let mut next = hasher.hash(&tea);
        assert!(next.as_mut().poll(&mut nobody).is_pending());
        drop((hand, place));
        for one in waiting {
            one.await.expect("their turn comes");
        }
        next.await.expect("so does this one's");
    }
}
