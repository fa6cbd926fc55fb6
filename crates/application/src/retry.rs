//! Two customers may decide at once: the one who comes second decides again, a few times at most.

use ports::StoreError;

/// How often a verb decides before it gives up and asks the caller to come back.
pub(crate) const ATTEMPTS: u32 = 3;

/// An error that may be a conflict.
pub(crate) trait Conflicting {
    fn is_conflict(&self) -> bool;
}

impl Conflicting for StoreError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// Runs an attempt until it does not end in a conflict, three times at most.
macro_rules! deciding {
    ($attempt:expr) => {{
        let mut attempt = 1;
        loop {
            match $attempt.await {
                Err(error)
                    if attempt < $crate::retry::ATTEMPTS
                        && $crate::retry::Conflicting::is_conflict(&error) =>
                {
                    attempt += 1;
                }
                decided => break decided,
            }
        }
    }};
}
pub(crate) use deciding;

/// Says of a verb's error enum that its `Store` variant may be a conflict.
macro_rules! conflicts {
    ($($error:ty),+) => {$(
        impl $crate::retry::Conflicting for $error {
            fn is_conflict(&self) -> bool {
                matches!(self, Self::Store(ports::StoreError::Conflict))
            }
        }
    )+};
}
pub(crate) use conflicts;
