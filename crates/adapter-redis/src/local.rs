//! The counter of a single server that has no Redis beside it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ports::{Allowance, Limiter, LimiterError};

/// How many keys are counted at once: some ten megabytes, and more callers in a quarter of an hour
/// than one node can serve.
const MOST_KEYS: usize = 100_000;

/// A limiter in this process: it serves one node, and a restart forgets. Windows run by the `now`
/// that it is given.
///
/// Its memory is bounded. While it holds as many keys as it can, a new key takes the place of the one
/// whose window would end first: a flood of callers makes it forget, and turns nobody away.
#[derive(Debug)]
pub struct LocalLimiter {
    most_keys: usize,
    windows: Mutex<Windows>,
}

/// Every key of `by_key` stands in `by_end` exactly once, with the same end.
#[derive(Debug, Default)]
struct Windows {
    by_key: HashMap<Arc<str>, Window>,
    /// The window that ends first is on top.
    by_end: BinaryHeap<Reverse<(DateTime<Utc>, Arc<str>)>>,
}

#[derive(Debug)]
struct Window {
    taken: u32,
    ends_at: DateTime<Utc>,
}

impl LocalLimiter {
    /// A limiter that has counted nothing, for at most 100,000 keys at once.
    pub fn new() -> Self {
        Self::for_keys(MOST_KEYS)
    }

    fn for_keys(most_keys: usize) -> Self {
        Self { most_keys, windows: Mutex::default() }
    }

    fn take_now(&self, key: &str, most: u32, per: TimeDelta, now: DateTime<Utc>) -> Allowance {
        // No count is left half made by a panic, so a poisoned lock guards good counts.
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.sweep(now);
        if windows.by_key.len() >= self.most_keys && !windows.by_key.contains_key(key) {
            windows.forget_first();
        }
        let window = windows.window(key, now + per);
        window.taken = window.taken.saturating_add(1);
        Allowance {
            granted: window.taken <= most,
            remaining: most.saturating_sub(window.taken),
            resets_in: window.ends_at - now,
        }
    }
}

impl Windows {
    /// Forgets the windows that have ended.
    fn sweep(&mut self, now: DateTime<Utc>) {
        while self.by_end.peek().is_some_and(|Reverse((ends_at, _))| *ends_at <= now) {
            self.forget_first();
        }
    }

    /// Forgets the window that ends first.
    fn forget_first(&mut self) {
        if let Some(Reverse((_, key))) = self.by_end.pop() {
            self.by_key.remove(&key);
        }
    }

    /// The window of a key; a new one if there is none.
    fn window(&mut self, key: &str, ends_at: DateTime<Utc>) -> &mut Window {
        let key: Arc<str> = key.into();
        self.by_key.entry(key).or_insert_with_key(|key| {
            self.by_end.push(Reverse((ends_at, Arc::clone(key))));
            Window { taken: 0, ends_at }
        })
    }
}

impl Default for LocalLimiter {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Limiter for LocalLimiter {
    async fn take(
        &self,
        key: &str,
        most: u32,
        per: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError> {
        Ok(self.take_now(key, most, per, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: TimeDelta = TimeDelta::minutes(1);

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    #[test]
    fn a_full_limiter_turns_nobody_away_and_forgets_who_came_first() {
        let limiter = LocalLimiter::for_keys(2);
        assert!(limiter.take_now("asha", 1, MINUTE, at(0)).granted);
        assert!(limiter.take_now("ravi", 1, MINUTE, at(10)).granted);
        assert!(limiter.take_now("meera", 1, MINUTE, at(20)).granted);
        assert!(!limiter.take_now("ravi", 1, MINUTE, at(20)).granted, "still known");
        assert!(limiter.take_now("asha", 1, MINUTE, at(20)).granted, "forgotten");
        for newcomer in 0..1_000 {
            assert!(limiter.take_now(&newcomer.to_string(), 1, MINUTE, at(30)).granted);
        }
        let windows = limiter.windows.lock().expect("no panic");
        assert_eq!((windows.by_key.len(), windows.by_end.len()), (2, 2));
    }

    #[test]
    fn ended_windows_leave_nothing_behind() {
        let limiter = LocalLimiter::new();
        for second in 0..1_000 {
            limiter.take_now(&format!("caller {second}"), 1, MINUTE, at(second));
            limiter.take_now("regular", 1, MINUTE, at(second));
        }
        let windows = limiter.windows.lock().expect("no panic");
        assert_eq!(windows.by_key.len(), 61);
        assert_eq!(windows.by_end.len(), 61);
    }

    #[test]
    fn a_window_ends_to_the_microsecond() {
        let limiter = LocalLimiter::new();
        assert!(limiter.take_now("asha", 1, MINUTE, at(0)).granted);
        assert!(!limiter.take_now("asha", 1, MINUTE, at(60) - TimeDelta::microseconds(1)).granted);
        assert!(limiter.take_now("asha", 1, MINUTE, at(60)).granted);
    }
}
