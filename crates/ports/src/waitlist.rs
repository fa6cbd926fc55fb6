//! Who waits for a time that is taken, in the order in which they came.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, PersonId, SalonId, WaitingId};
use scheduling::{Home, Window};
use serde::{Deserialize, Serialize};

use crate::catalogue::Wish;
use crate::event::Event;
use crate::store::{Answered, StoreError};

/// A place on the waitlist of a salon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its name.
    pub id: WaitingId,
    /// Where.
    pub salon: SalonId,
    /// Who waits.
    pub customer: PersonId,
    /// The zone of the salon's clock.
    pub zone: Tz,
    /// What for, guest by guest.
    pub wishes: Vec<Wish>,
    /// Whether one professional is to do all services of a guest.
    pub one_professional: bool,
    /// The window in which the visit is to begin.
    pub starts: Window,
    /// Where, if it is a home visit.
    pub home: Option<Home>,
    /// Since when.
    pub joined_at: DateTime<Utc>,
    /// The booking that was offered, held for a while; then nobody waits here any more.
    pub offered: Option<BookingId>,
}

/// Where waitlists are kept.
#[async_trait]
pub trait Waitlist: Send + Sync {
    /// Puts somebody at the end of a salon's list, with the event that they came. `false` if they
    /// wait in as many places as one may.
    async fn join(
        &self,
        waiting: &Waiting,
        event: &Event,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError>;
    /// Takes a customer off the list; `false` if there is no such place of theirs.
    async fn leave(&self, customer: PersonId, id: WaitingId) -> Result<bool, StoreError>;
    /// One place, if nobody has left it.
    async fn waiting(&self, id: WaitingId) -> Result<Option<Waiting>, StoreError>;
    /// A customer's places, the latest first; as many as one may have, and those before.
    async fn places_of(&self, customer: PersonId, limit: u32) -> Result<Vec<Waiting>, StoreError>;
    /// Those to whom nothing was offered yet and whose starts touch a window, at most so many, in
    /// the order in which they came.
    async fn next(
        &self,
        salon: SalonId,
        starts: Window,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError>;
    /// Notes what was offered; the first note counts.
    async fn note_offer(&self, id: WaitingId, booking: BookingId) -> Result<(), StoreError>;
}
