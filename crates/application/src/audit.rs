//! The audit log is chained: each entry's hash rests on the one before, so that whoever changes,
//! takes out, adds or moves one must change every hash after it; and checkpoints, signed and sent
//! out with the log of the program, show that.

mod sealer;
mod watch;

use chrono::{TimeDelta, Utc};
use ports::{AuditFilter, Checkpoint, NewEntry, SealedEntry, StoreError};
use sha2::{Digest, Sha256};

pub use self::sealer::Sealer;
pub use self::watch::Watch;
use crate::Ports;

/// Under this target the log of the program bears witness: whoever keeps a log must write down all
/// of it, however little else they want to hear.
pub const ALWAYS_TOLD: &str = "indistylo::audit";

/// Entries that are sealed at once.
const BATCH: u32 = 500;
/// A checkpoint is made so long after the last one, if something was added.
const CHECKPOINT_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Entries that one verification looks at; the next one goes on from there.
const MOST_VERIFIED: u32 = 20_000;
/// Entries that are read at once.
const PAGE: u32 = 1_000;

/// What is wrong with the chain at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The entry is not the one that was sealed, or not in its place.
    Changed,
    /// There is none where one was.
    Missing,
    /// A checkpoint was not signed by us.
    Forged,
    /// A checkpoint says otherwise, or the chain ends before it.
    OtherwiseSigned,
}

impl Flaw {
    /// The word for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Forged => "forged",
            Self::OtherwiseSigned => "otherwise_signed",
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries were looked at.
    pub entries: u64,
    /// The last place that was looked at; the next verification begins after it.
    pub through: i64,
    /// Whether there is more.
    pub is_all: bool,
    /// The first flaw, and where.
    pub flaw: Option<(i64, Flaw)>,
}

/// The hash of an entry after another: SHA-256 of that one's hash, the place, and every field with
/// its length before it, so that no two entries read the same.
pub fn chained(before: [u8; 32], seq: i64, entry: &NewEntry) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(&before);
    field(&seq.to_be_bytes());
    field(entry.id.uuid().as_bytes());
    field(&entry.at.timestamp_micros().to_be_bytes());
    field(entry.actor.map(kernel::PersonId::uuid).as_ref().map_or(&[], |id| id.as_bytes()));
    field(entry.act.as_bytes());
    field(entry.object.as_bytes());
    field(if entry.detail.is_some() { &[1] } else { &[0] });
    field(entry.detail.as_deref().unwrap_or_default().as_bytes());
    hash.finalize().into()
}

/// What is signed of a checkpoint.
fn signed(seq: i64, hash: [u8; 32], at: chrono::DateTime<Utc>) -> Vec<u8> {
    [
        b"indistylo audit checkpoint".as_slice(),
        &seq.to_be_bytes(),
        &hash,
        &at.timestamp_micros().to_be_bytes(),
    ]
    .concat()
}

/// Gives every new entry its place in the chain, and signs how far it has come. Gives the number of
/// entries that were sealed; whoever comes second seals none.
pub async fn seal(ports: &Ports) -> Result<usize, StoreError> {
    let (head, new) = ports.audit.unsealed(BATCH).await?;
    Ok(add(ports, head, new).await?.0)
}

/// Seals entries at the end of the chain. Gives how many, and where it ends then.
async fn add(
    ports: &Ports,
    head: Option<SealedEntry>,
    new: Vec<NewEntry>,
) -> Result<(usize, Option<(i64, [u8; 32])>), StoreError> {
    let end = head.map(|head| (head.seq, head.hash));
    let mut last = end.unwrap_or_default();
    let chain = |entry: NewEntry| {
        let seq = last.0.saturating_add(1);
        last = (seq, chained(last.1, seq, &entry));
        SealedEntry { seq, entry, hash: last.1 }
    };
    let sealed: Vec<_> = new.into_iter().map(chain).collect();
    if !sealed.is_empty() {
        match ports.audit.seal(&sealed).await {
            Err(StoreError::Conflict) => return Ok((0, end)),
            done => done?,
        }
    }
    sign(ports, last).await?;
    Ok((sealed.len(), sealed.last().map(|one| (one.seq, one.hash)).or(end)))
}

/// Signs how far the chain has come, if it has come further since the last checkpoint, a minute ago.
async fn sign(ports: &Ports, (seq, hash): (i64, [u8; 32])) -> Result<(), StoreError> {
    // A checkpoint goes out as it is kept: to the microsecond.
    let at = chrono::SubsecRound::trunc_subsecs(ports.clock.now(), 6);
    let before = ports.audit.checkpoint().await?;
    let is_due = before.is_none_or(|before| before.seq < seq && at - before.at >= CHECKPOINT_EVERY);
    if seq == 0 || !is_due {
        return Ok(());
    }
    let signature = ports.credentials.sign(&signed(seq, hash, at));
    let checkpoint = Checkpoint { seq, hash, at, signature };
    match ports.audit.add_checkpoint(&checkpoint).await {
        Err(StoreError::Conflict) => return Ok(()),
        done => done?,
    }
    // The program's log leaves the machine; there nobody who has the database can change it.
    tracing::info!(
        target: ALWAYS_TOLD,
        seq,
        hash = hex(&hash),
        at = %checkpoint.at.to_rfc3339(),
        signature = checkpoint.signature,
        "audit checkpoint"
    );
    Ok(())
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Looks whether the chain after a place is what was sealed, up to its first flaw. `witness` is a
/// checkpoint from elsewhere, compared wherever it stood: what the database says of itself is not
/// enough against whoever can change all of it.
#[tracing::instrument(skip_all, fields(after))]
pub async fn verify(
    ports: &Ports,
    after: i64,
    witness: Option<&Checkpoint>,
) -> Result<Verified, StoreError> {
    let read = walk(ports, after, Most { entries: MOST_VERIFIED, flaws: 1 }).await?;
    let Reading { entries, through, hash: _, is_all, flaws } = read;
    let mut flaw = flaws.into_iter().next();
    if let Some(witness) = witness {
        let end = (is_all && flaw.is_none()).then_some(through);
        let said = said_by(ports, witness, end).await?;
        flaw = flaw.into_iter().chain(said).min_by_key(|(seq, _)| *seq);
    }
    Ok(Verified { entries: entries.into(), through, is_all, flaw })
}

/// The most that one reading takes in; it ends before the last flaw.
#[derive(Clone, Copy)]
struct Most {
    entries: u32,
    flaws: usize,
}

/// What a reading of the chain found.
struct Reading {
    /// How many entries were read.
    entries: u32,
    /// The last place that was read, and its hash as it stands.
    through: i64,
    hash: [u8; 32],
    /// Whether the chain ends there.
    is_all: bool,
    /// What is wrong, and where. Behind a flaw it was gone on from the hash that stands there.
    flaws: Vec<(i64, Flaw)>,
}

impl Reading {
    fn is_full(&self, most: Most) -> bool {
        self.flaws.len() >= most.flaws
    }

    /// What is wrong with the entry that is read next.
    fn flaw_of(
        &self,
        ports: &Ports,
        sealed: &SealedEntry,
        checkpoints: &[Checkpoint],
    ) -> Option<(i64, Flaw)> {
        let expected = self.through.saturating_add(1);
        if sealed.seq < expected {
            Some((sealed.seq, Flaw::Changed))
        } else if sealed.seq > expected {
            Some((expected, Flaw::Missing))
        } else if sealed.hash != chained(self.hash, sealed.seq, &sealed.entry) {
            Some((expected, Flaw::Changed))
        } else {
            let mut here = checkpoints.iter().filter(|one| one.seq == sealed.seq);
            here.find_map(|one| signed_otherwise(ports, sealed, one))
        }
    }
}

/// Reads the chain after a place, and the checkpoints that lie there. Where there is no such place,
/// the last one before it is where it goes on from.
async fn walk(ports: &Ports, after: i64, most: Most) -> Result<Reading, StoreError> {
    let mut read =
        Reading { entries: 0, through: after, hash: [0; 32], is_all: false, flaws: Vec::new() };
    // Read before the chain: what is signed while that is read lies beyond what was read.
    let latest = ports.audit.checkpoint().await?;
    if after > 0 {
        if let Some(sealed) = at_place(ports, after).await? {
            read.hash = sealed.hash;
        } else {
            read.flaws.push((after, Flaw::Missing));
            if read.is_full(most) {
                return Ok(read);
            }
            let before = ports.audit.entries(&AuditFilter::default(), Some(after), 1).await?;
            let before = before.first().filter(|sealed| sealed.seq > 0);
            (read.through, read.hash) = before.map_or((0, [0; 32]), |one| (one.seq, one.hash));
        }
    }
    while read.entries < most.entries {
        let page = PAGE.min(most.entries - read.entries);
        // Nothing was sealed before the first place, and so nothing must be there either.
        let from = if read.through == 0 { i64::MIN } else { read.through.saturating_add(1) };
        let (mut entries, mut checkpoints) = ports.audit.chain(from, page).await?;
        if let Some(flaw) = before_the_first(&entries, &checkpoints) {
            read.flaws.push(flaw);
            if read.is_full(most) {
                return Ok(read);
            }
            (entries, checkpoints) = ports.audit.chain(1, page).await?;
        }
        for sealed in &entries {
            if let Some(flaw) = read.flaw_of(ports, sealed, &checkpoints) {
                read.flaws.push(flaw);
                if read.is_full(most) {
                    return Ok(read);
                }
            }
            (read.through, read.hash) = (sealed.seq, sealed.hash);
            read.entries += 1;
        }
        if entries.len() < page as usize {
            // Nothing follows: whoever signed more saw what is not there any more.
            let ends_early = latest.is_some_and(|one| one.seq > read.through);
            read.flaws.extend(ends_early.then(|| (read.through.saturating_add(1), Flaw::Missing)));
            read.is_all = true;
            break;
        }
    }
    Ok(read)
}

/// What stands before the first place, where nothing can have been sealed.
fn before_the_first(entries: &[SealedEntry], checkpoints: &[Checkpoint]) -> Option<(i64, Flaw)> {
    let signed = checkpoints.iter().map(|one| (one.seq, Flaw::Forged));
    let sealed = entries.iter().map(|one| (one.seq, Flaw::Changed));
    signed.chain(sealed).find(|(seq, _)| *seq < 1)
}

/// The entry at a place.
async fn at_place(ports: &Ports, seq: i64) -> Result<Option<SealedEntry>, StoreError> {
    let (entries, _) = ports.audit.chain(seq, 1).await?;
    Ok(entries.into_iter().find(|entry| entry.seq == seq))
}

/// What is wrong at a place where this hash was seen.
async fn seen_otherwise(
    ports: &Ports,
    (seq, hash): (i64, [u8; 32]),
) -> Result<Option<Flaw>, StoreError> {
    Ok(match at_place(ports, seq).await? {
        Some(sealed) if sealed.hash == hash => None,
        Some(_) => Some(Flaw::Changed),
        None => Some(Flaw::Missing),
    })
}

/// What a checkpoint from elsewhere says against the log, which ends at this place if that is known.
async fn said_by(
    ports: &Ports,
    witness: &Checkpoint,
    end: Option<i64>,
) -> Result<Option<(i64, Flaw)>, StoreError> {
    if !is_ours(ports, witness) {
        return Ok(Some((witness.seq, Flaw::Forged)));
    }
    if let Some(end) = end.filter(|end| *end < witness.seq) {
        return Ok(Some((end + 1, Flaw::Missing)));
    }
    let differs = seen_otherwise(ports, (witness.seq, witness.hash)).await?;
    Ok(differs.map(|flaw| match flaw {
        Flaw::Changed => (witness.seq, Flaw::OtherwiseSigned),
        flaw => (witness.seq, flaw),
    }))
}

/// Did we sign it?
fn is_ours(ports: &Ports, one: &Checkpoint) -> bool {
    ports.credentials.is_signed(one.seq, &signed(one.seq, one.hash, one.at), &one.signature)
}

/// What a checkpoint at an entry says against it.
fn signed_otherwise(ports: &Ports, sealed: &SealedEntry, one: &Checkpoint) -> Option<(i64, Flaw)> {
    if !is_ours(ports, one) {
        Some((sealed.seq, Flaw::Forged))
    } else if one.hash != sealed.hash {
        Some((sealed.seq, Flaw::OtherwiseSigned))
    } else {
        None
    }
}
