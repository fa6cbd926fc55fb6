//! A slot that can be booked at a price: what the client holds in its hand, opaque and sealed.

use chrono::serde::ts_microseconds;
use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, Point, SalonId, ServiceId, StaffId};
use ports::{Credentials, Gender, Purpose, Wish};
use scheduling::diary::Wanted;
use scheduling::{Chosen, Line, Lines, Terms};
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
    /// On which terms; they follow the rest in the sealed form.
    #[serde(skip)]
    pub terms: Terms,
    /// Where to, if it is a home visit; it follows the terms.
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
        terms: Terms,
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
        Self { salon, start, lines, moves, good_until, terms, destination: None }
    }

    /// The sealed form.
    pub fn seal(&self, credentials: &dyn Credentials) -> String {
        self.seal_with(&written(&self.terms), credentials)
    }

    /// The same, where the terms were [`written`] before: a search offers hundreds on the same.
    pub(super) fn seal_with(&self, terms: &[u8], credentials: &dyn Credentials) -> String {
        let room = Vec::with_capacity(96 + 64 * self.lines.len());
        let mut content = postcard::to_extend(self, room).unwrap_or_default();
        content.extend_from_slice(terms);
        if let Some(destination) = &self.destination {
            content.extend(written(destination));
        }
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

    /// An offer of before there were terms ends with the rest, and one that is for no home with its
    /// terms.
    fn read(content: &[u8]) -> Result<Self, postcard::Error> {
        let (offer, rest) = postcard::take_from_bytes::<Self>(content)?;
        let (terms, rest) = match rest {
            [] => (Terms::default(), rest),
            rest => postcard::take_from_bytes(rest)?,
        };
        let destination = match rest {
            [] => None,
            rest => Some(postcard::from_bytes(rest)?),
        };
        Ok(Self { terms, destination, ..offer })
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

/// In binary form.
pub(super) fn written(plain: &impl Serialize) -> Vec<u8> {
    // Plain fields always have one.
    postcard::to_extend(plain, Vec::new()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Rate;
    use scheduling::{CancellationPolicy, Minutes};

    #[test]
    fn an_offer_of_before_there_were_terms_is_still_read() {
        let at = "2026-05-05T05:30:00Z".parse().expect("an instant");
        let cancellation = CancellationPolicy {
            free_until: Minutes::new(60),
            late_fee: Rate::ALL,
            no_show_fee: Rate::NONE,
        };
        let offer = Offer {
            salon: SalonId::NONE,
            start: at,
            lines: vec![OfferLine {
                guest: 0,
                service: ServiceId::NONE,
                staff: StaffId::NONE,
                gender: None,
                chosen: Chosen::Named,
                price: Money::inr(49_900),
            }],
            moves: None,
            good_until: at,
            terms: Terms { cancellation, tax: Some(Rate::percent(5)) },
            destination: None,
        };
        let old = postcard::to_extend(&offer, Vec::new()).expect("plain fields");
        let read = Offer::read(&old).expect("it is read");
        assert_eq!(read, Offer { terms: Terms::default(), ..offer.clone() });
        let new = postcard::to_extend(&offer.terms, old).expect("plain fields");
        assert_eq!(Offer::read(&new).as_ref(), Ok(&offer));
        let of_before: Offer = postcard::from_bytes(&new).expect("the release before reads it");
        assert_eq!(of_before.lines, offer.lines);
    }
}
