//! Waiting for a time that is taken: whoever came first is offered first what becomes free.

mod join;
mod offer;

pub use join::{JoinError, JoinWaitlist, join};
pub use offer::{offer_freed, offer_to};
