//! One-time codes that were asked for, and how many may be.

use async_trait::async_trait;
use identity::limits::{Granted, TooOften};
use identity::{Asker, Challenge, CodeLimits};
use kernel::ChallengeId;

use crate::event::Event;
use crate::store::StoreError;

/// Where challenges are kept and codes are counted. Nothing here may be lost or guessed at: who
/// cannot count sends no code.
#[async_trait]
pub trait Challenges: Send + Sync {
    /// Counts the request for a code and keeps its challenge with its event, unless a limit says
    /// no: then nothing is counted or kept. However many ask at once, no counter passes its bound.
    /// Where the code is withheld, the challenge is kept so and the event is not.
    async fn open(
        &self,
        challenge: &Challenge,
        asker: &Asker,
        limits: &CodeLimits,
        event: &Event,
    ) -> Result<Result<Granted, TooOften>, StoreError>;
    /// Counts a guess and gives the challenge as it stands then: however many guess at once, each
    /// of those that may count gets a count of its own, and all others one beyond.
    async fn count_guess(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError>;
    /// A challenge as it stands.
    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError>;
}
