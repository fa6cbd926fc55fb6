//! The postman: carries Razorpay's notices to the salon's software, and comes back when nobody
//! opens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use crate::faults::take_one;
use crate::razorpay::{EventRecord, EventState};
use crate::sign;
use crate::world::World;

/// Notices of one payment keep to one lane, so that they go out in the order they were written.
const LANES: usize = 16;
/// How many notices may wait in one lane.
const LANE_LENGTH: usize = 1_024;
/// How often a notice is tried in all.
const TRIES: u32 = 12;
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// How many notices may wait for another try at once.
const MOST_WAITING: usize = 4_096;
/// How long the notices of one payment are gathered before they go out in reverse.
const REORDER_WINDOW: Duration = Duration::from_millis(400);

/// A notice on its way.
pub(crate) struct Parcel {
    event_id: String,
    body: String,
    due: Instant,
}

/// The ways into the post.
pub(crate) struct Post {
    lanes: Vec<mpsc::Sender<Parcel>>,
    waiting: Arc<Semaphore>,
}

/// The far ends of the lanes, to be worked by [`open`].
pub(crate) type FarEnds = Vec<mpsc::Receiver<Parcel>>;

impl Post {
    pub(crate) fn new() -> (Self, FarEnds) {
        let (lanes, far_ends) = (0..LANES).map(|_| mpsc::channel(LANE_LENGTH)).unzip();
        (Self { lanes, waiting: Arc::new(Semaphore::new(MOST_WAITING)) }, far_ends)
    }

    fn hand_over(&self, payment_id: &str, parcel: Parcel) -> bool {
        let sum =
            payment_id.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
        self.lanes[sum % LANES].try_send(parcel).is_ok()
    }
}

/// Puts the postmen to work.
pub(crate) fn open(world: &Arc<World>, far_ends: FarEnds) {
    for mut lane in far_ends {
        let world = world.clone();
        world.clone().background.spawn(async move {
            while let Some(parcel) = lane.recv().await {
                first_try(&world, parcel).await;
            }
        });
    }
}

impl World {
    /// Sends a fresh notice on its way, through whatever weather was ordered; says what became of
    /// it for now.
    pub(crate) fn dispatch(self: &Arc<Self>, event: &EventRecord) -> EventState {
        if self.faults(|faults| take_one(&mut faults.webhook.lose)) {
            return EventState::Lost;
        }
        if self.webhook_url().is_none() {
            return EventState::Unsent;
        }
        if !self.faults(|faults| faults.webhook.reorder) {
            return self.enqueue(event);
        }
        let mut held = self.held();
        let gathered = held.entry(event.payment_id.clone()).or_default();
        gathered.push(event.clone());
        if gathered.len() == 1 {
            let (world, payment_id) = (self.clone(), event.payment_id.clone());
            self.background.spawn(async move {
                tokio::time::sleep(REORDER_WINDOW).await;
                let gathered = world.held().remove(&payment_id).unwrap_or_default();
                for event in gathered.iter().rev() {
                    if world.enqueue(event) == EventState::Abandoned {
                        world.note(&event.id, |record| record.state = EventState::Abandoned);
                    }
                }
            });
        }
        EventState::Queued
    }

    /// Puts a notice in its lane.
    pub(crate) fn enqueue(&self, event: &EventRecord) -> EventState {
        let delay = self.faults(|faults| faults.webhook.delay());
        let parcel = Parcel {
            event_id: event.id.clone(),
            body: event.body.clone(),
            due: Instant::now() + delay,
        };
        if self.post.hand_over(&event.payment_id, parcel) {
            EventState::Queued
        } else {
            tracing::warn!(event = event.id, "the webhook queue is full; abandoned");
            EventState::Abandoned
        }
    }
}

async fn first_try(world: &Arc<World>, parcel: Parcel) {
    tokio::time::sleep_until(parcel.due).await;
    let mut delivered = false;
    for _ in 0..world.faults(|faults| faults.webhook.copies()) {
        delivered |= attempt(world, &parcel).await;
    }
    if delivered {
        return;
    }
    let Ok(place) = world.post.waiting.clone().try_acquire_owned() else {
        world.note(&parcel.event_id, |record| record.state = EventState::Abandoned);
        return;
    };
    let world = world.clone();
    world.clone().background.spawn(async move {
        try_again(&world, &parcel).await;
        drop(place);
    });
}

/// Comes back after ever longer pauses.
async fn try_again(world: &World, parcel: &Parcel) {
    let mut pause = world.settings.retry_base;
    for _ in 1..TRIES {
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
        if attempt(world, parcel).await {
            return;
        }
        pause = pause.saturating_mul(2);
    }
    tracing::warn!(event = parcel.event_id, "every try failed; abandoned");
    world.note(&parcel.event_id, |record| record.state = EventState::Abandoned);
}

/// Posts a notice once; whether it was accepted.
async fn attempt(world: &World, parcel: &Parcel) -> bool {
    let Some(url) = world.webhook_url() else { return false };
    let signature =
        sign::razorpay_webhook(&world.settings.razorpay.webhook_secret, parcel.body.as_bytes());
    let body = if world.faults(|faults| faults.webhook.tamper) {
        tampered(&parcel.body)
    } else {
        parcel.body.clone()
    };
    let request = world
        .client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "Razorpay-Webhook/v1")
        .header("x-razorpay-signature", signature)
        .header("x-razorpay-event-id", &parcel.event_id)
        .body(body);
    let (accepted, answer) = match request.send().await {
        Ok(answer) => (answer.status().is_success(), answer.status().as_u16().to_string()),
        Err(error) if error.is_timeout() => (false, "timeout".to_owned()),
        Err(_) => (false, "no connection".to_owned()),
    };
    tracing::debug!(event = parcel.event_id, answer, "webhook posted");
    world.note(&parcel.event_id, |record| {
        record.attempts += 1;
        record.last_answer = Some(answer);
        if accepted {
            record.state = EventState::Delivered;
        }
    });
    accepted
}

/// The amount gets another digit in front, as a thief would like it.
fn tampered(body: &str) -> String {
    body.replacen("\"amount\":", "\"amount\":9", 1)
}
