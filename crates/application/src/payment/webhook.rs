//! The gateway calls: what it says is kept as it came, and acted on by the worker.

use kernel::EventId;
use ports::{Delivery, Event, GatewayError, GatewayNews, Received, StoreError};

use super::settle::{SettleError, settle};
use crate::Ports;

/// The name under which the gateway's deliveries are kept.
pub const PROVIDER: &str = "razorpay";

/// A webhook as it came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The raw body.
    pub body: Vec<u8>,
    /// SHA-256 of the body.
    pub digest: [u8; 32],
    /// The signature beside it.
    pub signature: String,
    /// The sender's name for it, if it gave one.
    pub name: Option<String>,
}

/// Why a webhook was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The signature is not the gateway's.
    #[error("the signature is not valid")]
    BadSignature,
    /// The store failed; the gateway will send it again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keeps a genuine webhook, once.
#[tracing::instrument(skip_all)]
pub async fn receive(ports: &Ports, incoming: Incoming) -> Result<Received, ReceiveError> {
    if !ports.gateway.is_webhook_genuine(&incoming.body, &incoming.signature) {
        return Err(ReceiveError::BadSignature);
    }
    let id = EventId::new(ports.ids.next());
    let delivery = Delivery {
        id,
        provider: PROVIDER,
        // The name is not signed; without one, the signed body names itself.
        name: incoming.name.unwrap_or_else(|| id.to_string()),
        body: incoming.body,
        digest: incoming.digest,
        received_at: ports.clock.now(),
    };
    Ok(ports.inbox.receive(&delivery, &Event::WebhookReceived { delivery: id }).await?)
}

/// Why a kept webhook could not be acted on.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be acted on.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Acts on a kept webhook. Any number of times: the outcome is the same.
#[tracing::instrument(skip_all, fields(%delivery))]
pub async fn process(ports: &Ports, delivery: EventId) -> Result<(), ProcessError> {
    let Some(body) = ports.inbox.body(delivery).await? else { return Ok(()) };
    let outcome = match ports.gateway.read_webhook(&body) {
        Ok(GatewayNews::Captured(report)) => settle(ports, &report).await?.as_str().to_owned(),
        Ok(GatewayNews::Other(name)) => format!("ignored: {name}"),
        Err(
            GatewayError::Nonsense(what)
            | GatewayError::Refused(what)
            | GatewayError::Unavailable(what),
        ) => {
            tracing::error!(%delivery, what, "a genuine webhook makes no sense");
            format!("nonsense: {what}")
        }
    };
    ports.inbox.close(delivery, &outcome).await?;
    Ok(())
}
