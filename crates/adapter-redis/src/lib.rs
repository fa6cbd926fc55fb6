//! Counts how often someone has asked, so that one caller cannot crowd out all others.
//!
//! Two implementations of [`ports::Limiter`] that pass one suite (`tests/limiter.rs`):
//! [`RedisLimiter`] for any number of nodes that share a Redis, [`LocalLimiter`] for one node
//! without one. Either may forget everything at any time: nobody loses more than a waiting time.

mod local;
mod redis;

pub use crate::local::LocalLimiter;
pub use crate::redis::RedisLimiter;
