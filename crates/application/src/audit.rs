//! The audit log is chained: each entry's hash rests on the one before, so that whoever changes,
//! takes out, adds or moves one must change every hash after it; and checkpoints, signed and sent
//! out with the log of the program, show that.

mod watch;

use chrono::{TimeDelta, Utc};
use ports::{Checkpoint, NewEntry, SealedEntry, StoreError};
use sha2::{Digest, Sha256};

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
const MOST_VERIFIED: i64 = 20_000;
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
    /// The hash at the last place that was looked at.
    pub hash: [u8; 32],
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
    let mut last = head.as_ref().map_or((0, [0; 32]), |head| (head.seq, head.hash));
    let chain = |entry: NewEntry| {
        let seq = last.0.saturating_add(1);
        last = (seq, chained(last.1, seq, &entry));
        SealedEntry { seq, entry, hash: last.1 }
    };
    let sealed: Vec<_> = new.into_iter().map(chain).collect();
    if !sealed.is_empty() {
        match ports.audit.seal(&sealed).await {
            Err(StoreError::Conflict) => return Ok(0),
            done => done?,
        }
    }
    sign(ports, last).await?;
    Ok(sealed.len())
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
    let mut found = walk(ports, after).await?;
    if let Some(witness) = witness {
        let ends_before = found.is_all && found.flaw.is_none() && witness.seq > found.through;
        let said = if ends_before {
            Some((found.through + 1, Flaw::Missing))
        } else {
            said_by(ports, witness).await?
        };
        found.flaw = found.flaw.into_iter().chain(said).min_by_key(|(seq, _)| *seq);
    }
    Ok(found)
}

/// Looks at the chain after a place, and at the checkpoints that lie there.
async fn walk(ports: &Ports, after: i64) -> Result<Verified, StoreError> {
    let mut found =
        Verified { entries: 0, through: after, is_all: false, flaw: None, hash: [0; 32] };
    // Read before the chain: what is signed while that is read lies beyond what was read.
    let latest = ports.audit.checkpoint().await?;
    if after > 0 {
        let Some(sealed) = at_place(ports, after).await? else {
            found.flaw = Some((after, Flaw::Missing));
            return Ok(found);
        };
        found.hash = sealed.hash;
    }
    while found.entries.cast_signed() < MOST_VERIFIED {
        // Nothing was sealed before the first place, and so nothing must be there either.
        let from = if found.through == 0 { i64::MIN } else { found.through };
        let (entries, checkpoints) = ports.audit.chain(from, PAGE).await?;
        found.flaw = checkpoints.iter().find(|one| one.seq < 1).map(|one| (one.seq, Flaw::Forged));
        if found.flaw.is_some() {
            return Ok(found);
        }
        for sealed in &entries {
            let expected = found.through.saturating_add(1);
            let flaw = if sealed.seq < expected {
                Some((sealed.seq, Flaw::Changed))
            } else if sealed.seq > expected {
                Some((expected, Flaw::Missing))
            } else if sealed.hash != chained(found.hash, sealed.seq, &sealed.entry) {
                Some((expected, Flaw::Changed))
            } else {
                let mut here = checkpoints.iter().filter(|one| one.seq == sealed.seq);
                here.find_map(|one| signed_otherwise(ports, sealed, one))
            };
            if flaw.is_some() {
                return Ok(Verified { flaw, ..found });
            }
            found.hash = sealed.hash;
            found.through = sealed.seq;
            found.entries += 1;
        }
        if entries.len() < PAGE as usize {
            // Nothing follows: whoever signed more saw what is not there any more.
            let ends_early = latest.is_some_and(|one| one.seq > found.through);
            found.flaw = ends_early.then(|| (found.through + 1, Flaw::Missing));
            found.is_all = true;
            break;
        }
    }
    Ok(found)
}

/// The entry at a place.
async fn at_place(ports: &Ports, seq: i64) -> Result<Option<SealedEntry>, StoreError> {
    let (entries, _) = ports.audit.chain(seq - 1, 1).await?;
    Ok(entries.into_iter().find(|entry| entry.seq == seq))
}

/// What a checkpoint from elsewhere says against the log.
async fn said_by(ports: &Ports, witness: &Checkpoint) -> Result<Option<(i64, Flaw)>, StoreError> {
    Ok(match at_place(ports, witness.seq).await? {
        Some(sealed) => signed_otherwise(ports, &sealed, witness),
        None => Some((witness.seq, Flaw::Missing)),
    })
}

/// What a checkpoint at an entry says against it.
fn signed_otherwise(ports: &Ports, sealed: &SealedEntry, one: &Checkpoint) -> Option<(i64, Flaw)> {
    let content = signed(one.seq, one.hash, one.at);
    let flaw = if !ports.credentials.is_signed(&content, &one.signature) {
        Flaw::Forged
    } else if one.hash != sealed.hash {
        Flaw::OtherwiseSigned
    } else {
        return None;
    };
    Some((sealed.seq, flaw))
}
