//! What the gateway sent us, kept as it came and dealt with later.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::EventId;

use crate::event::Event;
use crate::store::StoreError;

/// One genuine webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Our name for it.
    pub id: EventId,
    /// Who sent it, such as `razorpay`.
    pub provider: &'static str,
    /// The sender's name for it. It is not signed: a replay may carry another one.
    pub name: String,
    /// The raw body.
    pub body: Vec<u8>,
    /// A digest of the body (SHA-256), which is signed.
    pub digest: [u8; 32],
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What became of a delivery on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is kept and will be dealt with.
    New,
    /// It came before, by name or by body.
    Duplicate,
}

/// Where deliveries are kept.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps a delivery with its event, unless it came before.
    async fn receive(&self, delivery: &Delivery, event: &Event) -> Result<Received, StoreError>;
    /// The raw body of a delivery.
    async fn body(&self, id: EventId) -> Result<Option<Vec<u8>>, StoreError>;
    /// Notes what came of it.
    async fn close(&self, id: EventId, outcome: &str) -> Result<(), StoreError>;
}
