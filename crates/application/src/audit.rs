//! The audit log is chained: each entry's hash rests on the one before, so that whoever changes,
//! takes out, adds or moves one must change every hash after it; and checkpoints, signed and sent
//! out with the log of the program, show that.

use chrono::{TimeDelta, Utc};
use ports::{Checkpoint, NewEntry, SealedEntry, StoreError};
use sha2::{Digest, Sha256};

use crate::Ports;

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
        let seq = last.0 + 1;
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
/// checkpoint from elsewhere: what the database says of itself is not enough against whoever can
/// change all of it.
#[tracing::instrument(skip_all, fields(after))]
pub async fn verify(
    ports: &Ports,
    after: i64,
    witness: Option<&Checkpoint>,
) -> Result<Verified, StoreError> {
    let mut before = if after == 0 {
        Some([0; 32])
    } else {
        let (at, _) = ports.audit.chain(after - 1, 1).await?;
        at.first().filter(|entry| entry.seq == after).map(|entry| entry.hash)
    };
    let mut found = Verified { entries: 0, through: after, is_all: false, flaw: None };
    if before.is_none() {
        found.flaw = Some((after, Flaw::Missing));
        return Ok(found);
    }
    while found.entries.cast_signed() < MOST_VERIFIED {
        let (entries, checkpoints) = ports.audit.chain(found.through, PAGE).await?;
        let beyond = entries.last().map_or(found.through, |last| last.seq);
        for sealed in &entries {
            let expected = found.through + 1;
            let is_right = before
                .is_some_and(|before| sealed.hash == chained(before, sealed.seq, &sealed.entry));
            let flaw = match sealed.seq == expected {
                false => Some((expected, Flaw::Missing)),
                true if !is_right => Some((expected, Flaw::Changed)),
                true => None,
            };
            let signed = checkpoints.iter().chain(witness).filter(|one| one.seq == sealed.seq);
            let flaw = flaw.or_else(|| signed_otherwise(ports, sealed, signed));
            if flaw.is_some() {
                return Ok(Verified { flaw, ..found });
            }
            before = Some(sealed.hash);
            found.through = sealed.seq;
            found.entries += 1;
        }
        if entries.len() < PAGE as usize {
            // Nothing follows: whoever signed more saw what is not there any more.
            let latest = ports.audit.checkpoint().await?;
            let ends_early = latest.iter().chain(witness).any(|one| one.seq > beyond);
            found.flaw = ends_early.then_some((beyond + 1, Flaw::Missing));
            found.is_all = true;
            break;
        }
    }
    Ok(found)
}

/// What checkpoints at an entry say against it.
fn signed_otherwise<'a>(
    ports: &Ports,
    sealed: &SealedEntry,
    mut checkpoints: impl Iterator<Item = &'a Checkpoint>,
) -> Option<(i64, Flaw)> {
    checkpoints.find_map(|one| {
        let content = signed(one.seq, one.hash, one.at);
        let flaw = if !ports.credentials.is_signed(&content, &one.signature) {
            Flaw::Forged
        } else if one.hash != sealed.hash {
            Flaw::OtherwiseSigned
        } else {
            return None;
        };
        Some((sealed.seq, flaw))
    })
}
