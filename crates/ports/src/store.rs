//! The unit of work: what is read for a decision, what was decided, and one commit for all of it.
//!
//! Whatever is read through a [`Tx`] is a snapshot at a version. Saves are staged: they are not
//! read back, and only [`Tx::commit`] writes them. It succeeds only if what the decision rests on
//! still stands: every booking and payment that is saved, every salon that was read to be shown to
//! everybody, and, where the commit takes time, every local day that was read and in which it takes
//! some. Else it is [`StoreError::Conflict`], and the caller decides anew. What else was read and
//! neither saved nor taken from is not guarded: giving time back disturbs nobody.
//! Dropping a `Tx` leaves nothing behind.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use identity::Phone;
use kernel::{BookingId, DiaryId, PaymentId, PersonId, Point, RefundId, SalonId};
use ledger::{GatewayOrder, Payment};
use scheduling::diary::{Diary, Hold};
use scheduling::{Booking, Window};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Offerable, Wish};
use crate::event::Event;

/// Where bookings and payments are kept.
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens a unit of work.
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError>;
}

/// A unit of work: all of it is saved, or nothing.
#[async_trait]
pub trait Tx: Diaries + Bookings + Payments + Outbox + Replays + Send {
    /// Saves all that was staged, if what it rests on still stands.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Saves a hold that was decided on what was presumed ([`Diaries::presume`]), if that is so.
    async fn claim(self: Box<Self>) -> Result<Claimed, StoreError>;
}

/// What became of a hold that was decided on what was presumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// All is saved.
    Saved,
    /// Nothing is saved: some of the time is taken, or was of late. By whom does not matter: it may be
    /// the same request.
    Taken,
    /// Nothing is saved: something else is not as presumed, or may not be.
    Otherwise,
}

/// What is asked for when a booking is to be placed or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Where.
    pub salon: SalonId,
    /// What, guest by guest, each with a professional who was named.
    pub wishes: Vec<Wish>,
    /// For whom.
    pub customer: PersonId,
    /// From when.
    pub start: DateTime<Utc>,
    /// Where to, if it is a home visit.
    pub destination: Option<Point>,
    /// Whose answer is looked for beside it, should it have been given one.
    pub key: Option<IdempotencyKey>,
    /// Whether it was decided before, and somebody else was faster: a store may then keep others
    /// from coming between again.
    pub again: bool,
}

impl Sought {
    /// The services by whoever does them: those who are named are among these. Of which gender they
    /// were to be was asked when they were.
    pub fn by_anyone(&self) -> Vec<Wish> {
        self.wishes.iter().map(|wish| Wish { staff: None, gender: None, ..*wish }).collect()
    }
}

/// All that a booking is decided on, of one moment.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The services as they can be booked, each with the one professional; the way to the
    /// destination is not counted yet ([`Offerable::travel`]).
    pub offerable: Offerable,
    /// What takes their time on every local day that the booking would touch, travel included, and
    /// whatever else decides where it may begin there
    /// ([`BookingRules::reach`](scheduling::BookingRules::reach)), daily caps included.
    pub diaries: Vec<Diary>,
    /// The customer's unpaid holds, those that have run out but still stand included.
    pub holds: Vec<Hold>,
    /// The answer given to the key before.
    pub replay: Option<Replay>,
}

/// Diaries of professionals.
#[async_trait]
pub trait Diaries {
    /// What a booking is decided on; `None` if the salon does not sell one of the services or the
    /// professional does not do it.
    async fn desk(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError>;
    /// The desk as it is if nobody is in the way, mostly without a read: what is sold, empty diaries, no
    /// holds and no answer to the key. Nobody is refused by it. [`Tx::claim`] finds out whether it is so,
    /// and [`Tx::commit`] is a conflict. `None` where more than that would have to be known
    /// ([`Offerable::rests_on_time_alone`]), or as for [`Diaries::desk`].
    async fn presume(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError>;
    /// What takes time in this diary on every local day that the window touches, whatever is
    /// capped.
    async fn diary(&mut self, id: DiaryId, zone: Tz, window: Window) -> Result<Diary, StoreError>;
}

/// Bookings.
#[async_trait]
pub trait Bookings {
    /// A booking by its name.
    async fn booking(&mut self, id: BookingId) -> Result<Option<Booking>, StoreError>;
    /// The unpaid holds of a customer, those that have run out but still stand included.
    async fn holds(&mut self, customer: PersonId) -> Result<Vec<Hold>, StoreError>;
    /// Stages a booking: new, if it was not read through this unit of work.
    fn save_booking(&mut self, booking: &Booking);
    /// Whether a salon is shown to everybody. Who read that it is rests on it: if it no longer is, the
    /// commit is a conflict.
    async fn is_listed(&mut self, salon: SalonId) -> Result<bool, StoreError>;
    /// Who has this phone.
    async fn person_with(&mut self, phone: &Phone) -> Result<Option<PersonId>, StoreError>;
    /// Stages a new booking that a salon made, for whom it noted so. Its customer is made with it,
    /// if they are new; if the phone is another's by then, or theirs no more, or the salon has gone, it
    /// is a conflict.
    fn save_walk_in(&mut self, booking: &Booking, noted: &Noted);
}

/// For whom a salon booked, as it typed it: shown to the salon again, and nobody's own name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// How they are called, if they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their phone, if they told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// Payments.
#[async_trait]
pub trait Payments {
    /// A payment by its name.
    async fn payment(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError>;
    /// The payment for which the gateway gave this order.
    async fn payment_of_order(
        &mut self,
        order: &GatewayOrder,
    ) -> Result<Option<Payment>, StoreError>;
    /// The payment of which this refund is.
    async fn payment_of_refund(&mut self, refund: RefundId) -> Result<Option<Payment>, StoreError>;
    /// The payments of a booking, oldest first.
    async fn payments_of(&mut self, booking: BookingId) -> Result<Vec<Payment>, StoreError>;
    /// Stages a payment: new, if it was not read through this unit of work.
    fn save_payment(&mut self, payment: &Payment);
}

/// What has happened, for the worker and later for the feed.
pub trait Outbox {
    /// Stages an event whose effect is due at that instant or soon after.
    fn enqueue(&mut self, event: Event, due: DateTime<Utc>);
}

/// Answers that were given, by idempotency key.
#[async_trait]
pub trait Replays {
    /// The answer given to this key before.
    async fn replay(&mut self, key: &IdempotencyKey) -> Result<Option<Replay>, StoreError>;
    /// Stages the answer to a key.
    fn record(&mut self, key: &IdempotencyKey, replay: Replay);
}

/// A client's name for one intent, so that a retry does not repeat it. Keys of one person and one
/// verb never meet those of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Whose key it is.
    pub person: PersonId,
    /// Which verb it was given for.
    pub verb: &'static str,
    /// The client's key.
    pub key: String,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// A digest of what was asked (SHA-256), to tell a retry from another request.
    pub fingerprint: [u8; 32],
    /// What was answered, as JSON.
    pub answer: String,
}

/// An answer that is kept in the same step as what it tells of. If its key was answered before, that
/// is a [`StoreError::Conflict`], and nothing is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The key that it answers.
    pub key: IdempotencyKey,
    /// What was answered.
    pub replay: Replay,
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that was read has changed since: decide again.
    #[error("what was read has changed since")]
    Conflict,
    /// A stored row breaks the rules of its type. Someone must look.
    #[error("a row of {table} is corrupt ({id})")]
    Corrupt {
        /// In which table.
        table: &'static str,
        /// Which row.
        id: String,
        /// Which rule it breaks.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store cannot be reached or did not answer in time.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
