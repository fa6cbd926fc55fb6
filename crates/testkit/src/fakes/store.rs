//! The unit of work in memory: what is read is a snapshot, and nothing is written before the commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use identity::Phone;
use kernel::{BookingId, DiaryId, EventId, PaymentId, PersonId, RefundId, SalonId};
use ledger::{GatewayOrder, Payment};
use ports::{
    Bookings, Catalogue, Claimed, Desk, Diaries, Event, IdempotencyKey, Ids, Noted, Offerable,
    Outbox, Payments, Replay, Replays, Sought, Store, StoreError, Tx, Wish,
};
use scheduling::booking::State;
use scheduling::diary::{self, Diary, Hold};
use scheduling::{Booking, Window};

use super::catalogue::{FakeCatalogue, offerable};
use super::memory::{At, Memory, Shared, change, read};
use super::units::{OpenUnit, OpenUnits};
use super::{commit, locked};

/// Bookings, payments, diaries, events and answers, in memory.
#[derive(Clone)]
pub struct FakeStore {
    memory: Shared,
    ids: Arc<dyn Ids>,
    units: OpenUnits,
    trouble: Arc<Mutex<Trouble>>,
}

/// What the store was told to do wrong.
#[derive(Debug, Default)]
struct Trouble {
    conflicts: u32,
    is_down: bool,
    /// The state of the dice that say how many others go first, if dice were given.
    dice: u64,
}

impl FakeStore {
    /// A store on this memory; `ids` names events, and `units` counts what is open.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, units: OpenUnits) -> Self {
        Self { memory, ids, units, trouble: Arc::default() }
    }

    /// The next so many commits end in a conflict, whatever they hold.
    pub fn conflict_next(&self, commits: u32) {
        locked(&self.trouble).conflicts = commits;
    }

    /// From now on no unit of work begins or ends well, or they do again.
    pub fn be_down(&self, down: bool) {
        locked(&self.trouble).is_down = down;
    }

    /// From now on each call lets others go first a few times, as dice with this seed say: how
    /// requests get in each other's way then differs from seed to seed, and not from run to run.
    pub fn shuffle(&self, seed: u64) {
        locked(&self.trouble).dice = seed.max(1);
    }

    /// Every call is a place where another request may come in between, as with a real store.
    async fn let_others_go(&self) {
        let turns = {
            let mut trouble = locked(&self.trouble);
            let mut dice = trouble.dice;
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            trouble.dice = dice;
            if dice == 0 { 1 } else { (dice >> 32) % 4 }
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }

    /// Whether this commit is one of those that were told to end in a conflict.
    fn conflicts(&self) -> bool {
        let mut trouble = locked(&self.trouble);
        let told = trouble.conflicts > 0;
        trouble.conflicts -= u32::from(told);
        told
    }

    fn must_be_up(&self) -> Result<(), StoreError> {
        if locked(&self.trouble).is_down {
            return Err(StoreError::Unavailable("the fake store is down".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.let_others_go().await;
        self.must_be_up()?;
        Ok(Box::new(FakeTx {
            store: self.clone(),
            days: BTreeMap::new(),
            read_bookings: HashMap::new(),
            read_payments: HashMap::new(),
            listed: Vec::new(),
            presumed: None,
            staged: Staged::default(),
            _open: self.units.open(),
        }))
    }
}

/// What was read, with its version, and what is to be written.
pub(crate) struct FakeTx {
    store: FakeStore,
    pub(crate) days: BTreeMap<(DiaryId, NaiveDate), i64>,
    pub(crate) read_bookings: HashMap<BookingId, At<Booking>>,
    pub(crate) read_payments: HashMap<PaymentId, i64>,
    pub(crate) listed: Vec<SalonId>,
    /// What is sold of what was asked for, where nobody was presumed to be in the way.
    pub(crate) presumed: Option<(Vec<Wish>, Offerable)>,
    pub(crate) staged: Staged,
    _open: OpenUnit,
}

#[derive(Default)]
pub(crate) struct Staged {
    pub(crate) bookings: Vec<Booking>,
    pub(crate) noted: HashMap<BookingId, Noted>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) events: Vec<(EventId, Event, DateTime<Utc>)>,
    pub(crate) replays: Vec<(IdempotencyKey, Replay)>,
}

#[async_trait]
impl Tx for FakeTx {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.store.let_others_go().await;
        self.store.must_be_up()?;
        if self.presumed.is_some() {
            return Err(StoreError::Conflict);
        }
        if self.store.conflicts() {
            return Err(StoreError::Conflict);
        }
        let memory = Arc::clone(&self.store.memory);
        change(&memory, |memory| commit::commit(memory, &mut self))
    }

    async fn claim(mut self: Box<Self>) -> Result<Claimed, StoreError> {
        self.store.let_others_go().await;
        self.store.must_be_up()?;
        if self.store.conflicts() {
            return Ok(Claimed::Otherwise);
        }
        let memory = Arc::clone(&self.store.memory);
        change(&memory, |memory| commit::claim(memory, &mut self))
    }
}

#[async_trait]
impl Diaries for FakeTx {
    async fn desk(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError> {
        let catalogue = FakeCatalogue::new(Arc::clone(&self.store.memory));
        let found = catalogue.offerable(sought.salon, &sought.by_anyone()).await?;
        let Some(offerable) = found.and_then(|sold| sold.by_named(&sought.wishes)) else {
            return Ok(None);
        };
        let mut diaries: Vec<Diary> = Vec::new();
        for (id, wanted) in offerable.takes(sought.start, sought.destination) {
            let mut found = self.diary(id, offerable.zone, wanted).await?;
            if diaries.iter().all(|known| known.id != id) {
                // More than is needed does no harm.
                found.claims =
                    read(&self.store.memory, |memory| memory.claims_within(id, Window::ALL));
                diaries.push(found);
            }
        }
        let holds = self.holds(sought.customer).await?;
        let replay = match &sought.key {
            Some(key) => self.replay(key).await?,
            None => None,
        };
        for diary in &mut diaries {
            // What caps count may be younger than the rest.
            self.store.let_others_go().await;
            let counted = |memory: &Memory| memory.appointments(diary.id);
            diary.appointments = read(&self.store.memory, counted);
        }
        Ok(Some(Desk { offerable, diaries, holds, replay }))
    }

    async fn presume(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError> {
        self.store.let_others_go().await;
        let question = (sought.salon, sought.by_anyone());
        let sold = read(&self.store.memory, |memory| offerable(memory, question.0, &question.1));
        let named = sold.as_ref().and_then(|sold| sold.by_named(&sought.wishes));
        let Some(offerable) = named.filter(Offerable::rests_on_time_alone) else { return Ok(None) };
        let free = |id| Diary { id, claims: vec![], overruns: vec![], appointments: vec![] };
        let diaries = offerable.diaries().map(free).collect();
        self.presumed = sold.map(|sold| (question.1, sold));
        Ok(Some(Desk { offerable, diaries, holds: Vec::new(), replay: None }))
    }

    async fn diary(&mut self, id: DiaryId, zone: Tz, window: Window) -> Result<Diary, StoreError> {
        self.store.let_others_go().await;
        let whole = diary::span(zone, window);
        Ok(read(&self.store.memory, |memory| {
            for day in diary::days(zone, window) {
                let version = memory.days.get(&(id, day)).copied().unwrap_or(0);
                self.days.insert((id, day), version);
            }
            memory.diary_within(id, whole)
        }))
    }
}

#[async_trait]
impl Bookings for FakeTx {
    async fn booking(&mut self, id: BookingId) -> Result<Option<Booking>, StoreError> {
        self.store.let_others_go().await;
        let found = read(&self.store.memory, |memory| memory.bookings.get(&id).cloned());
        Ok(found.map(|at| {
            self.read_bookings.insert(id, at.clone());
            at.row
        }))
    }

    async fn holds(&mut self, customer: PersonId) -> Result<Vec<Hold>, StoreError> {
        self.store.let_others_go().await;
        Ok(read(&self.store.memory, |memory| {
            let own = memory.bookings().filter(|booking| booking.customer == customer);
            own.filter_map(|booking| match booking.state {
                State::Held { until, number } => Some(Hold { booking: booking.id, number, until }),
                _ => None,
            })
            .collect()
        }))
    }

    fn save_booking(&mut self, booking: &Booking) {
        self.staged.bookings.push(booking.clone());
    }

    async fn is_listed(&mut self, salon: SalonId) -> Result<bool, StoreError> {
        self.store.let_others_go().await;
        let is_listed = read(&self.store.memory, |memory| memory.shows(salon));
        self.listed.extend(is_listed.then_some(salon));
        Ok(is_listed)
    }

    async fn person_with(&mut self, phone: &Phone) -> Result<Option<PersonId>, StoreError> {
        self.store.let_others_go().await;
        Ok(read(&self.store.memory, |memory| memory.who_has(phone)))
    }

    fn save_walk_in(&mut self, booking: &Booking, noted: &Noted) {
        self.save_booking(booking);
        self.staged.noted.insert(booking.id, noted.clone());
    }
}

#[async_trait]
impl Payments for FakeTx {
    async fn payment(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.store.let_others_go().await;
        let found = read(&self.store.memory, |memory| memory.payments.get(&id).cloned());
        Ok(found.map(|at| self.remember(at)))
    }

    async fn payment_of_order(
        &mut self,
        order: &GatewayOrder,
    ) -> Result<Option<Payment>, StoreError> {
        self.store.let_others_go().await;
        let found = read(&self.store.memory, |memory| {
            let id = memory.payment_of_order.get(order)?;
            memory.payments.get(id).cloned()
        });
        Ok(found.map(|at| self.remember(at)))
    }

    async fn payment_of_refund(&mut self, refund: RefundId) -> Result<Option<Payment>, StoreError> {
        self.store.let_others_go().await;
        let is_of = |at: &&At<Payment>| {
            at.row.captured().is_some_and(|capture| capture.refund(refund).is_some())
        };
        let found =
            read(&self.store.memory, |memory| memory.payments.values().find(is_of).cloned());
        Ok(found.map(|at| self.remember(at)))
    }

    async fn payments_of(&mut self, booking: BookingId) -> Result<Vec<Payment>, StoreError> {
        self.store.let_others_go().await;
        let found: Vec<_> = read(&self.store.memory, |memory| {
            let ids = memory.payments_of.get(&booking).into_iter().flatten();
            ids.filter_map(|id| memory.payments.get(id).cloned()).collect()
        });
        Ok(found.into_iter().map(|at| self.remember(at)).collect())
    }

    fn save_payment(&mut self, payment: &Payment) {
        self.staged.payments.push(payment.clone());
    }
}

impl FakeTx {
    fn remember(&mut self, At { row: payment, version }: At<Payment>) -> Payment {
        self.read_payments.insert(payment.id, version);
        payment
    }
}

impl Outbox for FakeTx {
    fn enqueue(&mut self, event: Event, due: DateTime<Utc>) {
        self.staged.events.push((EventId::new(self.store.ids.next()), event, due));
    }
}

#[async_trait]
impl Replays for FakeTx {
    async fn replay(&mut self, key: &IdempotencyKey) -> Result<Option<Replay>, StoreError> {
        self.store.let_others_go().await;
        Ok(read(&self.store.memory, |memory| memory.replays.get(key).cloned()))
    }

    fn record(&mut self, key: &IdempotencyKey, replay: Replay) {
        self.staged.replays.push((key.clone(), replay));
    }
}
