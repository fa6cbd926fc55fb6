//! The world in memory: it behaves like the real one, only faster, and does as it is told.
//!
//! [`FakeStore`] keeps the promises of the unit of work (real rollback, versions, the wall against
//! double booking), and the other stores and views share its memory. [`FakeGateway`] takes money,
//! gives it back, fails or loses its answer on request, and panics if it is called while a unit of
//! work is open. [`crate::FakeWorld`] plugs all of them together.

mod accounts;
mod attempts;
mod audit;
mod catalogue;
mod challenges;
mod clock;
mod commit;
mod credentials;
mod factors;
mod gateway;
mod hasher;
mod inbox;
mod limiter;
mod logins;
mod mail;
mod memory;
mod messages;
mod profiles;
mod queries;
mod sessions;
mod store;
mod texts;
mod units;
mod vendors;
mod waitlist;

pub use accounts::FakeAccounts;
pub use attempts::FakeAttempts;
pub use audit::FakeAudit;
pub use catalogue::FakeCatalogue;
pub use challenges::FakeChallenges;
pub use clock::{TestClock, TestIds};
pub use credentials::{FakeCredentials, sha256};
pub use factors::FakeFactors;
pub use gateway::{FakeGateway, Fault, GivenBack, MadeOrder, Webhook};
pub use hasher::FakeHasher;
pub use inbox::FakeInbox;
pub use limiter::FakeLimiter;
pub use logins::FakeLogins;
pub use mail::{FakeMail, NoLetter, SentLetter};
pub use memory::{KeptEvent, Memory, Shared};
pub use messages::{FakeMessages, NoText, Text};
pub use profiles::FakeProfiles;
pub use queries::FakeQueries;
pub use sessions::FakeSessions;
pub use store::FakeStore;
pub use texts::FakeTexts;
pub use units::OpenUnits;
pub use vendors::FakeVendors;
pub use waitlist::FakeWaitlist;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what a test that panicked may have left locked: its world is its own.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
