//! A retry of the same request gets the same answer, and nothing happens twice.

use kernel::PersonId;
use ports::{IdempotencyKey, Replay, StoreError, Tx};
use scheduling::Booking;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A client's key for one intent, with a digest of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// The key was given before, for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the idempotency key was used for another request")]
pub struct KeyReused;

impl Idempotency {
    fn of(&self, person: PersonId, verb: &'static str) -> IdempotencyKey {
        IdempotencyKey { person, verb, key: self.key.clone() }
    }

    /// The answer given before, if any.
    pub(crate) async fn answered<T: DeserializeOwned, E: From<StoreError> + From<KeyReused>>(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
    ) -> Result<Option<T>, E> {
        let Some(replay) = tx.replay(&self.of(person, verb)).await? else { return Ok(None) };
        if replay.fingerprint != self.fingerprint {
            return Err(KeyReused.into());
        }
        serde_json::from_value(replay.answer).map(Some).map_err(|error| {
            StoreError::Corrupt { table: "replays", id: self.key.clone(), source: Box::new(error) }
                .into()
        })
    }

    /// Stages the answer.
    pub(crate) fn answer(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
        answer: &impl Serialize,
    ) {
        let answer = serde_json::json!(answer);
        let replay = Replay { fingerprint: self.fingerprint, answer };
        tx.record(&self.of(person, verb), replay);
    }

    /// The booking given as the answer before, if any, with its home as long as that is known.
    pub(crate) async fn answered_booking<E: From<StoreError> + From<KeyReused>>(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
    ) -> Result<Option<Booking>, E> {
        let answered = self.answered::<Booking, E>(tx, person, verb).await?;
        let Some(answer) = answered else { return Ok(None) };
        let home = tx.booking(answer.id).await?.and_then(|booking| booking.home);
        Ok(Some(Booking { home, ..answer }))
    }

    /// Stages a booking as the answer, without its home: the key may be the salon's, and whose home
    /// it is may be forgotten before the key is.
    pub(crate) fn answer_booking(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
        booking: &Booking,
    ) {
        self.answer(tx, person, verb, &Booking { home: None, ..booking.clone() });
    }
}
