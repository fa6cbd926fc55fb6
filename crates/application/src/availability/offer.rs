//! A slot that can be booked at a price: what the client holds in its hand, opaque and sealed.

use chrono::serde::ts_microseconds;
use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, Point, SalonId, ServiceId, StaffId};
use ports::{Credentials, Gender, Purpose, Wish};
use scheduling::diary::Wanted;
use scheduling::{Chosen, Line, Lines};
use serde::{Deserialize, Serialize};

/// What was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Where.
    pub salon: SalonId,
    /// From when.
    #[serde(with = "ts_microseconds")]
    pub start: DateTime<Utc>,
    /// What, guest by guest.
    pub lines: Vec<OfferLine>,
    /// Which booking it moves; a new one, if none.
    pub moves: Option<BookingId>,
    /// Until when the price holds.
    #[serde(with = "ts_microseconds")]
    pub good_until: DateTime<Utc>,
    /// Where to, if it is a home visit; written after all else, so that offers without one are what
    /// they were before there were any.
    #[serde(skip)]
    pub destination: Option<Point>,
}

/// One service of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferLine {
    /// For which guest.
    pub guest: u8,
    /// What.
    pub service: ServiceId,
    /// By whom.
    pub staff: StaffId,
    /// Of which gender they were to be: so is whoever is offered instead.
    pub gender: Option<Gender>,
    /// How it came to be them.
    pub chosen: Chosen,
    /// At which price.
    pub price: Money,
}

/// Why an offer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// It was not made here, or not for this.
    #[error("the offer is not one of ours")]
    Forged,
    /// It is too old: search again.
    #[error("the offer has expired; search again")]
    Expired,
}

impl Offer {
    /// The offer of a visit at the salon, line by line for these wishes.
    pub(crate) fn of(
        salon: SalonId,
        lines: &Lines,
        wishes: impl IntoIterator<Item = Wish>,
        moves: Option<BookingId>,
        good_until: DateTime<Utc>,
    ) -> Self {
        let line = |(line, wish): (&Line, Wish)| OfferLine {
            guest: line.guest,
            service: line.service,
            staff: line.staff,
            gender: wish.gender,
            chosen: line.chosen,
            price: line.price,
        };
        let start = lines.window().start();
        let lines = lines.iter().zip(wishes).map(line).collect();
        Self { salon, start, lines, moves, good_until, destination: None }
    }

    /// The sealed form.
    pub fn seal(&self, credentials: &dyn Credentials) -> String {
        let room = Vec::with_capacity(64 + 64 * self.lines.len());
        // Plain fields always have a binary form.
        let content = postcard::to_extend(self, room).unwrap_or_default();
        let content = match &self.destination {
            Some(destination) => postcard::to_extend(destination, content).unwrap_or_default(),
            None => content,
        };
        credentials.seal(Purpose::Offer, &content)
    }

    /// Opens a sealed offer that is still good, for a new booking or to move this one.
    pub fn open(
        sealed: &str,
        moves: Option<BookingId>,
        credentials: &dyn Credentials,
        now: DateTime<Utc>,
    ) -> Result<Self, OfferError> {
        let content = credentials.open(Purpose::Offer, sealed).ok_or(OfferError::Forged)?;
        match Self::read(&content).map_err(|_| OfferError::Forged)? {
            offer if offer.moves != moves => Err(OfferError::Forged),
            offer if offer.good_until <= now => Err(OfferError::Expired),
            offer => Ok(offer),
        }
    }

    fn read(content: &[u8]) -> Result<Self, postcard::Error> {
        let (offer, rest): (Self, _) = postcard::take_from_bytes(content)?;
        let destination = match rest {
            [] => None,
            rest => Some(postcard::from_bytes(rest)?),
        };
        Ok(Self { destination, ..offer })
    }

    /// What was wished for, with those who were assigned.
    pub(crate) fn wishes(&self) -> Vec<Wish> {
        let wish = |line: &OfferLine| Wish {
            guest: line.guest,
            service: line.service,
            staff: Some(line.staff),
            gender: line.gender,
        };
        self.lines.iter().map(wish).collect()
    }

    /// What is agreed of each service.
    pub(crate) fn agreed(&self) -> Vec<Wanted> {
        let agreed = |line: &OfferLine| Wanted {
            service: line.service,
            price: line.price,
            chosen: line.chosen,
        };
        self.lines.iter().map(agreed).collect()
    }
}
