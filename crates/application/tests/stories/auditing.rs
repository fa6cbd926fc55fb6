//! What was done cannot be undone in the record of it without anybody noticing.

use chrono::TimeDelta;
use indistylo_application::audit::{Flaw, Verified, seal, verify};
use ports::{Checkpoint, Credentials, SealedEntry};

use crate::house::{House, numbers};

impl House {
    /// So many entries, sealed over some minutes.
    async fn with_a_log(entries: usize) -> (Self, Vec<SealedEntry>, Vec<Checkpoint>) {
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
fn rechain(chain: &mut [SealedEntry]) {
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
    assert!(!house.world.credentials.is_signed(b"another text", "none"));
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
