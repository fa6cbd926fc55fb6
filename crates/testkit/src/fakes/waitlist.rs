//! Who waits for a time that is taken, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{BookingId, EventId, PersonId, SalonId, WaitingId};
use ports::{Answered, Event, Ids, StoreError, Waiting, Waitlist};
use scheduling::Window;
use scheduling::policy::MOST_PLACES;

use super::memory::{Shared, change, read};

/// The waitlists of a memory.
#[derive(Clone)]
pub struct FakeWaitlist {
    memory: Shared,
    ids: Arc<dyn Ids>,
}

impl FakeWaitlist {
    /// Waitlists in this memory; `ids` names events.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>) -> Self {
        Self { memory, ids }
    }

    fn places(&self, chosen: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        read(&self.memory, |memory| {
            let mut places: Vec<_> =
                memory.waitlist.values().filter(|place| chosen(place)).cloned().collect();
            places.sort_by_key(|place| (place.joined_at, place.id));
            places
        })
    }
}

fn at_most<T>(mut items: Vec<T>, limit: u32) -> Vec<T> {
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    items
}

#[async_trait]
impl Waitlist for FakeWaitlist {
    async fn join(
        &self,
        waiting: &Waiting,
        event: &Event,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        let is_live = |place: &&Waiting| {
            place.customer == waiting.customer
                && place.offered.is_none()
                && place.starts.end() > waiting.joined_at
        };
        let id = EventId::new(self.ids.next());
        change(&self.memory, |memory| {
            let live = memory.waitlist.values().filter(is_live).count();
            if live >= usize::from(MOST_PLACES) {
                return Ok(false);
            }
            memory.keep_answer(answer)?;
            memory.waitlist.insert(waiting.id, waiting.clone());
            memory.keep(id, event.clone(), waiting.joined_at);
            Ok(true)
        })
    }

    async fn leave(&self, customer: PersonId, id: WaitingId) -> Result<bool, StoreError> {
        Ok(change(&self.memory, |memory| {
            let own = memory.waitlist.get(&id).is_some_and(|place| place.customer == customer);
            own && memory.waitlist.remove(&id).is_some()
        }))
    }

    async fn waiting(&self, id: WaitingId) -> Result<Option<Waiting>, StoreError> {
        Ok(read(&self.memory, |memory| memory.waitlist.get(&id).cloned()))
    }

    async fn places_of(&self, customer: PersonId, limit: u32) -> Result<Vec<Waiting>, StoreError> {
        let mut places = self.places(|place| place.customer == customer);
        places.sort_by_key(|place| (std::cmp::Reverse(place.joined_at), place.id));
        Ok(at_most(places, limit))
    }

    async fn next(
        &self,
        salon: SalonId,
        starts: Window,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let waits = |place: &Waiting| {
            place.salon == salon && place.offered.is_none() && place.starts.overlaps(starts)
        };
        Ok(at_most(self.places(waits), limit))
    }

    async fn note_offer(&self, id: WaitingId, booking: BookingId) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if let Some(place) = memory.waitlist.get_mut(&id) {
                place.offered.get_or_insert(booking);
            }
        });
        Ok(())
    }
}
