//! How often someone may ask.
//!
//! Two of them are plugged in: the `limiter`, which may forget everything at any time without
//! changing any outcome of business, and the `tally`, which forgets nothing while a window lasts, for
//! what must not go uncounted.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// The answer to one take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// May it go ahead?
    pub granted: bool,
    /// How many more may follow in this window.
    pub remaining: u32,
    /// How long until the window starts anew.
    pub resets_in: TimeDelta,
}

/// Counts takes by key in windows that start with the first take.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Takes one of `most` in a window of length `per`.
    async fn take(
        &self,
        key: &str,
        most: u32,
        per: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError>;
}

/// The limiter did not answer; who asks decides whether that opens or closes the door.
#[derive(Debug, thiserror::Error)]
#[error("the limiter is unavailable")]
pub struct LimiterError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
