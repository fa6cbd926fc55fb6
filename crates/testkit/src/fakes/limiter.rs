//! Counts how often someone asked, in memory.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ports::{Allowance, Limiter, LimiterError};

use super::locked;

/// A limiter that counts like the real one.
#[derive(Debug, Default)]
pub struct FakeLimiter {
    windows: Mutex<HashMap<String, (DateTime<Utc>, u32)>>,
    is_down: AtomicBool,
}

impl FakeLimiter {
    /// From now on it does not answer, or answers again.
    pub fn be_down(&self, down: bool) {
        self.is_down.store(down, Ordering::Relaxed);
    }

    /// Forgets everything, as Redis may.
    pub fn forget(&self) {
        locked(&self.windows).clear();
    }
}

#[async_trait]
impl Limiter for FakeLimiter {
    async fn take(
        &self,
        key: &str,
        most: u32,
        per: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(LimiterError("the fake limiter is down".into()));
        }
        let mut windows = locked(&self.windows);
        let (until, taken) = windows.entry(key.to_owned()).or_insert((now + per, 0));
        if *until <= now {
            (*until, *taken) = (now + per, 0);
        }
        let granted = *taken < most;
        *taken += u32::from(granted);
        Ok(Allowance { granted, remaining: most - *taken, resets_in: *until - now })
    }
}
