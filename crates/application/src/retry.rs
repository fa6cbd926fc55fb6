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

/// Runs an attempt until it does not end in a conflict, three times at most. It may be told whether
/// it comes again.
macro_rules! deciding {
    (|$again:ident| $attempt:expr) => {{
        let mut attempt = 1;
        loop {
            let $again = attempt > 1;
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
    ($attempt:expr) => {
        $crate::retry::deciding!(|_again| $attempt)
    };
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
