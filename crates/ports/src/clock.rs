//! Now, and names for new things: the two inputs that no rule may draw for itself.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in whole microseconds (what the store keeps).
    fn now(&self) -> DateTime<Utc>;
}

/// Makes names.
pub trait Ids: Send + Sync {
    /// A new UUID, version 7 (RFC 9562).
    fn next(&self) -> Uuid;
}
