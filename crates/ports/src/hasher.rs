//! Passwords as they are kept: slow to make, so that a stolen table is slow to guess.

use async_trait::async_trait;
use chrono::TimeDelta;
use identity::Password;

/// What came of comparing a password with a kept one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It is another.
    Wrong,
    /// It is this one.
    Right,
    /// It is this one, and it was kept at a lower cost than is usual now.
    Outdated,
}

/// Why a password was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords are being checked at this moment")]
    Busy {
        /// When another try may succeed.
        again_in: TimeDelta,
    },
    /// What was kept cannot be read, or cannot be worked on.
    #[error("a kept password cannot be used: {0}")]
    Broken(String),
}

/// Makes passwords into what is kept, a bounded number at a time.
#[async_trait]
pub trait Hasher: Send + Sync {
    /// What is kept of a password; another text every time.
    async fn hash(&self, password: &Password) -> Result<String, HashError>;
    /// Is it the kept one? Where none is kept the same work is done, and the answer is no.
    async fn compare(&self, password: &Password, kept: Option<&str>)
    -> Result<Compared, HashError>;
}
