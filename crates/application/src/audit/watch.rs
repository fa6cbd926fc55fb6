//! Nobody need ask whether the audit log is whole: a worker reads it all the time.

use chrono::TimeDelta;
use ports::{StoreError, Watched};

use super::{Flaw, at_place, verify};
use crate::Ports;

/// What is new is verified in so many stretches a round at most: a hundred thousand entries, more than
/// three times what can be sealed in a minute, so that a watch that fell behind catches up.
const STRETCHES: u32 = 5;
/// The whole log is read again so long after such a reading began. A stretch a round makes nearly
/// thirty million entries a day, whatever the size of the log.
const AGAIN_AFTER: TimeDelta = TimeDelta::days(1);

/// Somebody who reads the log as it grows, and all of it again and again. What they saw last they
/// remember by themselves: whoever rewrites the database does not rewrite that.
pub struct Watch {
    ports: Ports,
    place: Option<Watched>,
    seen: Option<(i64, [u8; 32])>,
}

impl Watch {
    /// Somebody who has seen nothing yet.
    pub const fn new(ports: Ports) -> Self {
        Self { ports, place: None, seen: None }
    }

    /// Looks at what is new, and at a stretch of what is old. Gives what is wrong, and where; it is
    /// found again in every round until somebody has seen to it.
    pub async fn round(&mut self) -> Result<Option<(i64, Flaw)>, StoreError> {
        let mut place = match self.place {
            Some(place) => place,
            // Where the last one stopped, this process or another.
            None => self.begun().await?,
        };
        let mut flaw = self.look_at_new(&mut place).await?;
        if flaw.is_none() {
            flaw = self.look_at_old(&mut place).await?;
        }
        self.place = Some(place);
        // A flaw is told whatever else fails, and nobody goes on from it.
        if flaw.is_none() {
            self.ports.audit.keep_watched(&place).await?;
        }
        Ok(flaw)
    }

    async fn begun(&self) -> Result<Watched, StoreError> {
        let now = self.ports.clock.now();
        let new = Watched { through: 0, again: None, since: now };
        let kept = self.ports.audit.watched().await?.unwrap_or(new);
        // Whoever can write it could put the next reading off for good.
        Ok(Watched { since: kept.since.min(now), ..kept })
    }

    async fn look_at_new(
        &mut self,
        place: &mut Watched,
    ) -> Result<Option<(i64, Flaw)>, StoreError> {
        if let Some((seq, hash)) = self.seen {
            match at_place(&self.ports, seq).await? {
                Some(sealed) if sealed.hash == hash => {}
                Some(_) => return Ok(Some((seq, Flaw::Changed))),
                None => return Ok(Some((seq, Flaw::Missing))),
            }
        }
        for _ in 0..STRETCHES {
            let found = verify(&self.ports, place.through, None).await?;
            place.through = found.through;
            if found.flaw.is_some() {
                return Ok(found.flaw);
            }
            self.seen = (found.through > 0).then_some((found.through, found.hash));
            if found.is_all {
                break;
            }
        }
        Ok(None)
    }

    async fn look_at_old(&self, place: &mut Watched) -> Result<Option<(i64, Flaw)>, StoreError> {
        let now = self.ports.clock.now();
        if place.again.is_none() && now - place.since >= AGAIN_AFTER {
            (place.again, place.since) = (Some(0), now);
        }
        let Some(after) = place.again else { return Ok(None) };
        let found = verify(&self.ports, after, None).await?;
        place.again = (found.flaw.is_some() || !found.is_all).then_some(found.through);
        Ok(found.flaw)
    }
}
