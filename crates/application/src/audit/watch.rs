//! Nobody need ask whether the audit log is whole: a worker reads it all the time.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ports::{StoreError, Watched};

use super::{Flaw, MOST_VERIFIED, Most, Reading, at_place, seen_otherwise, walk};
use crate::Ports;

/// What is new is verified in so many stretches a round at most: a hundred thousand entries, more than
/// three times what can be sealed in a minute, so that a watch that fell behind catches up.
const STRETCHES: u32 = 5;
/// The whole log is read again so long after such a reading began. A stretch a round makes nearly
/// thirty million entries a day, whatever the size of the log.
const AGAIN_AFTER: TimeDelta = TimeDelta::days(1);
/// A stretch; it ends at so many flaws, and the next goes on from there.
const STRETCH: Most = Most { entries: MOST_VERIFIED, flaws: 100 };
/// One entry, to see whether it is mended.
const ONE: Most = Most { entries: 1, flaws: 3 };
/// So many flaws are told of in every round until they are mended; what is beyond them is told of
/// whenever it is read.
const MOST_KNOWN: usize = 100;

/// Somebody who reads the log as it grows, and all of it again and again. What they saw last they
/// remember by themselves: whoever rewrites the database does not rewrite that.
pub struct Watch {
    ports: Ports,
    place: Option<Watched>,
    seen: Option<(i64, [u8; 32])>,
    known: BTreeMap<i64, By>,
    told: BTreeMap<i64, Flaw>,
}

/// What speaks against the log at a place.
#[derive(Debug, Clone, Copy)]
enum By {
    /// Itself.
    Chain,
    /// This hash was seen there.
    Memory([u8; 32]),
    /// It was kept that somebody had read so far.
    Kept,
}

impl Watch {
    /// Somebody who has seen nothing yet.
    pub const fn new(ports: Ports) -> Self {
        Self { ports, place: None, seen: None, known: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// Looks at what is new, and at a stretch of what is old, and goes on behind whatever is wrong.
    pub async fn round(&mut self) -> Result<(), StoreError> {
        self.told.clear();
        let mut place = match self.place {
            Some(place) => place,
            // Where the last one stopped, this process or another.
            None => self.begun().await?,
        };
        self.look_at_known(&mut place).await?;
        self.look_at_new(&mut place).await?;
        self.look_at_old(&mut place).await?;
        self.place = Some(place);
        // Whoever comes next is to find a flaw by themselves.
        if self.known.is_empty() {
            self.ports.audit.keep_watched(&place).await?;
        }
        Ok(())
    }

    /// What the last round found wrong, and where, as far as it got; found again in every round until
    /// it is mended.
    pub fn flaws(&self) -> impl Iterator<Item = (i64, Flaw)> {
        self.told.iter().map(|(seq, flaw)| (*seq, *flaw))
    }

    async fn begun(&mut self) -> Result<Watched, StoreError> {
        let now = self.ports.clock.now();
        let new = Watched { through: 0, again: None, since: now };
        let kept = self.ports.audit.watched().await?.unwrap_or(new);
        for seq in [Some(kept.through), kept.again].into_iter().flatten() {
            if seq != 0 && at_place(&self.ports, seq).await?.is_none() {
                // It says nothing but that something was cut off, or that somebody wrote it.
                self.note(seq, Flaw::Missing, By::Kept);
                return Ok(new);
            }
        }
        // Whoever can write it could put the next reading off for good.
        Ok(Watched { since: kept.since.min(now), ..kept })
    }

    fn note(&mut self, seq: i64, flaw: Flaw, by: By) {
        self.told.insert(seq, flaw);
        if self.known.len() < MOST_KNOWN {
            self.known.entry(seq).or_insert(by);
        }
    }

    /// Reads a stretch.
    async fn read(&mut self, after: i64) -> Result<Reading, StoreError> {
        let read = walk(&self.ports, after, STRETCH).await?;
        for (seq, flaw) in &read.flaws {
            self.note(*seq, *flaw, By::Chain);
        }
        Ok(read)
    }

    /// Looks whether what was wrong is mended, and if so, reads again what follows.
    async fn look_at_known(&mut self, place: &mut Watched) -> Result<(), StoreError> {
        for (seq, by) in self.known.clone() {
            if let Some(flaw) = self.is_still(seq, by).await? {
                self.told.insert(seq, flaw);
                continue;
            }
            self.known.remove(&seq);
            if !matches!(by, By::Kept) {
                place.through = place.through.min(seq.saturating_sub(1).max(0));
            }
        }
        Ok(())
    }

    async fn is_still(&self, seq: i64, by: By) -> Result<Option<Flaw>, StoreError> {
        match by {
            By::Chain => {
                let before = seq.saturating_sub(1).max(0);
                let read = walk(&self.ports, before, ONE).await?;
                // What stands before the first place is a flaw of its own.
                let mut here = read.flaws.iter().filter(|(at, _)| (*at < 1) == (seq < 1));
                Ok(here.next().map(|(_, flaw)| *flaw))
            }
            By::Memory(hash) => seen_otherwise(&self.ports, (seq, hash)).await,
            By::Kept => {
                let kept = self.ports.audit.watched().await?;
                let names_it =
                    kept.is_some_and(|kept| [Some(kept.through), kept.again].contains(&Some(seq)));
                let is_missing = names_it && at_place(&self.ports, seq).await?.is_none();
                Ok(is_missing.then_some(Flaw::Missing))
            }
        }
    }

    async fn look_at_new(&mut self, place: &mut Watched) -> Result<(), StoreError> {
        if let Some(seen) = self.seen
            && let Some(flaw) = seen_otherwise(&self.ports, seen).await?
        {
            self.note(seen.0, flaw, By::Memory(seen.1));
            // What stands there now is remembered from now on.
            self.seen = None;
        }
        for _ in 0..STRETCHES {
            let read = self.read(place.through).await?;
            place.through = read.through;
            if read.through > 0 && self.seen.is_none_or(|(seq, _)| seq <= read.through) {
                self.seen = Some((read.through, read.hash));
            }
            if read.is_all {
                break;
            }
        }
        Ok(())
    }

    async fn look_at_old(&mut self, place: &mut Watched) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        if place.again.is_none() && now - place.since >= AGAIN_AFTER {
            (place.again, place.since) = (Some(0), now);
        }
        let Some(after) = place.again else { return Ok(()) };
        let read = self.read(after).await?;
        place.again = (!read.is_all).then_some(read.through);
        Ok(())
    }
}
