//! Everything that the house knows, in tables that live only as long as the test.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use identity::limits::Count;
use identity::{AdminRole, Challenge, Phone, Role};
use kernel::{
    AuditId, BookingId, ChallengeId, DiaryId, EventId, LinkId, PaymentId, PersonId, ResourceId,
    SalonId, ServiceId, SessionId, StaffId, VendorId, WaitingId,
};
use ledger::{Capture, GatewayOrder, GatewayPayment, Payment};
use ports::queries::{Busy, Rating};
use ports::{
    Answered, Application, Checkpoint, Delivery, Event, Gender, IdempotencyKey, KeptSession,
    KeptText, KeptVendor, NewEntry, NewResource, NewSalon, NewService, Noted, Recorded, Replay,
    SealedEntry, Skilled, StoreError, Waiting,
};
use scheduling::diary::Diary;
use scheduling::{Appointment, Booking, Calendar, Claim, DailyCap, Window};

use super::attempts::Tried;
use super::factors::FactorRow;
use super::locked;
use super::logins::{LoginRow, RegistrationRow, ResetRow};
use super::profiles::KeptProfiles;

/// The memory that all fakes of one world share.
pub type Shared = Arc<Mutex<Memory>>;

/// The tables.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) people: BTreeMap<PersonId, (Option<Phone>, Option<String>)>,
    pub(crate) logins: BTreeMap<PersonId, LoginRow>,
    pub(crate) registrations: BTreeMap<LinkId, RegistrationRow>,
    pub(crate) applications: BTreeMap<PersonId, Application>,
    pub(crate) resets: BTreeMap<LinkId, ResetRow>,
    pub(crate) factors: BTreeMap<PersonId, FactorRow>,
    pub(crate) attempts: HashMap<[u8; 32], Tried>,
    pub(crate) challenges: BTreeMap<ChallengeId, Challenge>,
    pub(crate) code_counts: HashMap<String, Count>,
    pub(crate) proved_devices: HashMap<(Phone, String), DateTime<Utc>>,
    pub(crate) blocked_numbers: Vec<String>,
    pub(crate) sessions: BTreeMap<SessionId, KeptSession>,
    pub(crate) profiles: KeptProfiles,
    pub(crate) admins: BTreeMap<PersonId, AdminRole>,
    pub(crate) vendors: BTreeMap<VendorId, KeptVendor>,
    pub(crate) audit: Vec<NewEntry>,
    /// The audit log as it was sealed; a test may change it behind everybody's back.
    pub chain: Vec<SealedEntry>,
    /// What was signed of it.
    pub checkpoints: Vec<Checkpoint>,
    /// How far somebody who watches says that they verified it.
    pub watched: Option<ports::Watched>,
    pub(crate) salons: BTreeMap<SalonId, SalonRow>,
    pub(crate) members: BTreeMap<(SalonId, PersonId), Role>,
    pub(crate) services: BTreeMap<ServiceId, (SalonId, NewService)>,
    pub(crate) resources: BTreeMap<ResourceId, (SalonId, NewResource)>,
    pub(crate) staff: BTreeMap<StaffId, StaffRow>,
    pub(crate) days: HashMap<(DiaryId, NaiveDate), i64>,
    pub(crate) bookings: BTreeMap<BookingId, At<Booking>>,
    pub(crate) noted: BTreeMap<BookingId, Noted>,
    /// The bookings that take time now, by diary: what the wall is made of.
    pub(crate) claims: HashMap<DiaryId, BTreeMap<BookingId, Vec<Claim>>>,
    pub(crate) payments: BTreeMap<PaymentId, At<Payment>>,
    pub(crate) payments_of: HashMap<BookingId, BTreeSet<PaymentId>>,
    pub(crate) payment_of_order: HashMap<GatewayOrder, PaymentId>,
    pub(crate) payment_of_attempt: HashMap<GatewayPayment, PaymentId>,
    pub(crate) replays: HashMap<IdempotencyKey, Replay>,
    pub(crate) events: Vec<KeptEvent>,
    pub(crate) texts: BTreeMap<(String, String), KeptText>,
    pub(crate) waitlist: BTreeMap<WaitingId, Waiting>,
    pub(crate) inbox: BTreeMap<EventId, (Delivery, Option<String>)>,
}

/// A row at a version.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) row: T,
    pub(crate) version: i64,
}

#[derive(Debug)]
pub(crate) struct SalonRow {
    pub(crate) new: NewSalon,
    pub(crate) vendor: VendorId,
    pub(crate) hours: Calendar,
    pub(crate) rating: Option<Rating>,
    pub(crate) version: i64,
}

#[derive(Debug)]
pub(crate) struct StaffRow {
    pub(crate) salon: SalonId,
    pub(crate) name: String,
    pub(crate) gender: Option<Gender>,
    pub(crate) daily_cap: Option<DailyCap>,
    pub(crate) hours: Option<Calendar>,
    pub(crate) skills: BTreeMap<ServiceId, Skilled>,
    pub(crate) version: i64,
}

/// An event, and what became of it.
#[derive(Debug, Clone)]
pub struct KeptEvent {
    /// The event with its name.
    pub recorded: Recorded,
    /// When its effect is due; moved on when the effect failed.
    pub due: DateTime<Utc>,
    /// Was its effect carried out?
    pub is_done: bool,
    /// How often its effect failed.
    pub failures: u32,
}

impl Memory {
    /// Every event ever kept, the oldest first.
    pub fn events(&self) -> &[KeptEvent] {
        &self.events
    }

    /// Every booking.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().map(|at| &at.row)
    }

    /// Every payment.
    pub fn payments(&self) -> impl Iterator<Item = &Payment> {
        self.payments.values().map(|at| &at.row)
    }

    /// What came of a delivery, if it was dealt with.
    pub fn outcome(&self, delivery: EventId) -> Option<String> {
        self.inbox.get(&delivery).and_then(|(_, outcome)| outcome.clone())
    }

    pub(crate) fn keep(&mut self, id: EventId, event: Event, due: DateTime<Utc>) {
        let recorded = Recorded { id, event };
        self.events.push(KeptEvent { recorded, due, is_done: false, failures: 0 });
    }

    /// What takes time in this diary within a window.
    pub(crate) fn claims_within(&self, diary: DiaryId, window: Window) -> Vec<Claim> {
        let claims = self.claims.get(&diary).into_iter().flat_map(BTreeMap::values).flatten();
        claims.filter(|claim| claim.window.overlaps(window)).copied().collect()
    }

    /// When this diary is busy within a window: holds and overruns one by one, all else joined.
    pub(crate) fn busy_within(&self, diary: DiaryId, window: Window) -> Busy {
        let claims = self.claims_within(diary, window).into_iter();
        let is_told = |claim: &Claim| claim.expires_at.is_some() || self.is_overrun(diary, claim);
        let (told, firm): (Vec<Claim>, Vec<Claim>) = claims.partition(is_told);
        Busy {
            taken: firm.iter().map(|claim| claim.window).collect(),
            claims: told,
            appointments: self.appointments(diary),
        }
    }

    fn is_overrun(&self, diary: DiaryId, claim: &Claim) -> bool {
        let of = self.bookings.get(&claim.booking).into_iter().flat_map(|at| at.row.overrun());
        of.into_iter().any(|over| over == (diary, claim.window))
    }

    /// The diaries over which a booking runs over, as they stand then.
    pub(crate) fn diaries_over(&self, booking: &Booking) -> Vec<Diary> {
        booking.overrun().map(|(id, window)| self.diary_within(id, window)).collect()
    }

    /// A diary as it stands within a window, without what a daily cap counts.
    pub(crate) fn diary_within(&self, id: DiaryId, window: Window) -> Diary {
        let claims = self.claims_within(id, window);
        let is_overrun = |claim: &&Claim| self.is_overrun(id, claim);
        let overruns = claims.iter().filter(is_overrun).copied().collect();
        Diary { id, claims, overruns, appointments: Vec::new() }
    }

    /// What the daily cap of a professional counts, if they have one.
    pub(crate) fn appointments(&self, diary: DiaryId) -> Vec<Appointment> {
        let capped = |(id, row): (&StaffId, &StaffRow)| {
            (DiaryId::from(*id) == diary && row.daily_cap.is_some()).then_some(*id)
        };
        let Some(staff) = self.staff.iter().find_map(capped) else { return Vec::new() };
        let ids = self.claims.get(&diary).into_iter().flat_map(BTreeMap::keys);
        let bookings = ids.filter_map(|id| self.bookings.get(id)).map(|at| &at.row);
        let own = bookings.flat_map(Booking::appointments).filter(|(who, _)| *who == staff);
        own.map(|(_, appointment)| appointment).collect()
    }

    /// Puts a booking in its place, and its claims into the wall or out of it.
    pub(crate) fn put_booking(&mut self, booking: Booking, version: i64) {
        if let Some(before) = self.bookings.get(&booking.id) {
            for (diary, _) in before.row.lines.claims() {
                self.claims.entry(diary).or_default().remove(&booking.id);
            }
        }
        if booking.status().blocks() {
            for (diary, claim) in booking.claims() {
                let claims = self.claims.entry(diary).or_default();
                claims.entry(booking.id).or_default().push(claim);
            }
        }
        self.bookings.insert(booking.id, At { row: booking, version });
    }

    /// Puts a payment in its place.
    pub(crate) fn put_payment(&mut self, payment: Payment, version: i64) {
        self.payments_of.entry(payment.booking).or_default().insert(payment.id);
        if let Some(order) = payment.order() {
            self.payment_of_order.insert(order.clone(), payment.id);
        }
        if let Some(attempt) = paid_by(&payment) {
            self.payment_of_attempt.insert(attempt.clone(), payment.id);
        }
        self.payments.insert(payment.id, At { row: payment, version });
    }

    /// The vendor that someone owns.
    pub(crate) fn vendor_of(&self, owner: PersonId) -> Option<&KeptVendor> {
        self.vendors.values().find(|kept| kept.vendor.owner == owner)
    }

    /// Whether there is such a salon, and it is shown.
    pub(crate) fn shows(&self, salon: SalonId) -> bool {
        self.salons.get(&salon).is_some_and(|row| self.is_listed(row))
    }

    /// Whether there is such a salon, and somebody runs it.
    pub(crate) fn is_run(&self, salon: SalonId) -> bool {
        self.salons.get(&salon).is_some_and(|row| self.vendors.contains_key(&row.vendor))
    }

    /// Whether a salon is shown.
    pub(crate) fn is_listed(&self, salon: &SalonRow) -> bool {
        self.vendors.get(&salon.vendor).is_some_and(|kept| kept.vendor.is_public())
    }

    /// Keeps an answer, if its key was not answered before.
    pub(crate) fn keep_answer(&mut self, answer: Option<&Answered>) -> Result<(), StoreError> {
        let Some(Answered { key, replay }) = answer else { return Ok(()) };
        match self.replays.entry(key.clone()) {
            Entry::Occupied(_) => Err(StoreError::Conflict),
            Entry::Vacant(place) => {
                place.insert(replay.clone());
                Ok(())
            }
        }
    }

    /// Writes into the audit log.
    pub(crate) fn note(
        &mut self,
        at: DateTime<Utc>,
        actor: Option<PersonId>,
        act: &str,
        object: String,
        detail: Option<String>,
    ) {
        let number = u128::try_from(self.audit.len()).unwrap_or(u128::MAX);
        let id = AuditId::new(uuid::Uuid::from_u128(number));
        self.audit.push(NewEntry { id, at, actor, act: act.to_owned(), object, detail });
    }

    /// What the audit log says, the oldest first.
    pub fn audit(&self) -> &[NewEntry] {
        &self.audit
    }

    /// Who has this phone.
    pub(crate) fn who_has(&self, phone: &Phone) -> Option<PersonId> {
        let known = self.people.iter().find(|(_, (known, _))| known.as_ref() == Some(phone));
        known.map(|(id, _)| *id)
    }

    /// Someone with this phone: known before, or made under this name.
    pub(crate) fn person_with(&mut self, phone: &Phone, if_new: PersonId) -> PersonId {
        let id = self.who_has(phone).unwrap_or(if_new);
        self.people.entry(id).or_insert_with(|| (Some(phone.clone()), None));
        id
    }
}

/// The attempt by which a payment was paid, if it was.
pub(crate) fn paid_by(payment: &Payment) -> Option<&GatewayPayment> {
    payment.captured().map(Capture::paid_by)
}

/// Reads from the shared memory.
pub(crate) fn read<T>(memory: &Shared, of: impl FnOnce(&Memory) -> T) -> T {
    of(&locked(memory))
}

/// Changes the shared memory.
pub(crate) fn change<T>(memory: &Shared, how: impl FnOnce(&mut Memory) -> T) -> T {
    how(&mut locked(memory))
}
