//! Writes out what customers will send, before the clock runs: who, where, when.

use adapter_credentials::Keys;
use application::availability::{Offer, OfferLine};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Money, SessionId};
use ports::{Access, Clock, Credentials, Ids};
use scheduling::policy::OFFER_LIFETIME;
use scheduling::{Chosen, Terms};
use server::world::{SystemClock, SystemIds};

use crate::Failure;
use crate::http::{get, post};
use crate::served::SECRET;
use crate::town::{PRICE, Professional, STARTS, Street, person, start};

/// Numbers without an order, the same in every run (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// What customers ask, one behind the other.
pub(crate) struct Crowd {
    /// What their apps ask first: who one is.
    pub(crate) greetings: Vec<Vec<u8>>,
    /// The bookings that they ask for.
    pub(crate) bookings: Vec<Vec<u8>>,
}

impl FromIterator<(Vec<u8>, Vec<u8>)> for Crowd {
    fn from_iter<I: IntoIterator<Item = (Vec<u8>, Vec<u8>)>>(requests: I) -> Self {
        let (greetings, bookings) = requests.into_iter().unzip();
        Self { greetings, bookings }
    }
}

/// Knows the house's secret, and who has been served already.
pub(crate) struct Desk {
    keys: Keys,
    dice: Dice,
    served: u64,
}

/// Everyone in the queue is someone else; the step has no divisor in common with their number, so
/// that neighbours in the queue are strangers in the table.
const STEP: u64 = 70_001;
/// Attempts after which the crowd moves on to the next day.
const CROWD: u64 = 1_000;

impl Desk {
    /// Opens the desk.
    pub(crate) fn open() -> Result<Self, Failure> {
        Ok(Self { keys: Keys::new(SECRET.as_bytes())?, dice: Dice(1), served: 0 })
    }

    /// Bookings all over the street and over these days.
    pub(crate) fn spread(
        &mut self,
        street: Street,
        days: std::ops::Range<u64>,
        count: u64,
    ) -> Crowd {
        let now = SystemClock.now();
        (0..count)
            .map(|_| {
                let who = street.professional(self.dice.below(street.staff()));
                let day = days.start + self.dice.below(days.end - days.start);
                let at = start(now, day, self.dice.below(STARTS));
                self.request(who, at, now)
            })
            .collect()
    }

    /// A crowd that wants the same professionals on the same day, then on the next, and so on.
    pub(crate) fn contested(&mut self, street: Street, count: u64) -> Crowd {
        let now = SystemClock.now();
        (0..count)
            .map(|number| {
                let who = street.professional(self.dice.below(street.staff()));
                let at = start(now, 1 + number / CROWD, self.dice.below(STARTS));
                self.request(who, at, now)
            })
            .collect()
    }

    fn request(
        &mut self,
        who: Professional,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> (Vec<u8>, Vec<u8>) {
        self.served += 1;
        let access = Access {
            person: person(self.served * STEP),
            session: SessionId::new(SystemIds.next()),
        };
        let token = self.keys.access_token(access, now, now + TimeDelta::minutes(10));
        let offer = Offer {
            salon: who.salon,
            start: at,
            lines: vec![OfferLine {
                guest: 0,
                service: who.service,
                staff: who.id,
                gender: None,
                chosen: Chosen::Named,
                price: Money::inr(PRICE),
            }],
            moves: None,
            good_until: now + OFFER_LIFETIME,
            destination: None,
            terms: Terms::default(),
        };
        let caller = format!("Authorization: Bearer {token}\r\n");
        let headers = format!("{caller}Idempotency-Key: {}\r\n", SystemIds.next().simple());
        let body = format!("{{\"offer\":\"{}\"}}", offer.seal(&self.keys));
        (get("/api/v1/me", &caller), post("/api/v1/bookings", &headers, &body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::PEOPLE;

    #[test]
    fn everybody_has_a_turn_before_anybody_has_two() {
        let (mut a, mut b) = (STEP, PEOPLE);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        assert_eq!(a, 1);
    }
}
