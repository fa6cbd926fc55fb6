//! A whole house in memory, where time passes only when the test says so.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::{Phone, Role};
use kernel::{BookingId, EventId, PersonId, SalonId};
use ledger::Payment;
use ports::queries::Rating;
use ports::{
    Accounts, Attempts, Audit, Catalogue, Challenges, Clock, Event, EventHandler, Factors, Ids,
    Inbox, Limiter, Logins, Profiles, Queries, Recorded, Sessions, Store, Texts, Vendors, Waitlist,
};
use scheduling::Booking;

use crate::fakes::{
    FakeAccounts, FakeAttempts, FakeAudit, FakeCatalogue, FakeChallenges, FakeCredentials,
    FakeFactors, FakeGateway, FakeHasher, FakeInbox, FakeLimiter, FakeLogins, FakeMail,
    FakeMessages, FakeProfiles, FakeQueries, FakeSessions, FakeStore, FakeTexts, FakeVendors,
    FakeWaitlist, KeptEvent, Memory, OpenUnits, Shared, TestClock, TestIds, locked,
};
use crate::ground::{Ground, phone};

/// Effects carried out in one go before a test is thought to run in circles.
const MOST_EFFECTS: usize = 100_000;

/// Every fake, plugged into one memory. Cloning gives another handle on the same world.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use indistylo_testkit::{FakeWorld, a_salon};
///
/// let world = FakeWorld::new();
/// let salon = a_salon().open("10:00-19:00").on(&world).await;
/// let asked = world.catalogue.clone() as std::sync::Arc<dyn ports::Catalogue>;
/// let found = asked.offerable(salon.id, &[salon.wish()]).await.unwrap();
/// assert_eq!(found.unwrap().staff.len(), 1);
/// # }
/// ```
#[derive(Clone)]
#[expect(missing_docs, reason = "each plays the port of its name")]
pub struct FakeWorld {
    pub store: Arc<FakeStore>,
    pub catalogue: Arc<FakeCatalogue>,
    pub accounts: Arc<FakeAccounts>,
    pub challenges: Arc<FakeChallenges>,
    pub sessions: Arc<FakeSessions>,
    pub vendors: Arc<FakeVendors>,
    pub logins: Arc<FakeLogins>,
    pub factors: Arc<FakeFactors>,
    pub attempts: Arc<FakeAttempts>,
    pub profiles: Arc<FakeProfiles>,
    pub audit: Arc<FakeAudit>,
    pub inbox: Arc<FakeInbox>,
    pub waitlist: Arc<FakeWaitlist>,
    pub queries: Arc<FakeQueries>,
    pub gateway: Arc<FakeGateway>,
    pub messages: Arc<FakeMessages>,
    pub mail: Arc<FakeMail>,
    pub hasher: Arc<FakeHasher>,
    pub texts: Arc<FakeTexts>,
    pub limiter: Arc<FakeLimiter>,
    /// The limits that are never forgotten.
    pub tally: Arc<FakeLimiter>,
    pub credentials: Arc<FakeCredentials>,
    pub clock: Arc<TestClock>,
    pub ids: Arc<TestIds>,
    memory: Shared,
    units: OpenUnits,
}

impl Default for FakeWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeWorld {
    /// An empty house, on the morning of Monday, 4 May 2026.
    pub fn new() -> Self {
        let memory: Shared = Arc::new(Mutex::new(Memory::default()));
        let (clock, ids) = (Arc::new(TestClock::default()), Arc::new(TestIds::default()));
        let units = OpenUnits::default();
        Self {
            store: Arc::new(FakeStore::new(memory.clone(), ids.clone(), units.clone())),
            catalogue: Arc::new(FakeCatalogue::new(memory.clone())),
            accounts: Arc::new(FakeAccounts::new(memory.clone(), clock.clone())),
            challenges: Arc::new(FakeChallenges::new(memory.clone(), ids.clone(), clock.clone())),
            sessions: Arc::new(FakeSessions::new(memory.clone(), ids.clone(), clock.clone())),
            vendors: Arc::new(FakeVendors::new(memory.clone())),
            logins: Arc::new(FakeLogins::new(memory.clone(), ids.clone(), clock.clone())),
            factors: Arc::new(FakeFactors::new(memory.clone(), ids.clone(), clock.clone())),
            attempts: Arc::new(FakeAttempts::new(memory.clone())),
            profiles: Arc::new(FakeProfiles::new(memory.clone())),
            audit: Arc::new(FakeAudit::new(memory.clone())),
            inbox: Arc::new(FakeInbox::new(memory.clone(), ids.clone(), clock.clone())),
            waitlist: Arc::new(FakeWaitlist::new(memory.clone(), ids.clone())),
            queries: Arc::new(FakeQueries::new(memory.clone())),
            gateway: Arc::new(FakeGateway::new(units.clone())),
            messages: Arc::default(),
            mail: Arc::default(),
            hasher: Arc::default(),
            texts: Arc::new(FakeTexts::new(memory.clone())),
            limiter: Arc::default(),
            tally: Arc::default(),
            credentials: Arc::default(),
            clock,
            ids,
            memory,
            units,
        }
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Looks into the memory.
    pub fn look<T>(&self, at: impl FnOnce(&Memory) -> T) -> T {
        at(&locked(&self.memory))
    }

    /// Changes the memory behind everybody's back.
    pub fn tamper<T>(&self, how: impl FnOnce(&mut Memory) -> T) -> T {
        how(&mut locked(&self.memory))
    }

    /// A customer whose phone ends in these digits.
    pub fn customer(&self, last_digits: u32) -> PersonId {
        let new = PersonId::new(self.ids.next());
        locked(&self.memory).person_with(&phone(last_digits), new)
    }

    /// A booking as it stands.
    pub fn booking(&self, id: BookingId) -> Booking {
        let found = self.look(|memory| memory.bookings().find(|booking| booking.id == id).cloned());
        found.unwrap_or_else(|| panic!("there is no booking {id}"))
    }

    /// The payments of a booking, the oldest first.
    pub fn payments_of(&self, id: BookingId) -> Vec<Payment> {
        self.look(|memory| {
            memory.payments().filter(|payment| payment.booking == id).cloned().collect()
        })
    }

    /// Every event, with what became of it.
    pub fn kept_events(&self) -> Vec<KeptEvent> {
        self.look(|memory| memory.events().to_vec())
    }

    /// How many units of work are open.
    pub fn open_units(&self) -> usize {
        self.units.count()
    }

    /// Hands every event that is due to `handler`, those that follow from it too, until none is
    /// left. One that fails is due again later: after a second at first, then ever longer. Gives
    /// the number of effects that were carried out.
    pub async fn run_due_events(&self, handler: &dyn EventHandler) -> usize {
        let mut done = 0;
        for _ in 0..MOST_EFFECTS {
            let Some(recorded) = self.next_due() else { return done };
            done += usize::from(self.carry_out(handler, &recorded).await);
        }
        panic!("after {MOST_EFFECTS} effects there is still one due");
    }

    /// Lets time pass: the clock stops at each instant at which an event is due, and the effects
    /// are carried out there.
    pub async fn pass(&self, time: TimeDelta, handler: &dyn EventHandler) -> usize {
        let until = self.now() + time;
        let mut done = self.run_due_events(handler).await;
        while let Some(due) = self.next_instant().filter(|due| *due <= until) {
            self.clock.set(due.max(self.now()));
            done += self.run_due_events(handler).await;
        }
        self.clock.set(until);
        done
    }

    /// Lets time pass until nothing is left to do, a year at most. Gives what is still left.
    pub async fn pass_until_quiet(&self, handler: &dyn EventHandler) -> Vec<KeptEvent> {
        let last = self.now() + TimeDelta::days(365);
        self.run_due_events(handler).await;
        while let Some(due) = self.next_instant().filter(|due| *due <= last) {
            self.clock.set(due.max(self.now()));
            self.run_due_events(handler).await;
        }
        self.kept_events().into_iter().filter(|event| !event.is_done).collect()
    }

    /// Hands over an event that was carried out before, as the queue may.
    pub async fn hand_over_again(&self, handler: &dyn EventHandler, recorded: &Recorded) -> bool {
        handler.handle(recorded).await.is_ok()
    }

    /// When the next event is due.
    pub fn next_instant(&self) -> Option<DateTime<Utc>> {
        let open = |memory: &Memory| {
            memory.events().iter().filter(|event| !event.is_done).map(|event| event.due).min()
        };
        self.look(open)
    }

    fn next_due(&self) -> Option<Recorded> {
        let now = self.now();
        self.look(|memory| {
            let due = memory.events().iter().filter(|event| !event.is_done && event.due <= now);
            due.min_by_key(|event| event.due).map(|event| event.recorded.clone())
        })
    }

    async fn carry_out(&self, handler: &dyn EventHandler, recorded: &Recorded) -> bool {
        let outcome = handler.handle(recorded).await;
        let now = self.now();
        let mut memory = locked(&self.memory);
        let mut events = memory.events.iter_mut();
        let Some(event) = events.find(|event| event.recorded.id == recorded.id) else {
            return false;
        };
        if outcome.is_ok() {
            event.is_done = true;
            return true;
        }
        event.failures += 1;
        event.due = now + TimeDelta::seconds(1 << event.failures.min(12));
        false
    }
}

#[async_trait]
impl Ground for FakeWorld {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        self.catalogue.clone()
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        self.accounts.clone()
    }

    fn challenges(&self) -> Arc<dyn Challenges> {
        self.challenges.clone()
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        self.sessions.clone()
    }

    fn texts(&self) -> Arc<dyn Texts> {
        self.texts.clone()
    }

    fn vendors(&self) -> Arc<dyn Vendors> {
        self.vendors.clone()
    }

    fn audit(&self) -> Arc<dyn Audit> {
        self.audit.clone()
    }

    fn logins(&self) -> Arc<dyn Logins> {
        self.logins.clone()
    }

    fn factors(&self) -> Arc<dyn Factors> {
        self.factors.clone()
    }

    fn attempts(&self) -> Arc<dyn Attempts> {
        self.attempts.clone()
    }

    fn profiles(&self) -> Arc<dyn Profiles> {
        self.profiles.clone()
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        self.inbox.clone()
    }

    fn waitlist(&self) -> Arc<dyn Waitlist> {
        self.waitlist.clone()
    }

    fn tally(&self) -> Arc<dyn Limiter> {
        self.tally.clone()
    }

    fn queries(&self) -> Arc<dyn Queries> {
        self.queries.clone()
    }

    fn ids(&self) -> Arc<dyn Ids> {
        self.ids.clone()
    }

    fn clock(&self) -> Arc<TestClock> {
        self.clock.clone()
    }

    async fn person(&self, phone: &Phone) -> PersonId {
        let new = PersonId::new(self.ids.next());
        locked(&self.memory).person_with(phone, new)
    }

    async fn block_number(&self, begins: &str) {
        self.challenges.block(begins);
    }

    async fn member(&self, salon: SalonId, person: PersonId, role: Role) {
        locked(&self.memory).members.insert((salon, person), role);
    }

    async fn rated(&self, salon: SalonId, rating: Rating) {
        let mut memory = locked(&self.memory);
        memory.salons.get_mut(&salon).expect("the salon is there").rating = Some(rating);
    }

    async fn events(&self) -> Vec<(Event, DateTime<Utc>)> {
        self.look(|memory| {
            memory.events().iter().map(|kept| (kept.recorded.event.clone(), kept.due)).collect()
        })
    }

    async fn outcome(&self, delivery: EventId) -> Option<String> {
        self.look(|memory| memory.outcome(delivery))
    }
}
