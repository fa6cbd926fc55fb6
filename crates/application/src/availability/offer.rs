//! A slot that can be booked at a price: what the client holds in its hand, opaque and sealed.

use chrono::{DateTime, Utc};
use kernel::{Money, SalonId, ServiceId, StaffId};
use ports::{Credentials, Purpose};
use serde::{Deserialize, Serialize};

/// What was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Where.
    pub salon: SalonId,
    /// What.
    pub service: ServiceId,
    /// By whom.
    pub staff: StaffId,
    /// From when.
    pub start: DateTime<Utc>,
    /// At which price.
    pub price: Money,
    /// Until when the price holds.
    pub good_until: DateTime<Utc>,
}

/// Why an offer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// It was not made here.
    #[error("the offer is not one of ours")]
    Forged,
    /// It is too old: search again.
    #[error("the offer has expired; search again")]
    Expired,
}

impl Offer {
    /// The sealed form.
    pub fn seal(&self, credentials: &dyn Credentials) -> String {
        // Plain fields always have a JSON form.
        credentials.seal(Purpose::Offer, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// Opens a sealed offer that is still good.
    pub fn open(
        sealed: &str,
        credentials: &dyn Credentials,
        now: DateTime<Utc>,
    ) -> Result<Self, OfferError> {
        let content = credentials.open(Purpose::Offer, sealed).ok_or(OfferError::Forged)?;
        let offer: Self = serde_json::from_slice(&content).map_err(|_| OfferError::Forged)?;
        if offer.good_until <= now { Err(OfferError::Expired) } else { Ok(offer) }
    }
}
