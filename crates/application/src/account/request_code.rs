//! A customer asks for a one-time code.

use chrono::{DateTime, Utc};
use identity::limits::{Granted, TooOften};
use identity::{Asker, Challenge, CodePurpose};
use kernel::ChallengeId;
use ports::{Event, StoreError};

use crate::Ports;

/// A code is on its way, or seems to be.
#[derive(Debug, Clone)]
pub struct Requested {
    /// What the client gives back with the code.
    pub challenge: ChallengeId,
    /// Until when the code is good.
    pub expires_at: DateTime<Utc>,
    /// When this phone may ask again, and how often.
    pub granted: Granted,
}

/// Why no code is sent.
#[derive(Debug, thiserror::Error)]
pub enum RequestCodeError {
    /// This phone, its neighbours or this address asked too often, or all together did.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// The store failed: no code is sent that was not counted.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens a challenge; the code is sent by the worker. The answer is the same whether the phone is
/// known or not, and whether anything is sent to it.
#[tracing::instrument(skip_all)]
pub async fn request_code(ports: &Ports, asker: &Asker) -> Result<Requested, RequestCodeError> {
    let (id, phone) = (ChallengeId::new(ports.ids.next()), asker.phone.clone());
    let policy = &ports.codes;
    let challenge = Challenge::open(id, phone, CodePurpose::LogIn, policy, ports.clock.now());
    let event = Event::CodeRequested { challenge: id };
    let granted = ports.challenges.open(&challenge, asker, &policy.limits, &event).await??;
    Ok(Requested { challenge: id, expires_at: challenge.expires_at, granted })
}
