//! Practice rooms for the software: a salon that exists only in memory, or in a database that is
//! thrown away after the test.
//!
//! - [`fakes`]: every port, played in memory by something that behaves.
//! - [`FakeWorld`]: all of them plugged together, with a clock that the test moves.
//! - [`salon`]: salons that read like a sentence: `a_salon().open("10:00-19:00")`.
//! - [`stub`]: a provider that answers what it is told to answer.
//! - [`contract`]: what every store must keep to, run alike on the fakes and on `PostgreSQL`.
//! - [`database`]: a `PostgreSQL` database for one test.

#![expect(clippy::missing_panics_doc, reason = "a test that cannot be set up ends with a panic")]

pub mod contract;
pub mod database;
pub mod fakes;
pub mod ground;
pub mod salon;
pub mod stub;
pub mod world;

pub use database::TestDatabase;
pub use fakes::{
    FakeAccounts, FakeAttempts, FakeCatalogue, FakeChallenges, FakeCredentials, FakeFactors,
    FakeGateway, FakeHasher, FakeInbox, FakeLimiter, FakeLogins, FakeMail, FakeMessages,
    FakeQueries, FakeStore, FakeTexts, Fault, NoLetter, NoText, SentLetter, TestClock, TestIds,
    sha256,
};
pub use ground::Ground;
pub use salon::{Salon, SalonPlan, a_salon, approve, suspend};
pub use world::FakeWorld;
