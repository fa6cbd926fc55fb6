//! The notices Razorpay writes when something happened: "this payment was captured".

use serde::{Deserialize, Serialize};

use super::entity::{Order, Payment, Refund};
use super::shelf::{Filed, Shelf};
use crate::ids;

/// How many notices are remembered.
const CAPACITY: usize = 5_000;
/// The merchant's account number on every notice.
const ACCOUNT: &str = "acc_SandboxSalon01";

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventState {
    /// It waits to be posted, for the first time or again.
    Queued,
    /// The application answered 2xx.
    Delivered,
    /// It was lost on purpose and never posted.
    Lost,
    /// There was no address to post it to.
    Unsent,
    /// Every try failed, or the queue was full.
    Abandoned,
}

/// A notice and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventRecord {
    /// What `x-razorpay-event-id` carries; the same on every try.
    pub id: String,
    /// For example `payment.captured`.
    pub event: String,
    /// The payment it is about.
    pub payment_id: String,
    /// What became of it.
    pub state: EventState,
    /// How often it was posted, copies included.
    pub attempts: u32,
    /// What the last post was answered, for example `200` or `timeout`.
    pub last_answer: Option<String>,
    /// When it happened, in Unix seconds.
    pub created_at: i64,
    /// The exact text that is signed and posted.
    pub body: String,
}

impl Filed for EventRecord {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    entity: &'static str,
    account_id: &'static str,
    event: &'a str,
    contains: Vec<&'static str>,
    payload: Payload<'a>,
    created_at: i64,
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Entity<&'a Refund>>,
    payment: Entity<&'a Payment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Entity<&'a Order>>,
}

#[derive(Serialize)]
struct Entity<T> {
    entity: T,
}

/// The remembered notices, and those not yet handed to the post.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(crate) struct Events {
    log: Shelf<EventRecord>,
    #[serde(skip)]
    fresh: Vec<EventRecord>,
}

impl Events {
    /// Writes a notice: a snapshot of the papers as they are now.
    pub(crate) fn announce(
        &mut self,
        event: &str,
        payment: &Payment,
        order: Option<&Order>,
        refund: Option<&Refund>,
        at: i64,
    ) {
        let mut contains = Vec::new();
        contains.extend(refund.map(|_| "refund"));
        contains.push("payment");
        contains.extend(order.map(|_| "order"));
        let envelope = Envelope {
            entity: "event",
            account_id: ACCOUNT,
            event,
            contains,
            payload: Payload {
                refund: refund.map(|entity| Entity { entity }),
                payment: Entity { entity: payment },
                order: order.map(|entity| Entity { entity }),
            },
            created_at: at,
        };
        let Ok(body) = serde_json::to_string(&envelope) else { return };
        self.fresh.push(EventRecord {
            id: ids::event(),
            event: event.to_owned(),
            payment_id: payment.id.clone(),
            state: EventState::Queued,
            attempts: 0,
            last_answer: None,
            created_at: at,
            body,
        });
    }

    /// Takes the notices written since the last call, to be filed with [`Events::file`].
    pub(crate) fn take_fresh(&mut self) -> Vec<EventRecord> {
        std::mem::take(&mut self.fresh)
    }

    pub(crate) fn file(&mut self, event: EventRecord) {
        self.log.put(event);
        self.log.make_room(CAPACITY);
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut EventRecord> {
        self.log.find_mut(id)
    }

    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = &EventRecord> {
        self.log.oldest_first()
    }
}
