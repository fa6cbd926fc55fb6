//! What was done cannot be undone in the record of it without anybody noticing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use indistylo_application::Ports;
use indistylo_application::audit::{Flaw, Verified, seal, verify};
use kernel::AuditId;
use ports::{
    Audit, AuditFilter, Checkpoint, Credentials, NewEntry, SealedEntry, StoreError, Watched,
};
use testkit::TestClock;

use crate::house::{House, numbers};

impl House {
    /// So many entries, sealed over some minutes.
    pub(crate) async fn with_a_log(entries: usize) -> (Self, Vec<SealedEntry>, Vec<Checkpoint>) {
        let house = Self::open().await;
        while house.world.look(|memory| memory.audit().len()) < entries {
            house
                .logged_in(u32::try_from(house.world.look(|m| m.audit().len()) % 40).expect("few"))
                .await;
            house.world.clock.advance(TimeDelta::minutes(3));
            seal(&house.ports).await.expect("sealed");
        }
        let (chain, checkpoints) =
            house.world.look(|memory| (memory.chain.clone(), memory.checkpoints.clone()));
        (house, chain, checkpoints)
    }

    /// A checkpoint with our signature.
    fn signed(&self, one: &Checkpoint) -> Checkpoint {
        let (seq, at) = (one.seq.to_be_bytes(), one.at.timestamp_micros().to_be_bytes());
        let content = [&b"indistylo audit checkpoint"[..], &seq, &one.hash, &at].concat();
        Checkpoint { signature: self.world.credentials.sign(&content), ..one.clone() }
    }

    async fn verified(&self, witness: Option<&Checkpoint>) -> Verified {
        verify(&self.ports, 0, witness).await.expect("an answer")
    }
}

#[tokio::test]
async fn every_act_gets_a_place_and_a_checkpoint_follows_within_a_minute() {
    let house = House::open().await;
    house.logged_in(1).await;
    let noted = house.world.look(|memory| memory.audit().len());
    assert_eq!(seal(&house.ports).await.expect("sealed"), noted);
    assert_eq!(seal(&house.ports).await.expect("nothing is left"), 0);
    let found = house.verified(None).await;
    assert_eq!((found.entries, found.is_all, found.flaw), (noted as u64, true, None));
    let signed = house.world.look(|memory| memory.checkpoints.clone());
    assert_eq!(signed.len(), 1);

    house.logged_in(2).await;
    seal(&house.ports).await.expect("sealed");
    house.world.clock.advance(TimeDelta::seconds(59));
    seal(&house.ports).await.expect("an answer");
    assert_eq!(house.world.look(|memory| memory.checkpoints.len()), 1, "not a minute ago");
    house.world.clock.advance(TimeDelta::seconds(1));
    seal(&house.ports).await.expect("an answer");
    let last = house.world.look(|memory| memory.checkpoints.last().cloned()).expect("two");
    assert_eq!(Some(last.seq), house.world.look(|memory| memory.chain.last().map(|one| one.seq)));
    house.world.clock.advance(TimeDelta::hours(1));
    seal(&house.ports).await.expect("an answer");
    assert_eq!(house.world.look(|memory| memory.checkpoints.len()), 2, "nothing was added");
}

/// Somebody with the whole database changes something. Gives what they did.
fn tamper(
    below: &mut impl FnMut(usize) -> usize,
    chain: &mut Vec<SealedEntry>,
    checkpoints: &mut Vec<Checkpoint>,
) -> &'static str {
    let at = below(chain.len());
    match below(9) {
        0 => {
            chain[at].entry.object.push('x');
            "another object"
        }
        1 => {
            chain[at].entry.at += TimeDelta::microseconds(1);
            "another time"
        }
        2 => {
            chain[at].entry.actor = None;
            chain[at].entry.detail = Some("nobody".to_owned());
            "another actor"
        }
        3 => {
            chain.remove(at);
            "one taken out"
        }
        4 => {
            // Taken out, and the places after it closed up.
            chain.remove(at);
            for (seq, sealed) in (1..).zip(chain.iter_mut()) {
                sealed.seq = seq;
            }
            "one taken out and the gap closed"
        }
        5 => {
            let other = (at + 1 + below(chain.len() - 1)) % chain.len();
            let entry = chain[at].entry.clone();
            chain[at].entry = std::mem::replace(&mut chain[other].entry, entry);
            "two changed places"
        }
        6 => {
            let last = chain.len() - 1 - below(3);
            chain.truncate(last);
            checkpoints.retain(|one| one.seq <= i64::try_from(last).expect("few"));
            "the end cut off"
        }
        7 => {
            chain[at].hash[below(32)] ^= 1 << below(8);
            "another hash"
        }
        _ => {
            // Everything from there on worked out anew, as whoever wrote this program could.
            chain[at].entry.act.push('x');
            rechain(chain);
            checkpoints.clear();
            "all of it rewritten"
        }
    }
}

/// Works every hash out anew.
pub(crate) fn rechain(chain: &mut [SealedEntry]) {
    let mut before = [0; 32];
    for sealed in chain {
        sealed.hash = indistylo_application::audit::chained(before, sealed.seq, &sealed.entry);
        before = sealed.hash;
    }
}

#[tokio::test]
async fn ten_thousand_changes_are_all_noticed() {
    let (house, chain, checkpoints) = House::with_a_log(24).await;
    let witness = checkpoints.last().cloned().expect("signed");
    assert_eq!(Some(witness.seq), chain.last().map(|last| last.seq));
    assert_eq!(house.verified(Some(&witness)).await.flaw, None, "before anybody touched it");
    for seed in 0..10_000 {
        let mut below = numbers(seed);
        let (mut changed, mut signed) = (chain.clone(), checkpoints.clone());
        let what = tamper(&mut below, &mut changed, &mut signed);
        house.world.tamper(|memory| (memory.chain, memory.checkpoints) = (changed, signed));
        let found = house.verified(Some(&witness)).await;
        assert!(found.flaw.is_some(), "seed {seed}: {what}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_place() {
    let (house, chain, checkpoints) = House::with_a_log(24).await;
    let flaw = async |chain: Vec<SealedEntry>, signed: Vec<Checkpoint>| {
        house.world.tamper(|memory| (memory.chain, memory.checkpoints) = (chain, signed));
        house.verified(None).await.flaw
    };
    let mut changed = chain.clone();
    changed[9].entry.object = "vendor/other".to_owned();
    assert_eq!(flaw(changed, checkpoints.clone()).await, Some((10, Flaw::Changed)));
    let mut without = chain.clone();
    without.remove(9);
    assert_eq!(flaw(without, checkpoints.clone()).await, Some((10, Flaw::Missing)));
    let cut = chain[..chain.len() - 1].to_vec();
    let last = i64::try_from(chain.len()).expect("few");
    assert_eq!(flaw(cut, checkpoints.clone()).await, Some((last, Flaw::Missing)));

    let mut forged = checkpoints.clone();
    let first = forged[0].seq;
    forged[0].signature.push('0');
    assert_eq!(flaw(chain.clone(), forged).await, Some((first, Flaw::Forged)));
    let mut rewritten = chain.clone();
    rewritten[0].entry.object = "vendor/other".to_owned();
    rechain(&mut rewritten);
    let found = flaw(rewritten, checkpoints.clone()).await;
    assert_eq!(found, Some((first, Flaw::OtherwiseSigned)), "the signature stands against it");
    assert_eq!(flaw(chain, checkpoints).await, None);
    assert!(!house.world.credentials.is_signed(1, b"another text", "none"));
}

#[tokio::test]
async fn a_verification_goes_on_where_the_last_one_ended() {
    let (house, chain, _) = House::with_a_log(24).await;
    let last = i64::try_from(chain.len()).expect("few");
    let from = async |after| verify(&house.ports, after, None).await.expect("an answer");
    for after in [1, last / 2, last - 1, last] {
        let found = from(after).await;
        let expected = u64::try_from(last - after).expect("not beyond the end");
        assert_eq!((found.entries, found.through, found.flaw), (expected, last, None));
    }
    assert_eq!(
        from(last + 5).await.flaw,
        Some((last + 5, Flaw::Missing)),
        "there is no such place"
    );
}

/// A log that goes on while it is read: after each page the worker seals and signs what came since.
struct Growing {
    house: Ports,
    came: AtomicI64,
}

#[async_trait]
impl Audit for Growing {
    async fn note(&self, entry: &NewEntry) -> Result<(), StoreError> {
        self.house.audit.note(entry).await
    }

    async fn unsealed(
        &self,
        limit: u32,
    ) -> Result<(Option<SealedEntry>, Vec<NewEntry>), StoreError> {
        self.house.audit.unsealed(limit).await
    }

    async fn seal(&self, entries: &[SealedEntry]) -> Result<(), StoreError> {
        self.house.audit.seal(entries).await
    }

    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        self.house.audit.checkpoint().await
    }

    async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        self.house.audit.add_checkpoint(checkpoint).await
    }

    async fn chain(
        &self,
        from: i64,
        limit: u32,
    ) -> Result<(Vec<SealedEntry>, Vec<Checkpoint>), StoreError> {
        let read = self.house.audit.chain(from, limit).await?;
        let minutes = 2 * (1 + self.came.fetch_add(1, Ordering::Relaxed));
        let entry = NewEntry {
            id: AuditId::new(self.house.ids.next()),
            at: self.house.clock.now() + TimeDelta::minutes(minutes),
            actor: None,
            act: "came.meanwhile".to_owned(),
            object: "audit".to_owned(),
            detail: None,
        };
        self.house.audit.note(&entry).await?;
        let clock = Arc::new(TestClock::at(entry.at));
        seal(&Ports { clock, ..self.house.clone() }).await?;
        Ok(read)
    }

    async fn watched(&self) -> Result<Option<Watched>, StoreError> {
        self.house.audit.watched().await
    }

    async fn keep_watched(&self, watched: &Watched) -> Result<(), StoreError> {
        self.house.audit.keep_watched(watched).await
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        self.house.audit.entries(filter, before, limit).await
    }
}

#[tokio::test]
async fn what_is_signed_while_somebody_looks_is_no_flaw() {
    let (house, chain, _) = House::with_a_log(24).await;
    let growing = Growing { house: house.ports.clone(), came: AtomicI64::new(0) };
    let ports = Ports { audit: Arc::new(growing), ..house.ports.clone() };
    for round in 0..3 {
        let before = house.world.look(|memory| memory.checkpoints.len());
        let found = verify(&ports, 0, None).await.expect("an answer");
        assert_eq!(found.flaw, None, "round {round}");
        assert_eq!(found.entries, chain.len() as u64 + round);
        assert!(house.world.look(|memory| memory.checkpoints.len()) > before, "it was signed");
    }
}

#[tokio::test]
async fn a_witness_is_heard_wherever_it_stood() {
    let (house, chain, checkpoints) = House::with_a_log(24).await;
    let last = i64::try_from(chain.len()).expect("few");
    let from = async |after, witness: &Checkpoint| {
        verify(&house.ports, after, Some(witness)).await.expect("an answer").flaw
    };
    for witness in &checkpoints {
        let mut forged = witness.clone();
        forged.signature.push('0');
        for after in [0, witness.seq - 1, witness.seq, last] {
            assert_eq!(from(after, witness).await, None, "{} after {after}", witness.seq);
            assert_eq!(from(after, &forged).await, Some((witness.seq, Flaw::Forged)), "{after}");
        }
    }
    // All of it was written anew and signed by nobody: the witness alone remembers.
    let mut rewritten = chain.clone();
    rewritten[0].entry.object = "vendor/other".to_owned();
    rechain(&mut rewritten);
    house.world.tamper(|memory| {
        memory.chain = rewritten;
        memory.checkpoints.clear();
    });
    for witness in &checkpoints {
        let found = from(last, witness).await;
        assert_eq!(found, Some((witness.seq, Flaw::OtherwiseSigned)));
    }
    // Of a place that is not there: whoever did not sign it proves nothing.
    let beyond = Checkpoint { seq: last + 7, ..checkpoints[0].clone() };
    let signed = house.signed(&beyond);
    house.world.tamper(|memory| memory.chain = chain.clone());
    assert_eq!(from(0, &beyond).await, Some((last + 7, Flaw::Forged)));
    assert_eq!(from(last, &beyond).await, Some((last + 7, Flaw::Forged)));
    assert_eq!(from(0, &signed).await, Some((last + 1, Flaw::Missing)), "the end is gone");
    let first = house.signed(&Checkpoint { seq: 1, ..checkpoints[0].clone() });
    house.world.tamper(|memory| drop(memory.chain.remove(0)));
    assert_eq!(from(2, &first).await, Some((1, Flaw::Missing)));
    let unsigned = Checkpoint { signature: "none".to_owned(), ..first };
    assert_eq!(from(2, &unsigned).await, Some((1, Flaw::Forged)));
}
