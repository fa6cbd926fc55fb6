//! What the gateway sent, kept as it came, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::EventId;
use ports::{Clock, Delivery, Event, Ids, Inbox, Received, StoreError};

use super::memory::{Shared, change, read};

/// The inbox in memory.
#[derive(Clone)]
pub struct FakeInbox {
    memory: Shared,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl FakeInbox {
    /// An inbox in this memory; `ids` names events, which are due at once by `clock`.
    pub fn new(memory: Shared, ids: Arc<dyn Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { memory, ids, clock }
    }
}

#[async_trait]
impl Inbox for FakeInbox {
    async fn receive(&self, delivery: &Delivery, event: &Event) -> Result<Received, StoreError> {
        tokio::task::yield_now().await;
        let (event_id, now) = (EventId::new(self.ids.next()), self.clock.now());
        Ok(change(&self.memory, |memory| {
            let came_before = memory.inbox.values().any(|(known, _)| {
                known.provider == delivery.provider
                    && (known.name == delivery.name || known.digest == delivery.digest)
            });
            if came_before {
                return Received::Duplicate;
            }
            memory.inbox.insert(delivery.id, (delivery.clone(), None));
            memory.keep(event_id, event.clone(), now);
            Received::New
        }))
    }

    async fn body(&self, id: EventId) -> Result<Option<Vec<u8>>, StoreError> {
        let body = |(delivery, _): &(Delivery, Option<String>)| delivery.body.clone();
        Ok(read(&self.memory, |memory| memory.inbox.get(&id).map(body)))
    }

    async fn close(&self, id: EventId, outcome: &str) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if let Some((_, stands)) = memory.inbox.get_mut(&id) {
                *stands = Some(outcome.to_owned());
            }
        });
        Ok(())
    }
}
