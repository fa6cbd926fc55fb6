//! Where a test plays: the same salon can be built in memory and in a real database.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::Rate;
use identity::{CodeLimits, Phone, Role};
use kernel::{DiaryId, EventId, Money, PersonId, SalonId};
use ports::queries::{Busy, Rating};
use ports::{
    Accounts, Attempts, Audit, Catalogue, Challenges, Event, Factors, Ids, Inbox, Limiter, Logins,
    Profiles, Queries, ServiceFilter, Sessions, Store, StoreError, Texts, Vendors, Waitlist,
};
use scheduling::Window;

use crate::fakes::TestClock;

/// One empty house: its stores, and the few things that no port does yet.
#[async_trait]
pub trait Ground: Send + Sync {
    /// The unit of work.
    fn store(&self) -> Arc<dyn Store>;
    /// What salons sell.
    fn catalogue(&self) -> Arc<dyn Catalogue>;
    /// People and logins.
    fn accounts(&self) -> Arc<dyn Accounts>;
    /// One-time codes.
    fn challenges(&self) -> Arc<dyn Challenges>;
    /// Who is logged in where.
    fn sessions(&self) -> Arc<dyn Sessions>;
    /// What became of texts.
    fn texts(&self) -> Arc<dyn Texts>;
    /// Who owns salons.
    fn vendors(&self) -> Arc<dyn Vendors>;
    /// Those who log in by e-mail and password.
    fn logins(&self) -> Arc<dyn Logins>;
    /// Second factors.
    fn factors(&self) -> Arc<dyn Factors>;
    /// Wrong tries.
    fn attempts(&self) -> Arc<dyn Attempts>;
    /// What people keep with us about themselves.
    fn profiles(&self) -> Arc<dyn Profiles>;
    /// What was done that somebody may ask about.
    fn audit(&self) -> Arc<dyn Audit>;
    /// What the gateway sent.
    fn inbox(&self) -> Arc<dyn Inbox>;
    /// Its waitlists.
    fn waitlist(&self) -> Arc<dyn Waitlist>;
    /// Limits that are never forgotten.
    fn tally(&self) -> Arc<dyn Limiter>;
    /// Views for screens.
    fn queries(&self) -> Arc<dyn Queries>;
    /// Names for new things.
    fn ids(&self) -> Arc<dyn Ids>;
    /// The time.
    fn clock(&self) -> Arc<TestClock>;

    /// Someone with this phone.
    async fn person(&self, phone: &Phone) -> PersonId;
    /// Numbers that begin like this get no code.
    async fn block_number(&self, begins: &str);
    /// Makes someone a member of a salon.
    async fn member(&self, salon: SalonId, person: PersonId, role: Role);
    /// Customers think this of a salon.
    async fn rated(&self, salon: SalonId, rating: Rating);
    /// Every event kept so far, the oldest first, with the instant at which it is due.
    async fn events(&self) -> Vec<(Event, DateTime<Utc>)>;
    /// What came of a delivery, if it was dealt with.
    async fn outcome(&self, delivery: EventId) -> Option<String>;
}

/// An Indian mobile number that ends in these digits.
///
/// ```
/// assert_eq!(indistylo_testkit::ground::phone(42).as_str(), "+919800000042");
/// ```
pub fn phone(last_digits: u32) -> Phone {
    format!("+9198{last_digits:08}").parse().expect("ten digits that begin with 98")
}

/// When the diaries of these salons are busy within a window, as whoever looks for a free time is told;
/// of those that are listed and sell anything.
pub async fn busy(
    catalogue: &dyn Catalogue,
    salons: &[SalonId],
    window: Window,
) -> Result<Arc<HashMap<DiaryId, Busy>>, StoreError> {
    let found = catalogue.outlooks(salons, &ServiceFilter::default(), 1, &|_| Some(window)).await?;
    Ok(found.busy)
}

/// Limits that nobody reaches: for tests that need many codes and are about something else.
pub fn no_limits() -> CodeLimits {
    let all = Rate::of(u64::MAX, TimeDelta::hours(1));
    CodeLimits {
        per_number: all,
        per_prefix: all,
        per_address: all,
        per_network: all,
        per_device: all,
        reserved_percent: 0,
        price: Money::inr(0),
        first_pause: TimeDelta::zero(),
        breaker_sent: u64::MAX,
        ..CodeLimits::default()
    }
}
