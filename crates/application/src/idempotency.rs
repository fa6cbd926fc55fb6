//! A retry of the same request gets the same answer, and nothing happens twice.

use kernel::PersonId;
use ports::{Answered, IdempotencyKey, Replay, StoreError, Tx};
use scheduling::Booking;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Ports;

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
    /// As the store knows it.
    pub(crate) fn of(&self, person: PersonId, verb: &'static str) -> IdempotencyKey {
        IdempotencyKey { person, verb, key: self.key.clone() }
    }

    fn replay(&self, answer: &impl Serialize) -> Replay {
        // Plain fields always have a text.
        let answer = serde_json::to_string(answer).unwrap_or_default();
        Replay { fingerprint: self.fingerprint, answer }
    }

    /// The answer given before, if any.
    pub(crate) async fn answered<T: DeserializeOwned, E: From<StoreError> + From<KeyReused>>(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
    ) -> Result<Option<T>, E> {
        let replay = tx.replay(&self.of(person, verb)).await?;
        replay.map(|replay| self.given(&replay)).transpose()
    }

    /// What was answered before, if it was asked the same.
    fn given<T: DeserializeOwned, E: From<StoreError> + From<KeyReused>>(
        &self,
        replay: &Replay,
    ) -> Result<T, E> {
        if replay.fingerprint != self.fingerprint {
            return Err(KeyReused.into());
        }
        serde_json::from_str(&replay.answer).map_err(|error| {
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
        tx.record(&self.of(person, verb), self.replay(answer));
    }

    /// The booking given as the answer before, if any, with its home as long as that is known.
    pub(crate) async fn answered_booking<E: From<StoreError> + From<KeyReused>>(
        &self,
        tx: &mut dyn Tx,
        person: PersonId,
        verb: &'static str,
    ) -> Result<Option<Booking>, E> {
        match tx.replay(&self.of(person, verb)).await? {
            Some(replay) => self.given_booking(tx, &replay).await.map(Some),
            None => Ok(None),
        }
    }

    /// The booking that was answered before, with its home as long as that is known.
    pub(crate) async fn given_booking<E: From<StoreError> + From<KeyReused>>(
        &self,
        tx: &mut dyn Tx,
        replay: &Replay,
    ) -> Result<Booking, E> {
        let answer: Booking = self.given::<_, E>(replay)?;
        let home = tx.booking(answer.id).await?.and_then(|booking| booking.home);
        Ok(Booking { home, ..answer })
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

/// What somebody asks of a verb whose doing is kept in one step, with a key or without.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) by: PersonId,
    pub(crate) verb: &'static str,
    pub(crate) key: Option<&'a Idempotency>,
}

impl Asked<'_> {
    /// What is kept for the key, beside what is done.
    pub(crate) fn answer(&self, answer: &impl Serialize) -> Option<Answered> {
        let key = self.key?;
        Some(Answered { key: key.of(self.by, self.verb), replay: key.replay(answer) })
    }

    /// What was done; or, where nothing was, the answer given before: a retry finds its own doing in
    /// the way.
    pub(crate) async fn or_before<T: DeserializeOwned, E: From<StoreError> + From<KeyReused>>(
        &self,
        ports: &Ports,
        done: Result<T, E>,
    ) -> Result<T, E> {
        let (Some(key), Err(_)) = (self.key, &done) else { return done };
        let mut tx = ports.store.begin().await?;
        match key.answered::<T, E>(tx.as_mut(), self.by, self.verb).await? {
            Some(before) => Ok(before),
            None => done,
        }
    }
}
