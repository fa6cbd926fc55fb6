//! A customer asks for a one-time code.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{CODES_PER_ADDRESS, CODES_PER_PHONE};
use identity::{Challenge, Phone};
use kernel::ChallengeId;
use ports::{Allowance, Event, LimiterError, StoreError};

use crate::Ports;

/// A code is on its way.
#[derive(Debug, Clone, Copy)]
pub struct Requested {
    /// What the client gives back with the code.
    pub challenge: ChallengeId,
    /// Until when the code is good.
    pub expires_at: DateTime<Utc>,
    /// How many more codes this phone may ask for.
    pub allowance: Allowance,
}

/// Why no code is sent.
#[derive(Debug, thiserror::Error)]
pub enum RequestCodeError {
    /// This phone or this address asked too often.
    #[error("too many codes were asked for; try again in {} s", again_in.num_seconds())]
    TooOften {
        /// How long to wait.
        again_in: TimeDelta,
    },
    /// Nobody counts: no code is sent without a limit.
    #[error(transparent)]
    Limiter(#[from] LimiterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens a challenge; the code is sent by the worker. The answer is the same whether the phone is
/// known or not.
#[tracing::instrument(skip_all)]
pub async fn request_code(
    ports: &Ports,
    phone: Phone,
    address: &str,
) -> Result<Requested, RequestCodeError> {
    let now = ports.clock.now();
    let limiter = &ports.limiter;
    let (most, per) = CODES_PER_ADDRESS;
    let by_address = limiter.take(&format!("code:address:{address}"), most, per, now).await?;
    let (most, per) = CODES_PER_PHONE;
    let by_phone = limiter.take(&format!("code:phone:{}", phone.as_str()), most, per, now).await?;
    if let Some(refused) = [by_address, by_phone].iter().find(|allowance| !allowance.granted) {
        return Err(RequestCodeError::TooOften { again_in: refused.resets_in });
    }
    let challenge = Challenge::open(ChallengeId::new(ports.ids.next()), phone, now);
    let event = Event::CodeRequested { challenge: challenge.id };
    ports.accounts.open_challenge(&challenge, &event).await?;
    Ok(Requested { challenge: challenge.id, expires_at: challenge.expires_at, allowance: by_phone })
}
